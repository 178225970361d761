import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

import {
    channelInfo,
    fetchBlock,
    listChannels,
    removeChannel,
} from "kubefabric/internal/clients/ordererAdmin";
import { chainInfo } from "kubefabric/internal/clients/peerAdmin";
import { settingsOf } from "kubefabric/internal/fabric/genesisBlock";

import { underLoad, type LoadReport } from "../support/channelLoad.ts";
import { watchLeader, type LeaderReport } from "../support/leaderWatch.ts";
import { changes, engineStack, type EngineStack, outputValues } from "../support/engine.ts";
import {
    needsRealCluster,
    RealNetwork,
    realApis,
    realCredentials,
    type RealOutputs,
    type RealShape,
} from "../support/realNetwork.ts";

/** A figure of a run, for those who read the log. */
function report(what: string, value: string): void {
    console.log(`      · ${what}: ${value}`);
}

function rolledText(run: LoadReport & { leader: LeaderReport; seconds: number }): string {
    const { leader, seconds, longestGapMs, ordered, sent, refusals } = run;
    return (
        `${seconds.toFixed(1)} s; longest without a leader ${leader.longestGapMs} ms, ` +
        `${leader.changes} changes of the leader; longest between two envelopes ordered ` +
        `${longestGapMs} ms; ${ordered} of ${sent} ordered; refused ${JSON.stringify(refusals)}`
    );
}

async function timed<T>(work: () => Promise<T>): Promise<[T, number]> {
    const begin = performance.now();
    return [await work(), (performance.now() - begin) / 1000];
}

/** Holds that the channel had a leader, and took envelopes, all the time but for 3 s at most. */
function assertGoesOn(run: LoadReport & { leader: LeaderReport }): void {
    const longest = Math.max(run.leader.longestGapMs, run.longestGapMs);
    assert.ok(longest <= 3_000, JSON.stringify(run));
    // The leader goes last, so that it changes once; a node that still calls itself one counts too.
    assert.equal(run.leader.changes, 1, JSON.stringify(run));
}

/** A network of one test suite, with what its updates gave out. */
class Running {
    readonly network = new RealNetwork();
    engine!: EngineStack;
    outputs!: RealOutputs;

    async up(shape: RealShape = {}): Promise<Record<string, number>> {
        const result = await this.engine.run(this.network.program(shape));
        this.outputs = outputValues(result.outputs) as unknown as RealOutputs;
        return changes(result.summary);
    }

    underLoad(nodes: readonly string[], during: () => Promise<unknown>): Promise<LoadReport> {
        return underLoad(
            {
                credentials: realCredentials(),
                targets: nodes.map((node) =>
                    this.network.ordererTarget(node, "grpc", this.outputs.ordererTlsCaPem),
                ),
                channelId: this.network.channelId,
                signer: this.outputs.orgAdmin,
            },
            during,
        );
    }

    /** Does something under a steady load, and watches the leader meanwhile. */
    async watched(
        nodes: readonly string[],
        during: () => Promise<unknown>,
    ): Promise<LoadReport & { leader: LeaderReport; seconds: number }> {
        const { network, outputs } = this;
        let leader: LeaderReport | undefined;
        const watched = {
            credentials: realCredentials(),
            targets: nodes.map((node) =>
                network.ordererTarget(node, "operations", outputs.ordererTlsCaPem),
            ),
            admin: outputs.ordererAdmin,
            channelId: network.channelId,
        };
        const [load, seconds] = await timed(() =>
            this.underLoad(nodes, async () => {
                leader = await watchLeader(watched, during);
            }),
        );
        return { ...load, leader: leader!, seconds };
    }

    async height(): Promise<number> {
        const info = await chainInfo(
            this.network.peerAccess("peer0", this.outputs),
            this.network.channelId,
        );
        return info?.height ?? 0;
    }

    /** Waits until envelopes are ordered again; gives the seconds that it took. */
    async untilOrdered(nodes: readonly string[]): Promise<number> {
        const [, seconds] = await timed(() => this.underLoad(nodes, () => sleep(200)));
        return seconds;
    }

    async kill(...nodes: string[]): Promise<void> {
        const { core } = realApis();
        await Promise.all(
            nodes.map((node) =>
                core.deleteNamespacedPod({
                    name: `${node}-0`,
                    namespace: this.network.ordererNamespace,
                    gracePeriodSeconds: 0,
                }),
            ),
        );
    }

    async end(): Promise<void> {
        const { core } = realApis();
        await Promise.all(
            this.network.namespaces.map((name) =>
                core.deleteNamespace({ name }).catch(() => undefined),
            ),
        );
        this.engine.forget();
    }
}

describe("a Raft channel on real nodes", function () {
    needsRealCluster(this);
    this.timeout(300_000);
    const running = new Running();
    const { network } = running;
    const nodes = ["orderer-0", "orderer-1", "orderer-2"];
    before(async () => {
        running.engine = await engineStack("kubefabric-network");
    });
    after(() => running.end());

    it("comes up from nothing with every node joined", async () => {
        const [changed, seconds] = await timed(() => running.up());
        assert.deepEqual(Object.keys(changed), ["create"]);
        report("3 ordering nodes, 2 peers, 1 channel", `${seconds.toFixed(1)} s`);
        for (const node of nodes) {
            const access = network.ordererAccess(node, running.outputs);
            const info = await channelInfo(access, network.channelId);
            assert.equal(info?.consensusRelation, "consenter");
            assert.equal(info?.status, "active");
        }
        assert.equal(await running.height(), 1);
    });

    it("is the same in a second update and after a refresh", async () => {
        const [changed, seconds] = await timed(() => running.up());
        assert.deepEqual(changed, {});
        report("second update", `${seconds.toFixed(1)} s`);
        const { summary } = await running.engine.stack.refresh({ color: "never" });
        assert.deepEqual(changes(summary), {});
    });

    it("takes a peer in that is added later, and touches nothing else", async () => {
        const steps = await running.engine.steps(network.program({ peers: ["peer0", "peer1"] }));
        assert.deepEqual(
            steps.filter((step) => !/^create \w+ (channel-\w+-)?peer1(-|$)/.test(step)),
            [],
        );
        const info = await chainInfo(
            network.peerAccess("peer1", running.outputs),
            network.channelId,
        );
        assert.equal(info?.height, 1);
    });

    it("shows a node that left the channel in Fabric's words, and lets it join again", async () => {
        await running.up({ peers: ["peer0", "peer1"] });
        const access = network.ordererAccess("orderer-2", running.outputs);
        await removeChannel(access, network.channelId);
        await running.engine.stack.refresh({ color: "never" });
        const program = network.program({ peers: ["peer0", "peer1"] });
        const preview = await running.engine.stack.preview({ program, diff: true, color: "never" });
        assert.match(preview.stdout, /status *: "not joined" => "active"/);
        await running.up({ peers: ["peer0", "peer1"] });
        const info = await channelInfo(access, network.channelId);
        assert.deepEqual([info?.consensusRelation, info?.status], ["consenter", "active"]);
        assert.deepEqual(await running.up({ peers: ["peer0", "peer1"] }), {});
    });

    it("goes on after one ordering node was killed", async () => {
        const load = await running.underLoad(nodes, async () => {
            await running.kill("orderer-1");
            await sleep(8_000);
        });
        report("one node killed: longest gap", `${load.longestGapMs} ms, ${load.ordered} ordered`);
        // A new leader is elected after a second at most; clients need to notice the dead node.
        assert.ok(load.longestGapMs < 10_000, JSON.stringify(load));
        await running.untilOrdered(nodes);
    });

    it("comes back after all ordering nodes were killed at once", async () => {
        const before = await running.height();
        await running.kill(...nodes);
        const seconds = await running.untilOrdered(nodes);
        report("all nodes killed: ordered again by all after", `${seconds.toFixed(1)} s`);
        await sleep(1_000);
        assert.ok((await running.height()) > before);
    });

    it("rolls a change of all ordering nodes under load, with no gap over 3 s", async () => {
        const image = process.env.KUBEFABRIC_TEST_OTHER_ORDERER_IMAGE;
        const run = await running.watched(nodes, () =>
            running.up({
                peers: ["peer0", "peer1"],
                ordererImage: image,
                ordererLog: "info:comm.grpc.server=warning",
            }),
        );
        report(`rolled ${image === undefined ? "a setting" : "an image"}`, rolledText(run));
        assertGoesOn(run);
    });

    it("renews every certificate with its key in one rolling restart and no channel update", async () => {
        const shape = { peers: ["peer0", "peer1"], certificateValidityDays: 1000 };
        const access = () => network.ordererAccess("orderer-0", running.outputs);
        const config = async () =>
            settingsOf((await fetchBlock(access(), network.channelId, "config"))!);
        const before = await config();
        const run = await running.watched(nodes, () => running.up(shape));
        report("every certificate renewed", rolledText(run));
        assert.equal((await config()).sequence, before.sequence, "the channel was not updated");
        assert.deepEqual((await config()).consenters, before.consenters);
        assertGoesOn(run);
        assert.deepEqual(await running.up(shape), {});
    });

    it("fails on the admin port with a node's own TLS certificate", async () => {
        const { core } = realApis();
        const secret = await core.readNamespacedSecret({
            name: "orderer-0-identity",
            namespace: network.ordererNamespace,
        });
        const text = (entry: string) =>
            Buffer.from(secret.data?.[entry] ?? "", "base64").toString("utf8");
        const access = {
            ...network.ordererAccess("orderer-0", running.outputs),
            admin: { certificatePem: text("tls.crt"), privateKeyPem: text("tls.key") },
        };
        await assert.rejects(listChannels(access), /orderer-0.*certificate/);
    });

    it("is taken down and comes back with the same first block and the same height", async () => {
        const shape = { peers: ["peer0", "peer1"], certificateValidityDays: 1000 };
        await running.up(shape);
        const [hash, height] = [running.outputs.genesisHash, await running.height()];
        const [, down] = await timed(() =>
            running.engine.stack.destroy({ excludeProtected: true, color: "never" }),
        );
        const [, up] = await timed(() => running.up(shape));
        report("down and up", `${down.toFixed(1)} s and ${up.toFixed(1)} s`);
        assert.equal(running.outputs.genesisHash, hash);
        assert.equal(await running.height(), height);
        await running.untilOrdered(nodes);
    });

    it("is read back with its first block when the state is lost", async () => {
        const shape = { peers: ["peer0", "peer1"], certificateValidityDays: 1000 };
        const [hash, height] = [running.outputs.genesisHash, await running.height()];
        running.engine.forget();
        running.engine = await engineStack("kubefabric-network");
        await assert.rejects(running.up(shape), /set recover: true/);
        running.engine.forget();
        running.engine = await engineStack("kubefabric-network");
        const [, seconds] = await timed(() => running.up({ ...shape, recover: true }));
        report("read back", `${seconds.toFixed(1)} s`);
        assert.equal(running.outputs.genesisHash, hash);
        assert.ok((await running.height()) >= height);
    });
});

describe("a SmartBFT channel on real nodes", function () {
    needsRealCluster(this);
    this.timeout(300_000);
    const running = new Running();
    const nodes = ["orderer-0", "orderer-1", "orderer-2", "orderer-3"];
    before(async () => {
        running.engine = await engineStack("kubefabric-bft");
    });
    after(() => running.end());

    it("comes up from nothing with four consenters", async () => {
        const [, seconds] = await timed(() => running.up({ consensus: "BFT" }));
        report("4 ordering nodes (SmartBFT), 2 peers, 1 channel", `${seconds.toFixed(1)} s`);
        await running.untilOrdered(nodes);
        assert.deepEqual(await running.up({ consensus: "BFT" }), {});
    });

    it("orders with one node down", async () => {
        const { apps, core } = realApis();
        const namespace = running.network.ordererNamespace;
        const scale = (replicas: number) =>
            apps.patchNamespacedStatefulSetScale({
                name: "orderer-3",
                namespace,
                body: [{ op: "replace", path: "/spec/replicas", value: replicas }],
            });
        await scale(0);
        while (
            await core.readNamespacedPod({ name: "orderer-3-0", namespace }).catch(() => undefined)
        ) {
            await sleep(500);
        }
        const others = nodes.slice(0, 3);
        const load = await running.underLoad(others, () => sleep(5_000));
        report("one of four down", `${load.ordered} of ${load.sent} ordered`);
        assert.ok(load.ordered > 10, JSON.stringify(load));
        await scale(1);
    });
});
