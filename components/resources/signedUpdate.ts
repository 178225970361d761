import * as pulumi from "@pulumi/pulumi";

import type { OrderingAddresses } from "../../fabric/orderingAddresses";
import type { OrganizationSigner } from "./nodeConnection";
import { RemoteResource } from "./remoteResource";

export interface SignedUpdateArgs {
    /** Text of the file of a config update; empty, or nothing, where there is none to sign. */
    file: pulumi.Input<string | undefined>;
    /** The channel that it is to be of. */
    channelId: string;
    /** Where the channel's ordering nodes are reached. */
    addresses: pulumi.Input<OrderingAddresses[]>;
    /** Administrators who sign where their signature is needed. */
    admins: OrganizationSigner[];
}

/**
 * A config update that others made, signed by this program. What it changes is an input, read from the
 * bytes that are signed and the channel as it is: nothing is signed that could not be read.
 */
export class SignedUpdate extends RemoteResource {
    /** What the update changes, one line each. */
    declare public readonly update: pulumi.Output<string[] | undefined>;
    /** Text of the file with our signatures; empty where there is none to sign. */
    declare public readonly signed: pulumi.Output<string>;

    constructor(name: string, args: SignedUpdateArgs, opts?: pulumi.CustomResourceOptions) {
        const { file, admins, ...rest } = args;
        super(
            "SignedUpdate",
            name,
            {
                ...rest,
                file: pulumi.output(file).apply((text) => text ?? ""),
                admins: pulumi.secret(admins),
                update: undefined,
                signed: undefined,
            },
            pulumi.mergeOptions(opts, { additionalSecretOutputs: ["admins"] }),
        );
    }
}
