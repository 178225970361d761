import assert from "node:assert/strict";

import { consenterTroubles } from "kubefabric/internal/clients/consenterGate";
import type { NodeHealth } from "kubefabric/internal/clients/channelQuorum";
import type { ConsenterStep } from "kubefabric/internal/fabric/nextUpdate";

const CHANNEL = "trade";
const NOT_SEEN = new Map<string, number>();

/** How a node is that is a consenter of so many, of which so many are active. */
function consenter(
    node: string,
    counts: { consenters?: number; active?: number; leads?: boolean; height?: number } = {},
): NodeHealth {
    const { consenters = 3, leads = false, height = 9 } = counts;
    const { active = consenters } = counts;
    return {
        node,
        channels: [
            {
                name: CHANNEL,
                consensusRelation: "consenter",
                status: "active",
                height,
                consensus: { type: "etcdraft", leads, consenters, active },
            },
        ],
    };
}

function follower(node: string, height = 9): NodeHealth {
    const channel = { name: CHANNEL, consensusRelation: "follower", status: "active", height };
    return { node, channels: [channel as NodeHealth["channels"][number]] };
}

const step = (kind: ConsenterStep["kind"], arriving = 0): ConsenterStep => ({
    words: "orderer-3:7050 changes",
    kind,
    arriving,
});

/** Three consenters of a channel of so many, the first of which leads. */
const three = (counts: { consenters?: number; active?: number } = {}) =>
    ["a", "b", "c"].map((node, index) => consenter(node, { ...counts, leads: index === 0 }));
const two = (counts: { consenters?: number; active?: number }) => three(counts).slice(0, 2);

describe("the gate before a change of a consenter", () => {
    const cases: [
        what: string,
        nodes: NodeHealth[],
        step: ConsenterStep | undefined,
        said: RegExp | undefined,
    ][] = [
        [
            "all are well, and one comes in",
            [...three(), follower("d")],
            step("arrives", 1),
            undefined,
        ],
        ["all are well, and one leaves", three({ consenters: 4 }), step("leaves"), undefined],
        [
            "the one that leaves is down",
            two({ consenters: 3, active: 2 }),
            step("leaves"),
            undefined,
        ],
        [
            "the one that gets another key is down",
            [...two({ consenters: 3, active: 2 }), follower("c")],
            step("changes"),
            undefined,
        ],
        [
            "one is down, and another comes in",
            [...two({ consenters: 3, active: 2 }), follower("d")],
            step("arrives", 1),
            /^it has 2 of 3 consenters active$/,
        ],
        [
            "two are down, and one leaves",
            two({ consenters: 4, active: 2 }),
            step("leaves"),
            /^it has 2 of 4 consenters active$/,
        ],
        [
            "one is down that may be another one than the one that leaves",
            two({ consenters: 5, active: 4 }),
            step("leaves"),
            /^it has 4 of 5 consenters active$/,
        ],
        [
            "a node of ours cannot be asked",
            [...three(), { node: "d", unknown: "does not answer", channels: [] }],
            step("leaves"),
            /^ordering node d does not answer$/,
        ],
        [
            "nobody leads",
            three().map(({ node }) => consenter(node)),
            step("leaves"),
            /^it has no leader/,
        ],
        [
            "the one that comes in has not caught up",
            [...three(), follower("d", 3)],
            step("arrives", 1),
            /^ordering node d has not caught up \(3 of 9\)$/,
        ],
        [
            "the one that came in is no consenter yet",
            [...three(), follower("d")],
            undefined,
            /^ordering node d is a follower and no consenter yet$/,
        ],
        [
            "of two that come in the first is no consenter yet",
            [...three(), follower("d"), follower("e")],
            step("arrives", 1),
            /^ordering node e is a follower and no consenter yet$/,
        ],
    ];
    for (const [what, nodes, change, said] of cases) {
        it(`${said === undefined ? "is open" : "is closed"} where ${what}`, () => {
            const reached = new Map([[CHANNEL, 9]]);
            const troubles = consenterTroubles(nodes, reached, CHANNEL, change);
            if (said === undefined) {
                assert.deepEqual(troubles, []);
            } else {
                assert.match(troubles[0] ?? "nothing", said);
            }
        });
    }

    it("is closed while a consenter has not the blocks that others had a moment ago", () => {
        const nodes = [...two({}), consenter("c", { height: 8 })];
        assert.deepEqual(consenterTroubles(nodes, NOT_SEEN, CHANNEL, step("leaves")), []);
        assert.deepEqual(
            consenterTroubles(nodes, new Map([[CHANNEL, 9]]), CHANNEL, step("leaves")),
            ["ordering node c is at height 8 of 9"],
        );
    });
});
