import type * as pulumi from "@pulumi/pulumi";

import type { OrgDefinition } from "../../fabric/msp";
import type { OrderingAddresses } from "../../fabric/orderingAddresses";
import { RemoteResource } from "./remoteResource";

export interface PublishedBlockArgs {
    /** The first block, serialized, in base64. */
    block: pulumi.Input<string>;
    /** The channel that it is to be of. */
    channelId: string;
    /** Hash that it is to have, hex; any where absent. */
    expectedHash?: pulumi.Input<string>;
    /** Organizations of this program whose ordering nodes join. */
    ordering: pulumi.Input<OrgDefinition[]>;
    /** Organizations of this program whose peers join. */
    application: pulumi.Input<OrgDefinition[]>;
    /** Definitions of other members. */
    organizations: pulumi.Input<OrgDefinition[]>;
    /** Whether organizations of this program came into the channel after its first block. */
    addedLater: boolean;
}

/**
 * The first block of a channel that others made, once it was looked at: whether it is of this channel,
 * and whether who is in it is who should be. It needs no node for that, so that it is refused in the
 * preview.
 */
export class PublishedBlock extends RemoteResource {
    /** The block, serialized, in base64. */
    declare public readonly block: pulumi.Output<string>;
    /** SHA-256 of its header, in hex. */
    declare public readonly hash: pulumi.Output<string>;
    /** Where the channel's ordering nodes are reached. */
    declare public readonly addresses: pulumi.Output<OrderingAddresses[]>;

    constructor(name: string, args: PublishedBlockArgs, opts?: pulumi.CustomResourceOptions) {
        super("PublishedBlock", name, { hash: undefined, addresses: undefined, ...args }, opts);
    }
}
