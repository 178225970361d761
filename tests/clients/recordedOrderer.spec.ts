import assert from "node:assert/strict";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";

import { channelGauges } from "kubefabric/internal/clients/metrics";
import {
    channelInfo,
    fetchBlock,
    listChannels,
    type OrdererAccess,
    removeChannel,
} from "kubefabric/internal/clients/ordererAdmin";
import { joinChannel } from "kubefabric/internal/clients/ordererJoin";
import { describeBlock } from "kubefabric/internal/fabric/block";
import { nodeAddress } from "kubefabric/internal/fabric/names";

import { golden, recorded, type RecordedAnswer } from "../support/golden.ts";
import {
    makeNodeIdentity,
    type TestAuthorities,
    testAuthorities,
} from "../support/nodeIdentities.ts";
import { testBlock } from "../support/testBlock.ts";

const ANSWERS = recorded<RecordedAnswer>("channelParticipation.json");

describe("what a real ordering node answered", () => {
    let authorities: TestAuthorities;
    let server: Server;
    /** Names of the answers to come, in order; the last one is given again and again. */
    let script: string[];

    before(async () => {
        authorities = await testAuthorities();
        const tls = await makeNodeIdentity(authorities.tlsCa, "orderer-0");
        const options = { cert: tls.certificatePem, key: tls.privateKeyPem };
        server = createServer(options, (request, response) => {
            const name = script.length > 1 ? script.shift() : script[0];
            const answer = ANSWERS[name ?? ""];
            assert.ok(answer !== undefined, `no answer "${name}"`);
            const body = answer.base64 ? Buffer.from(answer.base64, "base64") : answer.body;
            request.resume().on("end", () => {
                response.writeHead(answer.status, { "content-type": answer.contentType ?? "" });
                response.end(body);
            });
        });
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    });
    after(() => new Promise((resolve) => server.close(resolve)));

    function replay(...names: string[]): OrdererAccess {
        script = names;
        return {
            target: {
                node: "orderer-0",
                namespace: "ordering",
                kind: "orderer",
                port: 9443,
                address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
                serverName: nodeAddress("orderer-0", "ordering"),
                tlsCaPem: authorities.tlsCa.certificatePem,
            },
            admin: authorities.admin,
            patienceMs: 400,
        };
    }

    const RECORDED_BLOCK = () => Buffer.from(ANSWERS["block 0"]?.base64 ?? "", "base64");

    it("is a list of channels, also when there are none", async () => {
        assert.deepEqual(await listChannels(replay("list")), ["recorded", "trade"]);
        assert.deepEqual(await listChannels(replay("list of a node without channels")), []);
    });

    it("is what it says of a channel, of a follower, and of a channel it does not have", async () => {
        const info = { consensusRelation: "consenter", status: "active", height: 1 };
        assert.deepEqual(await channelInfo(replay("info"), "recorded"), {
            name: "recorded",
            ...info,
        });
        assert.deepEqual(await channelInfo(replay("info of a follower"), "partial"), {
            name: "partial",
            consensusRelation: "follower",
            status: "onboarding",
            height: 0,
        });
        const unknown = replay("info of a channel that the node does not have");
        assert.equal(await channelInfo(unknown, "recorded"), undefined);
    });

    it("is a block whose hash is the one that a peer reports", async () => {
        const block = await fetchBlock(replay("block 0"), "recorded", 0);
        assert.ok(block !== undefined);
        const { channelId, number, hash } = describeBlock(block);
        assert.deepEqual([channelId, number], ["recorded", 0]);
        assert.match(hash, /^884c16cb/);
    });

    it("is no block of a channel that it does not have", async () => {
        const access = replay(
            "block of a channel that the node does not have",
            "info of a channel that the node does not have",
        );
        assert.equal(await fetchBlock(access, "nothere", 0), undefined);
    });

    it("fails for a block that does not exist, and for one of a follower", async () => {
        await assert.rejects(
            fetchBlock(replay("block that does not exist", "info"), "recorded", 99),
            /cannot fetch block 99 of channel "recorded": no such block number \[99\] in index/,
        );
        await assert.rejects(
            fetchBlock(replay("block of a follower", "info of a follower"), "partial", 0),
            /channel is not ready, he is a follower \(HTTP 404\); ask a consenter/,
        );
    });

    it("fails for a channel's name that Fabric refuses", async () => {
        await assert.rejects(
            channelInfo(replay("invalid channel name"), "UPPER"),
            /'UPPER' contains illegal characters \(HTTP 400\); write lower-case letters/,
        );
    });

    it("is a joined channel, now and before", async () => {
        const unknown = "info of a channel that the node does not have";
        const block = RECORDED_BLOCK();
        const first = await joinChannel(replay(unknown, "join", "info"), { block });
        assert.deepEqual([first.alreadyJoined, first.height, first.notes], [false, 1, []]);
        const again = await joinChannel(replay("info", "block 0", "info"), { block });
        assert.deepEqual([again.alreadyJoined, again.height, again.notes], [true, 1, []]);
        const raced = replay(unknown, "join again", "info", "block 0", "info");
        assert.equal((await joinChannel(raced, { block })).alreadyJoined, true);
    });

    it("is waited for while a removal is pending", async () => {
        const unknown = "info of a channel that the node does not have";
        const pending = "join while a removal is pending";
        const access = replay(unknown, pending, unknown, "join", "info");
        const { alreadyJoined } = await joinChannel(access, { block: RECORDED_BLOCK() });
        assert.equal(alreadyJoined, false);
    });

    it("fails when it has another block of the channel", async () => {
        const block = testBlock("recorded");
        await assert.rejects(
            joinChannel(replay("info", "block 0", "info"), { block }),
            /already has a channel of this name with another block 0/,
        );
    });

    it("fails when it joined as a follower", async () => {
        const unknown = "info of a channel that the node does not have";
        const access = replay(unknown, "join as follower", "info of a follower");
        await assert.rejects(
            joinChannel(access, { block: testBlock("partial") }),
            /it joined as follower, not as consenter/,
        );
    });

    const refusals: [string, RegExp][] = [
        [
            "join with bytes that are no block",
            /cannot unmarshal file part config-block into a block/,
        ],
        ["join with a part of another name", /form does not contains part key: config-block/],
        ["join with a body that is too large", /too large \(HTTP 400\); raise ORDERER_CHANNELPART/],
    ];
    for (const [name, words] of refusals) {
        it(`fails at once for: ${name}`, async () => {
            const unknown = "info of a channel that the node does not have";
            const access = replay(unknown, name, "a second attempt");
            await assert.rejects(joinChannel(access, { block: RECORDED_BLOCK() }), words);
        });
    }

    it("is a removed channel, and the same again", async () => {
        const absent = "remove a channel that the node does not have";
        await removeChannel(replay("remove", absent), "partial");
        await removeChannel(replay(absent), "partial");
    });

    it("is metrics, of which those of channels are read", () => {
        const gauges = channelGauges(golden("nodes/metrics-raft-leader.txt"));
        assert.equal(gauges.get("consensus_etcdraft_is_leader")?.get("trade"), 1);
        assert.equal(gauges.get("consensus_etcdraft_active_nodes")?.get("trade"), 3);
        assert.equal(gauges.get("fabric_version"), undefined, "it has no channel");
        const buckets = [...gauges.keys()].filter((name) => name.endsWith("_bucket"));
        assert.deepEqual(buckets, []);
    });
});
