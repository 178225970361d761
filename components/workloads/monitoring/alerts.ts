import { JOB } from "./scraping";

/** From when on something is worth a message. */
export interface AlertLimits {
    /**
     * Blocks that a node may be behind the highest node of its channel that Prometheus sees.
     *
     * @default 20
     */
    blocksBehind: number;
    /**
     * Changes of a channel's leader within fifteen minutes.
     *
     * @default 3
     */
    leaderChanges: number;
    /**
     * Part of a ledger's volume that is still free.
     *
     * @default 0.15
     */
    freeSpace: number;
    /**
     * Lines of log a node writes in a second, over five minutes. A Pod's log is kept on the disk of its
     * machine, which others fill and suffer from.
     *
     * @default 50
     */
    logLines: number;
}

/** Limits where nothing else is said. */
export const ALERT_LIMITS: AlertLimits = {
    blocksBehind: 20,
    leaderChanges: 3,
    freeSpace: 0.15,
    logLines: 50,
};

/** How much it matters: `critical` wakes someone, `warning` waits for the morning. */
export type Severity = "critical" | "warning";

/** An alert of Prometheus. */
export interface AlertRule {
    alert: string;
    /** In PromQL. */
    expr: string;
    /** How long it has to hold. */
    for: string;
    labels: { severity: Severity } & Record<string, string>;
    annotations: { summary: string; description: string };
}

/** A certificate that ends. */
export interface EndingCertificate {
    /** Whose it is: a node, or a name such as `tls-ca`. */
    holder: string;
    /** What it is used for, such as `signing`. */
    use: string;
    /** ISO 8601. */
    notAfter: string;
    /** Days before its end from which something has to be done about it. */
    warnDays: number;
    severity: Severity;
}

/** What alerts are about. */
export interface Watched {
    namespace: string;
    /** Claims of the ledgers and state databases. */
    claims: readonly string[];
    /** Certificates of the organization and its nodes. */
    certificates: readonly EndingCertificate[];
    limits: AlertLimits;
}

/** Alerts for an organization's nodes. */
export function alertRules({ namespace, claims, certificates, limits }: Watched): AlertRule[] {
    const of = (...labels: string[]) =>
        `{${[`job="${JOB}"`, `namespace="${namespace}"`, ...labels].join(",")}}`;
    return [
        nodeDown(of()),
        ...consensusAlerts(of, limits),
        ...ledgerAlerts(of, limits),
        logFlood(of(), limits),
        ...(claims.length > 0 ? [ledgerFull(namespace, claims, limits)] : []),
        ...certificates.map((certificate) => certificateEnds(namespace, certificate)),
    ];
}

/** The selector of a metric, with further conditions. */
type Selector = (...labels: string[]) => string;

function nodeDown(nodes: string): AlertRule {
    return {
        alert: "FabricNodeDown",
        expr: `up${nodes} == 0`,
        for: "3m",
        labels: { severity: "critical" },
        annotations: {
            summary: "{{ $labels.node }} of {{ $labels.organization }} does not answer",
            description:
                "No metrics for three minutes: the node is down, or Prometheus may not read it. Look at " +
                "`kubectl -n {{ $labels.namespace }} describe pod {{ $labels.node }}-0` and its log.",
        },
    };
}

/**
 * What consenters say of their channels. Followers learn from the leader how many are active, and say 0
 * where they know of no leader; so it holds also where other companies run the other consenters.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/orderer/consensus/etcdraft/tracker.go#L30
 */
function consensusAlerts(of: Selector, limits: AlertLimits): AlertRule[] {
    const most = (metric: string) => `max by (namespace, channel) (${metric}${of()})`;
    const active = most("consensus_etcdraft_active_nodes");
    const size = most("consensus_etcdraft_cluster_size");
    return [
        {
            alert: "FabricChannelWithoutLeader",
            expr: `${active} == 0`,
            for: "1m",
            labels: { severity: "critical" },
            annotations: {
                summary: "Channel {{ $labels.channel }} has no leader",
                description:
                    "No ordering node of {{ $labels.namespace }} knows of a leader for a minute: nothing " +
                    "is ordered. More than half of the consenters must run and reach each other.",
            },
        },
        {
            alert: "FabricQuorumAtRisk",
            expr: `${active} > 0 and ${active} < ${size} and ${active} <= floor(${size} / 2) + 1`,
            for: "5m",
            labels: { severity: "critical" },
            annotations: {
                summary: "Channel {{ $labels.channel }} stops with the next consenter that fails",
                description:
                    "{{ $value }} consenters are active, which is the fewest that can order. Replace " +
                    "nothing and drain nothing until the others are back.",
            },
        },
        {
            alert: "FabricLeaderChanges",
            expr:
                `max by (namespace, channel) (increase(consensus_etcdraft_leader_changes${of()}[15m])) ` +
                `> ${limits.leaderChanges}`,
            for: "0m",
            labels: { severity: "warning" },
            annotations: {
                summary: "Channel {{ $labels.channel }} changes its leader again and again",
                description:
                    "{{ $value }} changes in fifteen minutes. Slow disks, too little CPU or a bad " +
                    "network between consenters; each change is a pause.",
            },
        },
        {
            alert: "FabricChannelFailed",
            expr: `participation_status${of()} == 3`,
            for: "1m",
            labels: { severity: "critical" },
            annotations: {
                summary: "{{ $labels.node }} cannot take part in channel {{ $labels.channel }}",
                description:
                    "The ordering node has given the channel up. Its log says why; it has to leave the " +
                    "channel and join again.",
            },
        },
    ];
}

function ledgerAlerts(of: Selector, limits: AlertLimits): AlertRule[] {
    // The highest of all namespaces: other organizations' nodes are ahead where one's own are behind.
    const highest = `max by (channel) (ledger_blockchain_height{job="${JOB}"})`;
    return [
        {
            alert: "FabricNodeBehind",
            expr:
                `${highest} - on (channel) group_right () ledger_blockchain_height${of()} ` +
                `> ${limits.blocksBehind}`,
            for: "5m",
            labels: { severity: "warning" },
            annotations: {
                summary: "{{ $labels.node }} is behind in channel {{ $labels.channel }}",
                description:
                    "It lacks {{ $value }} blocks for five minutes. A peer that cannot reach an ordering " +
                    "node, or a disk or CPU that is too slow for the channel.",
            },
        },
    ];
}

function logFlood(nodes: string, limits: AlertLimits): AlertRule {
    return {
        alert: "FabricLogFlood",
        expr:
            `sum by (namespace, node, organization) (rate(logging_entries_written${nodes}[5m])) ` +
            `> ${limits.logLines}`,
        for: "5m",
        labels: { severity: "warning" },
        annotations: {
            summary: "{{ $labels.node }} writes {{ $value | humanize }} lines of log a second",
            description:
                "It fills the disk of its machine. A log specification of debug, or an error that repeats.",
        },
    };
}

/** From the kubelet, whose metrics the usual installations of Prometheus have. */
function ledgerFull(
    namespace: string,
    claims: readonly string[],
    { freeSpace }: AlertLimits,
): AlertRule {
    const of = `{namespace="${namespace}",persistentvolumeclaim=~"${claims.join("|")}"}`;
    return {
        alert: "FabricVolumeFull",
        expr: `kubelet_volume_stats_available_bytes${of} / kubelet_volume_stats_capacity_bytes${of} < ${freeSpace}`,
        for: "5m",
        labels: { severity: "critical" },
        annotations: {
            summary: "Volume {{ $labels.persistentvolumeclaim }} is nearly full",
            description:
                "{{ $value | humanizePercentage }} is free. A node whose ledger has no room stops. Raise " +
                "`ledgerSize` in the program: volumes grow in place where their class lets them.",
        },
    };
}

/**
 * Fabric has no metric of certificates' ends; the program that issued them knows them. An update makes
 * the rule anew with the certificate.
 */
function certificateEnds(
    namespace: string,
    { holder, use, notAfter, warnDays, severity }: EndingCertificate,
): AlertRule {
    const seconds = Math.floor(Date.parse(notAfter) / 1000);
    return {
        alert: "FabricCertificateEnds",
        expr: `vector(${seconds} - time()) < ${Math.round(warnDays * 86_400)}`,
        for: "1h",
        labels: { severity, namespace, holder, use },
        annotations: {
            summary: `The ${use} certificate of ${holder} in ${namespace} ends on ${notAfter.slice(0, 10)}`,
            description:
                "{{ $value | humanizeDuration }} are left. `pulumi up` renews certificates of nodes and " +
                "administrators; a CA wants a new one in good time.",
        },
    };
}
