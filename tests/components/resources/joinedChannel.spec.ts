import assert from "node:assert/strict";

import { consenterSetState } from "kubefabric/internal/clients/consenterSet";
import { askedNodesOf } from "kubefabric/internal/components/resources/methods/access";
import {
    check,
    create,
    diff,
    read,
    update,
} from "kubefabric/internal/components/resources/methods/dispatch";
import {
    latestConfig,
    publishedAccesses,
} from "kubefabric/internal/components/resources/methods/latestConfig";
import { buildGenesisBlock } from "kubefabric/internal/fabric/genesisBlock";
import type { OrgDefinition } from "kubefabric/internal/fabric/msp";

import { makeCa } from "../../fabric/authorities.ts";
import { changed } from "../../fabric/goldenChannel.ts";
import { ChannelNodes, channelInputs } from "../../support/channelNodes.ts";

/** How the engine writes what is not known yet. */
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const CHANNEL = "raft-channel";

let nodes: ChannelNodes;
let block: string;
before(async () => {
    nodes = await new ChannelNodes().start();
    block = Buffer.from(nodes.block).toString("base64");
});
after(() => nodes.stop());
beforeEach(() => nodes.clear());

/** Where the ordering nodes of a test are reached from outside. */
function addresses() {
    const endpoints = [...nodes.delivers.values()].map(({ port }) => `localhost:${port}`);
    return [{ mspId: "OrdererMSP", endpoints, tlsCaPem: nodes.facts.tlsCaPem }];
}

describe("a block that others published", () => {
    const module = "publishedBlock";
    const inputs = (change: Record<string, unknown> = {}) => ({
        block,
        channelId: CHANNEL,
        ordering: [],
        application: [nodes.definition.application[0]!],
        organizations: nodes.definition.ordering,
        addedLater: false,
        ...change,
    });
    const failures = async (olds: object, news: object) =>
        ((await check(module, olds, news)).failures ?? []).map(
            ({ property, reason }) => `${property}: ${reason}`,
        );

    it("is taken with its hash and the addresses of its ordering nodes, and nobody is asked", async () => {
        assert.deepEqual(await failures({}, inputs()), []);
        const { id, outs } = await create(module, inputs());
        assert.equal(id, CHANNEL);
        assert.deepEqual([outs.block, outs.hash], [block, nodes.hash]);
        const [ordering] = nodes.definition.ordering;
        assert.deepEqual(
            (outs.addresses as { endpoints: string[] }[]).map(({ endpoints }) => endpoints),
            [ordering!.ordererEndpoints],
        );
        assert.deepEqual(await diff(module, outs, inputs()), { changes: false });
        assert.equal(nodes.asked(), 0);
    });

    it("follows the addresses of a newer definition", async () => {
        const { id, outs } = await create(module, inputs());
        const [ordering] = nodes.definition.ordering as [OrgDefinition];
        const organizations = [{ ...ordering, ordererEndpoints: ["moved.example.com:7050"] }];
        const news = inputs({ organizations });
        assert.deepEqual(await diff(module, outs, news), { changes: true });
        const updated = await update(module, id, outs, news);
        assert.match(JSON.stringify(updated.outs.addresses), /moved.example.com:7050/);
        assert.deepEqual(await diff(module, updated.outs, news), { changes: false });
    });

    it("is refused in a preview with everything that is wrong", async () => {
        const lines = await failures({}, inputs({ channelId: "trade", expectedHash: "00" }));
        assert.deepEqual(
            lines.map((line) => line.split(": ")[0]),
            ["channelId", "genesisHash"],
        );
    });

    it("fails on a definition whose CA has ended, when it is first seen and never later", async () => {
        const [ordering] = nodes.definition.ordering as [OrgDefinition];
        const ended = await makeCa("ended", { validityDays: 1, now: new Date("2020-01-01") });
        const tlsCaPem = ended.certificatePem;
        const ends = changed("raft", (channel) => {
            channel.ordering[0]!.signingCaPem = tlsCaPem;
            channel.application[0]!.anchorPeers = [];
        });
        const endedBlock = Buffer.from(buildGenesisBlock(ends)).toString("base64");
        const news = inputs({
            block: endedBlock,
            organizations: [{ ...ordering, signingCaPem: tlsCaPem }],
        });
        const [line] = await failures({}, news);
        assert.match(line!, /^organizations\[0\]\.signingCaPem: .* expired on 2020-01-02/);
        assert.deepEqual(await failures(news, news), []);
    });

    it("stays right when an organization renews its CAs, and is looked at for a new organization", async () => {
        const [org1, org2] = nodes.definition.application as [OrgDefinition, OrgDefinition];
        const ca = await makeCa("renewed");
        const renewed = { ...org1, signingCaPem: ca.certificatePem };
        const olds = inputs();
        assert.deepEqual(await failures(olds, inputs({ application: [renewed] })), []);
        assert.deepEqual(await failures(olds, inputs({ application: [org1, org2] })), []);
        const stranger = { ...org2, mspId: "Org9MSP" };
        const [line] = await failures(olds, inputs({ application: [org1, stranger] }));
        assert.match(line!, /^peers: Org9MSP is not in channel "raft-channel"/);
        const elsewhere = { ...org1, anchorPeers: [{ host: "moved.example.com", port: 7051 }] };
        const organizations = [elsewhere, ...nodes.definition.ordering, stranger];
        const lines = await failures(inputs({ organizations: [org1] }), inputs({ organizations }));
        assert.equal(lines.length, 1, lines.join("\n"));
        assert.match(lines[0]!, /^organizations\[2\]: Org9MSP is not in the first block/);
    });

    it("fails where a definition that was known has other CAs: it may be anybody's", async () => {
        const [org1] = nodes.definition.application as [OrgDefinition];
        const ca = await makeCa("somebody");
        const organizations = [{ ...org1, tlsCaPem: ca.certificatePem }];
        const lines = await failures(inputs({ organizations: [org1] }), inputs({ organizations }));
        assert.ok(
            lines.some((line) => /^organizations\[0\]/.test(line)),
            lines.join("\n"),
        );
    });

    it("fails where another block follows it", async () => {
        const other = buildGenesisBlock(
            changed("raft", ({ settings }) => (settings.maxMessageCount += 1)),
        );
        const news = inputs({ block: Buffer.from(other).toString("base64") });
        const [line] = await failures(inputs(), news);
        assert.match(
            line!,
            /^genesisBlock: is another block \(hash \w{64}\) than the one by which/,
        );
        assert.ok(line!.includes(nodes.hash));
    });

    it("is not judged while something of it is not known", async () => {
        for (const change of [{ block: UNKNOWN }, { application: UNKNOWN }]) {
            assert.deepEqual(await failures({}, inputs({ channelId: "trade", ...change })), []);
        }
        const { outs } = await create(module, inputs());
        assert.deepEqual(await diff(module, outs, inputs({ organizations: UNKNOWN })), {
            changes: true,
        });
    });
});

describe("a first block with organizations of others", () => {
    it("fails where the CA of a member has ended, when it is made and never later", async () => {
        const ended = await makeCa("ended", { validityDays: 1, now: new Date("2020-01-01") });
        const news = {
            definition: changed("raft", (channel) => {
                channel.application[1]!.signingCaPem = ended.certificatePem;
                delete channel.application[1]!.signingIntermediatesPem;
            }),
        };
        const { failures } = await check("genesisBlock", {}, news);
        assert.deepEqual(
            failures?.map(({ property }) => property),
            ["application[1].signingCaPem"],
        );
        assert.match(
            failures?.[0]?.reason ?? "",
            /expired on 2020-01-02.*; ask Org2MSP for a newer/,
        );
        assert.deepEqual((await check("genesisBlock", news, news)).failures, []);
    });
});

describe("a peer in a channel of others", () => {
    const module = "peerChannelMembership";
    const inputs = () => {
        const { orderers: _orderers, ...rest } = channelInputs(nodes).peerMembership;
        return { ...rest, block, addresses: addresses() };
    };

    it("joins by the published block, once its organization is found in the newest configuration", async () => {
        nodes.deliver();
        const { outs } = await create(module, inputs());
        assert.equal(outs.status, "joined");
        assert.equal(outs.block, undefined, "a state keeps one copy of the block");
        assert.deepEqual([...nodes.peer.ledgers.keys()], [CHANNEL]);
        assert.deepEqual(await diff(module, outs, inputs()), { changes: false });
        assert.deepEqual((await read(module, "id", outs)).props, outs);
    });

    it("fails before it joins where its organization is in the channel no more", async () => {
        nodes.deliver(
            buildGenesisBlock(
                changed("raft", (channel) => (channel.application = channel.application.slice(1))),
            ),
        );
        await assert.rejects(
            create(module, inputs()),
            /^Error: peer peer0: cannot join channel "raft-channel": Org1MSP is not in channel "raft-channel", in which Org2MSP is; ask its members for a config update that adds it, with its definition$/,
        );
        assert.equal(nodes.peer.calls.length, 0);
    });

    it("fails where the channel does not let its organization read, and says what to do", async () => {
        nodes.delivers.forEach((node) => node.refuse.push(403));
        await assert.rejects(
            create(module, inputs()),
            /ordering node localhost:\d+: .*Org1MSP may not read the channel \(403\); .*ask the channel's members for a config update that adds Org1MSP/,
        );
        assert.equal(nodes.peer.calls.length, 0);
    });

    it("fails where no ordering node has the channel", async () => {
        await assert.rejects(
            create(module, inputs()),
            /peer peer0: .*no ordering node has it; run/,
        );
    });

    it("fails where nobody answers at a published address, and names it", async () => {
        const [at] = addresses();
        const nowhere = [{ ...at!, endpoints: ["localhost:1"] }];
        const accesses = publishedAccesses(nowhere, nodes.facts.signer, { patienceMs: 100 });
        await assert.rejects(latestConfig(accesses, CHANNEL), /ordering node localhost:1: cannot/);
    });
});

describe("a consenter set whose leader is a node of another organization", () => {
    const state = (metrics: Record<string, number>) => {
        const lines = Object.entries(metrics).map(
            ([name, value]) => `consensus_etcdraft_${name}{channel="${CHANNEL}"} ${value}\n`,
        );
        for (const node of nodes.orderers.values()) {
            node.metrics = () => lines.join("");
        }
        nodes.joinOrderers();
        const services = channelInputs(nodes).consenterSet.services.map(askedNodesOf);
        return consenterSetState(services, CHANNEL);
    };

    it("is led as soon as a node counts a majority as active, which a leader has told it", async () => {
        for (const [cluster_size, active_nodes, leader] of [
            [3, 2, "elected"],
            [3, 0, "none"],
            [3, 1, "none"],
            [4, 2, "none"],
            [5, 3, "elected"],
            // Who runs all consenters runs the leader.
            [2, 2, "none"],
        ] as const) {
            const found = await state({ cluster_size, active_nodes, is_leader: 0 });
            assert.deepEqual(
                found,
                { active: "all", leader },
                `${active_nodes} of ${cluster_size}`,
            );
        }
    });
});

describe("the membership of an organization", () => {
    const module = "organizationMembership";
    const inputs = () => {
        const { mspId, adminCertificatePem, adminPrivateKeyPem } =
            channelInputs(nodes).peerMembership;
        return {
            channelId: CHANNEL,
            addresses: addresses(),
            mspId,
            adminCertificatePem,
            adminPrivateKeyPem,
            status: "member",
        };
    };

    it("is what the newest configuration says, and is read again", async () => {
        nodes.deliver();
        const { id, outs } = await create(module, inputs());
        assert.equal(id, `Org1MSP/${CHANNEL}`);
        assert.deepEqual((await read(module, id, outs)).props, outs);
        assert.deepEqual(await diff(module, outs, inputs()), { changes: false });
        nodes.deliver(
            buildGenesisBlock(
                changed("raft", (channel) => (channel.application = channel.application.slice(1))),
            ),
        );
        const gone = await read(module, id, outs);
        assert.equal(gone.props.status, "not a member");
        assert.equal(gone.inputs?.status, "not a member");
        assert.deepEqual(await diff(module, gone.props, inputs()), { changes: true });
        await assert.rejects(update(module, id, gone.props, inputs()), /Org1MSP is not in channel/);
    });

    it("asks nobody when only the way to the ordering nodes changes", async () => {
        nodes.deliver();
        const { id, outs } = await create(module, inputs());
        const asked = nodes.asked();
        await update(module, id, outs, { ...inputs(), addresses: [] });
        assert.equal(nodes.asked(), asked);
    });

    it("is read as not reachable where nobody answers", async () => {
        nodes.deliver();
        const { id, outs } = await create(module, inputs());
        const [at] = addresses();
        const unreachable = { ...outs, addresses: [{ ...at, endpoints: ["localhost:1"] }] };
        const { props } = await read(module, id, unreachable);
        assert.match(String(props.status), /^not reachable: \S/);
    });
});
