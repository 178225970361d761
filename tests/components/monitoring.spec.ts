import assert from "node:assert/strict";

import {
    ExistingCluster,
    FabricOrg,
    Monitoring,
    OrdererService,
    PeerNode,
    type MonitoringArgs,
    type WatchedNodes,
} from "kubefabric";
import { lifeOf } from "kubefabric/internal/fabric/identities";
import { record, type Recording } from "kubefabric/testing";

import { issuing, KUBECONFIG, recordNetwork, testCluster, testOrg } from "../support/network.ts";

interface Rule {
    alert: string;
    expr: string;
    labels: Record<string, string>;
}

/** Two organizations on one cluster, watched together. */
function watched(args: Partial<MonitoringArgs> = {}) {
    const cluster = testCluster();
    const orderers = new OrdererService("orderer", {
        org: new FabricOrg("orderers", { cluster, mspId: "OrdererMSP" }),
    });
    const org1 = new FabricOrg("org1", { cluster, mspId: "Org1MSP" });
    const peers = [
        new PeerNode("peer0", { org: org1, stateDatabase: "CouchDB" }),
        new PeerNode("peer1", { org: org1 }),
    ];
    return new Monitoring("eyes", { nodes: [orderers, ...peers], ...args });
}

const recordWatched = (args: Partial<MonitoringArgs> = {}) =>
    recordNetwork(() => watched(args), issuing);

function objectIn(recording: Recording, kind: string, name: string) {
    return recording.find(kind, name).inputs as {
        metadata: { name: string; namespace: string; labels: Record<string, string> };
        spec: Record<string, unknown>;
        data: Record<string, string>;
    };
}

function rulesIn(recording: Recording, name: string): Rule[] {
    const { groups } = objectIn(recording, "PrometheusRule", name).spec as {
        groups: { name: string; rules: Rule[] }[];
    };
    assert.equal(groups.length, 1);
    return groups[0]!.rules;
}

describe("monitoring", () => {
    let recording: Recording;
    before(async () => {
        recording = await recordWatched({ labels: { release: "prometheus" } });
    });

    it("has each organization's nodes found in its own namespace, and no other's", () => {
        const nodes = ["orderers", "org1"].map((namespace) => {
            const { metadata, spec } = objectIn(
                recording,
                "ServiceMonitor",
                `eyes-${namespace}-monitor`,
            );
            assert.equal(metadata.namespace, namespace);
            assert.equal(metadata.labels.release, "prometheus");
            return (spec.selector as { matchExpressions: { values: string[] }[] })
                .matchExpressions[0]!.values;
        });
        assert.deepEqual(nodes, [
            ["orderer-0", "orderer-1", "orderer-2"],
            ["peer0", "peer1"],
        ]);
    });

    it("shows nodes a certificate of their own TLS CA, for no name and no server", async () => {
        const { X509Certificate } = await import("node:crypto");
        const { data, metadata } = objectIn(recording, "Secret", "eyes-org1-reader");
        const text = (entry: string) => Buffer.from(data[entry]!, "base64").toString();
        assert.equal(metadata.name, "eyes-metrics-reader");
        const certificate = new X509Certificate(text("tls.crt"));
        const ca = new X509Certificate(text("ca.crt"));
        assert.ok(certificate.verify(ca.publicKey));
        assert.equal(certificate.subjectAltName, undefined);
        assert.match(certificate.subject, /OU=client/);
        assert.match(text("tls.key"), /PRIVATE KEY/);
        const { endpoints } = objectIn(recording, "ServiceMonitor", "eyes-org1-monitor").spec as {
            endpoints: { tlsConfig: unknown }[];
        };
        assert.deepEqual(endpoints[0]!.tlsConfig, {
            ca: { secret: { name: "eyes-metrics-reader", key: "ca.crt" } },
            cert: { secret: { name: "eyes-metrics-reader", key: "tls.crt" } },
            keySecret: { name: "eyes-metrics-reader", key: "tls.key" },
        });
    });

    it("keeps the key out of everything but the Secret", () => {
        const { data } = objectIn(recording, "Secret", "eyes-org1-reader");
        const key = Buffer.from(data["tls.key"]!, "base64").toString();
        const [, line] = key.split("\n");
        for (const { name, type, inputs } of recording.resources) {
            if (!/Secret$/.test(type)) {
                assert.ok(!JSON.stringify(inputs).includes(line!), name);
            }
        }
    });

    it("knows the volumes of ledgers and state databases", () => {
        const full = rulesIn(recording, "eyes-org1-alerts").find(
            ({ alert }) => alert === "FabricVolumeFull",
        )!;
        for (const claim of ["peer0-ledger", "peer0-state", "peer1-ledger"]) {
            assert.ok(full.expr.includes(claim), `${claim} in ${full.expr}`);
        }
    });

    it("knows when the certificates of nodes, administrators and CAs end, and which an update renews", () => {
        const ends = (namespace: string) =>
            rulesIn(recording, `eyes-${namespace}-alerts`)
                .filter(({ alert }) => alert === "FabricCertificateEnds")
                .map(({ labels }) => `${labels.severity}: ${labels.use} of ${labels.holder}`);
        assert.deepEqual(ends("org1"), [
            "critical: signing of peer0",
            "critical: tls of peer0",
            "critical: signing of peer1",
            "critical: tls of peer1",
            "critical: administrator of Org1MSP",
            "warning: signing CA of Org1MSP",
            "warning: TLS CA of Org1MSP",
        ]);
        assert.deepEqual(ends("orderers").slice(-3), [
            "warning: signing CA of OrdererMSP",
            "warning: TLS CA of OrdererMSP",
            "warning: admin CA of orderer",
        ]);
    });

    it("counts from the very end of a certificate", () => {
        const { data } = objectIn(recording, "Secret", "peer0-identity");
        const pem = (entry: string) => Buffer.from(data[entry]!, "base64").toString();
        const { notAfter } = lifeOf(pem("cert.pem"), pem("ca.pem"));
        const rule = rulesIn(recording, "eyes-org1-alerts").find(
            ({ labels }) => labels.holder === "peer0" && labels.use === "signing",
        )!;
        assert.equal(rule.expr, `vector(${Date.parse(notAfter) / 1000} - time()) < 2592000`);
    });

    it("has one dashboard over all namespaces, where Grafana looks", () => {
        const { metadata, data } = objectIn(recording, "ConfigMap", "eyes-dashboard");
        assert.equal(metadata.namespace, "orderers");
        assert.equal(metadata.labels.grafana_dashboard, "1");
        const page = JSON.parse(data["eyes-dashboard.json"]!) as {
            templating: { list: { name: string; query: unknown }[] };
        };
        const namespace = page.templating.list.find(({ name }) => name === "namespace")!;
        assert.equal(namespace.query, "orderers,org1");
    });

    it("makes nothing of a network wait", () => {
        for (const each of recording.resources.filter(({ name }) => !name.startsWith("eyes"))) {
            const waits = recording.dependenciesOf(each).filter((label) => / eyes/.test(label));
            assert.deepEqual(waits, [], each.name);
        }
    });

    it("leaves out alerts or dashboard where they are not wanted", async () => {
        const bare = await recordWatched({ alerts: false, dashboard: false });
        assert.deepEqual(bare.ofKind("PrometheusRule"), []);
        assert.equal(bare.ofKind("ServiceMonitor").length, 2);
        assert.ok(!bare.resources.some(({ name }) => name === "eyes-dashboard"));
    });

    it("makes no object on a simulated cluster that it has no type for", async () => {
        const simulated = await record(
            () => {
                const org = testOrg({ cluster: testCluster({ simulated: true }) });
                new Monitoring("eyes", { nodes: [new PeerNode("peer0", { org })] });
            },
            { project: "test", outputs: issuing },
        );
        assert.deepEqual(simulated.ofKind("ServiceMonitor"), []);
        assert.deepEqual(simulated.ofKind("PrometheusRule"), []);
        assert.equal(
            simulated.resources.filter(({ name }) => name === "eyes-org1-reader").length,
            1,
        );
    });
});

const BAD: Record<string, { args: Record<string, unknown>; problem: RegExp }> = {
    "without nodes": { args: { nodes: [] }, problem: /nodes: is empty, .*; write one/ },
    "with a key that is no label's": {
        args: { labels: { "re lease": "x" } },
        problem: /labels\["re lease"\]: "re lease" is not the key of a label; write "release"/,
    },
    "with a value that is no label's": {
        args: { labels: { release: "a b" } },
        problem: /labels\["release"\]: "a b" is not the value of a label .*; write "a-b"/,
    },
    "with an interval without a unit": {
        args: { interval: "30" },
        problem: /interval: "30" is not a duration .*; write "30s"/,
    },
    "with an interval of nothing": {
        args: { interval: "0s" },
        problem: /interval: "0s" is not a duration/,
    },
    "with a limit that is none": {
        args: { alerts: { blocks: 3 } },
        problem: /alerts\.blocks: is no limit; there are blocksBehind, leaderChanges/,
    },
    "with a part of a block": {
        args: { alerts: { blocksBehind: 2.5 } },
        problem: /alerts\.blocksBehind: 2\.5 is not a whole number above 0; write 20/,
    },
    "with more free space than there is": {
        args: { alerts: { freeSpace: 15 } },
        problem: /alerts\.freeSpace: 15 is not a number above 0 and of at most 0\.9; write 0\.15/,
    },
    "with labels of the dashboard that are none": {
        args: { dashboard: { grafana_dashboard: 1 } },
        problem: /dashboard\["grafana_dashboard"\]: 1 is not the value of a label/,
    },
};

describe("monitoring with bad input", () => {
    for (const [what, { args, problem }] of Object.entries(BAD)) {
        it(`fails ${what}, before anything is registered`, async () => {
            await assert.rejects(recordWatched(args), problem);
        });
    }

    it("fails on a node that is there twice, and on one of another cluster", async () => {
        await assert.rejects(
            recordNetwork(() => {
                const peer0 = new PeerNode("peer0", { org: testOrg() });
                const nodes: WatchedNodes[] = [peer0, peer0];
                return new Monitoring("eyes", { nodes });
            }),
            /nodes\[1\]: "peer0" is there before; write it once/,
        );
        await assert.rejects(
            recordNetwork(() => {
                const there = new ExistingCluster("there", { kubeconfig: KUBECONFIG });
                const nodes = [
                    new PeerNode("peer0", { org: testOrg() }),
                    new PeerNode("peer1", {
                        org: testOrg({ cluster: there, mspId: "Org2MSP" }, "org2"),
                    }),
                ];
                return new Monitoring("eyes", { nodes });
            }),
            /nodes\[1\]: "peer1" is on there, .* which is cluster here; make another Monitoring/,
        );
    });

    it("fails with all problems at once", async () => {
        await assert.rejects(
            recordWatched({ interval: "x", alerts: { logLines: -1 } }),
            /Monitoring "eyes" has invalid arguments\n {2}interval: .*\n {2}alerts\.logLines: /,
        );
    });
});
