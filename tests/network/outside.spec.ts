import assert from "node:assert/strict";
import { lookup } from "node:dns/promises";
import { setTimeout as sleep } from "node:timers/promises";

import { nodeTarget, type NodeTarget } from "kubefabric/internal/clients/connection";
import { channelInfo } from "kubefabric/internal/clients/ordererAdmin";
import { chainInfo } from "kubefabric/internal/clients/peerAdmin";
import type { OutsideArgs } from "kubefabric";

import { underLoad, type LoadReport } from "../support/channelLoad.ts";
import { changes, engineStack, type EngineStack, outputValues } from "../support/engine.ts";
import {
    endWithoutPortForward,
    givingAddresses,
    needsOutsideNames,
    OUTSIDE_DOMAIN,
    SniProxy,
    withoutPortForward,
} from "../support/outsideWays.ts";
import {
    needsRealCluster,
    RealNetwork,
    realApis,
    realCredentials,
    type RealOutputs,
    type RealShape,
} from "../support/realNetwork.ts";

const NODES = ["orderer-0", "orderer-1", "orderer-2"];

function report(what: string, value: string): void {
    console.log(`      · ${what}: ${value}`);
}

/** A network that is reached from outside only: port-forwards are forbidden to its program. */
class OutsideNetwork {
    readonly network = new RealNetwork();
    engine!: EngineStack;
    outputs!: RealOutputs;
    shape: RealShape;
    private readonly host: (node: string) => string;
    private readonly ports: Readonly<Record<string, number>>;

    constructor(outside: OutsideArgs, ports: Readonly<Record<string, number>>) {
        this.shape = { outside: { ...outside, administration: "outside" }, protection: "none" };
        this.host = (node) => `${node}.${outside.domain}`;
        this.ports = ports;
    }

    async begin(): Promise<void> {
        this.shape = { ...this.shape, kubeconfig: await withoutPortForward(this.network.mark) };
        this.engine = await engineStack("kubefabric-outside");
    }

    async up(shape: RealShape = {}): Promise<Record<string, number>> {
        this.shape = { ...this.shape, ...shape };
        const result = await this.engine.run(this.network.program(this.shape));
        this.outputs = outputValues(result.outputs) as unknown as RealOutputs;
        return changes(result.summary);
    }

    target(node: string, port: "grpc" | "admin"): NodeTarget {
        const { ordererNamespace: namespace } = this.network;
        return nodeTarget(
            {
                node,
                namespace,
                tlsCaPem: this.outputs.ordererTlsCaPem,
                outside: { host: this.host(node), ports: this.ports },
            },
            "orderer",
            port,
        );
    }

    underLoad(during: () => Promise<unknown>): Promise<LoadReport> {
        return underLoad(
            {
                credentials: { kubeconfig: this.shape.kubeconfig! },
                targets: NODES.map((node) => this.target(node, "grpc")),
                channelId: this.network.channelId,
                signer: this.outputs.orgAdmin,
            },
            during,
        );
    }

    async assertJoined(): Promise<void> {
        for (const node of NODES) {
            const info = await channelInfo(
                {
                    credentials: { kubeconfig: this.shape.kubeconfig! },
                    target: this.target(node, "admin"),
                    admin: this.outputs.ordererAdmin,
                },
                this.network.channelId,
            );
            assert.deepEqual([info?.consensusRelation, info?.status], ["consenter", "active"]);
        }
    }

    /** Height of the first organization's peer, which a port-forward of the tests' own user asks. */
    async height(): Promise<number> {
        const access = this.network.peerAccess("peer0", this.outputs);
        const info = await chainInfo(
            { ...access, credentials: realCredentials() },
            this.network.channelId,
        );
        return info?.height ?? 0;
    }

    /** Waits until a peer's log says something. */
    async untilLogged(node: string, namespace: string, words: RegExp): Promise<void> {
        const { core } = realApis();
        for (let tries = 0; ; tries++) {
            const log = await core.readNamespacedPodLog({ name: `${node}-0`, namespace });
            if (words.test(log)) {
                return;
            }
            assert.ok(tries < 60, `${node} did not say ${words}: ${log.slice(-4000)}`);
            await sleep(1_000);
        }
    }

    async end(): Promise<void> {
        const { core } = realApis();
        await Promise.all(
            this.network.namespaces.map((name) =>
                core.deleteNamespace({ name }).catch(() => undefined),
            ),
        );
        await endWithoutPortForward(this.network.mark).catch(() => undefined);
        this.engine.forget();
    }
}

/** What holds whatever leads to the nodes. */
function itIsANetwork(
    nodes: OutsideNetwork,
    up: (shape?: RealShape) => ReturnType<typeof nodes.up>,
) {
    it("comes up from nothing with every node joined, without a port-forward", async () => {
        const begin = performance.now();
        assert.deepEqual(Object.keys(await up()), ["create"]);
        report(
            "from nothing to all joined",
            `${((performance.now() - begin) / 1000).toFixed(1)} s`,
        );
        await nodes.assertJoined();
        assert.equal(await nodes.height(), 1);
    });

    it("is the same in a second update and after a refresh", async () => {
        assert.deepEqual(await up(), {});
        const { summary } = await nodes.engine.stack.refresh({ color: "never" });
        assert.deepEqual(changes(summary), {});
    });

    it("brings envelopes to the ordering nodes and blocks to the peers", async () => {
        const { ordered, refusals } = await nodes.underLoad(() => sleep(2_000));
        assert.ok(ordered > 10, JSON.stringify(refusals));
        await sleep(1_000);
        assert.ok((await nodes.height()) > 1);
    });

    it("brings peers of two organizations together at their names outside", async () => {
        const { orgNamespaces } = nodes.network;
        const { domain } = nodes.shape.outside!;
        await nodes.untilLogged(
            "peer0",
            orgNamespaces[0],
            new RegExp(`Membership view has changed.*other0\\.${domain}:`),
        );
    });

    it("rolls its ordering nodes from outside, and takes envelopes meanwhile", async () => {
        const begin = performance.now();
        const { ordered, longestGapMs } = await nodes.underLoad(() =>
            up({ ordererLog: "info:orderer.common.cluster=warning" }),
        );
        const seconds = ((performance.now() - begin) / 1000).toFixed(1);
        report(
            "three nodes rolled",
            `${seconds} s; longest between two ordered ${longestGapMs} ms`,
        );
        assert.ok(ordered > 10);
        await nodes.assertJoined();
    });
}

describe("a network with a load balancer for each node", function () {
    needsRealCluster(this);
    needsOutsideNames(this);
    this.timeout(300_000);
    const nodes = new OutsideNetwork(
        { domain: OUTSIDE_DOMAIN },
        { grpc: 7050, admin: 9443, operations: 8443 },
    );
    const { namespaces } = nodes.network;
    const up = (shape?: RealShape) => givingAddresses(namespaces, () => nodes.up(shape));
    before(() => nodes.begin());
    after(() => nodes.end());

    itIsANetwork(nodes, up);

    it("lets peers take their blocks inside, where they are beside the ordering nodes", async () => {
        const before = await nodes.height();
        await up({ besideOrderers: true });
        await nodes.underLoad(() => sleep(1_000));
        await sleep(1_000);
        assert.ok((await nodes.height()) > before);
        const { orgNamespaces, ordererNamespace } = nodes.network;
        await nodes.untilLogged(
            "peer0",
            orgNamespaces[0],
            new RegExp(`orderer-[0-2]\\.${ordererNamespace}\\.svc:7050`),
        );
    });
});

describe("a network behind one gateway for each organization", function () {
    needsRealCluster(this);
    needsOutsideNames(this);
    this.timeout(300_000);
    const domain = `gateway.${OUTSIDE_DOMAIN}`;
    const nodes = new OutsideNetwork(
        { domain, exposedBy: "Gateway", gateway: { className: "haproxy-of-the-test", port: 7443 } },
        { grpc: 7443, admin: 9443, operations: 8443 },
    );
    let proxy: SniProxy;
    before(async () => {
        await nodes.begin();
        const { address } = await lookup(`orderer-0.${domain}`);
        proxy = new SniProxy(nodes.network.namespaces, address);
        proxy.start();
    });
    after(async () => {
        await nodes.end();
        await proxy.stop();
    });

    itIsANetwork(nodes, (shape) => nodes.up(shape));
});
