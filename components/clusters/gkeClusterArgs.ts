import type { ClusterArgs } from "@pulumi/gcp/container/cluster";
import type { NodePoolArgs } from "@pulumi/gcp/container/nodePool";
import type * as pulumi from "@pulumi/pulumi";

import type { ClusterStorageArgs, LedgerAccessMode } from "../ledgerStorage";
import type { GkeLogin } from "./kubeconfig/gke";

/** A network that is there already; it needs two secondary ranges, for Pods and for Services. */
export interface GkeNetwork {
    /** Name or self link of the VPC network. */
    network: pulumi.Input<string>;
    /** Name or self link of the subnetwork, in the cluster's region. */
    subnetwork: pulumi.Input<string>;
    /**
     * Name of the subnetwork's secondary range for Pods.
     *
     * @default - one that GKE makes.
     */
    podRange?: pulumi.Input<string>;
    /**
     * Name of its secondary range for Services.
     *
     * @default - one that GKE makes.
     */
    serviceRange?: pulumi.Input<string>;
}

/**
 * Which address of the control plane programs use:
 *
 * - `"public"`: the one on the internet. `clusterArgs: { masterAuthorizedNetworksConfig: … }` says who may.
 * - `"private"`: the one in the cluster's network. What runs the program is in that network, or has a way into
 *   it. `clusterArgs: { privateClusterConfig: { enablePrivateEndpoint: true } }` takes the public one away.
 * - `"dns"`: a name of Google's, which answers wherever Google's APIs do, to whoever has the permission
 *   `container.clusters.connect`. Its certificate is of a public authority.
 *   `clusterArgs: { controlPlaneEndpointsConfig: { ipEndpointsConfig: { enabled: false } } }` takes the others
 *   away.
 *
 * @see https://cloud.google.com/kubernetes-engine/docs/concepts/network-isolation#cp-access
 */
export type GkeEndpoint = (typeof GKE_ENDPOINTS)[number];

export const GKE_ENDPOINTS = ["public", "private", "dns"] as const;

/** Arguments of a `GkeCluster`. */
export interface GkeClusterArgs {
    /**
     * Region, such as `"europe-west4"`, or zone, such as `"europe-west4-a"`. A region has its control plane
     * and its nodes in three zones, a zone has one of each.
     */
    location: string;
    /**
     * Project that it is made in.
     *
     * @default - that of the Google Cloud provider.
     */
    project?: pulumi.Input<string>;
    /**
     * Whether Google runs the nodes, too (Autopilot). No privileged Pod runs there, so no Docker daemon.
     *
     * @default false
     */
    autopilot?: boolean;
    /**
     * Version of the control plane, such as `"1.34"`: at least this one. Nodes follow it.
     *
     * @default - that of the release channel Regular.
     */
    kubernetesVersion?: string;
    /**
     * Type of the nodes' machines. It decides which disks there are.
     *
     * @default "e2-standard-4": 4 CPUs and 16 GiB, with Persistent Disk
     */
    machineType?: string;
    /**
     * Nodes in each zone.
     *
     * @default - 1 in a region, 3 in a zone: three consenters are on three machines.
     */
    nodesPerZone?: number;
    /**
     * Zones of the region that nodes are in.
     *
     * @default - three that GKE chooses.
     */
    nodeZones?: readonly string[];
    /**
     * Network that it is in.
     *
     * @default - one of its own, with nodes in `10.10.0.0/20`, Pods in `10.12.0.0/16` and Services in
     * `10.13.0.0/20`. Who joins networks that use these brings a network.
     */
    network?: GkeNetwork;
    /**
     * Name of a managed zone of Cloud DNS, in the cluster's project, for the names that organizations have
     * outside (`outside.domain`). Without one, addresses are reserved all the same, and records are the
     * program's.
     *
     * @default - none
     */
    dnsZone?: pulumi.Input<string>;
    /**
     * How programs log in. The plugin has to be on the PATH; a token needs nothing, and changes with every
     * update.
     *
     * @default "plugin"
     */
    login?: GkeLogin;
    /**
     * Which address of the control plane programs use. It may change: the cluster stays the same.
     *
     * @default "public"
     */
    endpoint?: GkeEndpoint;
    /**
     * Whether Google refuses to delete the cluster, in whose disks the ledgers are. Before it is deleted, set
     * this to `false` and update once.
     *
     * @default true
     */
    deletionProtection?: boolean;
    /**
     * What ledgers, state databases and CAs are kept on, by profile or class, and the key that their
     * disks are encrypted with.
     *
     * @default - `"pd-balanced"`, or `"hyperdisk-balanced"` where the machine type needs it.
     */
    storage?: ClusterStorageArgs;
    /**
     * Access mode of ledger claims.
     *
     * @default "ReadWriteOncePod"; a claim that exists keeps what it has
     */
    ledgerAccessMode?: LedgerAccessMode;
    /**
     * Read keys and claims of a network back from the cluster after the stack's state was lost. Set it
     * for one update, then take it away.
     *
     * @default false
     */
    recover?: boolean;
    /** Every other argument of Google's cluster. What is written here wins; `controlPlaneEndpointsConfig` is merged. */
    clusterArgs?: Partial<ClusterArgs>;
    /** Every other argument of Google's node pool. What is written here wins; `nodeConfig` is merged, but for its `machineType`. */
    nodePoolArgs?: Partial<NodePoolArgs>;
}

/** Type of the machines where nothing is said. */
export const USUAL_MACHINE_TYPE = "e2-standard-4";

/** Types of the machines that are known: on Autopilot, Google chooses. */
export function machineTypesOf(
    args: Pick<GkeClusterArgs, "autopilot" | "machineType">,
): string[] | undefined {
    return args.autopilot ? undefined : [args.machineType ?? USUAL_MACHINE_TYPE];
}

/** A zone is a region with a letter; those for accelerators have a longer ending. */
export function isZone(location: string): boolean {
    return /^[a-z]+-[a-z]+\d+-([a-z]|ai\d[a-z])$/.test(location);
}

export function isRegion(location: string): boolean {
    return /^[a-z]+-[a-z]+\d+$/.test(location);
}

/** Region of a region or a zone. */
export function regionOf(location: string): string {
    return location.split("-").slice(0, 2).join("-");
}
