import type { OpMap } from "@pulumi/pulumi/automation";

import { changesText, secondsText } from "./report";
import type { StateResource } from "./state";

/** Where a node is reached, as the example's output `endpoints` has it. */
export interface NodeEndpoint {
    organization: string;
    node: string;
    endpoint: string;
}

/** A channel, as the example's output `channels` has it. */
export interface ChannelSummary {
    channel: string;
    consensus: string;
    orderingNodes: number;
    peers: number;
    /** Hash of the first block, hex. */
    genesisHash: string;
    /** Steps that are left out because the cluster is simulated. */
    planned: string[];
}

/** The closing words of a successful `npm run up`. */
export function upSummary({
    changes,
    elapsedMs,
    channels,
    endpoints,
    kubectl,
    simulated,
    ownState,
}: {
    changes: OpMap;
    elapsedMs: number;
    channels: readonly ChannelSummary[];
    endpoints: readonly NodeEndpoint[];
    /** How to call kubectl for this cluster. */
    kubectl: string;
    simulated: boolean;
    /** Whether state and passphrase are in this checkout. */
    ownState: boolean;
}): string {
    const told = changesText(changes);
    const done =
        told === "0 changes"
            ? `0 changes: all ${changes.same ?? 0} resources are as the program describes them`
            : told;
    return [
        `${done} (${secondsText(elapsedMs)})`,
        "",
        ...table(
            `Endpoints inside the cluster${simulated ? " (nothing listens: it is simulated)" : ""}`,
            endpoints.map(({ organization, node, endpoint }) => [organization, node, endpoint]),
        ),
        ...table("Channels", channels.map(channelRow)),
        ...table(
            "Planned and left out, because no container runs",
            channels.flatMap(({ planned }) => planned.map((step) => [step])),
        ),
        ...table("What next", [
            ["look at it", `${kubectl} get pods --all-namespaces`],
            [
                "change it",
                "npm run up -- --set KEY=VALUE   (the keys are described in Pulumi.yaml)",
            ],
            ["take it down", "npm run down   (keeps ledgers, keys and genesis block)"],
            ["delete it", "npm run down -- --delete-ledgers"],
        ]),
        ...(ownState
            ? [
                  "The keys of this network are in .kubefabric/state, encrypted with .kubefabric/passphrase.",
                  "Keep copies of both: if either is lost, the network cannot be changed any more.",
              ]
            : ["The keys of this network are in the state of your Pulumi backend."]),
    ].join("\n");
}

/** How much of a hash is enough to tell two channels apart by eye. */
const HASH_DIGITS = 12;

function channelRow({
    channel,
    consensus,
    orderingNodes,
    peers,
    genesisHash,
    planned,
}: ChannelSummary): string[] {
    const members = `${orderingNodes} ordering nodes (${consensus}), ${peers} peers`;
    return [
        channel,
        planned.length === 0 ? `${members} have joined` : `${members} planned`,
        `first block ${genesisHash.slice(0, HASH_DIGITS)}`,
    ];
}

function table(title: string, rows: string[][]): string[] {
    if (rows.length === 0) {
        return [];
    }
    const widths = rows[0]!.map((_, column) =>
        Math.max(...rows.map((row) => row[column]?.length ?? 0)),
    );
    const lines = rows.map((row) =>
        `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd(),
    );
    return [title, ...lines, ""];
}

/** The output `endpoints` of the stack; what has another shape is left out. */
export function endpointsOf(output: unknown): NodeEndpoint[] {
    return (Array.isArray(output) ? (output as Partial<NodeEndpoint>[]) : []).filter(
        (entry): entry is NodeEndpoint =>
            typeof entry?.organization === "string" &&
            typeof entry.node === "string" &&
            typeof entry.endpoint === "string",
    );
}

/** The output `channels` of the stack; what has another shape is left out. */
export function channelsOf(output: unknown): ChannelSummary[] {
    return (Array.isArray(output) ? (output as Partial<ChannelSummary>[]) : []).filter(
        (entry): entry is ChannelSummary =>
            typeof entry?.channel === "string" &&
            typeof entry.consensus === "string" &&
            typeof entry.genesisHash === "string" &&
            Array.isArray(entry.planned),
    );
}

/** What of a network outlives `npm run down`, by kind. */
export interface Kept {
    ledgers: string[];
    namespaces: string[];
    secrets: string[];
    keys: string[];
    certificates: string[];
    /** Whatever else cannot be made again, such as a genesis block. */
    others: string[];
}

/** Lines of names are broken before this column. */
const WIDTH = 100;

/** Sorts protected resources of the state by what they are to a person. */
export function keptIn(resources: readonly StateResource[]): Kept {
    const kept: Kept = {
        ledgers: [],
        namespaces: [],
        secrets: [],
        keys: [],
        certificates: [],
        others: [],
    };
    for (const resource of resources.filter(({ protect }) => protect === true)) {
        const [, group = ""] = /^kubernetes:.*:(\w+)$/.exec(resource.type) ?? [];
        switch (group) {
            case "PersistentVolumeClaim":
                kept.ledgers.push(objectName(resource));
                break;
            case "Namespace":
                kept.namespaces.push(objectName(resource));
                break;
            case "Secret":
                kept.secrets.push(objectName(resource));
                break;
            default:
                kept[kindOf(logicalName(resource))].push(logicalName(resource));
        }
    }
    for (const names of Object.values(kept) as string[][]) {
        names.sort();
    }
    return kept;
}

/** Only the state has these; their names say what they are. */
function kindOf(name: string): "keys" | "certificates" | "others" {
    return name.endsWith("-key")
        ? "keys"
        : name.endsWith("-certificate")
          ? "certificates"
          : "others";
}

function logicalName({ urn }: StateResource): string {
    return urn.split("::").slice(3).join("::");
}

/** `namespace/name` of a Kubernetes object. */
function objectName(resource: StateResource): string {
    const { namespace, name } = (resource.outputs?.metadata ?? {}) as {
        namespace?: string;
        name?: string;
    };
    return name === undefined
        ? logicalName(resource)
        : [namespace, name].filter((part) => part !== undefined).join("/");
}

/** Every name, kind by kind. Certificates are only counted: each goes with a key. */
export function keptText({ certificates, ...kept }: Kept): string[] {
    const { ledgers, namespaces, secrets, keys, others } = kept;
    return [
        ...named("ledgers (volume claims)", ledgers),
        ...named("namespaces", namespaces),
        ...named("Secrets", secrets),
        ...named("keys", keys),
        ...(certificates.length > 0 ? [`  certificates: ${certificates.length}`] : []),
        ...named("further", others),
    ];
}

function named(what: string, names: readonly string[]): string[] {
    if (names.length === 0) {
        return [];
    }
    const lines = [`  ${what}:`];
    names.forEach((name, index) => {
        const word = index < names.length - 1 ? `${name},` : name;
        const line = `${lines.at(-1)} ${word}`;
        if (line.length > WIDTH) {
            lines.push(`    ${word}`);
        } else {
            lines[lines.length - 1] = line;
        }
    });
    return lines;
}
