import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

import { channelInfo } from "kubefabric/internal/clients/ordererAdmin";
import { chainInfo } from "kubefabric/internal/clients/peerAdmin";

import { underLoad } from "../support/channelLoad.ts";
import { changes, engineStack, type EngineStack, outputValues } from "../support/engine.ts";
import {
    needsRealCluster,
    RealNetwork,
    realApis,
    realCredentials,
    type RealOutputs,
    type RealShape,
} from "../support/realNetwork.ts";

const FABRIC_VERSION = "2.5.16";
const old = { fabricVersion: FABRIC_VERSION };
const nodes = ["orderer-0", "orderer-1", "orderer-2"];

const asked = process.env.KUBEFABRIC_TEST_FABRIC_25 !== undefined;
const title = asked
    ? "a Raft channel on nodes of Fabric 2.5"
    : "a Raft channel on nodes of Fabric 2.5 (skipped: set KUBEFABRIC_TEST_FABRIC_25=1 where the " +
      `cluster has fabric-peer:${FABRIC_VERSION} and fabric-orderer:${FABRIC_VERSION})`;

describe(title, function () {
    needsRealCluster(this);
    if (!asked) {
        this.pending = true;
    }
    this.timeout(300_000);
    const network = new RealNetwork();
    let engine: EngineStack;
    let outputs: RealOutputs;

    async function up(shape: RealShape = old): Promise<Record<string, number>> {
        const result = await engine.run(network.program(shape));
        outputs = outputValues(result.outputs) as unknown as RealOutputs;
        return changes(result.summary);
    }

    async function imageOf(node: string, namespace: string): Promise<string> {
        const { core } = realApis();
        const pod = await core.readNamespacedPod({ name: `${node}-0`, namespace });
        return pod.spec?.containers[0]?.image ?? "";
    }

    /** Sends envelopes to every ordering node and waits until the peer has a block of them. */
    async function ordersMore(): Promise<void> {
        const before = (await height()) ?? 0;
        const load = await underLoad(
            {
                credentials: realCredentials(),
                targets: nodes.map((node) =>
                    network.ordererTarget(node, "grpc", outputs.ordererTlsCaPem),
                ),
                channelId: network.channelId,
                signer: outputs.orgAdmin,
            },
            () => sleep(2_000),
        );
        assert.ok(load.ordered > 0, JSON.stringify(load));
        const until = Date.now() + 30_000;
        while (((await height()) ?? 0) <= before && Date.now() < until) {
            await sleep(500);
        }
        assert.ok(((await height()) ?? 0) > before);
    }

    async function height(): Promise<number | undefined> {
        const info = await chainInfo(network.peerAccess("peer0", outputs), network.channelId);
        return info?.height;
    }

    before(async () => {
        engine = await engineStack("kubefabric-fabric25");
    });
    after(async () => {
        await network.deleteNamespaces();
        engine.forget();
    });

    it("comes up from nothing with every node joined", async () => {
        const started = performance.now();
        assert.deepEqual(Object.keys(await up()), ["create"]);
        console.log(`      · up: ${((performance.now() - started) / 1000).toFixed(1)} s`);
        for (const node of nodes) {
            const info = await channelInfo(network.ordererAccess(node, outputs), network.channelId);
            assert.deepEqual([info?.consensusRelation, info?.status], ["consenter", "active"]);
        }
        assert.equal(await height(), 1);
    });

    it("runs that version with no warning of a setting that its core.yaml lacks", async () => {
        const { core } = realApis();
        const [namespace] = network.orgNamespaces;
        assert.match(
            await imageOf("peer0", namespace),
            new RegExp(`fabric-peer:${FABRIC_VERSION}$`),
        );
        const log = await core.readNamespacedPodLog({ name: "peer0-0", namespace });
        assert.match(log, new RegExp(`Version: v?${FABRIC_VERSION}`.replaceAll(".", "\\.")));
        assert.deepEqual(
            log
                .split("\n")
                .filter((line) => /not set|isn't set|defaulting to|dockercontroller/i.test(line)),
            [],
        );
    });

    it("is the same in a second update and after a refresh", async () => {
        assert.deepEqual(await up(), {});
        const { summary } = await engine.stack.refresh({ color: "never" });
        assert.deepEqual(changes(summary), {});
    });

    it("orders envelopes, and the peer takes the blocks from the ordering nodes", async () => {
        await ordersMore();
    });

    it("goes on with a peer of Fabric 3 in the same channel, which keeps its ledger", async () => {
        const before = (await height()) ?? 0;
        await up({ ...old, peerVersion: "3.1.5" });
        assert.match(await imageOf("peer0", network.orgNamespaces[0]), /fabric-peer:3\.1\.5$/);
        assert.match(await imageOf("other0", network.orgNamespaces[1]), /fabric-peer:2\.5\.16$/);
        assert.ok(((await height()) ?? 0) >= before);
        await ordersMore();
    });

    it("goes on with all nodes of Fabric 3, one ordering node after the other", async () => {
        const [hash, before] = [outputs.genesisHash, (await height()) ?? 0];
        await up({});
        for (const node of nodes) {
            assert.match(await imageOf(node, network.ordererNamespace), /fabric-orderer:3\.1\.5$/);
            const info = await channelInfo(network.ordererAccess(node, outputs), network.channelId);
            assert.deepEqual([info?.consensusRelation, info?.status], ["consenter", "active"]);
        }
        assert.equal(outputs.genesisHash, hash);
        assert.ok(((await height()) ?? 0) >= before);
        await ordersMore();
        assert.deepEqual(await up({}), {});
    });
});
