import { labelProblem, labelValueProblem } from "../fabric/objectNames";
import { shown, type Problem } from "../fabric/problem";
import { parseGoDuration } from "../fabric/goDuration";
import type { OrdererService } from "./ordererService";
import type { PeerNode } from "./peerNode";
import { problemsOf } from "./validation";
import { ALERT_LIMITS, type AlertLimits } from "./workloads/monitoring/alerts";

/** Nodes that can be watched. */
export type WatchedNodes = OrdererService | PeerNode;

/** Arguments of a `Monitoring`. */
export interface MonitoringArgs {
    /** Nodes that are watched: peers and whole ordering services of one cluster. */
    nodes: readonly WatchedNodes[];

    /**
     * Labels by which Prometheus finds what is made here. Which they are says the resource `Prometheus`, at
     * `serviceMonitorSelector` and `ruleSelector`; for the chart kube-prometheus-stack it is the name
     * of its release.
     *
     * @default {}
     * @example { release: "kube-prometheus-stack" }
     */
    labels?: Readonly<Record<string, string>>;

    /**
     * How often metrics are read.
     *
     * @default "30s"
     */
    interval?: string;

    /**
     * From when on alerts fire, where it is not as written at each; `false` for no alerts.
     *
     * @default {}
     */
    alerts?: false | Partial<AlertLimits>;

    /**
     * Labels by which Grafana finds the dashboard; `false` for none.
     *
     * @default { grafana_dashboard: "1" }
     */
    dashboard?: false | Readonly<Record<string, string>>;

    /**
     * Title of the dashboard.
     *
     * @default "Hyperledger Fabric"
     */
    title?: string;
}

/** What monitoring gets where nothing else is said. */
export const MONITORING_DEFAULTS = {
    interval: "30s",
    dashboard: { grafana_dashboard: "1" },
    title: "Hyperledger Fabric",
} as const;

/** Everything wrong with the arguments. */
export function checkMonitoringArgs(name: string, args: MonitoringArgs): Problem[] {
    const { labels = {}, interval = MONITORING_DEFAULTS.interval, alerts, dashboard } = args;
    return [
        ...problemsOf(["name", labelProblem(name)]),
        ...nodesProblems(args.nodes),
        ...labelsProblems("labels", labels),
        ...problemsOf(["interval", intervalProblem(interval)]),
        ...(alerts ? limitProblems(alerts) : []),
        ...(dashboard ? labelsProblems("dashboard", dashboard) : []),
    ];
}

function nodesProblems(nodes: readonly WatchedNodes[]): Problem[] {
    const path = "nodes";
    const [first] = nodes;
    if (first === undefined) {
        return [{ path, reason: "is empty, and there is nothing to watch; write one" }];
    }
    const { cluster } = first.org;
    return problemsOf(
        ...nodes.map((node, index) => {
            const reason =
                nodes.indexOf(node) < index
                    ? `"${node.name}" is there before; write it once`
                    : node.org.cluster !== cluster
                      ? `"${node.name}" is on ${node.org.cluster.name}, and a Prometheus reads in its own ` +
                        `cluster, which is ${cluster.name} here; make another Monitoring for it`
                      : undefined;
            return [`${path}[${index}]`, reason] as const;
        }),
    );
}

/** A label's key: a name, after an optional domain and a slash. */
const LABEL_KEY = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?$/;

function labelsProblems(path: string, labels: Readonly<Record<string, string>>): Problem[] {
    return problemsOf(
        ...Object.entries(labels).map(([key, value]) => {
            const at = `${path}[${shown(key)}]`;
            const reason = LABEL_KEY.test(key)
                ? labelValueProblem(value)
                : `${shown(key)} is not the key of a label; write "release"`;
            return [at, reason] as const;
        }),
    );
}

/** Prometheus knows no parts of a unit and nothing below a millisecond. */
function intervalProblem(interval: unknown): string | undefined {
    const right =
        typeof interval === "string" &&
        /^([0-9]+(h|m|s|ms))+$/.test(interval) &&
        (parseGoDuration(interval) ?? 0n) > 0n;
    return right
        ? undefined
        : `${shown(interval)} is not a duration (such as "30s" or "1m30s"); write ` +
              `"${MONITORING_DEFAULTS.interval}"`;
}

/** What a limit has to be, by its name. */
const LIMIT_RANGES: Record<keyof AlertLimits, { most?: number; whole: boolean }> = {
    blocksBehind: { whole: true },
    leaderChanges: { whole: true },
    freeSpace: { most: 0.9, whole: false },
    logLines: { whole: false },
};

function limitProblems(limits: Partial<AlertLimits>): Problem[] {
    return problemsOf(
        ...Object.entries(limits).map(([name, value]) => {
            const range = LIMIT_RANGES[name as keyof AlertLimits] as
                (typeof LIMIT_RANGES)[keyof AlertLimits] | undefined;
            const reason =
                range === undefined
                    ? `is no limit; there are ${Object.keys(LIMIT_RANGES).join(", ")}`
                    : limitProblem(value, range, ALERT_LIMITS[name as keyof AlertLimits]);
            return [`alerts.${name}`, reason] as const;
        }),
    );
}

function limitProblem(
    value: unknown,
    { most = Number.MAX_SAFE_INTEGER, whole }: { most?: number; whole: boolean },
    instead: number,
): string | undefined {
    const right =
        typeof value === "number" &&
        value > 0 &&
        value <= most &&
        (whole ? Number.isInteger(value) : Number.isFinite(value));
    const wanted = whole ? "a whole number above 0" : "a number above 0";
    const end = most === Number.MAX_SAFE_INTEGER ? "" : ` and of at most ${most}`;
    return right ? undefined : `${shown(value)} is not ${wanted}${end}; write ${instead}`;
}
