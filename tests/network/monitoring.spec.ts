import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { text } from "node:stream/consumers";

import { ApiextensionsV1Api, CustomObjectsApi, KubeConfig } from "@kubernetes/client-node";
import { Monitoring, type Channel } from "kubefabric";
import { openPortForward } from "kubefabric/internal/clients/portForward";
import { DASHBOARD_QUERIES } from "kubefabric/internal/components/workloads/monitoring/dashboardRows";
import { ORDERER_PORTS, PEER_PORTS } from "kubefabric/internal/fabric/ports";

import { changes, engineStack, type EngineStack } from "../support/engine.ts";
import {
    needsRealCluster,
    RealNetwork,
    realApis,
    realCredentials,
} from "../support/realNetwork.ts";

const GROUP = "monitoring.coreos.com";

/** What appears in Fabric's metrics only once it has happened, or is not Fabric's. */
const LATER = [
    "broadcast_processed_count",
    "broadcast_enqueue_duration_bucket",
    "cluster_comm_msg_dropped_count",
    "consensus_BFT_cluster_size",
    "consensus_BFT_is_leader",
    "blockcutter_block_fill_duration_bucket",
    "endorser_proposal_duration_bucket",
    "endorser_proposal_duration_count",
    "kubelet_volume_stats_available_bytes",
    "kubelet_volume_stats_capacity_bytes",
];

function realConfig(): KubeConfig {
    const config = new KubeConfig();
    config.loadFromString(realCredentials().kubeconfig);
    return config;
}

interface RuleObject {
    spec: { groups: { rules: { expr: string }[] }[] };
}

describe("monitoring of real nodes", function () {
    needsRealCluster(this);
    this.timeout(240_000);
    const network = new RealNetwork();
    const [org1] = network.orgNamespaces;
    let engine: EngineStack;

    before(async function () {
        const api = realConfig().makeApiClient(ApiextensionsV1Api);
        const { items } = await api.listCustomResourceDefinition();
        if (!items.some(({ spec }) => spec.group === GROUP)) {
            console.log("      · the cluster has no types of the Prometheus operator");
            this.skip();
        }
        engine = await engineStack("kubefabric-monitoring");
        await engine.run(program());
    });
    after(async () => {
        await network.deleteNamespaces();
        engine?.forget();
    });

    const program = () =>
        network.program({
            protection: "none",
            beyond: ({ orderers, peers }: Channel) => {
                new Monitoring("eyes", {
                    nodes: [...orderers, ...peers],
                    labels: { release: "eyes" },
                });
                return {};
            },
        });

    /** Answer of a node's operations endpoint; with the reader's certificate of a namespace, or none. */
    async function answerOf(
        node: { name: string; namespace: string; port: number },
        path: string,
        reader?: string,
    ): Promise<{ status: number; body: string }> {
        const { core } = realApis();
        const secretIn = (namespace: string) =>
            core.readNamespacedSecret({ name: "eyes-metrics-reader", namespace });
        const entry = (data: Record<string, string> | undefined, key: string) =>
            Buffer.from(data?.[key] ?? "", "base64");
        const own = await secretIn(node.namespace);
        const shown = reader === undefined ? undefined : (await secretIn(reader)).data;
        const forward = await openPortForward(realConfig(), {
            namespace: node.namespace,
            pod: `${node.name}-0`,
            port: node.port,
        });
        try {
            const asked = request({
                host: "127.0.0.1",
                port: forward.port,
                path,
                agent: false,
                // As the ServiceMonitor has it dialed.
                servername: `${node.name}.${node.namespace}.svc`,
                ca: entry(own.data, "ca.crt"),
                ...(shown && { cert: entry(shown, "tls.crt"), key: entry(shown, "tls.key") }),
            });
            asked.end();
            const [response] = (await once(asked, "response")) as [IncomingMessage];
            return { status: response.statusCode ?? 0, body: await text(response) };
        } finally {
            await forward.close();
        }
    }

    const orderer = {
        name: "orderer-0",
        namespace: network.ordererNamespace,
        port: ORDERER_PORTS.operations,
    };
    const peer = { name: "peer0", namespace: org1, port: PEER_PORTS.operations };

    it("is taken by the Prometheus operator's own types as it is, and not changed by a second update", async () => {
        const api = realConfig().makeApiClient(CustomObjectsApi);
        for (const namespace of network.namespaces) {
            for (const plural of ["servicemonitors", "prometheusrules"]) {
                await api.getNamespacedCustomObject({
                    group: GROUP,
                    version: "v1",
                    namespace,
                    plural,
                    name: "eyes",
                });
            }
        }
        assert.deepEqual(changes((await engine.run(program())).summary), {});
    });

    it("opens metrics to its own certificate, by the name that Prometheus dials", async () => {
        for (const node of [orderer, peer]) {
            const { status, body } = await answerOf(node, "/metrics", node.namespace);
            assert.equal(status, 200, node.name);
            assert.match(body, /^ledger_blockchain_height\{channel="/m, node.name);
        }
    });

    it("asks nodes for what they have", async () => {
        const api = realConfig().makeApiClient(CustomObjectsApi);
        const rules = (await api.getNamespacedCustomObject({
            group: GROUP,
            version: "v1",
            namespace: org1,
            plural: "prometheusrules",
            name: "eyes",
        })) as RuleObject;
        const queries = [
            ...DASHBOARD_QUERIES,
            ...rules.spec.groups.flatMap((group) => group.rules.map(({ expr }) => expr)),
        ];
        const named = new Set(
            queries.flatMap((query) => [...query.matchAll(/(\w+)\{/g)].map(([, name]) => name!)),
        );
        named.delete("up");
        const bodies = [
            (await answerOf(orderer, "/metrics", orderer.namespace)).body,
            (await answerOf(peer, "/metrics", peer.namespace)).body,
        ].join("\n");
        const missing = [...named].filter(
            (name) => !LATER.includes(name) && !new RegExp(`^${name}\\b`, "m").test(bodies),
        );
        assert.deepEqual(missing, []);
        assert.ok(named.size > 20, `${named.size} metrics`);
    });

    it("fails to open metrics to nobody, and to another organization's certificate", async () => {
        assert.equal((await answerOf(peer, "/metrics")).status, 401);
        assert.equal((await answerOf(orderer, "/metrics")).status, 401);
        await assert.rejects(answerOf(peer, "/metrics", network.ordererNamespace));
    });
});
