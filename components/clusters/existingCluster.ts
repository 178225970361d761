import * as k8s from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";

import type { Problem } from "../../fabric/problem";
import { contextProblem } from "../../clients/contextProblem";
import type { LedgerAccessMode, LedgerStorage } from "../ledgerStorage";
import { ClusterAccess } from "../resources/clusterAccess";
import { problemsOf, rejectInvalid } from "../validation";
import type { FabricCluster, Vendor } from "./fabricCluster";

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
     * StorageClass that ledgers are kept on.
     *
     * @default - the cluster's default class when the cluster is first used; it is then kept.
     */
    storageClassName?: string;
    /**
     * Access mode of ledger claims. Choose `"ReadWriteOncePod"` where the class has a CSI driver.
     *
     * @default "ReadWriteOnce"
     */
    ledgerAccessMode?: LedgerAccessMode;
    /**
     * Who runs the cluster.
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
    public readonly storage: { readonly ledger: LedgerStorage };
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
        this.recover = recover;
        this.simulated = args.simulated ?? false;
        this.kubeconfig = pulumi.secret(args.kubeconfig);
        this.context = args.context === undefined ? undefined : pulumi.output(args.context);
        this.location = pulumi.output(args.location ?? "unknown");
        this.console = pulumi.output(args.console ?? consoleCommand(args.context));

        this.access = new ClusterAccess(
            `${name}-access`,
            { kubeconfig: this.kubeconfig, context: this.context, storageClassName },
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
        this.storage = {
            ledger: {
                storageClassName: storageClassName ?? this.access.ledgerClassName,
                accessMode: args.ledgerAccessMode,
            },
        };

        this.registerOutputs({ console: this.console, location: this.location });
    }
}

/** Everything wrong with the arguments that can be known without asking the cluster. */
export function checkExistingClusterArgs(args: ExistingClusterArgs): Problem[] {
    const { kubeconfig, context, zones = 1 } = args;
    const contextIsPlain = context === undefined || typeof context === "string";
    return problemsOf(
        [
            "context",
            typeof kubeconfig === "string" && contextIsPlain
                ? contextProblem({ kubeconfig, context })
                : undefined,
        ],
        [
            "zones",
            Number.isInteger(zones) && zones >= 1
                ? undefined
                : `"${zones}" is not a number of zones; write 1 or more`,
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
