import { type Consenter, type OrgDefinition } from "./msp";

/** How ordering nodes agree; Fabric's own words for Raft and SmartBFT. */
export type Consensus = "etcdraft" | "BFT";

/**
 * Everything a channel's first block is made of: plain data, so that it can cross a process border,
 * lie in a file, or come from another company.
 */
export interface ChannelDefinition {
    /** Name of the channel, which Fabric calls its ID. */
    channelId: string;

    consensus: Consensus;

    /**
     * Organizations that run ordering nodes. Their `consenters`, in this order, are the consenter
     * set, and their `ordererEndpoints` are where clients and peers find the ordering service.
     */
    ordering: OrgDefinition[];

    /** Organizations that run peers. Their `anchorPeers` are part of the first block. */
    application: OrgDefinition[];

    capabilities: ChannelCapabilities;

    /** What a config update may change later. */
    settings: ChannelSettings;
}

/**
 * What every node of the channel must be able to do. A node that does not know a capability stops
 * serving the channel, so they follow the oldest image in it.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/docs/source/capabilities_concept.md
 */
export interface ChannelCapabilities {
    /** `V3_0` is needed by SmartBFT, and keeps every node below Fabric 3.0 out. */
    channel: "V2_0" | "V3_0";

    /** There is no newer one, also in Fabric 3. */
    orderer: "V2_0";

    /** `V2_5` allows purging private data, and keeps every peer below Fabric 2.5 out. */
    application: "V2_0" | "V2_5";
}

/** What a config update may change later. Durations are Go's, such as `"500ms"` or `"1m30s"`. */
export interface ChannelSettings {
    /**
     * How long a Raft leader waits for more transactions before it cuts a block. SmartBFT checks it
     * and uses `bft.requestBatchMaxInterval` instead.
     */
    batchTimeout: string;

    /** Transactions in a block, at most. */
    maxMessageCount: number;

    /** Bytes in a block, at most; a longer transaction is refused. */
    absoluteMaxBytes: number;

    /** Bytes after which a block is cut; a single longer transaction gets a block of its own. */
    preferredMaxBytes: number;

    /** Needed with `etcdraft`, and not allowed with `BFT`. */
    raft?: RaftSettings;

    /** Needed with `BFT`, and not allowed with `etcdraft`. */
    bft?: BftSettings;

    /**
     * Policies that guard Fabric's own functions, by resource: `{ "qscc/GetChainInfo": "Readers" }`.
     *
     * @default - those of Fabric
     * @see https://github.com/hyperledger/fabric/blob/v3.1.5/core/aclmgmt/defaultaclprovider.go
     */
    acls?: Record<string, string>;
}

/**
 * Options of Raft.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/sampleconfig/configtx.yaml#L369
 */
export interface RaftSettings {
    /** The unit of the other two. A leader is missed after `tickInterval` × `electionTick`. */
    tickInterval: string;

    /** Ticks without a word from the leader after which a follower wants an election. */
    electionTick: number;

    /** Ticks between two heartbeats of the leader. */
    heartbeatTick: number;

    /** Blocks on their way to a follower before the leader waits for it. */
    maxInflightBlocks: number;

    /** Bytes of blocks after which a node takes a snapshot; 0 is Fabric's default of 16 MiB. */
    snapshotIntervalSize: number;
}

/**
 * Options of SmartBFT. Size and number of requests in a batch are not among them, because Fabric
 * takes both from the channel's batch size; nor is the rotation of leaders, which it refuses.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/orderer/consensus/smartbft/util.go#L459
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/orderer/consensus/smartbft/configverifier.go#L185
 */
export interface BftSettings {
    /** How long a leader waits for more transactions before it proposes a block. */
    requestBatchMaxInterval: string;

    /** Messages of other nodes that wait to be processed. */
    incomingMessageBufferSize: number;

    /** Transactions that wait for a block, at most. At least two blocks full is recommended. */
    requestPoolSize: number;

    /** How long a node keeps a transaction before it forwards it to the leader. */
    requestForwardTimeout: string;

    /** How long a node then waits before it complains about the leader. */
    requestComplainTimeout: string;

    /** How long a node then waits before it drops the transaction. */
    requestAutoRemoveTimeout: string;

    viewChangeResendInterval: string;

    /** How long a change of the leader may take before the next leader is tried. */
    viewChangeTimeout: string;

    /** How long nodes wait for a sign of life before they change the leader. */
    leaderHeartbeatTimeout: string;

    /** Heartbeats of the leader within `leaderHeartbeatTimeout`. */
    leaderHeartbeatCount: number;

    collectTimeout: string;

    /** Whether a node synchronizes with the others when it starts. */
    syncOnStart: boolean;

    /** Whether f + 1 nodes are enough to join a change of the leader, which is less safe. */
    speedUpViewChange: boolean;

    /** Bytes of one transaction, at most; 0 stands for `absoluteMaxBytes`. */
    requestMaxBytes: number;
}

/** A consenter with its place in the channel. */
export interface ChannelConsenter extends Consenter {
    /** Number within the channel, from 1 on. */
    id: number;

    /** Organization that runs the node. */
    mspId: string;
}

/** The consenter set, in the order in which a channel lists it. */
export function consentersOf({
    ordering,
}: Pick<ChannelDefinition, "ordering">): ChannelConsenter[] {
    return ordering
        .flatMap(({ mspId, consenters }) => consenters.map((node) => ({ ...node, mspId })))
        .map((node, index) => ({ ...node, id: index + 1 }));
}
