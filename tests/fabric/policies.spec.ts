import assert from "node:assert/strict";

import { consentersOf } from "kubefabric/internal/fabric/channelDefinition";
import { bftQuorum } from "kubefabric/internal/fabric/policies";

import { goldenDefinition } from "./goldenChannel.ts";

describe("bftQuorum", () => {
    it("is 3 of 4, 5 of 7 and 7 of 10, and between them no less", () => {
        const table = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((nodes) => bftQuorum(nodes));
        assert.deepEqual(table, [1, 2, 2, 3, 4, 4, 5, 6, 6, 7]);
    });

    it("leaves an honest node in common to any two quorums, and is there without the faulty", () => {
        for (let nodes = 1; nodes <= 100; nodes++) {
            const faulty = Math.floor((nodes - 1) / 3);
            const quorum = bftQuorum(nodes);
            assert.ok(2 * quorum - nodes > faulty, `${nodes}: two quorums share ${faulty} liars`);
            assert.ok(quorum <= nodes - faulty, `${nodes}: no quorum without the faulty`);
            assert.ok(2 * (quorum - 1) - nodes <= faulty, `${nodes}: one less would do`);
        }
    });
});

describe("consentersOf", () => {
    it("numbers the nodes through all organizations, in their order", () => {
        const found = consentersOf(goldenDefinition("bft"));
        assert.deepEqual(
            found.map(({ id, mspId, host }) => [id, mspId, host]),
            [
                [1, "OrdererMSP", "orderer-0.orderer.svc"],
                [2, "OrdererMSP", "orderer-1.orderer.svc"],
                [3, "OrdererMSP", "orderer-2.orderer.svc"],
                [4, "Org1MSP", "orderer-3.org1.svc"],
            ],
        );
    });
});
