import assert from "node:assert/strict";

import {
    channelTroubles,
    heightsOf,
    leadersOf,
    type NodeHealth,
    raftQuorum,
    refusalToTake,
    type Trouble,
} from "kubefabric/internal/clients/channelQuorum";
import type {
    BftHealth,
    ChannelHealth,
    RaftHealth,
} from "kubefabric/internal/clients/ordererHealth";

const NOT_SEEN = new Map<string, number>();

function raft(changes: Partial<RaftHealth & ChannelHealth> = {}): ChannelHealth {
    const { leads = false, consenters = 3, active = consenters, ...rest } = changes;
    return {
        name: "trade",
        consensusRelation: "consenter",
        status: "active",
        height: 5,
        consensus: { type: "etcdraft", leads, consenters, active },
        ...rest,
    };
}

function bft(changes: Partial<BftHealth & ChannelHealth> = {}): ChannelHealth {
    const { leads = false, view = 0, ...rest } = changes;
    return {
        name: "trade",
        consensusRelation: "consenter",
        status: "active",
        height: 5,
        consensus: { type: "BFT", leads, consenters: 4, view },
        ...rest,
    };
}

/** Nodes `a`, `b`, …, each with its channels. */
function nodes(...channels: (ChannelHealth | ChannelHealth[])[]): NodeHealth[] {
    return channels.map((of, index) => ({
        node: String.fromCharCode(97 + index),
        channels: Array.isArray(of) ? of : [of],
    }));
}

function troubles(of: NodeHealth[], reached: ReadonlyMap<string, number> = NOT_SEEN): Trouble[] {
    return channelTroubles(of, reached);
}

describe("what speaks against taking an ordering node", () => {
    it("is nothing without channels", () => {
        assert.deepEqual(troubles(nodes([], [], [])), []);
    });

    it("is nothing where all consenters are active and one of ours leads", () => {
        assert.deepEqual(troubles(nodes(raft(), raft({ leads: true }), raft())), []);
        assert.deepEqual(troubles(nodes(raft({ consenters: 1, leads: true }))), []);
    });

    it("is every node of ours that cannot be asked, and then nothing else", () => {
        const [a, b, c] = nodes(raft({ active: 1 }), raft(), raft());
        assert.ok(a && b && c);
        assert.deepEqual(troubles([a, { ...b, unknown: "is not ready", channels: [] }, c]), [
            { node: "b", what: "is not ready" },
        ]);
        assert.deepEqual(
            troubles([
                { node: "a", unknown: "x", channels: [] },
                { node: "b", unknown: "y", channels: [] },
            ]).map(({ node }) => node),
            ["a", "b"],
            "also where no channel is known at all",
        );
    });

    for (const status of ["onboarding", "inactive", "failed"] as const) {
        it(`is a consenter of ours that is ${status}`, () => {
            assert.deepEqual(troubles(nodes(raft({ leads: true }), raft({ status }), raft())), [
                { node: "b", channel: "trade", what: `is ${status}` },
            ]);
        });
    }

    it("is a consenter of ours that has not the blocks that were seen before", () => {
        const reached = new Map([["trade", 9]]);
        const lagging = nodes(
            raft({ height: 9, leads: true }),
            raft({ height: 8 }),
            raft({ height: 10 }),
        );
        assert.deepEqual(troubles(lagging, reached), [
            { node: "b", channel: "trade", what: "is at height 8 of 9" },
        ]);
        assert.deepEqual(troubles(lagging), [], "heights of the same moment always differ");
    });

    it("is not a follower, whatever its status", () => {
        const follower = raft({
            consensusRelation: "follower",
            status: "onboarding",
            height: 0,
            consensus: undefined,
        });
        const reached = new Map([["trade", 5]]);
        assert.deepEqual(
            troubles(nodes(raft({ consenters: 1, leads: true }), follower), reached),
            [],
        );
    });

    describe("with Raft", () => {
        it("is a channel that no node of ours leads, if all consenters are ours", () => {
            // The count outlives a leader for a while, so it is no proof of one.
            assert.deepEqual(troubles(nodes(raft(), raft(), raft())), [
                {
                    channel: "trade",
                    what: "has no leader that all of these nodes know",
                    tolerable: false,
                },
            ]);
        });

        it("is not a channel that a node of another organization may lead", () => {
            assert.deepEqual(troubles(nodes(raft(), raft())), []);
        });

        it("is a node that has not heard from a leader since its start", () => {
            assert.deepEqual(troubles(nodes(raft(), raft({ active: 0 }))), [
                {
                    channel: "trade",
                    what: "has no leader that all of these nodes know",
                    tolerable: false,
                },
            ]);
        });

        it("is a consenter that is missing, by the lowest count", () => {
            const counts = nodes(raft({ leads: true }), raft({ active: 2 }), raft());
            assert.deepEqual(troubles(counts), [
                {
                    channel: "trade",
                    what: "has 2 of 3 consenters active",
                    tolerable: false,
                    missing: 1,
                },
            ]);
        });

        for (const [consenters, active, tolerable] of [
            [3, 2, false],
            [4, 3, false],
            [5, 4, true],
            [5, 3, false],
            [7, 5, true],
            [7, 4, false],
        ] as const) {
            it(`is ${tolerable ? "tolerable" : "not tolerable"} with ${active} of ${consenters}`, () => {
                const [trouble] = troubles(
                    nodes(raft({ consenters, active }), raft({ consenters, active })),
                );
                assert.equal(trouble?.tolerable, tolerable);
            });
        }

        it("is tolerable in a channel that has only its first block", () => {
            const joined = { height: 1, active: 0 };
            const [leaderless] = troubles(nodes(raft(joined), raft(joined)));
            assert.equal(leaderless?.tolerable, true);
            const [halfJoined] = troubles(nodes(raft({ height: 1, active: 2, leads: true })));
            assert.equal(halfJoined?.tolerable, true);
            const [used] = troubles(nodes(raft(joined), raft({ height: 2, active: 0 })));
            assert.equal(used?.tolerable, false, "one node has a second block");
        });

        it("is told by channel", () => {
            const well = raft({ name: "audit", leads: true, consenters: 2 });
            const found = troubles(
                nodes(
                    [well, raft({ active: 2 })],
                    [{ ...well, ...raft({ name: "audit", consenters: 2 }) }, raft()],
                ),
            );
            assert.deepEqual(
                found.map(({ channel }) => channel),
                ["trade"],
            );
        });

        it("counts a quorum as more than a half", () => {
            assert.deepEqual([1, 2, 3, 4, 5, 7].map(raftQuorum), [1, 2, 2, 3, 3, 4]);
        });
    });

    describe("with SmartBFT", () => {
        it("is nothing where all are in one view", () => {
            assert.deepEqual(troubles(nodes(bft({ view: 3 }), bft({ view: 3, leads: true }))), []);
        });

        it("is a node in an older view", () => {
            assert.deepEqual(
                troubles(nodes(bft({ view: 3 }), bft({ view: 2 }), bft({ view: 3 }))),
                [{ node: "b", channel: "trade", what: "does not know the newest leader" }],
            );
        });

        it("is a node that has not every block", () => {
            const found = troubles(nodes(bft(), bft({ height: 4 })), new Map([["trade", 5]]));
            assert.deepEqual(found, [{ node: "b", channel: "trade", what: "is at height 4 of 5" }]);
        });
    });

    describe("for good", () => {
        const [member, stranger] = nodes(raft(), []);
        assert.ok(member && stranger);
        const intolerable = { channel: "trade", what: "x", tolerable: false };

        it("is nothing without trouble, or with what is tolerable", () => {
            assert.equal(refusalToTake(member, []), undefined);
            assert.equal(refusalToTake(member, [{ ...intolerable, tolerable: true }]), undefined);
        });

        it("is a channel of the node itself, not one of others", () => {
            assert.equal(refusalToTake(member, [intolerable]), intolerable);
            assert.equal(refusalToTake(stranger, [intolerable]), undefined);
            const other = { ...intolerable, channel: "audit" };
            assert.equal(refusalToTake(member, [other]), undefined);
        });

        it("is not a channel that the node only follows", () => {
            const [follower] = nodes(raft({ consensusRelation: "follower", consensus: undefined }));
            assert.ok(follower);
            assert.equal(refusalToTake(follower, [intolerable]), undefined);
        });

        it("is a node of ours that is to be mended, whatever its channels", () => {
            const down = { node: "c", what: "is not ready" };
            assert.equal(refusalToTake(stranger, [down]), down);
        });
    });

    it("comes last for those that lead", () => {
        const leading = nodes(
            raft({ leads: true }),
            [raft(), raft({ name: "audit", leads: true })],
            raft(),
        );
        assert.deepEqual([...leadersOf(leading)], ["a", "b"]);
    });

    it("looks at the highest block of each channel", () => {
        const heights = heightsOf(
            nodes([raft({ height: 3 }), raft({ name: "audit", height: 8 })], raft({ height: 7 })),
        );
        assert.deepEqual(
            [...heights],
            [
                ["trade", 7],
                ["audit", 8],
            ],
        );
    });
});
