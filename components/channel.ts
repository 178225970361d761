import * as pulumi from "@pulumi/pulumi";

import type {
    ChannelCapabilities,
    ChannelDefinition,
    ChannelSettings,
} from "../fabric/channelDefinition";
import { capabilitiesOf, checkChannelArgs, settingsOf, type ChannelArgs } from "./channelArgs";
import { administeredNodes, orderingNodes, signerOf } from "./nodeConnections";
import { findTogether, joinOrderers, joinPeers } from "./channelJoins";
import { channelMembers, outlineOf, ownOrganizations } from "./channelMembers";
import { reportChange } from "./channelReport";
import { joinPlan, reportJoinPlan } from "./channelPlan";
import type { OrdererService } from "./ordererService";
import type { PeerNode } from "./peerNode";
import { keepOptions } from "./protection";
import { ChannelConfig } from "./resources/channelConfig";
import type { ConsenterSet } from "./resources/consenterSet";
import { GenesisBlock } from "./resources/genesisBlock";
import type { OrdererChannelMembership } from "./resources/ordererChannelMembership";
import type { PeerChannelMembership } from "./resources/peerChannelMembership";
import { rejectInvalid } from "./validation";

/**
 * A channel: its first block, the nodes that have joined it, and its configuration.
 *
 * Children, in order: the genesis block, made once and kept; the memberships of the ordering nodes, in
 * parallel; their consenter set, which has elected a leader; the configuration, which is made what the
 * program says by config updates; and the memberships of the peers, in parallel but for the last one.
 *
 * On a simulated cluster the genesis block is made and the rest is only planned: see `plan`.
 *
 * Organizations of other programs are members by their definitions; their programs join with the
 * genesis block, as a `JoinedChannel`.
 *
 * @example
 * const channel = new Channel("trade", { orderers: [orderers], peers: [peer1, peer2] });
 * @example
 * const channel = new Channel("trade", {
 *     orderers: [orderers],
 *     peers: [peer0],
 *     organizations: [readFileSync("org2.json", "utf8")],
 * });
 * export const genesisBlock = channel.genesisBlock;
 */
export class Channel extends pulumi.ComponentResource {
    /** Name of the component, and the beginning of its children's. */
    public readonly name: string;
    /** Name of the channel. */
    public readonly channelId: string;
    /** What it is set to at the start. */
    public readonly settings: ChannelSettings;
    public readonly capabilities: ChannelCapabilities;
    public readonly orderers: readonly OrdererService[];
    public readonly peers: readonly PeerNode[];
    /** The first block, base64: public, and what the programs of other organizations join with. */
    public readonly genesisBlock: pulumi.Output<string>;
    /** The resource that made it. */
    public readonly firstBlock: GenesisBlock;
    /** Hash of the first block, hex, once all nodes have joined. */
    public readonly genesisHash: pulumi.Output<string>;
    /** Ordering nodes in the channel; none on a simulated cluster. */
    public readonly ordererMemberships: readonly OrdererChannelMembership[] = [];
    /** Peers in the channel; none on a simulated cluster. */
    public readonly peerMemberships: readonly PeerChannelMembership[] = [];
    /** The consenters as a whole; absent on a simulated cluster and while it is founded. */
    public readonly consenterSet?: ConsenterSet;
    /** The configuration; absent on a simulated cluster and while it is founded. */
    public readonly config?: ChannelConfig;
    /**
     * Text of the file of a config update that waits for signatures of others, who sign it with
     * `npx kubefabric sign` or a `JoinedChannel`; nothing where none waits. It has no secret in it.
     */
    public readonly pendingUpdate: pulumi.Output<string | undefined>;
    /** What is done to make it, one line a step. */
    public readonly plan: readonly string[];
    /** Whether the cluster is simulated, so that no node has joined. */
    public readonly simulated: boolean;
    /** What comes after the channel depends on this: the channel itself, and so all of its children. */
    public readonly ready: pulumi.Resource;

    /** @throws pulumi.ResourceError listing every problem of the arguments. */
    constructor(name: string, args: ChannelArgs, opts?: pulumi.ComponentResourceOptions) {
        rejectInvalid("Channel", name, checkChannelArgs(name, args));
        const { channelId = name, orderers, peers } = args;
        const [first] = orderers as [OrdererService, ...OrdererService[]];
        const settings = settingsOf(args);
        const capabilities = capabilitiesOf(args);
        super(
            "kubefabric:index:Channel",
            name,
            { channelId, consensus: first.consensus, settings, capabilities },
            opts,
        );

        this.name = name;
        this.channelId = channelId;
        this.settings = settings;
        this.capabilities = capabilities;
        this.orderers = orderers;
        this.peers = peers;
        this.plan = joinPlan(channelId, args);
        this.simulated = [...orderers, ...peers].some(({ org }) => org.cluster.simulated);

        const members = channelMembers(name, args, this);
        const definition = members.apply(({ ordering, application }): ChannelDefinition => ({
            channelId,
            consensus: first.consensus,
            capabilities,
            settings,
            ordering,
            application,
        }));
        this.firstBlock = createGenesisBlock(this, definition);
        this.genesisBlock = this.firstBlock.block;
        this.ready = this.firstBlock;
        if (this.simulated) {
            reportJoinPlan(this.plan, this);
        } else {
            this.ordererMemberships = joinOrderers(this, this.genesisBlock);
        }
        if (!this.simulated && args.founding !== true) {
            this.consenterSet = findTogether(this, this.ordererMemberships);
            this.config = new ChannelConfig(
                `${name}-config`,
                {
                    definition,
                    others: members.others,
                    outline: outlineOf(args),
                    services: orderers.map(administeredNodes),
                    signer: signerOf(first.org),
                    admins: ownOrganizations(args).map(signerOf),
                    signatures: [...(args.signatures ?? [])],
                },
                { parent: this, dependsOn: [this.consenterSet] },
            );
            reportChange(this.config, this);
            const from = {
                genesisHash: this.firstBlock.hash,
                orderers: orderingNodes(first),
            };
            // Its administrator may read the channel once its organization is in it.
            this.peerMemberships = joinPeers(this, from, [this.config]);
            this.ready = this;
        }
        this.pendingUpdate = this.config?.pendingUpdate ?? pulumi.output(undefined);

        // An output, so that what uses the channel starts after all nodes have joined.
        const joined = [...(this.config ? [this.config] : []), ...this.peerMemberships];
        this.genesisHash = pulumi
            .all([this.firstBlock.hash, pulumi.all(joined.map(({ urn }) => urn))])
            .apply(([hash]) => hash);

        this.registerOutputs({ channelId, genesisHash: this.genesisHash });
    }
}

/** Waits for no cluster, unless the block is to be read back from one. */
function createGenesisBlock(
    channel: Channel,
    definition: pulumi.Output<ChannelDefinition>,
): GenesisBlock {
    const { name, channelId, orderers } = channel;
    const [{ org }] = orderers as [OrdererService];
    const recovering = orderers.filter((service) => service.org.cluster.recover);
    return new GenesisBlock(
        `${name}-genesis-block`,
        {
            definition,
            recovery:
                recovering.length > 0 && !channel.simulated
                    ? {
                          channelId,
                          services: recovering.map(orderingNodes),
                          signer: signerOf(org),
                      }
                    : undefined,
        },
        {
            ...keepOptions(org.protection, channel),
            dependsOn: recovering.map(({ ready }) => ready),
        },
    );
}
