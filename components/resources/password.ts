import * as pulumi from "@pulumi/pulumi";

import type { Recovery } from "./recovery";
import { RemoteResource } from "./remoteResource";

export interface PasswordArgs {
    /** Where to read it back from when the state was lost. */
    recovery?: Recovery;
}

/** A password, made once. */
export class Password extends RemoteResource {
    /** The password; a secret of 32 letters, digits, `-` and `_`. */
    declare public readonly text: pulumi.Output<string>;

    constructor(name: string, args: PasswordArgs, opts?: pulumi.CustomResourceOptions) {
        super(
            "Password",
            name,
            { text: undefined, recovery: args.recovery },
            pulumi.mergeOptions(opts, { additionalSecretOutputs: ["text"] }),
        );
    }
}
