import { JOB } from "./scraping";

/** A line of a panel. */
export interface Query {
    /** In PromQL. */
    expr: string;
    legend: string;
}

/** One graph. */
export interface Panel {
    title: string;
    /** What to look for. */
    description: string;
    /** Of Grafana, such as `s` or `reqps`. */
    unit: string;
    /** @default "timeseries" */
    type?: "stat" | "timeseries";
    queries: readonly Query[];
}

/** A heading with the panels below it. */
export interface Row {
    title: string;
    panels: readonly Panel[];
}

/** The nodes and channels that are chosen at the top of the page. */
const CHANNEL = 'channel=~"$channel"';

const half = (histogram: string, by: string) => quantile(0.5, histogram, by);

function quantile(part: number, histogram: string, by: string, ...labels: string[]): string {
    const of = selector(...labels);
    return `histogram_quantile(${part}, sum by (le, ${by}) (rate(${histogram}_bucket${of}[$__rate_interval])))`;
}

function selector(...labels: string[]): string {
    return `{${[`job="${JOB}"`, 'namespace=~"$namespace"', ...labels].join(",")}}`;
}

const rate = (counter: string, by: string, ...labels: string[]) =>
    `sum by (${by}) (rate(${counter}${selector(...labels)}[$__rate_interval]))`;

/**
 * What a network is looked at for, the most urgent first.
 *
 * @see https://hyperledger-fabric.readthedocs.io/en/release-2.5/metrics_reference.html
 */
export const ROWS: readonly Row[] = [
    {
        title: "Is it well?",
        panels: [
            {
                title: "Nodes that answer",
                description: "A node at 0 is down, or its metrics cannot be read.",
                unit: "none",
                type: "stat",
                queries: [{ expr: `up${selector()}`, legend: "{{node}}" }],
            },
            {
                title: "Active consenters",
                description:
                    "More than half of the consenters must be active. 0 is a channel without a leader.",
                unit: "none",
                queries: [
                    {
                        expr: `max by (channel) (consensus_etcdraft_active_nodes${selector(CHANNEL)})`,
                        legend: "{{channel}} active",
                    },
                    {
                        expr:
                            `max by (channel) (consensus_etcdraft_cluster_size${selector(CHANNEL)} or ` +
                            `consensus_BFT_cluster_size${selector(CHANNEL)})`,
                        legend: "{{channel}} in all",
                    },
                ],
            },
            {
                title: "Blocks behind",
                description: "How far each node is behind the highest of its channel. 0 is right.",
                unit: "none",
                queries: [
                    {
                        expr:
                            `max by (channel) (ledger_blockchain_height{job="${JOB}"}) - on (channel) ` +
                            `group_right () ledger_blockchain_height${selector(CHANNEL)}`,
                        legend: "{{node}} {{channel}}",
                    },
                ],
            },
        ],
    },
    {
        title: "Ordering",
        panels: [
            {
                title: "Leader",
                description: "The node at 1 leads. Changes are pauses.",
                unit: "none",
                queries: [
                    {
                        expr:
                            `consensus_etcdraft_is_leader${selector(CHANNEL)} or ` +
                            `consensus_BFT_is_leader${selector(CHANNEL)}`,
                        legend: "{{node}} {{channel}}",
                    },
                ],
            },
            {
                title: "Envelopes taken",
                description: "By status; anything but SUCCESS was refused.",
                unit: "reqps",
                queries: [
                    {
                        expr: rate("broadcast_processed_count", "channel, status", CHANNEL),
                        legend: "{{channel}} {{status}}",
                    },
                ],
            },
            {
                title: "Time to take an envelope (median, 99 %)",
                description: "Rises where consenters cannot write or reach each other fast enough.",
                unit: "s",
                queries: [
                    { expr: half("broadcast_enqueue_duration", "channel"), legend: "{{channel}}" },
                    {
                        expr: quantile(0.99, "broadcast_enqueue_duration", "channel"),
                        legend: "{{channel}} 99 %",
                    },
                ],
            },
            {
                title: "Time to write the Raft log (99 %)",
                description: "The disk. More than 0.1 s brings elections.",
                unit: "s",
                queries: [
                    {
                        expr: quantile(0.99, "consensus_etcdraft_data_persist_duration", "node"),
                        legend: "{{node}}",
                    },
                ],
            },
            {
                title: "Time to fill a block (median)",
                description: "Near the batch timeout where there is little to do.",
                unit: "s",
                queries: [
                    {
                        expr: half("blockcutter_block_fill_duration", "channel"),
                        legend: "{{channel}}",
                    },
                ],
            },
            {
                title: "Messages dropped between consenters",
                description: "A consenter that another cannot reach, or that is too slow.",
                unit: "reqps",
                queries: [
                    {
                        expr: rate("cluster_comm_msg_dropped_count", "node, host"),
                        legend: "{{node}} to {{host}}",
                    },
                ],
            },
        ],
    },
    {
        title: "Peers",
        panels: [
            {
                title: "Transactions",
                description: "By validation code; anything but VALID changed nothing.",
                unit: "reqps",
                queries: [
                    {
                        expr: rate(
                            "ledger_transaction_count",
                            "channel, validation_code",
                            'kind="peer"',
                            CHANNEL,
                        ),
                        legend: "{{channel}} {{validation_code}}",
                    },
                ],
            },
            {
                title: "Time to process a block (99 %)",
                description:
                    "Validation and commit; the peer falls behind where it exceeds the block interval.",
                unit: "s",
                queries: [
                    {
                        expr: quantile(0.99, "ledger_block_processing_time", "node", CHANNEL),
                        legend: "{{node}}",
                    },
                ],
            },
            {
                title: "Proposals",
                description: "Asked of chaincode, by success.",
                unit: "reqps",
                queries: [
                    {
                        expr: rate(
                            "endorser_proposal_duration_count",
                            "chaincode, success",
                            CHANNEL,
                        ),
                        legend: "{{chaincode}} success {{success}}",
                    },
                ],
            },
            {
                title: "Time of a proposal (99 %)",
                description: "Chaincode and its reads of the state.",
                unit: "s",
                queries: [
                    {
                        expr: quantile(0.99, "endorser_proposal_duration", "chaincode", CHANNEL),
                        legend: "{{chaincode}}",
                    },
                ],
            },
            {
                title: "Time to commit to the state database (99 %)",
                description: "CouchDB is slower than goleveldb by ten times and more.",
                unit: "s",
                queries: [
                    {
                        expr: quantile(0.99, "ledger_statedb_commit_time", "node", CHANNEL),
                        legend: "{{node}}",
                    },
                ],
            },
            {
                title: "Peers known by gossip",
                description: "Peers of all organizations that each peer of a channel knows.",
                unit: "none",
                queries: [
                    {
                        expr: `gossip_membership_total_peers_known${selector(CHANNEL)}`,
                        legend: "{{node}} {{channel}}",
                    },
                ],
            },
        ],
    },
    {
        title: "Resources",
        panels: [
            {
                title: "CPU",
                description: "Of each node's container.",
                unit: "none",
                queries: [{ expr: rate("process_cpu_seconds_total", "node"), legend: "{{node}}" }],
            },
            {
                title: "Memory",
                description: "Resident, of each node's process.",
                unit: "bytes",
                queries: [
                    { expr: `process_resident_memory_bytes${selector()}`, legend: "{{node}}" },
                ],
            },
            {
                title: "Free space of volumes",
                description: "From the kubelet. A node whose ledger has no room stops.",
                unit: "percentunit",
                queries: [
                    {
                        expr:
                            'kubelet_volume_stats_available_bytes{namespace=~"$namespace"} / ' +
                            'kubelet_volume_stats_capacity_bytes{namespace=~"$namespace"}',
                        legend: "{{persistentvolumeclaim}}",
                    },
                ],
            },
            {
                title: "Lines of log",
                description: "A flood fills the disk of the machine.",
                unit: "none",
                queries: [
                    {
                        expr: rate("logging_entries_written", "node, level"),
                        legend: "{{node}} {{level}}",
                    },
                ],
            },
            {
                title: "Goroutines",
                description: "Rises without end where something leaks.",
                unit: "none",
                queries: [{ expr: `go_goroutines${selector()}`, legend: "{{node}}" }],
            },
            {
                title: "Version of Fabric",
                description: "What each node runs.",
                unit: "none",
                type: "stat",
                queries: [
                    {
                        expr: `count by (version) (fabric_version${selector()})`,
                        legend: "{{version}}",
                    },
                ],
            },
        ],
    },
];

/** Every query of the page. */
export const DASHBOARD_QUERIES: readonly string[] = ROWS.flatMap(({ panels }) =>
    panels.flatMap(({ queries }) => queries.map(({ expr }) => expr)),
);
