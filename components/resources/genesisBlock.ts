import * as pulumi from "@pulumi/pulumi";

import type { ChannelDefinition } from "../../fabric/channelDefinition";
import type { OrderingNodes, OrganizationSigner } from "./nodeConnection";
import { RemoteResource } from "./remoteResource";

export interface GenesisBlockArgs {
    /** What the channel is to be. Read when the block is made, and never again. */
    definition: pulumi.Input<ChannelDefinition>;
    /** Nodes that may hold the channel already, for a program whose state was lost. */
    recovery?: { channelId: string; services: OrderingNodes[]; signer: OrganizationSigner };
}

/**
 * The first block of a channel, made once. Certificates, hosts and anchor peers change; the block never
 * does: two blocks for one channel make nodes that never agree.
 */
export class GenesisBlock extends RemoteResource {
    /** The block, serialized, in base64. */
    declare public readonly block: pulumi.Output<string>;
    /** SHA-256 of its header, in hex: what tells one channel from another of the same name. */
    declare public readonly hash: pulumi.Output<string>;

    constructor(name: string, args: GenesisBlockArgs, opts?: pulumi.CustomResourceOptions) {
        super(
            "GenesisBlock",
            name,
            { block: undefined, hash: undefined, ...args },
            pulumi.mergeOptions(opts, { additionalSecretOutputs: ["recovery"] }),
        );
    }
}
