import assert from "node:assert/strict";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";

import {
    channelInfo,
    fetchBlock,
    listChannels,
    type OrdererAccess,
    removeChannel,
} from "kubefabric/internal/clients/ordererAdmin";
import { nodeAddress } from "kubefabric/internal/fabric/names";

import {
    makeAuthority,
    makeEnded,
    makeIdentity,
    makeNodeIdentity,
    type TestAuthorities,
    testAuthorities,
} from "../support/nodeIdentities.ts";
import { type Misbehavior, OrdererNode } from "../support/ordererNode.ts";
import { testBlock } from "../support/testBlock.ts";

describe("the admin port of an ordering node", () => {
    let authorities: TestAuthorities;
    let node: OrdererNode;

    before(async () => {
        authorities = await testAuthorities();
        const tls = await makeNodeIdentity(authorities.tlsCa, "orderer-0");
        node = await new OrdererNode(tls, authorities.adminCa.certificatePem).start();
    });
    after(() => node.stop());
    beforeEach(() => {
        node.channels.clear();
        node.channels.set("trade", {
            consensusRelation: "consenter",
            status: "active",
            height: 4,
            block: testBlock("trade"),
        });
        node.misbehave.length = 0;
        node.requests.length = 0;
        node.servesBlocks = true;
    });

    function access(changes: Partial<OrdererAccess["target"]> = {}): OrdererAccess {
        return {
            target: {
                node: "orderer-0",
                namespace: "ordering",
                kind: "orderer",
                port: 9443,
                address: `127.0.0.1:${node.adminPort}`,
                serverName: nodeAddress("orderer-0", "ordering"),
                tlsCaPem: authorities.tlsCa.certificatePem,
                ...changes,
            },
            admin: authorities.admin,
            patienceMs: 0,
        };
    }

    it("names the channels of a node, sorted", async () => {
        node.channels.set("audit", { consensusRelation: "follower", status: "active", height: 1 });
        assert.deepEqual(await listChannels(access()), ["audit", "trade"]);
    });

    it("tells what a node says of a channel, and nothing where it does not have it", async () => {
        assert.deepEqual(await channelInfo(access(), "trade"), {
            name: "trade",
            consensusRelation: "consenter",
            status: "active",
            height: 4,
        });
        assert.equal(await channelInfo(access(), "other"), undefined);
    });

    it("fetches the bytes of a block, and nothing where the node does not have the channel", async () => {
        assert.deepEqual(await fetchBlock(access(), "trade", 0), testBlock("trade"));
        assert.deepEqual(await fetchBlock(access(), "trade", "config"), testBlock("trade"));
        assert.equal(await fetchBlock(access(), "other", "newest"), undefined);
    });

    it("removes a channel and sees it gone, and succeeds again without it", async () => {
        await removeChannel(access(), "trade");
        assert.equal(node.channels.size, 0);
        await removeChannel(access(), "trade");
        assert.deepEqual(node.requests, Array(3).fill("DELETE /participation/v1/channels/trade"));
    });

    it("waits while a node removes a channel", async () => {
        node.misbehave.push(["DELETE", pendingRemoval], ["DELETE", pendingRemoval]);
        await removeChannel(access(), "trade");
        assert.equal(node.channels.size, 0);
    });

    const pendingRemoval: Misbehavior = {
        status: 409,
        body: '{"error":"cannot remove: channel pending removal"}',
    };

    describe("that has trouble", () => {
        const passing: [string, Misbehavior][] = [
            ["closes the connection", "reset"],
            ["sends half an answer", "half an answer"],
            ["is unavailable", { status: 503, body: '{"error":"not now"}' }],
        ];
        for (const [what, misbehavior] of passing) {
            it(`is asked again when it ${what}`, async () => {
                node.misbehave.push(["GET", misbehavior], ["GET", misbehavior]);
                const patient = { ...access(), patienceMs: 5_000 };
                assert.deepEqual(await listChannels(patient), ["trade"]);
                assert.equal(node.requests.length, 3);
            });

            it(`fails when it ${what} for longer than it is waited for`, async () => {
                node.misbehave.push(["GET", misbehavior]);
                await assert.rejects(
                    listChannels(access()),
                    /^NodeError: ordering node orderer-0: /,
                );
            });
        }

        it("fails when no answer comes in time", async () => {
            node.misbehave.push(["GET", "never an answer"]);
            await assert.rejects(
                listChannels({ ...access(), answerWithinMs: 100 }),
                /orderer-0: cannot list its channels: there is no answer in time at 127\.0\.0\.1:/,
            );
        });

        const final: [string, Misbehavior, RegExp][] = [
            ["forbids it", { status: 403 }, /cannot list its channels: test \(HTTP 403\)/],
            ["calls it bad", { status: 400 }, /cannot list its channels: test \(HTTP 400\)/],
            [
                "has the interface disabled",
                { status: 503, body: '{"error":"channel participation API is disabled"}' },
                /disabled \(HTTP 503\); set ORDERER_CHANNELPARTICIPATION_ENABLED=true/,
            ],
            [
                "answers something else",
                "not JSON",
                /its answer is not JSON; check that the address/,
            ],
        ];
        for (const [what, misbehavior, words] of final) {
            it(`fails at once when it ${what}`, async () => {
                node.misbehave.push(["GET", misbehavior]);
                await assert.rejects(listChannels({ ...access(), patienceMs: 5_000 }), words);
                assert.equal(node.requests.length, 1);
            });
        }

        it("fails on a channel's 404 that is not of this interface, instead of calling it absent", async () => {
            node.misbehave.push(["GET", { status: 404, body: "404 page not found" }]);
            await assert.rejects(channelInfo(access(), "trade"), /HTTP 404 without a reason/);
        });

        it("fails to fetch a block from a version that serves none", async () => {
            node.servesBlocks = false;
            await assert.rejects(
                fetchBlock(access(), "trade", 0),
                /cannot fetch block 0 of channel "trade": it serves no blocks \(HTTP 404\)/,
            );
        });
    });

    describe("behind the wrong certificate", () => {
        const refused = async (asked: OrdererAccess, words: RegExp) => {
            await assert.rejects(listChannels({ ...asked, patienceMs: 5_000 }), words);
            assert.deepEqual(node.requests, [], "nothing was asked");
        };

        it("fails when the node's certificate does not carry its Service's name", async () => {
            await refused(
                access({ serverName: "orderer-1.ordering.svc" }),
                /its TLS certificate does not carry the name orderer-1\.ordering\.svc/,
            );
        });

        it("fails when the node's certificate is of another CA", async () => {
            const { certificatePem } = await makeAuthority("other");
            await refused(
                access({ tlsCaPem: certificatePem }),
                /its TLS certificate is not of the TLS CA of its organization/,
            );
        });

        it("fails when the node's certificate has ended, and knows that no one can reach it", async () => {
            const ended = await makeEnded({
                ca: authorities.tlsCa,
                commonName: "orderer-0",
                hosts: [nodeAddress("orderer-0", "ordering")],
            });
            const other = new OrdererNode(ended, authorities.adminCa.certificatePem);
            await other.start();
            try {
                await assert.rejects(
                    listChannels(access({ address: `127.0.0.1:${other.adminPort}` })),
                    (error: Error & { fault?: { certificateEnded?: boolean } }) => {
                        assert.match(error.message, /its TLS certificate has ended/);
                        return error.fault?.certificateEnded === true;
                    },
                );
            } finally {
                await other.stop();
            }
        });

        it("fails with a node's own certificate as ours", async () => {
            const admin = await makeNodeIdentity(authorities.tlsCa, "orderer-0");
            // Unlike Fabric, this server closes the connection without a word.
            await assert.rejects(
                listChannels({ ...access(), admin }),
                /the connection was closed by the node at/,
            );
            assert.deepEqual(node.requests, [], "nothing was asked");
        });

        it("fails with a certificate of ours that has ended, and says when", async () => {
            const admin = await makeEnded({ ca: authorities.adminCa, commonName: "admin" });
            await refused(
                { ...access(), admin },
                /it refuses our TLS certificate \("O=Org1MSP, OU=admin, CN=admin"\), which ended on 20/,
            );
        });

        it("succeeds with another certificate of the admin CA", async () => {
            const admin = await makeIdentity({ ca: authorities.adminCa, commonName: "second" });
            assert.deepEqual(await listChannels({ ...access(), admin }), ["trade"]);
        });
    });

    describe("that cannot be reached", () => {
        it("fails when nothing listens", async () => {
            const free = await freePort();
            await assert.rejects(
                listChannels(access({ address: `127.0.0.1:${free}` })),
                new RegExp(`the connection is refused at 127\\.0\\.0\\.1:${free}`),
            );
        });

        it("fails when something answers without TLS", async () => {
            const plain = createServer((socket) => {
                socket.on("error", () => undefined).resume();
                socket.end("HTTP/1.1 400 Bad Request\r\n\r\n");
            });
            await new Promise<void>((resolve) => plain.listen(0, "127.0.0.1", resolve));
            const { port } = plain.address() as AddressInfo;
            await assert.rejects(
                listChannels(access({ address: `127.0.0.1:${port}` })),
                /something answers without TLS at 127/,
            );
            await new Promise((resolve) => plain.close(resolve));
        });

        it("fails with an address that is none, before anything is dialed", async () => {
            await assert.rejects(
                listChannels(access({ address: "orderer-0" })),
                /"orderer-0" is not an address; write it as "host:port"/,
            );
        });
    });

    it("never repeats a key or a certificate in an error", async () => {
        const admin = await makeNodeIdentity(authorities.tlsCa, "orderer-0");
        const error = await listChannels({ ...access(), admin }).catch(String);
        assert.doesNotMatch(String(error), /BEGIN|PRIVATE/);
    });
});

async function freePort(): Promise<number> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    return port;
}
