import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import {
    ALERT_LIMITS,
    alertRules,
    type EndingCertificate,
} from "kubefabric/internal/components/workloads/monitoring/alerts";
import { dashboard } from "kubefabric/internal/components/workloads/monitoring/dashboard";
import { DASHBOARD_QUERIES } from "kubefabric/internal/components/workloads/monitoring/dashboardRows";
import { serviceMonitor } from "kubefabric/internal/components/workloads/monitoring/scraping";

const CERTIFICATE: EndingCertificate = {
    holder: "peer0",
    use: "signing",
    notAfter: "1970-02-01T00:00:00.000Z",
    warnDays: 30,
    severity: "critical",
};

const rulesOf = (over: Partial<Parameters<typeof alertRules>[0]> = {}) =>
    alertRules({
        namespace: "org1",
        claims: ["peer0-ledger", "peer0-couchdb"],
        certificates: [CERTIFICATE],
        limits: ALERT_LIMITS,
        ...over,
    });

const NODE = 'job="hyperledger-fabric",namespace="org1",organization="Org1MSP"';
const node = (name: string, more = "") => `${NODE},node="${name}"${more && `,${more}`}`;
const consenter = (name: string) => node(name, 'channel="trade"');

/** Values of a series, one a minute. */
type Series = Record<string, string>;

/** What fires, by the minute at which it is looked at. */
type Fired = Record<number, string[]>;

/** One story of a network, and the alerts that it brings. */
const STORIES: Record<string, { alert: string; series: Series; fired: Fired }> = {
    "a node that does not answer for three minutes, and no node that answers": {
        alert: "FabricNodeDown",
        series: {
            [`up{${node("peer0")}}`]: "1 1 0x10",
            [`up{${node("peer1")}}`]: "1x12",
            // Another organization's, which has alerts of its own.
            'up{job="hyperledger-fabric",namespace="org2",node="peer0"}': "0x12",
        },
        fired: { 4: [], 6: ["peer0"] },
    },
    "a channel of which no consenter knows a leader": {
        alert: "FabricChannelWithoutLeader",
        series: {
            [`consensus_etcdraft_active_nodes{${consenter("o0")}}`]: "3 3 3 0x10",
            [`consensus_etcdraft_active_nodes{${consenter("o1")}}`]: "3 3 3 3 0x10",
        },
        fired: { 2: [], 4: [], 6: ["trade"] },
    },
    "no channel of which one consenter alone has lost sight": {
        alert: "FabricChannelWithoutLeader",
        series: {
            [`consensus_etcdraft_active_nodes{${consenter("o0")}}`]: "0x10",
            [`consensus_etcdraft_active_nodes{${consenter("o1")}}`]: "2x10",
        },
        fired: { 8: [] },
    },
    "a channel that stops with the next consenter": {
        alert: "FabricQuorumAtRisk",
        series: {
            [`consensus_etcdraft_active_nodes{${consenter("o0")}}`]: "3 2x10",
            [`consensus_etcdraft_cluster_size{${consenter("o0")}}`]: "3x11",
        },
        fired: { 4: [], 7: ["trade"] },
    },
    "no channel of five consenters of which four are active": {
        alert: "FabricQuorumAtRisk",
        series: {
            [`consensus_etcdraft_active_nodes{${consenter("o0")}}`]: "4x11",
            [`consensus_etcdraft_cluster_size{${consenter("o0")}}`]: "5x11",
        },
        fired: { 10: [] },
    },
    "no channel of one or two consenters that are all active": {
        alert: "FabricQuorumAtRisk",
        series: {
            [`consensus_etcdraft_active_nodes{${node("o0", 'channel="one"')}}`]: "1x11",
            [`consensus_etcdraft_cluster_size{${node("o0", 'channel="one"')}}`]: "1x11",
            [`consensus_etcdraft_active_nodes{${node("o0", 'channel="two"')}}`]: "2x11",
            [`consensus_etcdraft_cluster_size{${node("o0", 'channel="two"')}}`]: "2x11",
        },
        fired: { 10: [] },
    },
    "a leader that changes more than three times in fifteen minutes": {
        alert: "FabricLeaderChanges",
        series: {
            [`consensus_etcdraft_leader_changes{${consenter("o0")}}`]: "1x5 2 3 4 5 6x10",
            [`consensus_etcdraft_leader_changes{${node("o0", 'channel="calm"')}}`]: "1x5 2 2x20",
        },
        fired: { 4: [], 14: ["trade"] },
    },
    "a channel that an ordering node has given up": {
        alert: "FabricChannelFailed",
        series: {
            [`participation_status{${consenter("o0")}}`]: "1 3x10",
            [`participation_status{${consenter("o1")}}`]: "1x11",
        },
        fired: { 1: [], 4: ["o0"] },
    },
    "a node that is more than twenty blocks behind the highest, of whatever organization": {
        alert: "FabricNodeBehind",
        series: {
            [`ledger_blockchain_height{${consenter("peer0")}}`]: "100x20",
            [`ledger_blockchain_height{${consenter("peer1")}}`]: "115x20",
            'ledger_blockchain_height{job="hyperledger-fabric",namespace="org2",channel="trade"}':
                "100 130x20",
        },
        fired: { 4: [], 8: ["peer0"] },
    },
    "a log that floods": {
        alert: "FabricLogFlood",
        series: {
            [`logging_entries_written{${node("peer0", 'level="info"')}}`]: "0+2000x15",
            [`logging_entries_written{${node("peer0", 'level="debug"')}}`]: "0+2000x15",
            [`logging_entries_written{${node("peer1", 'level="info"')}}`]: "0+2000x15",
        },
        fired: { 3: [], 9: ["peer0"] },
    },
    "a volume with less than 15 % free": {
        alert: "FabricVolumeFull",
        series: {
            'kubelet_volume_stats_available_bytes{namespace="org1",persistentvolumeclaim="peer0-ledger"}':
                "20 14x10",
            'kubelet_volume_stats_capacity_bytes{namespace="org1",persistentvolumeclaim="peer0-ledger"}':
                "100x11",
            'kubelet_volume_stats_available_bytes{namespace="org1",persistentvolumeclaim="other"}':
                "1x11",
            'kubelet_volume_stats_capacity_bytes{namespace="org1",persistentvolumeclaim="other"}':
                "100x11",
        },
        fired: { 4: [], 7: ["peer0-ledger"] },
    },
};

/** The label by which a story tells what fired. */
const SUBJECTS = ["node", "persistentvolumeclaim", "channel", "holder"] as const;

function promtool(...args: string[]): string {
    return execFileSync("promtool", args, { encoding: "utf8", stdio: "pipe" });
}

const hasPromtool = (() => {
    try {
        return promtool("--version").includes("promtool");
    } catch {
        return false;
    }
})();

/** Prometheus' own answer to what fires, at one minute of a story. */
function firing(rules: readonly object[], alert: string, series: Series, minute: number): string[] {
    const folder = mkdtempSync(join(tmpdir(), "alerts-"));
    try {
        writeFileSync(
            join(folder, "rules.json"),
            JSON.stringify({ groups: [{ name: "g", rules }] }),
        );
        const test = {
            rule_files: ["rules.json"],
            evaluation_interval: "1m",
            tests: [
                {
                    interval: "1m",
                    input_series: Object.entries(series).map(([name, values]) => ({
                        series: name,
                        values,
                    })),
                    // Nothing is expected, so that promtool prints what there is.
                    alert_rule_test: [
                        { eval_time: `${minute}m`, alertname: alert, exp_alerts: [] },
                    ],
                },
            ],
        };
        writeFileSync(join(folder, "test.json"), JSON.stringify(test));
        try {
            promtool("test", "rules", join(folder, "test.json"));
            return [];
        } catch (error) {
            const { stderr, stdout } = error as { stderr: string; stdout: string };
            const [, got = ""] = /got:\s*\[([\s\S]*)\]/.exec(`${stderr}${stdout}`) ?? [];
            const labels = [...got.matchAll(/Labels:\{([^}]*)\}/g)].map(([, text]) => text!);
            assert.ok(labels.length > 0, `${stderr}${stdout}`);
            return labels.map((text) => {
                const name = SUBJECTS.find((each) => text.includes(`${each}="`))!;
                return new RegExp(`\\b${name}="([^"]*)"`).exec(text)![1]!;
            });
        }
    } finally {
        rmSync(folder, { recursive: true });
    }
}

describe("alerts of an organization", () => {
    it("each say what is wrong, how much it matters and what to do", () => {
        for (const { alert, labels, annotations } of rulesOf()) {
            assert.match(alert, /^Fabric[A-Z]/);
            assert.match(labels.severity, /^(critical|warning)$/, alert);
            assert.ok(annotations.summary.length > 10 && annotations.summary.length < 120, alert);
            assert.match(annotations.description, /\.$/, alert);
        }
    });

    it("leave out the volumes of nodes that have none here", () => {
        const names = rulesOf({ claims: [] }).map(({ alert }) => alert);
        assert.ok(!names.includes("FabricVolumeFull"));
        assert.ok(rulesOf().some(({ alert }) => alert === "FabricVolumeFull"));
    });

    it("take the limits that are given", () => {
        const rules = rulesOf({
            limits: { blocksBehind: 7, leaderChanges: 9, freeSpace: 0.3, logLines: 11 },
        });
        const expr = (name: string) => rules.find(({ alert }) => alert === name)!.expr;
        assert.match(expr("FabricNodeBehind"), /> 7$/);
        assert.match(expr("FabricLeaderChanges"), /> 9$/);
        assert.match(expr("FabricVolumeFull"), /< 0\.3$/);
        assert.match(expr("FabricLogFlood"), /> 11$/);
    });

    it("know when each certificate ends", () => {
        const [rule, ...others] = rulesOf().filter(
            ({ alert }) => alert === "FabricCertificateEnds",
        );
        assert.deepEqual(others, []);
        assert.equal(rule!.expr, "vector(2678400 - time()) < 2592000");
        assert.deepEqual(rule!.labels, {
            severity: "critical",
            namespace: "org1",
            holder: "peer0",
            use: "signing",
        });
        assert.match(rule!.annotations.summary, /signing certificate of peer0 .* 1970-02-01/);
    });

    describe("to Prometheus itself", () => {
        before(function () {
            if (!hasPromtool) {
                this.skip();
            }
        });

        it("are right", () => {
            const folder = mkdtempSync(join(tmpdir(), "alerts-"));
            const file = join(folder, "rules.json");
            const queries = DASHBOARD_QUERIES.map((expr, index) => ({
                record: `panel:${index}`,
                expr: expr
                    .replaceAll("$__rate_interval", "5m")
                    .replaceAll("$namespace", "org1")
                    .replaceAll("$channel", ".*"),
            }));
            const rules = [...rulesOf(), ...queries];
            writeFileSync(file, JSON.stringify({ groups: [{ name: "g", rules }] }));
            assert.match(promtool("check", "rules", file), /SUCCESS/);
            rmSync(folder, { recursive: true });
        });

        for (const [story, { alert, series, fired }] of Object.entries(STORIES)) {
            it(`tell of ${story}`, () => {
                for (const [minute, subjects] of Object.entries(fired)) {
                    const found = firing(rulesOf(), alert, series, Number(minute));
                    assert.deepEqual(found, subjects, `after ${minute} minutes`);
                }
            });
        }

        it("tell of a certificate from thirty days before its end", () => {
            const day = 24 * 60;
            const at = (minute: number) =>
                firing(rulesOf(), "FabricCertificateEnds", { "some{}": `1x${minute}` }, minute);
            assert.deepEqual(at(day - 10), []);
            assert.deepEqual(at(day + 70), ["peer0"]);
        });

        it("have a story each, that can fire", () => {
            const told = new Set(
                Object.values(STORIES).flatMap(({ alert, fired }) =>
                    Object.values(fired).some((subjects) => subjects.length > 0) ? [alert] : [],
                ),
            );
            const untold = rulesOf().filter(({ alert }) => !told.has(alert));
            assert.deepEqual(
                untold.map(({ alert }) => alert),
                ["FabricCertificateEnds"],
            );
        });
    });
});

describe("a ServiceMonitor", () => {
    const monitor = serviceMonitor("eyes", {
        namespace: "org1",
        mspId: "Org1MSP",
        nodes: ["peer0", "peer1"],
        readerSecret: "eyes-metrics-reader",
        interval: "15s",
        labels: { release: "prometheus" },
    });

    it("dials nodes by the names that are in their certificates", () => {
        const address = relabelled(monitor.spec.endpoints[0]!.relabelings, {
            __meta_kubernetes_service_name: "peer0",
            __meta_kubernetes_namespace: "org1",
            __address__: "10.1.2.3:9443",
        });
        assert.equal(address?.__address__, "peer0.org1.svc:9443");
        assert.equal(address.node, "peer0");
    });

    it("names the kind and the organization of a node", () => {
        const target = relabelled(monitor.spec.endpoints[0]!.relabelings, {
            __meta_kubernetes_service_name: "peer0",
            __meta_kubernetes_namespace: "org1",
            __address__: "[fd00::1]:9443",
            __meta_kubernetes_service_label_app_kubernetes_io_component: "peer",
            __meta_kubernetes_service_label_kubefabric_io_organization: "Org1MSP",
        });
        assert.equal(target?.kind, "peer");
        assert.equal(target.organization, "Org1MSP");
        assert.equal(target.__address__, "peer0.org1.svc:9443");
    });

    it("takes no node twice, though two Services lead to it", () => {
        const target = relabelled(monitor.spec.endpoints[0]!.relabelings, {
            __meta_kubernetes_service_name: "peer0-headless",
            __meta_kubernetes_namespace: "org1",
            __address__: "10.1.2.3:9443",
        });
        assert.equal(target, undefined);
    });

    it("has the labels by which Prometheus finds it, and cannot lose those of its organization", () => {
        assert.equal(monitor.metadata.labels.release, "prometheus");
        const { metadata } = serviceMonitor("eyes", {
            namespace: "org1",
            mspId: "Org1MSP",
            nodes: [],
            readerSecret: "",
            interval: "15s",
            labels: { "app.kubernetes.io/managed-by": "someone" },
        });
        assert.equal(metadata.labels["app.kubernetes.io/managed-by"], "pulumi");
    });
});

interface Relabeling {
    action?: string;
    sourceLabels: readonly string[];
    regex?: string;
    targetLabel?: string;
    replacement?: string;
}

/** What Prometheus makes of a target's labels; nothing where it drops it. */
function relabelled(
    relabelings: readonly Relabeling[],
    target: Record<string, string>,
): Record<string, string> | undefined {
    const labels = { ...target };
    for (const { action = "replace", sourceLabels, regex = "(.*)", ...to } of relabelings) {
        const source = sourceLabels.map((name) => labels[name] ?? "").join(";");
        const match = new RegExp(`^(?:${regex})$`).exec(source);
        if (action === "drop" && match) {
            return undefined;
        }
        if (action === "replace" && match) {
            labels[to.targetLabel!] = (to.replacement ?? "$1").replaceAll(
                /\$(\d)/g,
                (_, number: string) => match[Number(number)]!,
            );
        }
    }
    return labels;
}

describe("the dashboard", () => {
    const page = dashboard("Hyperledger Fabric", ["orderers", "org1"]);

    it("is known by the same name in every update, and by another one for other nodes", () => {
        assert.equal(page.uid, dashboard("Hyperledger Fabric", ["orderers", "org1"]).uid);
        assert.notEqual(page.uid, dashboard("Hyperledger Fabric", ["org1"]).uid);
        assert.match(page.uid, /^[a-f0-9]{40}$/);
    });

    it("has panels that do not cover each other, in the grid's 24 columns", () => {
        const cells = new Set<string>();
        for (const { gridPos, title } of page.panels) {
            assert.ok(gridPos.x + gridPos.w <= 24, title);
            for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
                for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
                    const cell = `${x} ${y}`;
                    assert.ok(!cells.has(cell), `${title} covers another panel at ${cell}`);
                    cells.add(cell);
                }
            }
        }
        const ids = page.panels.map(({ id }) => id);
        assert.equal(new Set(ids).size, ids.length);
    });

    it("asks of the chosen namespaces and nodes of Fabric only", () => {
        for (const query of DASHBOARD_QUERIES) {
            assert.match(query, /namespace=~"\$namespace"|job="hyperledger-fabric"/, query);
        }
        assert.ok(DASHBOARD_QUERIES.length >= 20);
    });

    it("says in each panel what to look for", () => {
        const silent = page.panels.filter(
            (panel) => panel.type !== "row" && !("description" in panel && panel.description),
        );
        assert.deepEqual(silent, []);
    });
});
