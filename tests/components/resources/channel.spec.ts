import assert from "node:assert/strict";

import { common } from "@hyperledger/fabric-protos";

import { untilWorking } from "kubefabric/internal/clients/consenterSet";
import { askedNodesOf } from "kubefabric/internal/components/resources/methods/access";
import {
    check,
    create,
    diff,
    read,
    remove,
    update,
} from "kubefabric/internal/components/resources/methods/dispatch";
import type { Properties } from "kubefabric/internal/components/resources/remoteResource";
import { configTree } from "kubefabric/internal/fabric/configTree";
import { buildGenesisBlock, describeBlock } from "kubefabric/internal/fabric/genesisBlock";

import { changed } from "../../fabric/goldenChannel.ts";
import { ChannelNodes, channelInputs } from "../../support/channelNodes.ts";
import { configBlock } from "../../support/configBlock.ts";
import { makeNodeIdentity, testAuthorities } from "../../support/nodeIdentities.ts";
import { testBlock } from "../../support/testBlock.ts";

/** How the engine writes what is not known yet. */
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const CHANNEL = "raft-channel";

let nodes: ChannelNodes;
let inputs: ReturnType<typeof channelInputs>;

before(async () => {
    nodes = await new ChannelNodes().start();
    inputs = channelInputs(nodes);
});
after(() => nodes.stop());
beforeEach(() => nodes.clear());

/** A channel of the same name that differs in one setting. */
const otherBlock = () =>
    buildGenesisBlock(changed("raft", ({ settings }) => (settings.maxMessageCount += 1)));

/** A rotated kubeconfig is the only thing that is new, and no node is asked anything. */
async function rotates(
    module: string,
    before: Properties,
    place: (kubeconfig: string) => Properties,
) {
    nodes.joinOrderers();
    const { id, outs } = await create(module, before);
    const asked = nodes.asked();
    const news = place("rotated");
    assert.deepEqual(await diff(module, outs, before), { changes: false });
    assert.deepEqual(await diff(module, outs, news), { changes: true });
    const updated = await update(module, id, outs, news);
    assert.equal(nodes.asked(), asked, "nothing was asked of the network");
    assert.match(JSON.stringify(updated.outs), /rotated/);
    assert.deepEqual(await diff(module, updated.outs, news), { changes: false });
}

describe("the membership of an ordering node", () => {
    const module = "ordererChannelMembership";

    it("joins, and leaves alone a node that has joined", async () => {
        const first = await create(module, inputs.ordererMembership);
        assert.equal(first.id, `ordering/orderer-0/${CHANNEL}`);
        assert.equal(first.outs.consensusRelation, "consenter");
        assert.equal(first.outs.block, undefined, "a state keeps one copy of the block");
        assert.ok(nodes.orderer().channels.has(CHANNEL));
        assert.deepEqual(await create(module, inputs.ordererMembership), first);
        const joins = nodes.orderer().requests.filter((line) => line.startsWith("POST"));
        assert.equal(joins.length, 1);
    });

    it("changes nothing in the network when a kubeconfig is rotated", async () => {
        const { ordererMembership } = inputs;
        await rotates(module, ordererMembership, (kubeconfig) => ({
            ...ordererMembership,
            kubeconfig,
        }));
    });

    it("is read as it is, in Fabric's words, and joins again where it is not there any more", async () => {
        const { id, outs } = await create(module, inputs.ordererMembership);
        const same = await read(module, id, outs);
        assert.deepEqual(same.props, outs);
        assert.deepEqual(await diff(module, same.props, inputs.ordererMembership), {
            changes: false,
        });

        nodes.orderer().channels.get(CHANNEL)!.status = "failed";
        assert.equal((await read(module, id, outs)).props.status, "failed");

        nodes.orderer().channels.clear();
        const gone = await read(module, id, outs);
        assert.equal(gone.id, id, "a resource that is gone from the state would be forgotten");
        assert.equal(gone.props.status, "not joined");
        assert.equal(gone.props.consensusRelation, "none");
        assert.equal(gone.inputs?.status, "not joined");
        assert.deepEqual(await diff(module, gone.props, inputs.ordererMembership), {
            changes: true,
        });
        const made = await update(module, id, gone.props, inputs.ordererMembership);
        assert.deepEqual(made.outs, outs);
        assert.ok(nodes.orderer().channels.has(CHANNEL));
    });

    it("is read as not reachable where its node does not answer, and keeps what was known", async () => {
        const { id, outs } = await create(module, inputs.ordererMembership);
        nodes.kill("orderer-0");
        const { props } = await read(module, id, outs);
        assert.match(String(props.status), /^not reachable: \S/);
        assert.doesNotMatch(String(props.status), /canary|-----/);
        assert.equal(props.consensusRelation, "consenter");
        assert.deepEqual({ ...props, status: "active" }, outs);
    });

    it("fails where the node has another first block, with both hashes, and leaves it", async () => {
        const other = otherBlock();
        nodes.orderer().channels.set(CHANNEL, {
            consensusRelation: "consenter",
            status: "active",
            height: 1,
            block: other,
        });
        await assert.rejects(create(module, inputs.ordererMembership), (error: Error) => {
            assert.ok(error.message.includes(nodes.hash));
            assert.ok(error.message.includes(describeBlock(other).hash));
            assert.match(
                error.message,
                /ordering node orderer-0: cannot join channel "raft-channel"/,
            );
            return true;
        });
        assert.equal(nodes.orderer().channels.get(CHANNEL)?.block, other);
    });

    it("fails where its node joins as a follower", async () => {
        nodes.orderer().joined = { consensusRelation: "follower", status: "active" };
        await assert.rejects(
            create(module, inputs.ordererMembership),
            /orderer-0: cannot be active in channel .* joined as follower, not as consenter/,
        );
    });

    describe("that the first block does not name", () => {
        let later: Properties;
        let newest: Uint8Array;

        before(async () => {
            const { tlsCa } = await testAuthorities();
            const { certificatePem } = await makeNodeIdentity(tlsCa, "orderer-1");
            later = {
                ...inputs.ordererMembership,
                node: "orderer-1",
                consenter: { host: "new.example", port: 7050, tlsCertificatePem: certificatePem },
            };
            newest = configBlock(naming(certificatePem, 7));
        });
        beforeEach(() => {
            nodes.orderer("orderer-1").joined = { consensusRelation: "follower", status: "active" };
            have(newest);
        });

        /** Lets the other node have the channel, with a newest config block. */
        function have(block: Uint8Array) {
            const { channels } = nodes.orderer("orderer-0");
            channels.set(CHANNEL, {
                consensusRelation: "consenter",
                status: "active",
                height: 8,
                block,
            });
        }

        /** A configuration whose second consenter has the certificate, after so many updates. */
        function naming(tlsCertificatePem: string, sequence: number): common.Config {
            const config = new common.Config();
            const definition = changed("raft", ({ ordering }) => {
                ordering[0]!.consenters[1]!.tlsCertificatePem = tlsCertificatePem;
            });
            config.setChannelGroup(configTree(definition));
            config.setSequence(sequence);
            return config;
        }

        it("joins as a follower by the newest configuration, and is then as it should be", async () => {
            const { id, outs } = await create(module, later);
            assert.equal(outs.consensusRelation, "follower");
            const { block } = nodes.orderer("orderer-1").channels.get(CHANNEL)!;
            assert.deepEqual(Buffer.from(block!), Buffer.from(newest));
            assert.deepEqual(await diff(module, outs, later), { changes: false });
            const rotated = { ...later, kubeconfig: "rotated" };
            const { outs: kept } = await update(module, id, outs, rotated);
            assert.equal(kept.consensusRelation, "follower");
            nodes.orderer("orderer-1").channels.get(CHANNEL)!.consensusRelation = "consenter";
            const { props } = await read(module, id, outs);
            assert.equal(props.consensusRelation, "consenter");
            assert.deepEqual(await diff(module, props, later), { changes: false });
        });

        it("joins by the first block where the others serve none, as those of Fabric 2.5", async () => {
            nodes.orderer("orderer-0").servesBlocks = false;
            try {
                const { outs } = await create(module, later);
                assert.equal(outs.consensusRelation, "follower");
                const { block } = nodes.orderer("orderer-1").channels.get(CHANNEL)!;
                assert.deepEqual(Buffer.from(block!), Buffer.from(nodes.block));
            } finally {
                nodes.orderer("orderer-0").servesBlocks = true;
            }
        });

        it("fails where the first block has its address with another key, and nobody has the channel", async () => {
            nodes.orderer("orderer-0").channels.clear();
            const { host, port } = inputs.ordererMembership.consenter;
            const wrong = { ...later, consenter: { ...later.consenter, host, port } };
            await assert.rejects(create(module, wrong), /joined as follower, not as consenter/);
        });

        it("is nothing new where its certificate is renewed, and is where its key is another", async () => {
            const { outs } = await create(module, later);
            const { tlsCa } = await testAuthorities();
            const holding = (tlsCertificatePem: string) => ({
                ...later,
                consenter: { ...later.consenter, tlsCertificatePem },
            });
            const { certificatePem: other } = await makeNodeIdentity(tlsCa, "orderer-7");
            const renewed = `${later.consenter.tlsCertificatePem}\n`;
            assert.deepEqual(await diff(module, outs, holding(renewed)), { changes: false });
            assert.deepEqual(await diff(module, outs, holding(other)), { changes: true });
        });

        it("leaves the channel when it is removed, once the channel has taken it out", async () => {
            const { id, outs } = await create(module, later);
            await remove(module, id, outs);
            assert.ok(nodes.orderer("orderer-1").channels.has(CHANNEL), "the channel names it");
            have(nodes.block);
            await remove(module, id, outs);
            assert.ok(!nodes.orderer("orderer-1").channels.has(CHANNEL));
            await remove(module, id, outs);
        });

        it("keeps its ledger when it is removed and nobody else has the channel", async () => {
            const { id, outs } = await create(module, later);
            nodes.orderer("orderer-0").channels.clear();
            await remove(module, id, outs);
            nodes.kill("orderer-0");
            await remove(module, id, outs);
            assert.ok(nodes.orderer("orderer-1").channels.has(CHANNEL));
        });

        it("may be removed where it does not answer", async () => {
            const { id, outs } = await create(module, later);
            have(nodes.block);
            nodes.kill("orderer-1");
            await remove(module, id, outs);
        });
    });

    it("keeps the ledgers of a network that is taken down", async () => {
        const { id, outs } = await create(module, inputs.ordererMembership);
        nodes.joinOrderers();
        await remove(module, id, outs);
        assert.ok(nodes.orderer().channels.has(CHANNEL));
    });

    it("counts what is not known yet as a change, never as a fault", async () => {
        const { outs } = await create(module, inputs.ordererMembership);
        const news = { ...inputs.ordererMembership, adminPrivateKeyPem: UNKNOWN };
        assert.deepEqual(await diff(module, outs, news), { changes: true });
        assert.deepEqual((await check(module, outs, news)).failures, []);
    });
});

describe("the membership of a peer", () => {
    const module = "peerChannelMembership";

    it("joins by the block that the ordering nodes have, and leaves alone a peer that has joined", async () => {
        nodes.joinOrderers();
        const first = await create(module, inputs.peerMembership);
        assert.equal(first.outs.status, "joined");
        assert.deepEqual([...nodes.peer.ledgers.keys()], [CHANNEL]);
        assert.deepEqual(await create(module, inputs.peerMembership), first);
        const joins = nodes.peer.calls.filter(({ call }) => call.startsWith("cscc JoinChain"));
        assert.equal(joins.length, 1);
        assert.equal(joins[0]?.mspId, "Org1MSP");
    });

    it("takes the block from the next ordering node where the first has not joined", async () => {
        nodes.delivers.get("orderer-1")!.blocks.set(CHANNEL, nodes.block);
        assert.equal((await create(module, inputs.peerMembership)).outs.status, "joined");
    });

    it("changes nothing in the network when a kubeconfig is rotated", async () => {
        const { peerMembership } = inputs;
        await rotates(module, peerMembership, (kubeconfig) => ({
            ...peerMembership,
            kubeconfig,
            orderers: { ...peerMembership.orderers, kubeconfig },
        }));
    });

    it("is read as not joined, and joins again", async () => {
        nodes.joinOrderers();
        const { id, outs } = await create(module, inputs.peerMembership);
        assert.deepEqual((await read(module, id, outs)).props, outs);
        nodes.peer.ledgers.clear();
        const drifted = await read(module, id, outs);
        assert.equal(drifted.id, id);
        assert.equal(drifted.props.status, "not joined");
        assert.equal(drifted.inputs?.status, "not joined");
        const { outs: mended } = await update(module, id, drifted.props, inputs.peerMembership);
        assert.deepEqual(mended, outs);
        assert.ok(nodes.peer.ledgers.has(CHANNEL));
    });

    it("is read as not reachable where the peer does not answer", async () => {
        nodes.joinOrderers();
        const { id, outs } = await create(module, inputs.peerMembership);
        nodes.kill("peer0");
        const { props } = await read(module, id, outs);
        assert.match(String(props.status), /^not reachable: \S/);
        assert.deepEqual({ ...props, status: "joined" }, outs);
    });

    it("fails where the ordering nodes have another channel of the name, with both hashes", async () => {
        const other = otherBlock();
        nodes.deliver(other);
        await assert.rejects(create(module, inputs.peerMembership), (error: Error) => {
            assert.ok(error.message.includes(nodes.hash));
            assert.ok(error.message.includes(describeBlock(other).hash));
            assert.match(error.message, /^peer peer0: cannot join channel "raft-channel"/);
            return true;
        });
        assert.equal(nodes.peer.calls.length, 0);
    });

    it("fails where the peer has another channel of the name", async () => {
        nodes.joinOrderers();
        nodes.peer.ledgers.set(CHANNEL, testBlock(CHANNEL));
        await assert.rejects(create(module, inputs.peerMembership), /another first block/);
    });

    it("fails where no ordering node has the channel", async () => {
        await assert.rejects(
            create(module, inputs.peerMembership),
            /peer peer0: cannot join channel "raft-channel": no ordering node has it; run the update again/,
        );
    });

    it("fails where its organization may not read the channel, and says which", async () => {
        nodes.delivers.forEach((node) => node.refuse.push(403));
        await assert.rejects(
            create(module, inputs.peerMembership),
            /administrator of Org1MSP may not read the channel \(403\)/,
        );
    });

    it("fails where clocks are apart, and says so", async () => {
        nodes.delivers.forEach((node) => node.refuse.push(400));
        await assert.rejects(
            create(module, inputs.peerMembership),
            /it takes the request for one of another time \(400\); set the clock of this machine or of/,
        );
    });
});

describe("a consenter set", () => {
    const module = "consenterSet";

    it("is made when all consenters are active and one leads, and waits until then", async () => {
        nodes.joinOrderers();
        nodes.led = false;
        const elected = setTimeout(() => (nodes.led = true), 700);
        const start = Date.now();
        const { id, outs } = await create(module, inputs.consenterSet);
        clearTimeout(elected);
        assert.ok(Date.now() - start >= 600, "it has waited");
        assert.equal(id, CHANNEL);
        assert.deepEqual([outs.active, outs.leader], ["all", "elected"]);
    });

    it("changes nothing in the network when a kubeconfig is rotated", async () => {
        const { consenterSet } = inputs;
        await rotates(module, consenterSet, (kubeconfig) => ({
            ...consenterSet,
            services: consenterSet.services.map((service) => ({ ...service, kubeconfig })),
        }));
    });

    it("finds together anew where another node is among it", async () => {
        nodes.joinOrderers();
        const [service] = inputs.consenterSet.services;
        const alone = { ...service, nodes: [{ node: "orderer-0" }] };
        const fewer = { ...inputs.consenterSet, services: [alone] };
        const { id, outs } = await create(module, fewer);
        const asked = nodes.asked();
        await update(module, id, outs, inputs.consenterSet);
        assert.ok(nodes.asked() > asked);
    });

    it("is read with the nodes that are missing, in Fabric's words", async () => {
        nodes.joinOrderers();
        const { id, outs } = await create(module, inputs.consenterSet);
        assert.deepEqual((await read(module, id, outs)).props, outs);
        nodes.orderer("orderer-1").channels.clear();
        nodes.led = false;
        const { props } = await read(module, id, outs);
        assert.equal(props.active, "orderer-1 has not joined");
        assert.equal(props.leader, "none");
        nodes.kill("orderer-1");
        assert.match(
            String((await read(module, id, outs)).props.active),
            /^orderer-1 cannot be asked, because /,
        );
    });

    it("fails with the node that is missing when its time is over", async () => {
        nodes.joinOrderers();
        nodes.orderer("orderer-1").channels.get(CHANNEL)!.status = "inactive";
        await assert.rejects(
            untilWorking(inputs.consenterSet.services.map(askedNodesOf), CHANNEL, {
                withinMs: 300,
                everyMs: 50,
            }),
            /^Error: channel "raft-channel" does not work after 0.3 s: orderer-1 is consenter and inactive; mend that, then run the update again$/,
        );
    });
});

describe("a genesis block", () => {
    const module = "genesisBlock";
    const definition = () => nodes.definition;

    it("is made of its definition, always the same", async () => {
        const { id, outs } = await create(module, { definition: definition() });
        assert.equal(id, CHANNEL);
        assert.equal(outs.hash, nodes.hash);
        assert.equal(outs.recovered, false);
        assert.deepEqual(Buffer.from(String(outs.block), "base64"), Buffer.from(nodes.block));
        assert.deepEqual(await create(module, { definition: definition() }), { id, outs });
        assert.equal(nodes.asked(), 0);
    });

    it("is frozen, whatever its definition says later", async () => {
        const news = { definition: changed("raft", (channel) => (channel.application = [])) };
        assert.deepEqual(await diff(module, { definition: definition() }, news), {
            changes: false,
        });
        assert.deepEqual((await check(module, { definition: definition() }, news)).failures, []);
    });

    it("is read back where it is to be, though a definition would give another now", async () => {
        const other = otherBlock();
        nodes.deliver(other);
        const { outs } = await create(module, inputs.genesisBlock);
        assert.equal(outs.hash, describeBlock(other).hash);
        assert.equal(outs.recovered, true);
    });

    it("is made where nobody has it to be read back", async () => {
        const { outs } = await create(module, inputs.genesisBlock);
        assert.deepEqual([outs.hash, outs.recovered], [nodes.hash, false]);
    });

    it("fails where it cannot be found out whether there is one: a second block ends a channel", async () => {
        nodes.delivers.get("orderer-1")!.refuse.push(403);
        await assert.rejects(create(module, inputs.genesisBlock), /may not read the channel/);
    });

    it("fails with every problem of a first definition, and with none of an unknown one", async () => {
        const wrong = changed("raft", (channel) => {
            channel.channelId = "X";
            channel.settings.maxMessageCount = 0;
        });
        const { failures } = await check(module, {}, { definition: wrong });
        assert.deepEqual(
            failures.map(({ property }) => property),
            ["channelId", "settings.maxMessageCount"],
        );
        const unknown = { definition: { ...wrong, channelId: UNKNOWN } };
        assert.deepEqual((await check(module, {}, unknown)).failures, []);
    });
});
