import {
    type BftSettings,
    type ChannelDefinition,
    type ChannelSettings,
    type RaftSettings,
} from "./channelDefinition";

/** What a channel is tuned for. */
export type ChannelProfile = "local" | "lowLatency" | "balanced" | "throughput";

const KIB = 1024;
const MIB = 1024 * KIB;

/** The numbers in which the profiles differ. */
interface Tuning {
    /** Wait for a block, whichever consensus. */
    wait: string;
    maxMessageCount: number;
    preferredMaxBytes: number;
    absoluteMaxBytes: number;
    tickInterval: string;
    electionTick: number;
    snapshotIntervalSize: number;
}

/**
 * `balanced` is Fabric's own sample with a shorter wait; the others trade size of blocks for time to
 * commit. The tick is short in `local` alone, because a node that waits for its leader logs every
 * four ticks. There a leader is missed after half a second; followers that were restarted before it lose
 * their first votes on streams that are broken, so that an election may take four times as long.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/docs/source/performance.md
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/sampleconfig/configtx.yaml#L270
 */
const PROFILES: Record<ChannelProfile, Tuning> = {
    local: {
        wait: "200ms",
        maxMessageCount: 100,
        preferredMaxBytes: 512 * KIB,
        absoluteMaxBytes: 10 * MIB,
        tickInterval: "100ms",
        electionTick: 5,
        snapshotIntervalSize: 16 * MIB,
    },
    lowLatency: {
        wait: "250ms",
        maxMessageCount: 100,
        preferredMaxBytes: 512 * KIB,
        absoluteMaxBytes: 10 * MIB,
        tickInterval: "500ms",
        electionTick: 10,
        snapshotIntervalSize: 16 * MIB,
    },
    balanced: {
        wait: "500ms",
        maxMessageCount: 500,
        preferredMaxBytes: 2 * MIB,
        absoluteMaxBytes: 10 * MIB,
        tickInterval: "500ms",
        electionTick: 10,
        snapshotIntervalSize: 16 * MIB,
    },
    throughput: {
        wait: "1s",
        maxMessageCount: 1000,
        preferredMaxBytes: 4 * MIB,
        absoluteMaxBytes: 20 * MIB,
        tickInterval: "500ms",
        electionTick: 10,
        snapshotIntervalSize: 64 * MIB,
    },
};

/** Names of the profiles. */
export const CHANNEL_PROFILES = Object.keys(PROFILES) as readonly ChannelProfile[];

/** The settings of a profile, a new object at every call. */
export function channelSettings(
    profile: ChannelProfile,
    consensus: ChannelDefinition["consensus"],
): ChannelSettings {
    const tuning = PROFILES[profile];
    const { wait, maxMessageCount, preferredMaxBytes, absoluteMaxBytes } = tuning;
    return {
        batchTimeout: wait,
        maxMessageCount,
        absoluteMaxBytes,
        preferredMaxBytes,
        ...(consensus === "BFT" ? { bft: bftSettings(tuning) } : { raft: raftSettings(tuning) }),
    };
}

/** Fabric's defaults but for tick, election and snapshot. */
function raftSettings({ tickInterval, electionTick, snapshotIntervalSize }: Tuning): RaftSettings {
    return {
        tickInterval,
        electionTick,
        heartbeatTick: 1,
        maxInflightBlocks: 5,
        snapshotIntervalSize,
    };
}

/**
 * SmartBFT's defaults but for the wait and a pool that is never smaller than four blocks.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/vendor/github.com/hyperledger-labs/SmartBFT/pkg/types/config.go#L92
 */
function bftSettings({ wait, maxMessageCount }: Tuning): BftSettings {
    return {
        requestBatchMaxInterval: wait,
        incomingMessageBufferSize: 200,
        requestPoolSize: 4 * maxMessageCount,
        requestForwardTimeout: "2s",
        requestComplainTimeout: "20s",
        requestAutoRemoveTimeout: "3m0s",
        viewChangeResendInterval: "5s",
        viewChangeTimeout: "20s",
        leaderHeartbeatTimeout: "1m0s",
        leaderHeartbeatCount: 10,
        collectTimeout: "1s",
        syncOnStart: false,
        speedUpViewChange: false,
        requestMaxBytes: 0,
    };
}
