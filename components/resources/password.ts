import * as pulumi from "@pulumi/pulumi";

import type { Recovery } from "./recovery";
import { remoteMethods } from "./remoteMethods";

export interface PasswordArgs {
    /** Where to read it back from when the state was lost. */
    recovery?: Recovery;
}

/** A password, made once. */
export class Password extends pulumi.dynamic.Resource {
    /** The password; a secret of 32 letters, digits, `-` and `_`. */
    declare public readonly text: pulumi.Output<string>;

    constructor(name: string, args: PasswordArgs, opts?: pulumi.CustomResourceOptions) {
        super(
            remoteMethods("password"),
            name,
            { text: undefined, recovery: args.recovery },
            pulumi.mergeOptions(opts, { additionalSecretOutputs: ["text"] }),
            "kubefabric",
            "Password",
        );
    }
}
