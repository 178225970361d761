import type * as pulumi from "@pulumi/pulumi";

import type { Problem } from "../fabric/problem";
import { imageProblem } from "../fabric/images";
import { logSpecificationProblem } from "../fabric/logSpecification";
import { labelValueProblem, objectNameProblem } from "../fabric/objectNames";
import { DEFAULT_FABRIC_VERSION, fabricVersionProblems } from "../fabric/versions";
import { resourceProblems, type Resources } from "../storage/quantities";
import type { FabricOrg } from "./fabricOrg";
import type { StorageChoice } from "./ledgerStorage";
import { ledgerProblems } from "./nodeLedger";
import { problemsOf } from "./validation";
import type { Placement } from "./workloads/pod";

/** Arguments that every Fabric node has. */
export interface NodeArgs {
    /**
     * Image of the node. A digest (`name@sha256:…`) keeps it from changing under you.
     *
     * @default - `fabric-peer` or `fabric-orderer` of the organization's registry, with `fabricVersion`
     * as its tag.
     */
    image?: pulumi.Input<string>;

    /**
     * Version of Fabric that the node runs: 3.1.4 or newer of 3.1, 2.5.15 or newer of 2.5. With an
     * `image` of yours it says what is in it, and may be any of 2.5 and 3. Raise it as Fabric's upgrade
     * guide says, and never lower it: an older Fabric cannot read what a newer one wrote.
     *
     * @default "3.1.5"
     * @see https://hyperledger-fabric.readthedocs.io/en/latest/upgrade_to_newest_version.html
     */
    fabricVersion?: string;

    /**
     * Storage of the ledger: a profile of the cluster's vendor by its name, a `LedgerStorageClass`, or
     * any StorageClass with its driver.
     *
     * @default - the cluster's `storage.ledger`.
     */
    storage?: StorageChoice;

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
     * Which address channels and other organizations are told: the one inside the cluster, or the one
     * outside, which is that of the organization's `outside`, else the first of the external hosts. Others
     * dial the address they are told.
     *
     * @default - `"external"` where the organization's `outside` exposes the node, else `"internal"`.
     */
    advertise?: "internal" | "external";

    /**
     * Fabric's log specification, such as `info:gossip=warning`. Lines are JSON.
     *
     * @default "info"
     */
    logSpecification?: string;
}

/** What nodes get where nothing else is said. */
export const NODE_DEFAULTS = {
    fabricVersion: DEFAULT_FABRIC_VERSION,
    couchDbVersion: "3.4.2",
    ledgerSize: "20Gi",
    logSpecification: "info",
} as const;

/** Everything wrong with the arguments that all nodes share. */
export function checkNodeArgs(args: NodeArgs & { org: FabricOrg }): Problem[] {
    const { logSpecification = NODE_DEFAULTS.logSpecification } = args;
    const wrongImage = imageProblem(args.image);
    return [
        ...problemsOf(["image", wrongImage]),
        ...fabricVersionProblems(
            args.fabricVersion ?? NODE_DEFAULTS.fabricVersion,
            wrongImage === undefined ? args.image : "unknown",
        ),
        ...ledgerProblems(args.org.cluster, "ledger", {
            choice: args.storage,
            path: "storage",
            size: args.ledgerSize ?? NODE_DEFAULTS.ledgerSize,
            sizePath: "ledgerSize",
        }),
        ...problemsAt("resources", args.resources),
        ...placementProblems(args.placement),
        ...problemsOf(["logSpecification", logSpecificationProblem(logSpecification)]),
    ];
}

export function placementProblems({
    priorityClassName,
    nodeSelector = {},
}: Placement = {}): Problem[] {
    return problemsOf(
        [
            "placement.priorityClassName",
            priorityClassName === undefined ? undefined : objectNameProblem(priorityClassName),
        ],
        ...Object.entries(nodeSelector).map(([label, value]) => {
            const path = `placement.nodeSelector[${JSON.stringify(label)}]`;
            return [path, labelValueProblem(value)] as const;
        }),
    );
}

/** Everything wrong with the CPU and memory that are given as `path`. */
export function problemsAt(path: string, resources: Resources = {}): Problem[] {
    return resourceProblems(resources).map((problem) => ({
        ...problem,
        path: `${path}.${problem.path}`,
    }));
}
