import assert from "node:assert/strict";

import { settingsProblems } from "kubefabric/internal/fabric/channelSettings";

import { goldenDefinition } from "./goldenChannel.ts";

const NUMBERS = {
    raft: [
        "maxMessageCount",
        "absoluteMaxBytes",
        "preferredMaxBytes",
        "raft.electionTick",
        "raft.heartbeatTick",
        "raft.maxInflightBlocks",
        "raft.snapshotIntervalSize",
    ],
    bft: [
        "bft.incomingMessageBufferSize",
        "bft.requestPoolSize",
        "bft.leaderHeartbeatCount",
        "bft.requestMaxBytes",
    ],
};

const DURATIONS = {
    raft: ["batchTimeout", "raft.tickInterval"],
    bft: [
        "bft.requestBatchMaxInterval",
        "bft.requestForwardTimeout",
        "bft.requestComplainTimeout",
        "bft.requestAutoRemoveTimeout",
        "bft.viewChangeResendInterval",
        "bft.viewChangeTimeout",
        "bft.leaderHeartbeatTimeout",
        "bft.collectTimeout",
    ],
};

const FLAGS = { raft: [], bft: ["bft.syncOnStart", "bft.speedUpViewChange"] };

describe("settingsProblems, where no compiler has looked", () => {
    for (const kind of ["raft", "bft"] as const) {
        for (const path of NUMBERS[kind]) {
            it(`fails on a ${path} that is no whole number`, () => {
                for (const value of [undefined, null, "5", -1, 1.5, NaN, Infinity, 2 ** 53, {}]) {
                    const reason = reasonsAt(kind, path, value);
                    assert.match(reason, /is not a whole number from [01] to [0-9]+; write [0-9]+/);
                }
            });
        }

        for (const path of DURATIONS[kind]) {
            it(`fails on a ${path} that is no duration`, () => {
                for (const value of [undefined, null, 5, "", "5", "5 s", "soon", ["5s"], {}]) {
                    assert.match(reasonsAt(kind, path, value), /is not a duration of Go, .*"$/);
                }
                assert.match(reasonsAt(kind, path, "-1ns"), /"-1ns" is no time at all; write "/);
            });
        }

        for (const path of FLAGS[kind]) {
            it(`fails on a ${path} that is neither true nor false`, () => {
                for (const value of [undefined, "false", 0]) {
                    assert.match(reasonsAt(kind, path, value), /is neither true nor false/);
                }
                assert.equal(reasonsAt(kind, path, true), "");
            });
        }
    }

    it("fails on the options of the other consensus", () => {
        const raft = goldenDefinition("raft").settings;
        const bft = goldenDefinition("bft").settings;
        assert.deepEqual(settingsProblems({ ...raft, bft: bft.bft }, "etcdraft"), [
            { path: "bft", reason: 'has no meaning with "etcdraft"; leave it out' },
        ]);
        assert.deepEqual(settingsProblems({ ...bft, raft: raft.raft }, "BFT"), [
            { path: "raft", reason: 'has no meaning with "BFT"; leave it out' },
        ]);
    });
});

/** What is said about a setting of the golden channel that has another value. */
function reasonsAt(kind: "raft" | "bft", path: string, value: unknown): string {
    const { settings, consensus } = structuredClone(goldenDefinition(kind));
    const [last = "", ...groups] = path.split(".").reverse();
    const group = groups[0] as "raft" | "bft" | undefined;
    const target = group === undefined ? settings : settings[group];
    Object.assign(target ?? {}, { [last]: value });
    return settingsProblems(settings, consensus)
        .filter((problem) => problem.path === path)
        .map(({ reason }) => reason)
        .join("\n");
}
