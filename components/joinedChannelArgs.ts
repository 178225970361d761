import type * as pulumi from "@pulumi/pulumi";

import { channelIdProblem } from "../fabric/channelProblems";
import type { Problem } from "../fabric/problem";
import { ordererProblems, peerProblems } from "./channelNodes";
import type { OrdererService } from "./ordererService";
import {
    otherOrganizationProblems,
    type OtherOrganizations,
    type PublishedDefinition,
} from "./otherOrganizations";
import type { PeerNode } from "./peerNode";
import { problemsOf } from "./validation";

/** Arguments of a `JoinedChannel`. */
export interface JoinedChannelArgs {
    /**
     * Name of the channel, as those who made it call it.
     *
     * @default - the component's name.
     */
    channelId?: string;

    /** The first block, in base64: `genesisBlock` of the `Channel` that made it. */
    genesisBlock: pulumi.Input<string>;

    /**
     * Hash of the first block, hex, where it was told on another way than the block itself.
     *
     * @default - any.
     */
    genesisHash?: pulumi.Input<string>;

    /**
     * Peers of this program that join. Their organizations must be in the channel.
     *
     * @default []
     */
    peers?: readonly PeerNode[];

    /**
     * Ordering services of this program whose nodes join. They must be consenters in the first block.
     *
     * @default []
     */
    orderers?: readonly OrdererService[];

    /**
     * Definitions of other members, as they were published. Each must be in the first block with the
     * same CAs, and their ordering nodes are asked at the addresses in it.
     *
     * @default - nobody is checked, and ordering nodes are asked at their addresses in the first block.
     */
    organizations?: readonly PublishedDefinition[];

    /**
     * Files of config updates that others made and this program's administrators are to sign, as texts:
     * `pendingUpdate` of the `Channel` that made it. The preview shows what each of them changes; signed
     * they are `signedUpdates`. Empty ones, and those that are made already, are left as they are.
     *
     * @default []
     */
    sign?: readonly pulumi.Input<string | undefined>[];

    /**
     * Whether an organization of this program came into the channel by a config update, so that it is
     * not in the first block. It is then looked for in the newest configuration alone.
     *
     * @default false
     */
    addedLater?: boolean;

    /**
     * Whether only the ordering nodes join, and nothing is waited for: until those of other programs
     * have joined and a leader can be elected.
     *
     * @default false
     */
    founding?: boolean;
}

/** Everything wrong with the arguments that can be known without reading the block. */
export function checkJoinedChannelArgs(name: string, args: JoinedChannelArgs): Problem[] {
    const { channelId = name, genesisBlock, peers = [], orderers = [] } = args;
    const id = channelIdProblem(channelId);
    const nobody = peers.length === 0 && orderers.length === 0;
    return [
        ...problemsOf(
            ["channelId", id && args.channelId === undefined ? `${id} as channelId` : id],
            [
                "genesisBlock",
                genesisBlock === undefined || genesisBlock === ""
                    ? "is missing; write genesisBlock of the Channel that made it"
                    : undefined,
            ],
            ["peers", nobody ? "is empty; write the peers that join, or the orderers" : undefined],
            [
                "founding",
                args.founding === true && orderers.length === 0
                    ? "is true, and there are no orderers that could join; take it away"
                    : undefined,
            ],
        ),
        ...(orderers.length === 0 ? [] : ordererProblems(orderers)),
        ...(peers.length === 0 ? [] : peerProblems(peers, [])),
        ...otherOrganizationProblems(otherMembersOf(args)),
    ];
}

/** Definitions of members that other programs run. */
export function otherMembersOf({ organizations = [] }: JoinedChannelArgs): OtherOrganizations {
    // An organization of this program may be among them: its definition is in everyone's folder.
    return { path: "organizations", definitions: organizations, own: [] };
}
