import * as pulumi from "@pulumi/pulumi";

import { type Problem, shown } from "../../fabric/problem";
import { contextProblem, kubeconfigProblem } from "../../clients/contextProblem";
import type { ClusterStorageArgs, LedgerAccessMode } from "../ledgerStorage";
import { choiceProblem, problemsOf, rejectInvalid } from "../validation";
import { takenNameProblems } from "./clusterProblems";
import { ConnectedCluster, connectionStorageProblems, type Connection } from "./connectedCluster";
import { PRIVILEGED, VENDORS, type Privileged, type Vendor } from "./fabricCluster";

/** Arguments of an `ExistingCluster`. */
export interface ExistingClusterArgs {
    /** Content of a kubeconfig (not its path). It may change between updates: credentials rotate. */
    kubeconfig: pulumi.Input<string>;
    /**
     * Context in the kubeconfig.
     *
     * @default - the kubeconfig's current context.
     */
    context?: pulumi.Input<string>;
    /**
     * StorageClass that ledgers are kept on, of those that the cluster has.
     *
     * @default - on GKE, AKS and IKS a class of this program for the vendor's profile; elsewhere the
     * cluster's default class when the cluster is first used, which is then kept.
     */
    storageClassName?: string;
    /**
     * Access mode of ledger claims. Choose `"ReadWriteOncePod"` where the class has a CSI driver.
     *
     * @default - `"ReadWriteOncePod"` where the driver is known to speak CSI, else `"ReadWriteOnce"`;
     * a claim that exists keeps what it has.
     */
    ledgerAccessMode?: LedgerAccessMode;
    /**
     * What ledgers, state databases and CAs are kept on, by profile or class, and the key that their
     * disks are encrypted with.
     *
     * @default - what `storageClassName` says.
     */
    storage?: ClusterStorageArgs;
    /**
     * Types of the cluster's machines, such as `n4-standard-4`. On GKE they decide which disks there
     * are; a profile that one of them cannot have is refused.
     *
     * @default - not known: machines that have Persistent Disk.
     */
    machineTypes?: readonly string[];
    /**
     * Who runs the cluster. A vendor that is known has its own storage; `"local"` and `"other"` have the
     * cluster's default class.
     *
     * @default "other"
     */
    vendor?: Vendor;
    /**
     * Region or zone.
     *
     * @default "unknown"
     */
    location?: pulumi.Input<string>;
    /**
     * Zones that its nodes are spread over. With three or more, consenters are never put two in a
     * zone; a Pod that cannot be placed so waits.
     *
     * @default 1
     */
    zones?: number;
    /**
     * Whether the cluster runs privileged Pods, as a Docker daemon in the cluster is.
     *
     * @default "allowed"
     */
    privileged?: Privileged;
    /**
     * Link to a dashboard, or the command that opens one.
     *
     * @default - the `kubectl` command that lists all Pods.
     */
    console?: pulumi.Input<string>;
    /**
     * Read keys and claims of a network back from the cluster after the stack's state was lost. Set it
     * for one update, then take it away.
     *
     * @default false
     */
    recover?: boolean;
    /**
     * Whether the cluster's nodes are simulated, as kwok's are. Objects are made there, but no
     * container runs: channels are planned and not joined.
     *
     * @default false
     */
    simulated?: boolean;
}

/**
 * A cluster that is there already, whoever made it.
 *
 * Children: `ClusterAccess`, which asks whether it can be used, then the Kubernetes provider.
 */
export class ExistingCluster extends ConnectedCluster {
    /** @throws pulumi.ResourceError listing every problem of the arguments. */
    constructor(name: string, args: ExistingClusterArgs, opts?: pulumi.ComponentResourceOptions) {
        rejectInvalid("ExistingCluster", name, [
            ...takenNameProblems(name),
            ...checkExistingClusterArgs(args),
        ]);
        const { vendor = "other", zones = 1, storageClassName, privileged } = args;
        const inputs = { vendor, zones, storageClassName, privileged };
        super("ExistingCluster", name, inputs, opts, () => connectionOf(args));
    }
}

function connectionOf(args: ExistingClusterArgs): Connection {
    const { vendor = "other", zones = 1, location, privileged = "allowed" } = args;
    return {
        ...args,
        vendor,
        zones,
        location,
        privileged,
        console: args.console ?? consoleCommand(args.context),
    };
}

/** Everything wrong with the arguments that can be known without asking the cluster. */
export function checkExistingClusterArgs(args: ExistingClusterArgs): Problem[] {
    const { vendor = "other", privileged = "allowed" } = args;
    const wrongVendor = choiceProblem(vendor, VENDORS, "vendor");
    return [
        ...checkAccess(args),
        ...problemsOf(
            ["vendor", wrongVendor],
            ["privileged", choiceProblem(privileged, PRIVILEGED, "rule for privileged Pods")],
        ),
        // What a vendor has is not known where the vendor is not.
        ...connectionStorageProblems({
            ...args,
            vendor: wrongVendor === undefined ? vendor : "other",
        }),
    ];
}

function checkAccess(args: ExistingClusterArgs): Problem[] {
    const { kubeconfig, context, zones = 1 } = args;
    const contextIsPlain = context === undefined || typeof context === "string";
    const unreadable = typeof kubeconfig === "string" ? kubeconfigProblem(kubeconfig) : undefined;
    return problemsOf(
        ["kubeconfig", unreadable],
        [
            "context",
            typeof kubeconfig === "string" && unreadable === undefined && contextIsPlain
                ? contextProblem({ kubeconfig, context })
                : undefined,
        ],
        [
            "zones",
            Number.isInteger(zones) && zones >= 1
                ? undefined
                : `${shown(zones)} is not a number of zones; write 1 or more`,
        ],
    );
}

function consoleCommand(context?: pulumi.Input<string>): pulumi.Output<string> {
    return pulumi
        .output(context)
        .apply((name) =>
            ["kubectl", ...(name ? ["--context", name] : []), "get pods -A"].join(" "),
        );
}
