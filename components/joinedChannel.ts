import * as pulumi from "@pulumi/pulumi";

import { findTogether, joinOrderers, joinPeers } from "./channelJoins";
import { memberOrganizations } from "./channelMembers";
import { joinPlan, reportJoinPlan } from "./channelPlan";
import { reportSigning } from "./channelReport";
import type { FabricOrg } from "./fabricOrg";
import {
    checkJoinedChannelArgs,
    otherMembersOf,
    type JoinedChannelArgs,
} from "./joinedChannelArgs";
import { signerOf } from "./nodeConnections";
import type { OrdererService } from "./ordererService";
import { otherOrganizations } from "./otherOrganizations";
import type { PeerNode } from "./peerNode";
import type { ConsenterSet } from "./resources/consenterSet";
import type { OrdererChannelMembership } from "./resources/ordererChannelMembership";
import { OrganizationMembership } from "./resources/organizationMembership";
import type { PeerChannelMembership } from "./resources/peerChannelMembership";
import { PublishedBlock } from "./resources/publishedBlock";
import { SignedUpdate } from "./resources/signedUpdate";
import { rejectInvalid } from "./validation";

/**
 * A channel that another program made, and the nodes of this one that have joined it.
 *
 * Children, in order: the published first block, looked at before anyone joins; the memberships of the
 * ordering nodes, in parallel, and their consenter set; the memberships of the peers, in parallel; and
 * that of each organization, as the channel's newest configuration has it.
 *
 * On a simulated cluster the block is looked at and the rest is only planned: see `plan`.
 *
 * @example
 * const channel = new JoinedChannel("trade", {
 *     genesisBlock: readFileSync("trade.block.base64", "utf8"),
 *     peers: [peer0],
 *     organizations: [readFileSync("orderers.json", "utf8")],
 * });
 */
export class JoinedChannel extends pulumi.ComponentResource {
    /** Name of the component, and the beginning of its children's. */
    public readonly name: string;
    /** Name of the channel. */
    public readonly channelId: string;
    public readonly orderers: readonly OrdererService[];
    public readonly peers: readonly PeerNode[];
    /** The first block, once it was looked at. */
    public readonly firstBlock: PublishedBlock;
    /** Hash of the first block, hex, once all nodes have joined. */
    public readonly genesisHash: pulumi.Output<string>;
    /** Ordering nodes of this program in the channel; none on a simulated cluster. */
    public readonly ordererMemberships: readonly OrdererChannelMembership[] = [];
    /** This program's consenters; absent without any, on a simulated cluster and while it is founded. */
    public readonly consenterSet?: ConsenterSet;
    /** Peers in the channel; none on a simulated cluster. */
    public readonly peerMemberships: readonly PeerChannelMembership[] = [];
    /** Organizations of the peers in the channel; none on a simulated cluster. */
    public readonly organizationMemberships: readonly OrganizationMembership[] = [];
    /**
     * Texts of the files that were to be signed, in their order and with this program's signatures: what
     * the `Channel` that made them takes as `signatures`. No secret is in them.
     */
    public readonly signedUpdates: pulumi.Output<string[]>;
    /** What is done to join it, one line a step. */
    public readonly plan: readonly string[];
    /** Whether the cluster is simulated, so that no node has joined. */
    public readonly simulated: boolean;
    /** What comes after the channel depends on this: its last child. */
    public readonly ready: pulumi.Resource;

    /** @throws pulumi.ResourceError listing every problem of the arguments. */
    constructor(name: string, args: JoinedChannelArgs, opts?: pulumi.ComponentResourceOptions) {
        rejectInvalid("JoinedChannel", name, checkJoinedChannelArgs(name, args));
        const { channelId = name, orderers = [], peers = [], founding = false } = args;
        super("kubefabric:index:JoinedChannel", name, { channelId }, opts);

        this.name = name;
        this.channelId = channelId;
        this.orderers = orderers;
        this.peers = peers;
        this.plan = joinPlan(channelId, args);
        this.simulated = [...orderers, ...peers].some(({ org }) => org.cluster.simulated);

        this.firstBlock = lookAtBlock(this, args);
        if (this.simulated) {
            reportJoinPlan(this.plan, this);
        } else {
            this.ordererMemberships = joinOrderers(this, this.firstBlock.block);
        }
        if (!this.simulated && !founding) {
            this.consenterSet =
                orderers.length > 0 ? findTogether(this, this.ordererMemberships) : undefined;
            const { block, hash, addresses } = this.firstBlock;
            this.peerMemberships = joinPeers(
                this,
                { genesisHash: hash, block, addresses },
                this.consenterSet ? [this.consenterSet] : [],
            );
            this.organizationMemberships = verifyOrganizations(this);
        }
        this.ready = this.organizationMemberships.at(-1) ?? this.consenterSet ?? this.firstBlock;

        const signed = this.simulated || founding ? [] : signUpdates(this, args);
        this.signedUpdates = pulumi.all(signed.map((each) => each.signed));

        // An output, so that what uses the channel starts after all nodes have joined.
        this.genesisHash = pulumi
            .all([this.firstBlock.hash, this.ready.urn])
            .apply(([hash]) => hash);

        this.registerOutputs({ channelId, genesisHash: this.genesisHash });
    }
}

/** Signs what it is told to, once its organizations are in the channel. */
function signUpdates(channel: JoinedChannel, { sign = [] }: JoinedChannelArgs): SignedUpdate[] {
    const { name, channelId, orderers, peers, firstBlock } = channel;
    const orgs = new Set([...peers, ...orderers].map(({ org }) => org));
    return sign.map((file, index) => {
        const signed = new SignedUpdate(
            `${name}-signed-${index}`,
            {
                file,
                channelId,
                addresses: firstBlock.addresses,
                admins: [...orgs].map(signerOf),
            },
            { parent: channel, dependsOn: [channel.ready] },
        );
        reportSigning(signed, channel);
        return signed;
    });
}

/** Waits for no cluster: a block that does not fit is refused in the preview. */
function lookAtBlock(channel: JoinedChannel, args: JoinedChannelArgs): PublishedBlock {
    const { name, channelId, orderers, peers } = channel;
    return new PublishedBlock(
        `${name}-genesis-block`,
        {
            block: args.genesisBlock,
            channelId,
            expectedHash: args.genesisHash,
            ordering: pulumi.all(orderers.map(({ definition }) => definition)),
            application: pulumi.all(memberOrganizations(peers).map(({ definition }) => definition)),
            organizations: otherOrganizations("JoinedChannel", name, otherMembersOf(args), channel),
            addedLater: args.addedLater ?? false,
        },
        { parent: channel },
    );
}

/** One after the other, so that the last one stands for all. They make nothing, and take a moment. */
function verifyOrganizations(channel: JoinedChannel): OrganizationMembership[] {
    const joined = (org: FabricOrg) =>
        channel.peerMemberships.filter((_, index) => channel.peers[index]?.org === org);
    return memberOrganizations(channel.peers).reduce<OrganizationMembership[]>(
        (before, org) => [
            ...before,
            new OrganizationMembership(
                `${channel.name}-${org.mspId}`,
                {
                    channelId: channel.channelId,
                    addresses: channel.firstBlock.addresses,
                    admin: signerOf(org),
                },
                { parent: channel, dependsOn: [...joined(org), ...before.slice(-1)] },
            ),
        ],
        [],
    );
}
