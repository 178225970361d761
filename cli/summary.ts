import type { OpMap } from "@pulumi/pulumi/automation";

import { changesText, secondsText } from "./report";
import type { StateResource } from "./state";

/** Where a node is reached, as the example's output `endpoints` has it. */
export interface NodeEndpoint {
    organization: string;
    node: string;
    endpoint: string;
}

/** The closing words of a successful `npm run up`. */
export function upSummary({
    changes,
    elapsedMs,
    endpoints,
    kubectl,
    simulated,
    ownState,
}: {
    changes: OpMap;
    elapsedMs: number;
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
        ...table("What next", [
            ["look at it", `${kubectl} get pods --all-namespaces`],
            ["change it", "npm run up -- --set KEY=VALUE   (the keys are described in Pulumi.yaml)"],
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
    return (Array.isArray(output) ? output : []).filter(
        (entry): entry is NodeEndpoint =>
            typeof entry?.organization === "string" &&
            typeof entry.node === "string" &&
            typeof entry.endpoint === "string",
    );
}

/** What of a network outlives `npm run down`, by kind. */
export interface Kept {
    ledgers: string[];
    namespaces: string[];
    secrets: string[];
    /** Keys, certificates, the genesis block and whatever else only the state has. */
    others: string[];
}

/** Sorts protected resources of the state by what they are to a person. */
export function keptIn(resources: readonly StateResource[]): Kept {
    const kept: Kept = { ledgers: [], namespaces: [], secrets: [], others: [] };
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
                kept.others.push(resource.urn.split("::").slice(3).join("::"));
        }
    }
    for (const names of Object.values(kept)) {
        names.sort();
    }
    return kept;
}

/** `namespace/name` of a Kubernetes object. */
function objectName({ urn, outputs }: StateResource): string {
    const { namespace, name } = (outputs?.metadata ?? {}) as { namespace?: string; name?: string };
    return name === undefined
        ? urn.split("::").slice(3).join("::")
        : [namespace, name].filter((part) => part !== undefined).join("/");
}

/** One line per kind, with every name. */
export function keptText({ ledgers, namespaces, secrets, others }: Kept): string[] {
    return [
        ["ledgers (volume claims)", ledgers],
        ["namespaces", namespaces],
        ["Secrets", secrets],
        ["keys, certificates and genesis block", others],
    ].flatMap(([what, names]) =>
        names!.length > 0 ? [`  ${what}: ${(names as string[]).join(", ")}`] : [],
    );
}
