import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";
import { ChannelConfig } from "kubefabric/internal/components/resources/channelConfig";
import { ConsenterSet } from "kubefabric/internal/components/resources/consenterSet";
import { GenesisBlock } from "kubefabric/internal/components/resources/genesisBlock";
import { OrdererChannelMembership } from "kubefabric/internal/components/resources/ordererChannelMembership";
import { PeerChannelMembership } from "kubefabric/internal/components/resources/peerChannelMembership";

import { reportChange } from "kubefabric/internal/components/channelReport";
import type { ChannelDefinition } from "kubefabric/internal/fabric/channelDefinition";

import { ChannelNodes } from "../support/channelNodes.ts";
import { changes, engineStack, needsEngine, type EngineStack } from "../support/engine.ts";
import { LivingChannel } from "../support/livingChannel.ts";

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
            (node, index) =>
                new OrdererChannelMembership(node, {
                    ...at,
                    node,
                    channelId,
                    block,
                    admin: asAdmin,
                    consenter: definition.ordering[0]!.consenters[index]!,
                    siblings: ORDERERS.map((sibling) => ({ node: sibling })),
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
            {
                definition: wanted,
                services: [{ ...service, admin: asAdmin }],
                signer: asSigner,
                admins: [asSigner],
            },
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

describe("the configuration of a channel on the real engine", function () {
    needsEngine(this);
    this.timeout(180_000);
    let nodes: ChannelNodes;
    let living: LivingChannel;
    let engine: EngineStack;
    before(async () => {
        nodes = await new ChannelNodes().start();
        living = await LivingChannel.make(nodes);
        living.start();
        engine = await engineStack("kubefabric-channel-config");
    });
    after(async () => {
        await nodes.stop();
        engine.forget();
    });

    /** A program with the keys of so many organizations. */
    function program(
        edit: (definition: ChannelDefinition) => unknown,
        { keys = 4, signatures = [] as string[] } = {},
    ) {
        return async () => {
            const { services, wanted } = living.inputs(edit);
            const admins = living.admins.map((admin) => ({
                ...admin,
                privateKeyPem: pulumi.secret(admin.privateKeyPem),
            }));
            const config = new ChannelConfig("config", {
                definition: wanted.definition,
                services: services.map((one) => ({
                    ...one,
                    kubeconfig: pulumi.secret(one.kubeconfig),
                })),
                signer: admins[0]!,
                admins: admins.slice(0, keys),
                signatures,
            });
            reportChange(config, config);
            return { pendingUpdate: config.pendingUpdate };
        };
    }

    async function preview(of: ReturnType<typeof program>): Promise<string> {
        const { stdout } = await engine.stack.preview({ program: of, color: "never", diff: true });
        return stdout;
    }

    const nothing = () => undefined;
    const faster = ({ settings }: ChannelDefinition) => (settings.batchTimeout = "7s");
    const smaller = (definition: ChannelDefinition) => {
        faster(definition);
        definition.application.pop();
    };

    it("is shown before it is changed, in Fabric's words and without a page of certificates", async () => {
        await engine.run(program(nothing));
        const shown = await preview(program(faster));
        assert.match(shown, /batchTimeout\s*: "500ms" => "7s"/);
        assert.match(shown, /update\s*: \[\s*\+?\s*\[0\]\s*: "batch timeout: 500ms => 7s"/);
        // The one of the administrator who asks.
        assert.equal(shown.match(/BEGIN CERTIFICATE/g)?.length, 1);
        const { stdout: summed } = await engine.stack.preview({
            program: program(faster),
            color: "never",
        });
        assert.match(
            summed,
            /Diagnostics:\s[^]*a config update changes:\s+batch timeout: 500ms => 7s/,
        );
        assert.equal(living.updates.length, 0);
        const { summary, stdout } = await engine.run(program(faster));
        assert.deepEqual(changes(summary), { update: 1 });
        assert.equal(living.updates.length, 1);
        assert.doesNotMatch(stdout, /waits for signatures/);
        assert.deepEqual(await engine.steps(program(faster)), []);
    });

    it("waits for others as an output, and is made by the next update with their signatures", async () => {
        await engine.run(program(faster, { keys: 2 }));
        const shown = await preview(program(smaller, { keys: 2 }));
        assert.match(shown, /Org3MSP leaves the organizations with peers/);
        assert.match(shown, /Admins: 1 more of: Org2MSP admin, Org3MSP admin/);
        const waiting = await engine.run(program(smaller, { keys: 2 }));
        assert.match(
            waiting.stdout,
            /warning: a config update waits for signatures, and pendingUpdate is its file:\s+\/Channel/,
        );
        const { value: text, secret } = waiting.outputs.pendingUpdate!;
        assert.equal(secret, false, "anyone may read what is to be signed");
        assert.equal(living.updates.length, 1);
        const again = await engine.run(program(smaller, { keys: 2 }));
        assert.deepEqual(changes(again.summary), { update: 1 });
        assert.match(again.stdout, /waits for signatures/);
        assert.equal(again.outputs.pendingUpdate!.value, text);

        const signatures = [living.signed(String(text), living.admins[2]!)];
        const made = await engine.run(program(smaller, { keys: 2, signatures }));
        assert.equal(living.updates.length, 2);
        assert.equal(made.outputs.pendingUpdate?.value, undefined);
        assert.doesNotMatch(made.stdout, /waits for signatures/);
        assert.deepEqual(await engine.steps(program(smaller, { keys: 2, signatures })), []);
        assert.deepEqual(await engine.steps(program(smaller, { keys: 2 })), []);
    });

    it("fails in the preview with a change that the channel does not take", async () => {
        const none = (definition: ChannelDefinition) => (definition.ordering[0]!.consenters = []);
        await assert.rejects(preview(program(none)), (error: Error) => {
            assert.match(
                error.message.replace(/\s+/g, " "),
                /has no consenter in any organization/,
            );
            return true;
        });
        assert.equal(living.updates.length, 2);
    });

    it("keeps keys out of its state's text", async () => {
        const state = await engine.exported();
        for (const { privateKeyPem } of living.admins) {
            assert.ok(!state.includes(keyOf(privateKeyPem)));
        }
        assert.doesNotMatch(state, /PRIVATE KEY|canary-token/);
    });
});

/** A line of a key that no other text has. */
const keyOf = (pem: string) => pem.split("\n")[1]!;
