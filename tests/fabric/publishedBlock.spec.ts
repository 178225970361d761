import assert from "node:assert/strict";

import type { OrgDefinition } from "kubefabric/internal/fabric/msp";
import { buildGenesisBlock, describeBlock } from "kubefabric/internal/fabric/genesisBlock";
import {
    publishedBlockProblems,
    type PublishedBlock,
} from "kubefabric/internal/fabric/publishedBlock";
import { dialedAddresses, orderingAddresses } from "kubefabric/internal/fabric/orderingAddresses";

import { testBlock } from "../support/testBlock.ts";
import { makeCa } from "./authorities.ts";
import { changed, goldenDefinition } from "./goldenChannel.ts";

const base64 = (block: Uint8Array) => Buffer.from(block).toString("base64");

describe("a published first block", () => {
    const definition = goldenDefinition("raft");
    const [ordering] = definition.ordering as [OrgDefinition];
    const [org1, org2] = definition.application as [OrgDefinition, OrgDefinition];
    const bytes = buildGenesisBlock(definition);
    let other: OrgDefinition;
    before(async () => {
        const [signing, tls] = [await makeCa("signing"), await makeCa("tls")];
        other = {
            ...org2,
            mspId: "Org3MSP",
            signingCaPem: signing.certificatePem,
            tlsCaPem: tls.certificatePem,
        };
    });

    function expected(change: Partial<PublishedBlock> = {}): PublishedBlock {
        return {
            block: base64(bytes),
            channelId: definition.channelId,
            ordering: [],
            application: [org1],
            organizations: [],
            addedLater: false,
            ...change,
        };
    }

    /** Everything that is wrong, line by line. */
    function problems(change: Partial<PublishedBlock> = {}): string[] {
        const lines = publishedBlockProblems(expected(change)).map(
            ({ path, reason }) => `${path}: ${reason}`,
        );
        for (const line of lines) {
            assert.doesNotMatch(line, /undefined|NaN|\[object|-----|\.$/);
        }
        return lines;
    }

    it("is right for those who are in it, with or without its hash and others' definitions", () => {
        const { hash } = describeBlock(bytes);
        assert.deepEqual(problems(), []);
        assert.deepEqual(problems({ hash, organizations: [ordering, org1, org2] }), []);
        assert.deepEqual(problems({ hash: hash.toUpperCase() }), []);
        assert.deepEqual(problems({ ordering: [ordering], application: [] }), []);
        assert.deepEqual(problems({ block: `${base64(bytes)}\n` }), []);
        const wrapped = base64(bytes).replace(/(.{76})/g, "$1\n");
        assert.deepEqual(problems({ block: wrapped }), []);
    });

    it("fails for another channel and another hash, both at once", () => {
        const { hash } = describeBlock(bytes);
        assert.deepEqual(problems({ channelId: "trade", hash: "00ff" }), [
            'channelId: "trade" is not the channel of genesisBlock, which is "raft-channel"; write ' +
                '"raft-channel", or pass the other block',
            `genesisHash: "00ff" is not the hash of genesisBlock, which is "${hash}"; ask who ` +
                "published them which of both is right",
        ]);
    });

    it("fails for an organization that is not in it, in words that say what to do", () => {
        assert.deepEqual(problems({ application: [other] }), [
            'peers: Org3MSP is not in channel "raft-channel", in which Org1MSP, Org2MSP are; ask its ' +
                "members for a config update that adds it, with its definition; once that is made, " +
                "write addedLater: true",
        ]);
        assert.deepEqual(problems({ application: [other], addedLater: true }), []);
        assert.match(
            problems({ ordering: [other] })[0]!,
            /^orderers: Org3MSP has no ordering nodes in channel "raft-channel", in which OrdererMSP is;/,
        );
    });

    it("fails for an organization that is there with another CA, and says which", () => {
        const impostor = { ...org1, signingCaPem: other.signingCaPem, signingIntermediatesPem: [] };
        assert.match(
            problems({ application: [impostor] })[0]!,
            /^peers: Org1MSP is in the block with another signing CA than it has here; pass/,
        );
        const both = { ...impostor, tlsCaPem: other.tlsCaPem, tlsIntermediatesPem: [] };
        assert.match(problems({ application: [both] })[0]!, /another signing and TLS CA than/);
        assert.match(problems({ organizations: [org2, both] })[0]!, /^organizations\[1\]: Org1MSP/);
    });

    it("fails for ordering nodes that are no consenters of it, each by its address", () => {
        const [first] = ordering.consenters;
        const elsewhere = { ...first!, host: "moved.example.com" };
        const otherKey = { ...ordering.consenters[1]!, host: first!.host };
        const lines = problems({
            application: [],
            ordering: [{ ...ordering, consenters: [first!, elsewhere, otherKey] }],
        });
        assert.equal(lines.length, 2);
        assert.match(
            lines[0]!,
            /^orderers: OrdererMSP's ordering node "moved.example.com:7050" is no/,
        );
        assert.match(
            lines[1]!,
            /^orderers: OrdererMSP's ordering node "orderer-0.orderer.svc:7050"/,
        );
    });

    it("fails for definitions of others that are not in it, or there twice", () => {
        const lines = problems({ organizations: [org2, other, org2] });
        assert.match(
            lines[0]!,
            /^organizations\[1\]: Org3MSP is not in the first block of channel "raft-channel", in which OrdererMSP, Org1MSP, Org2MSP are; take it away/,
        );
        assert.equal(
            lines[1],
            'organizations[2].mspId: "Org2MSP" is organizations[0] already; name it once',
        );
    });

    const notBlocks: [string, string, RegExp][] = [
        ["no base64", "{}", /\(it has other letters than base64\)/],
        ["nothing", " ", /\(it has other letters than base64\)/],
        ["other bytes", base64(Buffer.from("nonsense")), /are not a block of Fabric/],
        ["a block that was cut", base64(bytes.subarray(0, bytes.length / 2)), /./],
        ["a block without a configuration", base64(testBlock("raft-channel")), /./],
    ];
    for (const [what, block, reason] of notBlocks) {
        it(`fails on ${what}, with one problem`, () => {
            const [line, ...more] = problems({ block });
            assert.match(line!, /^genesisBlock: is not the first block of a channel in base64 \(/);
            assert.match(line!, reason);
            assert.deepEqual(more, []);
        });
    }

    it("fails on a block in which one letter was changed", () => {
        const damaged = Buffer.from(bytes);
        const at = damaged.indexOf("Org2MSP");
        damaged.write("Org9MSP", at);
        assert.match(problems({ block: base64(damaged) })[0]!, /^genesisBlock: .*is damaged/);
    });

    it("tells where ordering nodes are asked: as it was written, or as a definition tells it newer", () => {
        const block = base64(bytes);
        const [written] = orderingAddresses({ block, organizations: [] });
        assert.deepEqual(
            dialedAddresses(Buffer.from(block, "base64")),
            written!.endpoints.map((address) => ({ address, tlsCaPem: written!.tlsCaPem })),
        );
        assert.equal(written?.mspId, "OrdererMSP");
        assert.deepEqual(written?.endpoints, ordering.ordererEndpoints);
        assert.equal(written?.tlsCaPem.trim(), ordering.tlsCaPem.trim());
        const moved = { ...ordering, ordererEndpoints: ["orderer.example.com:443"] };
        assert.deepEqual(
            orderingAddresses({ block, organizations: [org1, moved] }).map(
                ({ mspId, endpoints }) => [mspId, endpoints],
            ),
            [["OrdererMSP", ["orderer.example.com:443"]]],
        );
    });

    it("tells every ordering organization's addresses, with the CAs below the roots", () => {
        const bft = goldenDefinition("bft");
        const addresses = orderingAddresses({
            block: base64(buildGenesisBlock(bft)),
            organizations: [],
        });
        assert.deepEqual(
            addresses.map(({ mspId }) => mspId),
            ["OrdererMSP", "Org1MSP"],
        );
        const certificates = addresses[1]!.tlsCaPem.match(/BEGIN CERTIFICATE/g);
        assert.equal(certificates?.length, 1 + (org1.tlsIntermediatesPem ?? []).length);
    });

    it("fails on block 1 of a channel, by which nobody joins", () => {
        const later = changed("raft", (channel) => (channel.settings.maxMessageCount += 1));
        const block = Buffer.from(buildGenesisBlock(later));
        // The header is first in a block, and its number first in it: absent where it is 0.
        const header = block.readUInt8(1);
        const numbered = Buffer.concat([
            Buffer.of(0x0a, header + 2, 0x08, 0x01),
            block.subarray(2),
        ]);
        assert.match(
            problems({ block: base64(numbered) })[0]!,
            /^genesisBlock: is block 1 of channel "raft-channel", and a node joins by block 0/,
        );
    });
});
