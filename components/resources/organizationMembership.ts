import * as pulumi from "@pulumi/pulumi";

import type { OrderingAddresses } from "../../fabric/orderingAddresses";
import type { OrganizationSigner } from "./nodeConnection";
import { RemoteResource } from "./remoteResource";

export interface OrganizationMembershipArgs {
    /** The channel. */
    channelId: string;
    /** Where its ordering nodes are reached. */
    addresses: pulumi.Input<OrderingAddresses[]>;
    /** An administrator of the organization. */
    admin: OrganizationSigner;
}

/** That an organization is a member of a channel, as the channel's newest configuration has it. */
export class OrganizationMembership extends RemoteResource {
    /** `member`, or what a refresh found instead. */
    declare public readonly status: pulumi.Output<string>;

    constructor(
        name: string,
        args: OrganizationMembershipArgs,
        opts?: pulumi.CustomResourceOptions,
    ) {
        const { admin, ...rest } = args;
        super(
            "OrganizationMembership",
            name,
            {
                ...rest,
                mspId: admin.mspId,
                adminCertificatePem: admin.certificatePem,
                adminPrivateKeyPem: pulumi.secret(admin.privateKeyPem),
                status: "member",
            },
            pulumi.mergeOptions(opts, { additionalSecretOutputs: ["adminPrivateKeyPem"] }),
        );
    }
}
