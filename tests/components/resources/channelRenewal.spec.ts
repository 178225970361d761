import assert from "node:assert/strict";

import { methods as channelConfig } from "kubefabric/internal/components/resources/methods/channelConfig";
import type { Properties } from "kubefabric/internal/components/resources/remoteResource";
import { methods as genesisBlock } from "kubefabric/internal/components/resources/methods/genesisBlock";
import type { ChannelDefinition } from "kubefabric/internal/fabric/channelDefinition";
import type { Consenter } from "kubefabric/internal/fabric/msp";
import {
    generateKey,
    type CertificateAuthority,
    type KeyPair,
} from "kubefabric/internal/fabric/x509";

import { later, makeCa, makeCertificate, NOW } from "../../fabric/authorities.ts";
import { changed } from "../../fabric/goldenChannel.ts";

/** A node's keys, which outlive its certificates. */
type Keys = Record<"signing" | "tls", KeyPair>;

/** Inputs as the engine keeps them; no node answers, so that nothing is known but the definitions. */
const settled = (olds: Properties, definition: ChannelDefinition) =>
    channelConfig.settle!(olds, {
        wanted: { definition, others: [], signatures: [] },
        services: [],
        admins: [],
    });

describe("a channel whose nodes' certificates were renewed", () => {
    let cas: Record<"signing" | "tls", CertificateAuthority>;
    let keys: Keys[];
    before(async () => {
        cas = { signing: await makeCa("signing"), tls: await makeCa("tls") };
        const keysOfOne = async () => ({ signing: await generateKey(), tls: await generateKey() });
        keys = await Promise.all(Array.from({ length: 4 }, keysOfOne));
    });

    async function consenter(number: number, of: Keys, now: Date): Promise<Consenter> {
        const commonName = `orderer-${number}`;
        const host = `${commonName}.orderers.svc`;
        const issue = (profile: "signing" | "tls") =>
            makeCertificate({
                ca: cas[profile],
                key: of[profile],
                profile,
                role: "orderer",
                commonName,
                hosts: profile === "tls" ? [host] : [],
                now,
            });
        return {
            host,
            port: 7050,
            tlsCertificatePem: await issue("tls"),
            identityCertificatePem: await issue("signing"),
        };
    }

    /** A channel of four nodes with certificates issued at `now`. */
    async function channel(
        kind: "raft" | "bft",
        now: Date,
        of: readonly Keys[] = keys,
    ): Promise<ChannelDefinition> {
        const consenters = await Promise.all(
            of.map((each, number) => consenter(number, each, now)),
        );
        return changed(kind, (definition) => {
            const { version, mspId, nodeOUs } = definition.ordering[0]!;
            definition.ordering = [
                {
                    version,
                    mspId,
                    nodeOUs,
                    signingCaPem: cas.signing.certificatePem,
                    tlsCaPem: cas.tls.certificatePem,
                    ordererEndpoints: consenters.map(({ host, port }) => `${host}:${port}`),
                    anchorPeers: [],
                    consenters,
                },
            ];
            definition.application = definition.application.filter(
                (org) => org.mspId !== "Org1MSP" || kind === "raft",
            );
        });
    }

    for (const kind of ["raft", "bft"] as const) {
        it(`expects the configuration that it has, so there is no config update (${kind})`, async () => {
            const [first, renewed] = await Promise.all([
                channel(kind, NOW),
                channel(kind, later(300)),
            ]);
            assert.notDeepEqual(first, renewed);
            const olds = await settled({}, first);
            const news = await settled(olds, renewed);
            assert.ok((news.consenters as unknown[]).length === 4, "it names its consenters");
            assert.deepEqual({ ...news, wanted: olds.wanted }, olds);
            assert.deepEqual(await channelConfig.diff!(olds, news), { changes: false });
            assert.deepEqual(await channelConfig.check!(olds, news), []);
        });

        it(`wants a config update for a node with another key (${kind})`, async () => {
            const other = { signing: await generateKey(), tls: await generateKey() };
            const [first, replaced] = await Promise.all([
                channel(kind, NOW),
                channel(kind, NOW, [...keys.slice(1), other]),
            ]);
            const olds = await settled({}, first);
            const news = await settled(olds, replaced);
            assert.notDeepEqual(news.consenters, olds.consenters);
            assert.deepEqual(await channelConfig.diff!(olds, news), { changes: true });
        });

        it(`keeps the block that it was made from (${kind})`, async () => {
            const { outs } = await genesisBlock.create({ definition: await channel(kind, NOW) });
            const news = { definition: await channel(kind, later(300)) };
            assert.deepEqual(await genesisBlock.diff!(outs, news), { changes: false });
        });
    }
});
