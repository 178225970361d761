import assert from "node:assert/strict";

import { CHANNEL_PROFILES, channelSettings } from "kubefabric/internal/fabric/channelProfiles";
import { settingsProblems } from "kubefabric/internal/fabric/channelSettings";

const KIB = 1024;
const MIB = 1024 * KIB;

/** Wait, transactions, preferred and absolute bytes, tick, ticks to an election, bytes between snapshots. */
const TABLE = {
    local: ["200ms", 100, 512 * KIB, 10 * MIB, "100ms", 5, 16 * MIB],
    lowLatency: ["250ms", 100, 512 * KIB, 10 * MIB, "500ms", 10, 16 * MIB],
    balanced: ["500ms", 500, 2 * MIB, 10 * MIB, "500ms", 10, 16 * MIB],
    throughput: ["1s", 1000, 4 * MIB, 20 * MIB, "500ms", 10, 64 * MIB],
};

describe("channelSettings", () => {
    it("has the four profiles", () => {
        assert.deepEqual(CHANNEL_PROFILES, Object.keys(TABLE));
    });

    for (const profile of CHANNEL_PROFILES) {
        const [wait, count, preferred, absolute, tickInterval, electionTick, snapshotIntervalSize] =
            TABLE[profile];
        const batch = {
            batchTimeout: wait,
            maxMessageCount: count,
            preferredMaxBytes: preferred,
            absoluteMaxBytes: absolute,
        };

        it(`has "${profile}" for Raft, with Fabric's defaults for the rest`, () => {
            const settings = channelSettings(profile, "etcdraft");
            const rest = { heartbeatTick: 1, maxInflightBlocks: 5 };
            const raft = { tickInterval, electionTick, snapshotIntervalSize, ...rest };
            assert.deepEqual(settings, { ...batch, raft });
            assert.deepEqual(settingsProblems(settings, "etcdraft"), []);
        });

        it(`has "${profile}" for SmartBFT, which waits as long as Raft would`, () => {
            const { bft, ...rest } = channelSettings(profile, "BFT");
            assert.deepEqual(rest, batch);
            assert.equal(bft?.requestBatchMaxInterval, wait);
            assert.ok((bft?.requestPoolSize ?? 0) >= 2 * Number(count), "room for two blocks");
            assert.deepEqual(settingsProblems({ ...rest, bft }, "BFT"), []);
        });
    }

    it("gives a new object at every call, so that one channel does not change another", () => {
        const first = channelSettings("local", "etcdraft");
        Object.assign(first.raft ?? {}, { electionTick: 99 });
        assert.equal(channelSettings("local", "etcdraft").raft?.electionTick, 5);
    });
});
