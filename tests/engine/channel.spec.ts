import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";
import { ChannelConfig } from "kubefabric/internal/components/resources/channelConfig";
import { ConsenterSet } from "kubefabric/internal/components/resources/consenterSet";
import { GenesisBlock } from "kubefabric/internal/components/resources/genesisBlock";
import { OrdererChannelMembership } from "kubefabric/internal/components/resources/ordererChannelMembership";
import { PeerChannelMembership } from "kubefabric/internal/components/resources/peerChannelMembership";

import { ChannelNodes } from "../support/channelNodes.ts";
import { changes, engineStack, needsEngine, type EngineStack } from "../support/engine.ts";

const ORDERERS = ["orderer-0", "orderer-1"];

/** The resources of a channel as `Channel` makes them, over nodes of a test. */
function channel(
    { definition, channelId, facts }: ChannelNodes,
    { kubeconfig = facts.kubeconfig, batchTimeout = definition.settings.batchTimeout } = {},
): () => Promise<void> {
    return async () => {
        const { namespace, tlsCaPem, admin, signer } = facts;
        const at = { kubeconfig: pulumi.secret(kubeconfig), namespace, tlsCaPem };
        const asAdmin = { ...admin, privateKeyPem: pulumi.secret(admin.privateKeyPem) };
        const asSigner = { ...signer, privateKeyPem: pulumi.secret(signer.privateKeyPem) };
        const service = { ...at, nodes: ORDERERS.map((node) => ({ node })) };
        const wanted = { ...definition, settings: { ...definition.settings, batchTimeout } };
        const { block, hash } = new GenesisBlock("block", { definition: wanted });
        const orderers = ORDERERS.map(
            (node) =>
                new OrdererChannelMembership(node, {
                    ...at,
                    node,
                    channelId,
                    block,
                    admin: asAdmin,
                }),
        );
        const consenters = new ConsenterSet(
            "consenters",
            { channelId, consensus: "etcdraft", services: [{ ...service, admin: asAdmin }] },
            { dependsOn: orderers },
        );
        const peer = new PeerChannelMembership(
            "peer0",
            {
                ...at,
                node: "peer0",
                channelId,
                genesisHash: hash,
                admin: asSigner,
                orderers: service,
            },
            { dependsOn: [consenters] },
        );
        new ChannelConfig(
            "config",
            { definition: wanted, services: [service], signer: asSigner },
            { dependsOn: [consenters, peer] },
        );
    };
}

describe("a channel on the real engine", function () {
    needsEngine(this);
    this.timeout(180_000);
    let nodes: ChannelNodes;
    let engine: EngineStack;
    before(async () => {
        nodes = await new ChannelNodes().start();
        // Whoever joins serves the block; one block is enough for all.
        nodes.deliver();
        engine = await engineStack("kubefabric-channel");
    });
    after(async () => {
        await nodes.stop();
        engine.forget();
    });

    /** What a preview would change, and the text that a user sees of it. */
    async function preview(program: () => Promise<void>) {
        const { changeSummary, stdout } = await engine.stack.preview({
            program,
            color: "never",
            diff: true,
        });
        const { same: _same, ...changed } = changeSummary;
        return { changed, stdout };
    }

    it("is joined by all its nodes, and then nothing is left to do", async () => {
        const { summary } = await engine.run(channel(nodes));
        assert.deepEqual(changes(summary), { create: 7 });
        assert.ok(
            ORDERERS.every((name) => nodes.orderers.get(name)!.channels.has(nodes.channelId)),
        );
        assert.ok(nodes.peer.ledgers.has(nodes.channelId));
        assert.deepEqual(await engine.steps(channel(nodes)), []);
    });

    it("is refreshed without a change while it is well", async () => {
        const { summary } = await engine.stack.refresh({ color: "never" });
        assert.deepEqual(changes(summary), {});
        assert.deepEqual(await engine.steps(channel(nodes)), []);
    });

    it("shows in a preview what a refresh has found, and the next update makes it good", async () => {
        nodes.orderer("orderer-1").channels.clear();
        nodes.peer.ledgers.clear();
        await engine.stack.refresh({ color: "never" });
        const { changed, stdout } = await preview(channel(nodes));
        assert.deepEqual(changed, { update: 3 });
        assert.match(stdout, /status\s*: "not joined" => "active"/);
        assert.match(stdout, /status\s*: "not joined" => "joined"/);
        assert.match(stdout, /active\s*: "orderer-1 has not joined" => "all"/);
        assert.deepEqual(await engine.steps(channel(nodes)), [
            "update ConsenterSet consenters",
            "update OrdererChannelMembership orderer-1",
            "update PeerChannelMembership peer0",
        ]);
        assert.ok(nodes.orderer("orderer-1").channels.has(nodes.channelId));
        assert.ok(nodes.peer.ledgers.has(nodes.channelId));
        assert.deepEqual(await engine.steps(channel(nodes)), []);
    });

    it("says that a node is not reachable, and forgets nothing of it", async () => {
        nodes.kill("orderer-1");
        await engine.stack.refresh({ color: "never" });
        nodes.expose();
        const { changed, stdout } = await preview(channel(nodes));
        assert.deepEqual(changed, { update: 2 });
        assert.match(stdout, /status\s*: "not reachable: .*" => "active"/);
        assert.match(stdout, /active\s*: "orderer-1 cannot be asked, because .*" => "all"/);
        await engine.run(channel(nodes));
        assert.deepEqual(await engine.steps(channel(nodes)), []);
    });

    it("asks nothing of its nodes when the kubeconfig is rotated", async () => {
        const kubeconfig = nodes.facts.kubeconfig.replace("canary-token", "canary-rotated");
        assert.notEqual(kubeconfig, nodes.facts.kubeconfig);
        const asked = nodes.asked();
        const { summary } = await engine.run(channel(nodes, { kubeconfig }));
        assert.deepEqual(changes(summary), { update: 5 });
        assert.equal(nodes.asked(), asked);
        assert.deepEqual(await engine.steps(channel(nodes, { kubeconfig })), []);
        await engine.run(channel(nodes));
    });

    it("fails in the preview where its configuration would have to change, and names the setting", async () => {
        await assert.rejects(preview(channel(nodes, { batchTimeout: "7s" })), (error: Error) => {
            assert.match(error.message, /batchTimeout/);
            assert.match(error.message, /=> "7s" is a config update of channel "raft-channel"/);
            return true;
        });
    });

    it("keeps kubeconfigs and keys out of its state's text, also after a refresh", async () => {
        nodes.peer.ledgers.clear();
        await engine.stack.refresh({ color: "never" });
        const { admin, signer } = nodes.facts;
        const state = await engine.exported();
        assert.match(state, /"not joined"/);
        for (const secret of [
            "canary-token",
            keyOf(admin.privateKeyPem),
            keyOf(signer.privateKeyPem),
            "PRIVATE KEY",
        ]) {
            assert.ok(!state.includes(secret), `${secret.slice(0, 12)}… is in the state`);
        }
    });
});

/** A line of a key that no other text has. */
const keyOf = (pem: string) => pem.split("\n")[1]!;
