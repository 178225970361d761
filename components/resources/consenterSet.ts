import * as pulumi from "@pulumi/pulumi";

import type { AdministeredNodes } from "./nodeConnection";
import { RemoteResource } from "./remoteResource";

export interface ConsenterSetArgs {
    /** The channel. */
    channelId: string;
    /** How its consenters agree. */
    consensus: string;
    /** Its ordering nodes, by ordering service. */
    services: AdministeredNodes[];
}

/** That the consenters of a channel have found together: all are active, and one of them leads. */
export class ConsenterSet extends RemoteResource {
    /** `all`, or what a refresh found instead. */
    declare public readonly active: pulumi.Output<string>;
    /** `elected`, or what a refresh found instead. Which node it is changes at any time. */
    declare public readonly leader: pulumi.Output<string>;

    constructor(name: string, args: ConsenterSetArgs, opts?: pulumi.CustomResourceOptions) {
        super(
            "ConsenterSet",
            name,
            { ...args, active: "all", leader: "elected" },
            pulumi.mergeOptions(opts, { additionalSecretOutputs: ["services"] }),
        );
    }
}
