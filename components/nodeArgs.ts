import type * as pulumi from "@pulumi/pulumi";

import type { Problem } from "../fabric/problem";
import { hostNameProblem, nodeNameProblem } from "../fabric/names";
import { resourceProblems, storageSizeProblem, type Resources } from "../storage/quantities";
import type { LedgerStorage } from "./ledgerStorage";
import { problemsOf } from "./validation";
import type { Placement } from "./workloads/pod";

/** Arguments that every Fabric node has. */
export interface NodeArgs {
    /**
     * Image of the node. A digest (`name@sha256:…`) keeps it from changing under you.
     *
     * @default - `fabric-peer:3.1.5` or `fabric-orderer:3.1.5` of the organization's registry.
     */
    image?: pulumi.Input<string>;

    /**
     * Storage of the ledger.
     *
     * @default - the cluster's `storage.ledger`.
     */
    storage?: LedgerStorage;

    /**
     * Size of the ledger's volume, a Kubernetes quantity such as `20Gi`. It may grow later where the
     * storage can; it never shrinks.
     *
     * @default "20Gi"
     */
    ledgerSize?: string;

    /**
     * CPU and memory.
     *
     * @default - requests, and a memory limit, for a small production node; see `SUPPORTED.md`.
     */
    resources?: Resources;

    /**
     * Where the Pod may run.
     *
     * @default - anywhere, rather not two of a kind in one zone or on one machine.
     */
    placement?: Placement;

    /**
     * Fabric's log specification, such as `info:gossip=warning`. Lines are JSON.
     *
     * @default "info"
     */
    logSpecification?: string;
}

/** What nodes get where nothing else is said. */
export const NODE_DEFAULTS = {
    fabricVersion: "3.1.5",
    couchDbVersion: "3.4.2",
    ledgerSize: "20Gi",
    logSpecification: "info",
} as const;

/** Everything wrong with the arguments that all nodes share. */
export function checkNodeArgs(args: NodeArgs): Problem[] {
    return [
        ...problemsOf([
            "ledgerSize",
            storageSizeProblem(args.ledgerSize ?? NODE_DEFAULTS.ledgerSize),
        ]),
        ...problemsAt("resources", args.resources),
    ];
}

/** Everything wrong with the CPU and memory that are given as `path`. */
export function problemsAt(path: string, resources: Resources = {}): Problem[] {
    return resourceProblems(resources).map((problem) => ({
        ...problem,
        path: `${path}.${problem.path}`,
    }));
}

/** What is wrong with the name of a node and with the names it has outside its cluster. */
export function checkNodeNames(
    path: string,
    name: string,
    externalHosts: readonly string[],
): Problem[] {
    return problemsOf(
        [path, nodeNameProblem(name)],
        ...externalHosts.map(
            (host, index) => [`externalHosts[${index}]`, hostNameProblem(host)] as const,
        ),
    );
}
