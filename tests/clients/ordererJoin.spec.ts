import assert from "node:assert/strict";

import type { OrdererAccess } from "kubefabric/internal/clients/ordererAdmin";
import { joinChannel, type OrdererJoin } from "kubefabric/internal/clients/ordererJoin";
import { describeBlock } from "kubefabric/internal/fabric/block";
import { nodeAddress } from "kubefabric/internal/fabric/names";

import {
    makeNodeIdentity,
    type TestAuthorities,
    testAuthorities,
} from "../support/nodeIdentities.ts";
import { OrdererNode } from "../support/ordererNode.ts";
import { testBlock } from "../support/testBlock.ts";

const BLOCK = testBlock("trade");
const CHANNELS = "/participation/v1/channels";

describe("joining an ordering node to a channel", () => {
    let authorities: TestAuthorities;
    let node: OrdererNode;

    before(async () => {
        authorities = await testAuthorities();
    });
    beforeEach(async () => {
        const tls = await makeNodeIdentity(authorities.tlsCa, "orderer-0");
        node = await new OrdererNode(tls, authorities.adminCa.certificatePem).start();
    });
    afterEach(() => node.stop());

    function join(request: Partial<OrdererJoin> = {}, changes: Partial<OrdererAccess> = {}) {
        const target = {
            node: "orderer-0",
            namespace: "ordering",
            kind: "orderer" as const,
            port: 9443,
            address: `127.0.0.1:${node.adminPort}`,
            serverName: nodeAddress("orderer-0", "ordering"),
            tlsCaPem: authorities.tlsCa.certificatePem,
        };
        return joinChannel(
            { target, admin: authorities.admin, patienceMs: 5_000, ...changes },
            { block: BLOCK, activeWithinMs: 500, ...request },
        );
    }

    it("sends the block, byte for byte, and reads back that the node is an active consenter", async () => {
        assert.deepEqual(await join(), {
            name: "trade",
            consensusRelation: "consenter",
            status: "active",
            height: 1,
            alreadyJoined: false,
            notes: [],
        });
        assert.deepEqual(node.channels.get("trade")?.block, BLOCK);
        assert.deepEqual(node.requests, [
            `GET ${CHANNELS}/trade`,
            `POST ${CHANNELS}`,
            `GET ${CHANNELS}/trade`,
        ]);
    });

    it("sends nothing to a node that has the channel, and compares the first block", async () => {
        await join();
        node.requests.length = 0;
        const again = await join();
        assert.deepEqual([again.alreadyJoined, again.notes], [true, []]);
        assert.deepEqual(node.requests, [
            `GET ${CHANNELS}/trade`,
            `GET ${CHANNELS}/trade/blocks/0`,
            `GET ${CHANNELS}/trade`,
        ]);
    });

    it("fails when the node has another first block, with both hashes, and leaves it", async () => {
        const other = testBlock("trade", { content: "second" });
        await join();
        await assert.rejects(join({ block: other }), (error: Error) => {
            assert.match(
                error.message,
                /^ordering node orderer-0: cannot join channel "trade": it /,
            );
            assert.ok(error.message.includes(describeBlock(BLOCK).hash), error.message);
            assert.ok(error.message.includes(describeBlock(other).hash), error.message);
            return true;
        });
        assert.deepEqual(node.channels.get("trade")?.block, BLOCK);
    });

    it("says that it could not compare where a version serves no blocks, and goes on", async () => {
        await join();
        node.servesBlocks = false;
        const { notes, alreadyJoined } = await join();
        assert.equal(alreadyJoined, true);
        assert.match(
            notes.join(),
            /^ordering node orderer-0: whether its block 0 of channel "trade"/,
        );
        assert.match(notes.join(), /was not checked: .*3\.1\.2/);
    });

    it("takes a node for joined when someone else was faster, and compares its block", async () => {
        node.misbehave.push([
            `POST ${CHANNELS}`,
            {
                status: 405,
                body: '{"error":"cannot join: channel already exists"}',
                afterJoining: true,
            },
        ]);
        assert.equal((await join()).alreadyJoined, true);
        assert.ok(node.requests.includes(`GET ${CHANNELS}/trade/blocks/0`));
    });

    it("joins a node whose answer to the first attempt was lost", async () => {
        node.misbehave.push([`POST ${CHANNELS}`, { status: 502, body: "", afterJoining: true }]);
        assert.equal((await join()).alreadyJoined, true);
    });

    it("waits while the node removes a channel of the same name", async () => {
        node.misbehave.push([
            `POST ${CHANNELS}`,
            { status: 409, body: '{"error":"cannot join: channel pending removal"}' },
        ]);
        assert.equal((await join()).alreadyJoined, false);
    });

    it("joins a node that starts while it is asked", async () => {
        node.misbehave.push([`GET ${CHANNELS}`, "reset"]);
        assert.equal((await join()).status, "active");
    });

    const refusals: [string, number, string, RegExp][] = [
        [
            "a removal failed before",
            500,
            "cannot join: channel removal failure",
            /channel removal failure \(HTTP 500\); restart the node/,
        ],
        [
            "the block is not valid",
            400,
            "invalid join block: no",
            /invalid join block: no \(HTTP 400\)/,
        ],
        [
            "the block is larger than the node takes",
            400,
            "cannot read form from request body: http: request body too large",
            /raise ORDERER_CHANNELPARTICIPATION_MAXREQUESTBODYSIZE/,
        ],
        ["it is forbidden", 403, "cannot join: no", /cannot join: no \(HTTP 403\)/],
        ["joining is not known at this address", 405, "invalid request method: POST", /HTTP 405/],
    ];
    for (const [what, status, error, words] of refusals) {
        it(`fails at once, without a second attempt, when ${what}`, async () => {
            node.misbehave.push([`POST ${CHANNELS}`, { status, body: JSON.stringify({ error }) }]);
            await assert.rejects(join(), words);
            assert.equal(node.requests.filter((line) => line.startsWith("POST")).length, 1);
        });
    }

    it("fails when the node does not stop removing within the patience", async () => {
        const pending = { status: 409, body: '{"error":"cannot join: channel pending removal"}' };
        node.misbehave.push([`POST ${CHANNELS}`, pending], [`POST ${CHANNELS}`, pending]);
        await assert.rejects(join({}, { patienceMs: 100 }), /pending removal \(HTTP 409\)/);
    });

    it("fails when the node becomes a follower, and says why", async () => {
        node.joined = { consensusRelation: "follower", status: "active" };
        await assert.rejects(
            join(),
            /orderer-0: cannot be active in channel "trade": it joined as follower, not as consenter: its TLS key is not among/,
        );
    });

    it("accepts a follower where one is wanted", async () => {
        node.joined = { consensusRelation: "follower", status: "active" };
        assert.equal((await join({ consenter: false })).consensusRelation, "follower");
    });

    it("waits while the node copies the channel's blocks", async () => {
        node.joined = { consensusRelation: "consenter", status: "onboarding" };
        setTimeout(() => {
            const channel = node.channels.get("trade");
            Object.assign(channel ?? {}, { status: "active", height: 9 });
        }, 150);
        assert.equal((await join({ activeWithinMs: 5_000 })).height, 9);
    });

    it("fails when the copying takes longer than it is waited for, with the height", async () => {
        node.joined = { consensusRelation: "consenter", status: "onboarding" };
        await assert.rejects(
            join({ activeWithinMs: 150 }),
            /it is onboarding at height 1; it goes on by itself; run this again later/,
        );
    });

    for (const status of ["failed", "inactive"] as const) {
        it(`fails at once when the node is ${status} in the channel`, async () => {
            node.joined = { consensusRelation: "consenter", status };
            await assert.rejects(
                join({ activeWithinMs: 5_000 }),
                new RegExp(`it is ${status} at height 1; look at the node's log`),
            );
        });
    }

    it("joins by a later config block a node that was added later", async () => {
        const later = testBlock("trade", { number: 7 });
        assert.equal((await join({ block: later })).height, 8);
    });

    it("fails with bytes that are no block, before anything is asked", async () => {
        await assert.rejects(join({ block: Buffer.from("nonsense") }), /not a block of Fabric/);
        assert.deepEqual(node.requests, []);
    });
});
