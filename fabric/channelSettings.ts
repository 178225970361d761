import {
    type BftSettings,
    type ChannelDefinition,
    type ChannelSettings,
    type RaftSettings,
} from "./channelDefinition";
import { parseGoDuration } from "./goDuration";
import { type Problem } from "./problem";

/** Largest number that Fabric has room for in most settings (`uint32`). */
const UINT32 = 0xffff_ffff;

/**
 * Largest block. Fabric recommends no more for the 100 MB that its nodes take in a message; as a
 * block that cannot be delivered would end the channel, it is a limit here.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/docs/source/performance.md?plain=1#L170
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/internal/pkg/comm/config.go#L28
 */
const LARGEST_BLOCK = 49 * 1024 * 1024;

/**
 * Smallest `absoluteMaxBytes` with SmartBFT: it must have room for the one transaction that SmartBFT
 * has as its default, as Fabric checks the options before it sets `requestMaxBytes` among them.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/orderer/consensus/smartbft/util/util.go#L67
 */
const SMALLEST_BFT_BLOCK = 10 * 1024;

/** A setting, its least and largest value, and what to write instead of a wrong one. */
type NumberRule<S> = [setting: keyof S & string, least: number, most: number, instead: number];

/** @see https://github.com/hyperledger/fabric/blob/v3.1.5/common/channelconfig/orderer.go#L214 */
const BATCH_NUMBERS: NumberRule<ChannelSettings>[] = [
    ["maxMessageCount", 1, UINT32, 500],
    ["absoluteMaxBytes", 1, LARGEST_BLOCK, 10_485_760],
    ["preferredMaxBytes", 1, LARGEST_BLOCK, 2_097_152],
];

/** @see https://github.com/hyperledger/fabric/blob/v3.1.5/orderer/consensus/etcdraft/util.go#L217 */
const RAFT_NUMBERS: NumberRule<RaftSettings>[] = [
    ["electionTick", 1, UINT32, 10],
    ["heartbeatTick", 1, UINT32, 1],
    ["maxInflightBlocks", 1, UINT32, 5],
    ["snapshotIntervalSize", 0, UINT32, 16_777_216],
];

/** @see https://github.com/hyperledger/fabric/blob/v3.1.5/vendor/github.com/hyperledger-labs/SmartBFT/pkg/types/config.go#L115 */
const BFT_NUMBERS: NumberRule<BftSettings>[] = [
    ["incomingMessageBufferSize", 1, Number.MAX_SAFE_INTEGER, 200],
    ["requestPoolSize", 1, Number.MAX_SAFE_INTEGER, 400],
    ["leaderHeartbeatCount", 1, Number.MAX_SAFE_INTEGER, 10],
    ["requestMaxBytes", 0, Number.MAX_SAFE_INTEGER, 0],
];

const BFT_DURATIONS = [
    ["requestBatchMaxInterval", "500ms"],
    ["requestForwardTimeout", "2s"],
    ["requestComplainTimeout", "20s"],
    ["requestAutoRemoveTimeout", "3m"],
    ["viewChangeResendInterval", "5s"],
    ["viewChangeTimeout", "20s"],
    ["leaderHeartbeatTimeout", "1m"],
    ["collectTimeout", "1s"],
] as const;

const BFT_FLAGS = ["syncOnStart", "speedUpViewChange"] as const;

/** Pairs of which the first may not be longer than the second. */
const BFT_ORDER = [
    ["requestForwardTimeout", "requestComplainTimeout"],
    ["requestComplainTimeout", "requestAutoRemoveTimeout"],
    ["viewChangeResendInterval", "viewChangeTimeout"],
] as const;

/** Everything wrong with the settings of a channel, each with its path in them. */
export function settingsProblems(
    settings: ChannelSettings,
    consensus: ChannelDefinition["consensus"],
): Problem[] {
    const { raft, bft } = settings;
    return consensus === "BFT"
        ? [
              ...batchProblems(settings),
              ...bftBatchProblems(settings),
              ...(bft === undefined ? [missing("bft", consensus)] : bftProblems(bft, settings)),
              ...(raft === undefined ? [] : [surplus("raft", consensus)]),
          ]
        : [
              ...batchProblems(settings),
              ...(raft === undefined ? [missing("raft", consensus)] : raftProblems(raft)),
              ...(bft === undefined ? [] : [surplus("bft", consensus)]),
          ];
}

function batchProblems(settings: ChannelSettings): Problem[] {
    const { preferredMaxBytes, absoluteMaxBytes } = settings;
    const problems = [
        ...durationProblems(settings, "batchTimeout", "500ms"),
        ...numberProblems(settings, BATCH_NUMBERS),
    ];
    if (preferredMaxBytes > absoluteMaxBytes) {
        const reason =
            `${preferredMaxBytes} is more than absoluteMaxBytes, which is ${absoluteMaxBytes}; ` +
            "write as much or less";
        problems.push({ path: "preferredMaxBytes", reason });
    }
    return problems;
}

/** @see https://github.com/hyperledger/fabric/blob/v3.1.5/vendor/github.com/hyperledger-labs/SmartBFT/pkg/types/config.go#L161 */
function bftBatchProblems({ absoluteMaxBytes, maxMessageCount }: ChannelSettings): Problem[] {
    const least = Math.max(SMALLEST_BFT_BLOCK, maxMessageCount);
    if (absoluteMaxBytes >= least) {
        return [];
    }
    const reason =
        `${absoluteMaxBytes} is too little for SmartBFT, which wants room for ${least} bytes ` +
        `(10 KiB, and one for each of maxMessageCount); write ${least} or more`;
    return [{ path: "absoluteMaxBytes", reason }];
}

function raftProblems(raft: RaftSettings): Problem[] {
    const { electionTick, heartbeatTick } = raft;
    const problems = [
        ...durationProblems(raft, "tickInterval", "500ms"),
        ...numberProblems(raft, RAFT_NUMBERS),
    ];
    if (electionTick <= heartbeatTick) {
        const reason =
            `${electionTick} is not more than heartbeatTick, which is ${heartbeatTick}, so that ` +
            `an election would not wait for a heartbeat; write ${Math.max(10, 10 * heartbeatTick)}`;
        problems.push({ path: "electionTick", reason });
    }
    return within("raft", problems);
}

function bftProblems(bft: BftSettings, { absoluteMaxBytes }: ChannelSettings): Problem[] {
    const problems = [
        ...BFT_DURATIONS.flatMap(([setting, instead]) => durationProblems(bft, setting, instead)),
        ...BFT_ORDER.flatMap(([shorter, longer]) => orderProblems(bft, shorter, longer)),
        ...numberProblems(bft, BFT_NUMBERS),
        ...BFT_FLAGS.filter((path) => typeof bft[path] !== "boolean").map((path) => ({
            path,
            reason: `${shown(bft[path])} is neither true nor false; write false`,
        })),
    ];
    if (bft.requestMaxBytes > absoluteMaxBytes) {
        const reason =
            `${bft.requestMaxBytes} is more than absoluteMaxBytes, which is ${absoluteMaxBytes}; ` +
            "write 0, which stands for as much";
        problems.push({ path: "requestMaxBytes", reason });
    }
    return within("bft", problems);
}

function durationProblems<S extends object>(
    settings: S,
    path: keyof S & string,
    instead: string,
): Problem[] {
    const value: unknown = settings[path];
    const length = lengthOf(value);
    if (length === undefined) {
        const reason = `${shown(value)} is not a duration of Go, a number with a unit; write "${instead}"`;
        return [{ path, reason }];
    }
    return length > 0n
        ? []
        : [{ path, reason: `${shown(value)} is no time at all; write "${instead}"` }];
}

function lengthOf(value: unknown): bigint | undefined {
    return typeof value === "string" ? parseGoDuration(value) : undefined;
}

/** Compares two durations; one that cannot be read is reported by `durationProblems`. */
function orderProblems(
    bft: BftSettings,
    path: (typeof BFT_ORDER)[number][0],
    longer: (typeof BFT_ORDER)[number][1],
): Problem[] {
    const [first, second] = [lengthOf(bft[path]), lengthOf(bft[longer])];
    if (first === undefined || second === undefined || first <= second) {
        return [];
    }
    const reason =
        `"${bft[path]}" is longer than ${longer}, which is "${bft[longer]}"; ` +
        "write as long or shorter";
    return [{ path, reason }];
}

function numberProblems<S extends object>(settings: S, rules: NumberRule<S>[]): Problem[] {
    return rules.flatMap(([path, least, most, instead]) => {
        const value: unknown = settings[path];
        const right = Number.isInteger(value) && Number(value) >= least && Number(value) <= most;
        const reason = `${shown(value)} is not a whole number from ${least} to ${most}; write ${instead}`;
        return right ? [] : [{ path, reason }];
    });
}

function missing(path: "raft" | "bft", consensus: string): Problem {
    const reason = `is missing, and "${consensus}" needs it; take it from a channel profile`;
    return { path, reason };
}

function surplus(path: "raft" | "bft", consensus: string): Problem {
    return { path, reason: `has no meaning with "${consensus}"; leave it out` };
}

function within(path: string, problems: Problem[]): Problem[] {
    return problems.map((problem) => ({ ...problem, path: `${path}.${problem.path}` }));
}

function shown(value: unknown): string {
    return value === undefined ? "nothing" : JSON.stringify(value);
}
