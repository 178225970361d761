import * as k8s from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";

import type { Problem } from "../../fabric/problem";
import type { ClusterStorage, ClusterStorageArgs, LedgerAccessMode } from "../ledgerStorage";
import { clusterStorageProblems, createClusterStorage } from "../clusterStorage";
import { hasOwnClasses, placeProblems, storageVendorOf } from "../nodeLedger";
import { ClusterAccess } from "../resources/clusterAccess";
import { problemsOf } from "../validation";
import { claimName } from "./clusterProblems";
import type { FabricCluster, Privileged, Vendor } from "./fabricCluster";

/** What a cluster is told of its ledgers' storage. */
export interface ConnectionStorageArgs {
    vendor: Vendor;
    machineTypes?: readonly string[];
    storageClassName?: string;
    ledgerAccessMode?: LedgerAccessMode;
    storage?: ClusterStorageArgs;
}

/** How a cluster is reached, and what is known of it. */
export interface Connection extends ConnectionStorageArgs {
    /** There when the cluster can be used: when it has machines. */
    kubeconfig: pulumi.Input<string>;
    context?: pulumi.Input<string>;
    /** Absent where nobody said. */
    location?: pulumi.Input<string>;
    console: pulumi.Input<string>;
    zones: number;
    privileged: Privileged;
    recover?: boolean;
    simulated?: boolean;
    reserveAddress?: FabricCluster["reserveAddress"];
    /** The vendor's cluster, where this program makes it. */
    managedCluster?: pulumi.Resource;
}

/**
 * What every cluster has behind its kubeconfig, whoever runs it.
 *
 * Children: those that `connectionOf` makes, then `ClusterAccess`, which asks whether the cluster can be
 * used, the Kubernetes provider, and the StorageClasses of its profiles.
 */
export abstract class ConnectedCluster extends pulumi.ComponentResource implements FabricCluster {
    public readonly name: string;
    public readonly vendor: Vendor;
    public readonly location: pulumi.Output<string>;
    public readonly region?: string;
    public readonly kubeconfig: pulumi.Output<string>;
    public readonly context?: pulumi.Output<string>;
    public readonly provider: k8s.Provider;
    public readonly storage: ClusterStorage;
    public readonly machineTypes?: readonly string[];
    public readonly console: pulumi.Output<string>;
    public readonly zones: number;
    public readonly privileged: Privileged;
    public readonly recover: boolean;
    public readonly simulated: boolean;
    public readonly ready: pulumi.Resource;
    public readonly reserveAddress?: FabricCluster["reserveAddress"];
    public readonly managedCluster?: pulumi.Resource;
    /** What was asked of the cluster before it was used. */
    public readonly access: ClusterAccess;

    /**
     * @param inputs - What of its arguments the component itself has: shown and kept in clear.
     * @param connectionOf - Makes what the vendor runs, below `parent`, and says how it is reached.
     */
    protected constructor(
        kind: string,
        name: string,
        inputs: Record<string, unknown>,
        opts: pulumi.ComponentResourceOptions | undefined,
        connectionOf: (parent: pulumi.Resource) => Connection,
    ) {
        claimName(kind, name, { location: inputs.location, vendor: inputs.vendor });
        super(`kubefabric:index:${kind}`, name, inputs, opts);

        const connection = connectionOf(this);
        this.name = name;
        this.vendor = connection.vendor;
        this.zones = connection.zones;
        this.machineTypes = connection.machineTypes;
        this.privileged = connection.privileged;
        this.recover = connection.recover ?? false;
        this.simulated = connection.simulated ?? false;
        this.reserveAddress = connection.reserveAddress;
        this.managedCluster = connection.managedCluster;
        this.kubeconfig = pulumi.secret(connection.kubeconfig);
        this.context =
            connection.context === undefined ? undefined : pulumi.output(connection.context);
        this.location = pulumi.output(connection.location ?? "unknown");
        this.region = typeof connection.location === "string" ? connection.location : undefined;
        this.console = pulumi.output(connection.console);

        this.access = accessOf(this, connection);
        this.provider = providerOf(this, this.access);
        this.ready = this.access;
        this.storage = storageOf(this, connection, this.access);

        this.registerOutputs({ console: this.console, location: this.location });
    }
}

function accessOf(cluster: ConnectedCluster, connection: Connection): ClusterAccess {
    return new ClusterAccess(
        `${cluster.name}-access`,
        {
            kubeconfig: cluster.kubeconfig,
            context: cluster.context,
            storageClassName: connection.storageClassName,
            // Written only where it says something: a new input would be an update of every cluster.
            ...(usesProfiles(connection) ? { makesClasses: true } : {}),
        },
        { parent: cluster },
    );
}

function providerOf(cluster: ConnectedCluster, access: ClusterAccess): k8s.Provider {
    return new k8s.Provider(
        `${cluster.name}-provider`,
        {
            kubeconfig: cluster.kubeconfig,
            context: cluster.context,
            // A rotated kubeconfig must not look like another cluster: that would replace every
            // object. Whether it really is the same one, ClusterAccess asks the cluster.
            clusterIdentifier: `${pulumi.getProject()}/${pulumi.getStack()}/${cluster.name}`,
            enableServerSideApply: true,
            // A renewed certificate changes its Secret in place, and the ConfigMap that tells of it.
            enableSecretMutable: true,
            enableConfigMapMutable: true,
            // An update that was killed may have made objects that its state does not know; the next
            // one takes them over. What another state made is refused before: by NamespaceGuard
            // and LedgerGuard.
            upsertExistingObjects: true,
            // A network that is read back may have been changed by a later program.
            ...(cluster.recover ? { enablePatchForce: true } : {}),
        },
        { parent: cluster, dependsOn: [access] },
    );
}

function storageOf(
    cluster: ConnectedCluster,
    connection: Connection,
    access: ClusterAccess,
): ClusterStorage {
    const { storage, storageClassName, ledgerAccessMode: accessMode, vendor } = connection;
    const known = storageVendorOf(vendor);
    return createClusterStorage(cluster, {
        ...storage,
        accessMode,
        usual:
            known !== undefined && usesProfiles(connection)
                ? known
                : { storageClassName: storageClassName ?? access.ledgerClassName, accessMode },
    });
}

/** Whether ledgers are on profiles of the vendor where nothing else is said. */
function usesProfiles({ vendor, storageClassName }: ConnectionStorageArgs): boolean {
    return hasOwnClasses(vendor) && storageClassName === undefined;
}

/** Everything wrong with what a cluster is told of its storage; paths are those of its arguments. */
export function connectionStorageProblems(args: ConnectionStorageArgs): Problem[] {
    const { vendor, machineTypes, storageClassName, ledgerAccessMode, storage } = args;
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
