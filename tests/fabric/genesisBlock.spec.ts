import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

import { common, orderer } from "@hyperledger/fabric-protos";

import { blockHeaderHash } from "kubefabric/internal/fabric/block";
import {
    buildGenesisBlock,
    describeBlock,
    settingsOf,
} from "kubefabric/internal/fabric/genesisBlock";
import { transactionId } from "kubefabric/internal/fabric/signing";
import { publicKeyFingerprint } from "kubefabric/internal/fabric/x509";

import { OpenSsl } from "./authorities.ts";
import { decodeBlock } from "./decodedBlock.ts";
import { changed, goldenBlock, goldenDefinition } from "./goldenChannel.ts";

/** The one transaction of a decoded block, as far as these tests look into it. */
interface Decoded {
    header: { number: string; previous_hash: string; data_hash: string };
    metadata: unknown;
    data: {
        data: [
            {
                signature: string;
                payload: {
                    data: unknown;
                    header: {
                        channel_header: { tx_id: string; timestamp: string };
                        signature_header: { nonce: string; creator: string | null };
                    };
                };
            },
        ];
    };
}

const KINDS = ["raft", "bft"] as const;

describe("buildGenesisBlock", () => {
    for (const kind of KINDS) {
        const golden = goldenBlock(kind) as unknown as Decoded;
        const block = buildGenesisBlock(goldenDefinition(kind));
        const ours = decodeBlock(block) as unknown as Decoded;

        it(`makes, for ${kind}, the configuration that configtxgen makes`, () => {
            assert.deepEqual(ours.data.data[0].payload.data, golden.data.data[0].payload.data);
        });

        it(`makes, for ${kind}, all of its block but for what is drawn and timed there`, () => {
            const [{ payload }] = ours.data.data;
            const { channel_header, signature_header } = payload.header;
            const expected = structuredClone(golden);
            // configtxgen draws the nonce and takes the time; the other two are hashes over them.
            const theirs = expected.data.data[0].payload.header;
            theirs.signature_header.nonce = signature_header.nonce;
            theirs.channel_header.tx_id = channel_header.tx_id;
            theirs.channel_header.timestamp = channel_header.timestamp;
            expected.header.data_hash = ours.header.data_hash;
            assert.deepEqual(ours, expected);
        });

        it(`makes, for ${kind}, a nonce of 24 bytes with the ID that belongs to it`, () => {
            for (const { data } of [ours, golden]) {
                const { channel_header, signature_header } = data.data[0].payload.header;
                const nonce = Buffer.from(signature_header.nonce, "base64");
                assert.equal(nonce.length, 24);
                assert.equal(channel_header.tx_id, transactionId(nonce, new Uint8Array()));
            }
        });

        it(`makes, for ${kind}, the same bytes whatever the order of keys in the definition`, () => {
            const reversed = JSON.parse(
                JSON.stringify(goldenDefinition(kind)),
                (_, value: unknown) =>
                    typeof value === "object" && value !== null && !Array.isArray(value)
                        ? Object.fromEntries(Object.entries(value).reverse())
                        : value,
            ) as ReturnType<typeof goldenDefinition>;
            assert.deepEqual(buildGenesisBlock(reversed), block);
        });
    }

    it("makes the bytes that it always made, because a channel keeps its first block", () => {
        const hashes = KINDS.map((kind) =>
            createHash("sha256")
                .update(buildGenesisBlock(goldenDefinition(kind)))
                .digest("hex"),
        );
        assert.deepEqual(hashes, [
            "af426b5fdcb679bd5523b5e4ee06d5fed0e0c7e56bc4e0881a9c588f58522dd5",
            "baa2a0b38f7fe92b02373fee83177763ce872a2357dcb1be07013ea250a8ab13",
        ]);
    });

    it("makes another block for every difference, down to the name alone", () => {
        const hashes = new Set([
            hashOf(() => {}),
            hashOf((channel) => (channel.channelId = "other")),
            hashOf((channel) => (channel.settings.batchTimeout = "501ms")),
            hashOf((channel) => channel.ordering[0]?.consenters.reverse()),
            hashOf((channel) => channel.application.pop()),
        ]);
        assert.equal(hashes.size, 5);
        const [one, other] = [buildGenesisBlock(goldenDefinition("raft")), named("other")];
        const nonce = (block: Uint8Array) =>
            (decodeBlock(block) as unknown as Decoded).data.data[0].payload.header.signature_header;
        assert.notDeepEqual(nonce(one), nonce(other));
    });

    it("leaves out what would be empty: endpoints, anchor peers and guards", () => {
        const bare = changed("raft", (channel) => {
            channel.ordering.push({ ...channel.application[1]!, anchorPeers: [] });
            channel.application[1]!.anchorPeers = [];
            channel.settings.acls = {};
        });
        const text = JSON.stringify(decodeBlock(buildGenesisBlock(bare)));
        assert.equal(text.split('"Endpoints"').length, 2);
        assert.equal(text.split('"AnchorPeers"').length, 2);
        assert.doesNotMatch(text, /"ACLs"/);
    });

    it("fails with every problem of a definition", () => {
        const broken = changed("bft", (channel) => {
            channel.channelId = "X";
            channel.capabilities.channel = "V2_0";
        });
        assert.throws(
            () => buildGenesisBlock(broken),
            /^Error: channel "X" is not valid\n {2}channelId: .*\n {2}capabilities.channel: /,
        );
    });

    function named(channelId: string): Uint8Array {
        return buildGenesisBlock(changed("raft", (channel) => (channel.channelId = channelId)));
    }

    function hashOf(change: Parameters<typeof changed>[1]): string {
        return describeBlock(buildGenesisBlock(changed("raft", change))).hash;
    }
});

/** Blocks 0, 1 and 2 of a channel, as an ordering node of Fabric gave them out. */
const CHAIN = [0, 1, 2].map((number) => golden(`chain/${number}.block`));

describe("describeBlock", () => {
    it("finds the chain that Fabric made: each block names the hash of the one before", () => {
        const [first, second, third] = CHAIN.map(describeBlock);
        assert.deepEqual(
            [first, second, third].map((block) => [block?.channelId, block?.number]),
            [0, 1, 2].map((number) => ["raft-channel", number]),
        );
        assert.equal(first?.previousHash, "");
        assert.equal(second?.previousHash, first?.hash);
        assert.equal(third?.previousHash, second?.hash);
        assert.match(third?.hash ?? "", /^[0-9a-f]{64}$/);
    });

    it("hashes what OpenSSL encodes, whatever the size of the number", function () {
        if (!OpenSsl.isThere()) {
            this.skip();
        }
        const openssl = new OpenSsl();
        const [previous, data] = ["11", "ee"].map((byte) => Buffer.from(byte.repeat(32), "hex"));
        for (const number of [0, 1, 127, 128, 255, 256, 32_768, 2 ** 31, 2 ** 53 - 1]) {
            const header = new common.BlockHeader();
            header.setNumber(number);
            header.setPreviousHash(previous!);
            header.setDataHash(data!);
            const encoded = openssl.sequence([
                `INTEGER:${number}`,
                `FORMAT:HEX,OCTETSTRING:${previous!.toString("hex")}`,
                `FORMAT:HEX,OCTETSTRING:${data!.toString("hex")}`,
            ]);
            const expected = createHash("sha256").update(encoded).digest();
            assert.deepEqual(Buffer.from(blockHeaderHash(header)), expected, String(number));
        }
        openssl.remove();
    });

    it("fails on a block whose transactions were changed", () => {
        const block = common.Block.deserializeBinary(CHAIN[1]!);
        block.getData()?.addData(new Uint8Array([1]));
        assert.throws(
            () => describeBlock(block.serializeBinary()),
            /block 1 is damaged: its header has the data hash [0-9a-f]{64}, its transactions have/,
        );
    });

    it("fails on what is no block", () => {
        for (const bytes of [
            new Uint8Array(),
            Buffer.from("no block"),
            CHAIN[0]!.subarray(0, 99),
        ]) {
            assert.throws(() => describeBlock(bytes), /bytes are not a block of Fabric/);
        }
    });

    it("fails on a header with more bytes than a hash has", () => {
        const block = common.Block.deserializeBinary(CHAIN[1]!);
        block.getHeader()?.setPreviousHash(new Uint8Array(128));
        assert.throws(
            () => describeBlock(block.serializeBinary()),
            /128 bytes where a hash belongs/,
        );
    });
});

describe("settingsOf", () => {
    for (const kind of KINDS) {
        it(`reads back, for ${kind}, what the first block was made from`, () => {
            const definition = goldenDefinition(kind);
            const { settings, consensus, channelId, capabilities } = definition;
            const found = settingsOf(buildGenesisBlock(definition));
            assert.deepEqual(found, {
                ...settings,
                channelId,
                consensus,
                sequence: 0,
                capabilities: {
                    channel: [capabilities.channel],
                    orderer: [capabilities.orderer],
                    application: [capabilities.application],
                },
                consenters: definition.ordering.flatMap(({ mspId, consenters }) =>
                    consenters.map(({ host, port, tlsCertificatePem, identityCertificatePem }) => ({
                        host,
                        port,
                        tlsPublicKey: publicKeyFingerprint(tlsCertificatePem),
                        ...(kind === "bft" && {
                            mspId,
                            identityPublicKey: publicKeyFingerprint(identityCertificatePem ?? ""),
                        }),
                    })),
                ),
                ordering: definition.ordering
                    .map((org) => ({ ...authorities(org), endpoints: org.ordererEndpoints }))
                    .sort(byMspId),
                application: definition.application
                    .map((org) => ({ ...authorities(org), anchorPeers: org.anchorPeers }))
                    .sort(byMspId),
            });
        });
    }

    it("reads a later config block, as a config update left it", () => {
        const [before, after] = [settingsOf(CHAIN[0]!), settingsOf(CHAIN[2]!)];
        assert.equal(before.batchTimeout, "200ms");
        assert.deepEqual(after, { ...before, sequence: 1, batchTimeout: "300ms" });
    });

    it("names a consensus that this package does not make, without its options", () => {
        const { channelId: _, ...found } = settingsOf(withConsensus("solo"));
        assert.equal(found.consensus, "solo");
        assert.deepEqual(found.consenters, []);
        assert.ok(!("raft" in found || "bft" in found));
    });

    it("fails on a block without a configuration", () => {
        assert.throws(() => settingsOf(CHAIN[1]!), /has no configuration of a channel in it/);
    });

    type Org = ReturnType<typeof goldenDefinition>["ordering"][number];

    function authorities(org: Org) {
        return {
            mspId: org.mspId,
            signingCas: [org.signingCaPem, ...(org.signingIntermediatesPem ?? [])].map(
                publicKeyFingerprint,
            ),
            tlsCas: [org.tlsCaPem, ...(org.tlsIntermediatesPem ?? [])].map(publicKeyFingerprint),
        };
    }

    function byMspId(left: { mspId: string }, right: { mspId: string }): number {
        return left.mspId.localeCompare(right.mspId);
    }
});

function golden(path: string): Uint8Array {
    return readFileSync(new URL(`../golden/${path}`, import.meta.url));
}

/** The golden Raft block with another consensus in it, as an old network may have. */
function withConsensus(name: string): Uint8Array {
    const block = common.Block.deserializeBinary(buildGenesisBlock(goldenDefinition("raft")));
    const envelope = common.Envelope.deserializeBinary(block.getData()!.getDataList_asU8()[0]!);
    const payload = common.Payload.deserializeBinary(envelope.getPayload_asU8());
    const config = common.ConfigEnvelope.deserializeBinary(payload.getData_asU8());
    const type = new orderer.ConsensusType();
    type.setType(name);
    config
        .getConfig()!
        .getChannelGroup()!
        .getGroupsMap()
        .get("Orderer")!
        .getValuesMap()
        .get("ConsensusType")!
        .setValue(type.serializeBinary());
    payload.setData(config.serializeBinary());
    envelope.setPayload(payload.serializeBinary());
    block.getData()!.setDataList([envelope.serializeBinary()]);
    return block.serializeBinary();
}
