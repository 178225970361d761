import * as k8s from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";

import { type Problem, shown } from "../../fabric/problem";
import { contextProblem, kubeconfigProblem } from "../../clients/contextProblem";
import type { ClusterStorage, ClusterStorageArgs, LedgerAccessMode } from "../ledgerStorage";
import { clusterStorageProblems, createClusterStorage } from "../ledgerStorageClass";
import { hasOwnClasses, placeProblems, storageVendorOf } from "../nodeLedger";
import { ClusterAccess } from "../resources/clusterAccess";
import { choiceProblem, problemsOf, rejectInvalid } from "../validation";
import { VENDORS, type FabricCluster, type Vendor } from "./fabricCluster";

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
export class ExistingCluster extends pulumi.ComponentResource implements FabricCluster {
    public readonly name: string;
    public readonly vendor: Vendor;
    public readonly location: pulumi.Output<string>;
    public readonly kubeconfig: pulumi.Output<string>;
    public readonly context?: pulumi.Output<string>;
    public readonly provider: k8s.Provider;
    public readonly storage: ClusterStorage;
    public readonly machineTypes?: readonly string[];
    public readonly console: pulumi.Output<string>;
    public readonly zones: number;
    public readonly recover: boolean;
    public readonly simulated: boolean;
    public readonly ready: pulumi.Resource;
    /** What was asked of the cluster before it was used. */
    public readonly access: ClusterAccess;

    /** @throws pulumi.ResourceError listing every problem of the arguments. */
    constructor(name: string, args: ExistingClusterArgs, opts?: pulumi.ComponentResourceOptions) {
        rejectInvalid("ExistingCluster", name, checkExistingClusterArgs(args));
        const { vendor = "other", zones = 1, storageClassName, recover = false } = args;
        super("kubefabric:index:ExistingCluster", name, { vendor, zones, storageClassName }, opts);

        this.name = name;
        this.vendor = vendor;
        this.zones = zones;
        this.machineTypes = args.machineTypes;
        this.recover = recover;
        this.simulated = args.simulated ?? false;
        this.kubeconfig = pulumi.secret(args.kubeconfig);
        this.context = args.context === undefined ? undefined : pulumi.output(args.context);
        this.location = pulumi.output(args.location ?? "unknown");
        this.console = pulumi.output(args.console ?? consoleCommand(args.context));

        this.access = new ClusterAccess(
            `${name}-access`,
            {
                kubeconfig: this.kubeconfig,
                context: this.context,
                storageClassName,
                // Written only where it says something: a new input would be an update of every cluster.
                ...(usesProfiles(args) ? { makesClasses: true } : {}),
            },
            { parent: this },
        );
        this.provider = new k8s.Provider(
            `${name}-provider`,
            {
                kubeconfig: this.kubeconfig,
                context: this.context,
                // A rotated kubeconfig must not look like another cluster: that would replace every
                // object. Whether it really is the same one, ClusterAccess asks the cluster.
                clusterIdentifier: `${pulumi.getProject()}/${pulumi.getStack()}/${name}`,
                enableServerSideApply: true,
                // A renewed certificate changes its Secret in place, and the ConfigMap that tells of it.
                enableSecretMutable: true,
                enableConfigMapMutable: true,
                // An update that was killed may have made objects that its state does not know; the next
                // one takes them over. What another state made is refused before: by NamespaceGuard
                // and LedgerGuard.
                upsertExistingObjects: true,
                // A network that is read back may have been changed by a later program.
                ...(recover ? { enablePatchForce: true } : {}),
            },
            { parent: this, dependsOn: [this.access] },
        );
        this.ready = this.access;
        const known = storageVendorOf(vendor);
        this.storage = createClusterStorage(this, {
            ...args.storage,
            accessMode: args.ledgerAccessMode,
            usual:
                known !== undefined && usesProfiles(args)
                    ? known
                    : {
                          storageClassName: storageClassName ?? this.access.ledgerClassName,
                          accessMode: args.ledgerAccessMode,
                      },
        });

        this.registerOutputs({ console: this.console, location: this.location });
    }
}

/** Everything wrong with the arguments that can be known without asking the cluster. */
export function checkExistingClusterArgs(args: ExistingClusterArgs): Problem[] {
    const { vendor = "other" } = args;
    const wrongVendor = choiceProblem(vendor, VENDORS, "vendor");
    return [
        ...checkAccess(args),
        ...problemsOf(["vendor", wrongVendor]),
        // What a vendor has is not known where the vendor is not.
        ...checkStorage(wrongVendor === undefined ? args : { ...args, vendor: "other" }),
    ];
}

/** Whether ledgers are on profiles of the vendor where nothing else is said. */
function usesProfiles({ vendor = "other", storageClassName }: ExistingClusterArgs): boolean {
    return hasOwnClasses(vendor) && storageClassName === undefined;
}

function checkStorage(args: ExistingClusterArgs): Problem[] {
    const { vendor = "other", machineTypes, storageClassName, ledgerAccessMode, storage } = args;
    const place = { storageClassName, accessMode: ledgerAccessMode };
    const paths: Record<string, string> = { accessMode: "ledgerAccessMode" };
    const twice = "is set, and so is storage.ledger; take one of them away";
    const isTwice = (value: unknown) => value !== undefined && storage?.ledger !== undefined;
    return [
        ...placeProblems(place, vendor).map(({ path, reason }) => ({
            path: paths[path] ?? path,
            reason,
        })),
        ...clusterStorageProblems(storage ?? {}, { vendor, machineTypes }, usesProfiles(args)),
        ...problemsOf(
            ["storageClassName", isTwice(storageClassName) ? twice : undefined],
            ["ledgerAccessMode", isTwice(ledgerAccessMode) ? twice : undefined],
        ),
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
