import assert from "node:assert/strict";

import {
    chainInfo,
    joinChannel,
    listChannels,
    type PeerAccess,
} from "kubefabric/internal/clients/peerAdmin";
import { peer } from "@hyperledger/fabric-protos";
import { describeBlock } from "kubefabric/internal/fabric/block";
import { nodeAddress } from "kubefabric/internal/fabric/names";
import type { Signer } from "kubefabric/internal/fabric/signing";
import type { CertificateAuthority } from "kubefabric/internal/fabric/x509";

import { recorded, type RecordedResponse } from "../support/golden.ts";
import {
    makeAuthority,
    makeEnded,
    makeIdentity,
    makeNodeIdentity,
    type TestAuthorities,
    testAuthorities,
} from "../support/nodeIdentities.ts";
import { PeerNode } from "../support/peerNode.ts";
import { testBlock } from "../support/testBlock.ts";

const RECORDED = recorded<RecordedResponse>("endorser.json");
const BLOCK = testBlock("trade");
const ENDORSER_TRANSACTION = 3;
const CONFIG = 1;

describe("a peer", () => {
    let authorities: TestAuthorities;
    let signingCa: CertificateAuthority;
    let signer: Signer;
    let node: PeerNode;

    before(async () => {
        authorities = await testAuthorities();
        signingCa = await makeAuthority("ca");
        const admin = await makeIdentity({
            ca: signingCa,
            commonName: "admin",
            profile: "signing",
        });
        signer = { mspId: "Org1MSP", ...admin };
        node = await new PeerNode(await makeNodeIdentity(authorities.tlsCa, "peer0")).start();
    });
    after(() => node.stop());
    beforeEach(() => {
        node.ledgers.clear();
        node.misbehave.length = 0;
        node.calls.length = 0;
    });

    function access(changes: Partial<PeerAccess["target"]> = {}): PeerAccess {
        return {
            target: {
                node: "peer0",
                namespace: "ordering",
                kind: "peer",
                port: 7051,
                address: `127.0.0.1:${node.port}`,
                serverName: nodeAddress("peer0", "ordering"),
                tlsCaPem: authorities.tlsCa.certificatePem,
                ...changes,
            },
            signer,
            patienceMs: 0,
        };
    }

    it("joins a channel by its first block, and tells its ledger", async () => {
        assert.deepEqual(await joinChannel(access(), { block: BLOCK }), {
            height: 1,
            currentBlockHash: describeBlock(BLOCK).hash,
            previousBlockHash: "",
            alreadyJoined: false,
        });
        assert.deepEqual(node.ledgers.get("trade"), BLOCK);
    });

    it("is called as Fabric wants it: no channel, joining as configuration, the rest as transaction", async () => {
        await joinChannel(access(), { block: BLOCK });
        const seen = { channelId: "", mspId: "Org1MSP" };
        assert.deepEqual(node.calls, [
            { call: "cscc GetChannels", headerType: ENDORSER_TRANSACTION, ...seen },
            { call: "cscc JoinChain", headerType: CONFIG, ...seen },
            { call: "qscc GetChainInfo trade", headerType: ENDORSER_TRANSACTION, ...seen },
        ]);
    });

    it("is left alone where it has joined, after its first block was compared", async () => {
        await joinChannel(access(), { block: BLOCK });
        node.calls.length = 0;
        assert.equal((await joinChannel(access(), { block: BLOCK })).alreadyJoined, true);
        assert.deepEqual(
            node.calls.map(({ call }) => call),
            ["cscc GetChannels", "qscc GetBlockByNumber trade 0", "qscc GetChainInfo trade"],
        );
    });

    it("fails where it has another first block, with both hashes", async () => {
        const other = testBlock("trade", { content: "second" });
        await joinChannel(access(), { block: BLOCK });
        await assert.rejects(joinChannel(access(), { block: other }), (error: Error) => {
            assert.match(error.message, /^peer peer0: cannot join channel "trade": it already has/);
            assert.ok(error.message.includes(describeBlock(BLOCK).hash), error.message);
            assert.ok(error.message.includes(describeBlock(other).hash), error.message);
            return true;
        });
    });

    it("has joined where someone else was faster", async () => {
        node.ledgers.set("trade", BLOCK);
        const list = RECORDED["list"];
        assert.ok(list !== undefined);
        node.misbehave.push(["cscc GetChannels", list]);
        assert.equal((await joinChannel(access(), { block: BLOCK })).alreadyJoined, true);
    });

    it("has joined once it knows that its organization is in the channel, which it learns later", async () => {
        const refusal = new peer.ProposalResponse();
        const said = new peer.Response();
        said.setStatus(500);
        said.setMessage(
            "access denied for [GetChainInfo][trade]: [Failed evaluating policy on signed data during " +
                "check policy on channel [trade] with policy [/Channel/Application/Readers]: [denied]]",
        );
        refusal.setResponse(said);
        const response = Buffer.from(refusal.serializeBinary()).toString("base64");
        for (let times = 0; times < 3; times++) {
            node.misbehave.push(["qscc GetChainInfo", { call: "qscc GetChainInfo", response }]);
        }
        const joined = await joinChannel(access(), { block: BLOCK });
        assert.deepEqual([joined.alreadyJoined, joined.height], [false, 1]);
        assert.deepEqual(node.misbehave, []);
    });

    it("lists its channels, sorted, and knows nothing of one that it has not joined", async () => {
        node.ledgers.set("trade", BLOCK).set("audit", testBlock("audit"));
        assert.deepEqual(await listChannels(access()), ["audit", "trade"]);
        assert.equal((await chainInfo(access(), "audit"))?.height, 1);
        assert.equal(await chainInfo(access(), "other"), undefined);
    });

    describe("a real one", () => {
        const replay = (call: string, answer: string) => {
            const found = RECORDED[answer];
            assert.ok(found !== undefined, answer);
            node.misbehave.push([call, found]);
        };

        it("answered with its channels and its ledger, which are read", async () => {
            replay("cscc GetChannels", "list");
            replay("qscc GetChainInfo", "ledger");
            const info = await chainInfo(access(), "recorded");
            assert.equal(info?.height, 1);
            assert.match(info.currentBlockHash, /^884c16cb36286d96/);
        });

        it("answered with its first block, which is compared", async () => {
            const name = (call: string, answer: string) => replay(call, answer);
            name("cscc GetChannels", "list");
            name("qscc GetBlockByNumber", "block 0");
            await assert.rejects(
                joinChannel(access(), { block: testBlock("recorded") }),
                /with another first block: the peer's has the hash 884c16cb36286d96/,
            );
        });

        const refusals: [string, string, RegExp][] = [
            [
                "join by a client of the organization",
                "cscc JoinChain",
                /the peer refuses the admin certificate of Org1MSP, issued by "O=Org1MSP, CN=ca" \(access denied for \[JoinChain\]/,
            ],
            [
                "list by another organization",
                "cscc GetChannels",
                /creator org unknown, creator is malformed\); check that the peer is of this organization/,
            ],
            [
                "list with another key",
                "cscc GetChannels",
                /access denied.*that the private key is the certificate's/,
            ],
            [
                "list with a clock that is an hour late",
                "cscc GetChannels",
                /incorrect timestamp.*set the clock of this machine or of the peer/,
            ],
            [
                "join with bytes that are no block",
                "cscc JoinChain",
                /cannot join channel "trade": Failed to reconstruct the genesis block/,
            ],
            [
                "join a channel with another capability",
                "cscc JoinChain",
                /Application capability V9_5 is required but not supported\]; the peer's version does not/,
            ],
            [
                "join again",
                "cscc JoinChain",
                /ledger \[recorded\] already exists with state \[ACTIVE\]; an earlier joining was cut short/,
            ],
        ];
        for (const [answer, call, words] of refusals) {
            it(`fails at once for: ${answer}`, async () => {
                replay(call, answer);
                const patient = { ...access(), patienceMs: 5_000 };
                await assert.rejects(joinChannel(patient, { block: BLOCK }), words);
                const same = node.calls.filter((seen) => seen.call.startsWith(call));
                assert.ok(call !== "cscc JoinChain" || same.length === 1);
                // Only a ledger that exists is a reason to look again.
                const last = answer === "join again" ? "cscc GetChannels" : call;
                assert.equal(node.calls.at(-1)?.call, last);
            });
        }

        it("fails for a certificate that has ended, and says when it did", async () => {
            replay("cscc GetChannels", "list with a certificate that has ended");
            const ended = await makeEnded({
                ca: signingCa,
                commonName: "admin",
                profile: "signing",
            });
            const until = new Date(Date.now() - 24 * 60 * 60 * 1000).toISOString().slice(0, 10);
            await assert.rejects(
                listChannels({ ...access(), signer: { mspId: "Org1MSP", ...ended } }),
                new RegExp(
                    `the admin certificate of Org1MSP ended on ${until}.*expired\\); renew it`,
                ),
            );
        });

        it("fails for a certificate of another role, and says which it must be", async () => {
            replay("cscc JoinChain", "join by a client of the organization");
            const client = await makeIdentity({
                ca: signingCa,
                commonName: "user",
                role: "client",
                profile: "signing",
            });
            await assert.rejects(
                joinChannel(
                    { ...access(), signer: { mspId: "Org1MSP", ...client } },
                    { block: BLOCK },
                ),
                /its organizational unit is OU=client and must be OU=admin/,
            );
        });
    });

    it("fails where the key is not that of the certificate", async () => {
        const other = await makeIdentity({
            ca: signingCa,
            commonName: "other",
            profile: "signing",
        });
        const mixed = { ...signer, privateKeyPem: other.privateKeyPem };
        const error = await listChannels({ ...access(), signer: mixed }).catch(String);
        assert.match(String(error), /the peer refuses the admin certificate of Org1MSP/);
        assert.doesNotMatch(String(error), /BEGIN/);
    });

    it("is called again while it is not available, with a new nonce each time", async () => {
        node.misbehave.push(["cscc", "unavailable"], ["cscc", "unavailable"]);
        assert.deepEqual(await listChannels({ ...access(), patienceMs: 5_000 }), []);
        assert.equal(node.calls.length, 3);
    });

    it("fails when it is not available for longer than it is waited for", async () => {
        node.misbehave.push(["cscc", "unavailable"]);
        await assert.rejects(listChannels(access()), /the connection to it broke \(test\)/);
    });

    it("fails without a second call when no answer comes in time", async () => {
        node.misbehave.push(["cscc", "never an answer"]);
        await assert.rejects(
            listChannels({ ...access(), patienceMs: 5_000, answerWithinMs: 150 }),
            /peer peer0: cannot list its channels: there is no answer within 0\.15 s/,
        );
        assert.equal(node.calls.length, 1);
    });

    it("fails where its certificate does not carry its Service's name", async () => {
        await assert.rejects(
            listChannels(access({ serverName: "peer1.ordering.svc" })),
            /peer0: cannot list its channels: its TLS certificate does not carry the name peer1/,
        );
        assert.deepEqual(node.calls, []);
    });

    it("fails where its certificate is of another CA", async () => {
        await assert.rejects(
            listChannels(access({ tlsCaPem: (await makeAuthority("other")).certificatePem })),
            /its TLS certificate is not of the TLS CA of its organization/,
        );
    });

    it("fails where nothing listens", async () => {
        await assert.rejects(
            listChannels(access({ address: "127.0.0.1:1" })),
            /the connection is refused at 127\.0\.0\.1:1/,
        );
    });
});
