import type { ContainerClusterArgs } from "@pulumi/ibm/bin/containerCluster";
import type { ContainerVpcClusterArgs } from "@pulumi/ibm/bin/containerVpcCluster";
import type * as pulumi from "@pulumi/pulumi";

import type { ClusterStorageArgs, LedgerAccessMode } from "../ledgerStorage";

/**
 * Which of the control plane's service endpoints programs use:
 *
 * - `"public"`: the one on the internet.
 * - `"private"`: the one in IBM Cloud's private network. What runs the program is in that network, or has a way
 *   into it; on classic, the account needs VRF and service endpoints.
 * - `"vpe"`: the virtual private endpoint gateway in the cluster's VPC; not on classic.
 *
 * `clusterArgs` takes the public one away: `disablePublicServiceEndpoint: true` on VPC,
 * `publicServiceEndpoint: false` on classic.
 *
 * @see https://cloud.ibm.com/docs/containers?topic=containers-access_cluster
 */
export type IksEndpoint = (typeof IKS_ENDPOINTS)[number];

export const IKS_ENDPOINTS = ["public", "private", "vpe"] as const;

/** A VPC that is there already; its subnets need a public gateway, or nodes pull no image from elsewhere. */
export interface IksVpcNetwork {
    /** Identifier of the VPC. */
    vpcId: pulumi.Input<string>;
    /**
     * Identifier of the subnet in each zone, such as `{ "eu-de-1": subnet.id }`. The cluster has nodes in
     * these zones.
     */
    subnets: Readonly<Record<string, pulumi.Input<string>>>;
}

/** A cluster on VPC, IBM Cloud's newer infrastructure. */
export interface IksVpc {
    /**
     * Region, such as `"eu-de"`, or zone, such as `"eu-de-1"`. The provider works in one region: write the
     * same one as `ibm:region`.
     */
    location: string;
    /**
     * Zones of the region that nodes are in.
     *
     * @default - those of the network's subnets, else three: `"eu-de-1"`, `"eu-de-2"` and `"eu-de-3"`.
     */
    zones?: readonly string[];
    /**
     * Whether nodes may open connections to public addresses. From Kubernetes 1.30 on, a new cluster lets
     * them reach IBM Cloud alone: an image of Docker Hub or of GitHub is not pulled then, however good the
     * gateway is, and its Pod stays in `ImagePullBackOff`. Write `true`, or `false` where every image is
     * in IBM Cloud Container Registry.
     *
     * @see https://cloud.ibm.com/docs/containers?topic=containers-sbd-allow-outbound
     */
    disableOutboundTrafficProtection: boolean;
    /**
     * Network that it is in.
     *
     * @default - a VPC of its own, with a subnet of 256 addresses and a public gateway in each zone.
     */
    network?: IksVpcNetwork;
    /**
     * Every other argument of IBM's cluster. What is written here wins. With `forceDeleteStorage`, whoever
     * deletes the cluster deletes the disks of the ledgers.
     */
    clusterArgs?: Partial<ContainerVpcClusterArgs>;
}

/**
 * A cluster on the classic infrastructure, in one data center.
 *
 * Its profiles for ledgers are block storage, whose driver IBM does not install there: install its Block
 * Storage plug-in, or every claim stays pending.
 *
 * @see https://cloud.ibm.com/docs/containers?topic=containers-block_storage
 */
export interface IksClassic {
    /** Data center, such as `"fra02"`. */
    datacenter: string;
    /**
     * Number of the private VLAN that nodes are in. Needed where the data center has VLANs of yours.
     *
     * @default - one that IBM makes.
     */
    privateVlanId?: pulumi.Input<string>;
    /**
     * Number of the public VLAN, whose router is that of the private one.
     *
     * @default - one that IBM makes; none where only a private one is given.
     */
    publicVlanId?: pulumi.Input<string>;
    /**
     * Whether nodes share their machines with other customers.
     *
     * @default "shared"
     */
    hardware?: IksHardware;
    /**
     * Every other argument of IBM's cluster. What is written here wins. With `forceDeleteStorage`, whoever
     * deletes the cluster deletes the disks of the ledgers.
     */
    clusterArgs?: Partial<ContainerClusterArgs>;
}

export const IKS_HARDWARE = ["shared", "dedicated"] as const;

export type IksHardware = (typeof IKS_HARDWARE)[number];

/** On what a cluster runs; one of them. A cluster cannot be moved from one to the other. */
export type IksInfrastructure =
    { vpc: IksVpc; classic?: never } | { classic: IksClassic; vpc?: never };

/** Arguments of an `IksCluster`. */
export interface IksClusterArgs {
    /** On what it runs, and where: `{ vpc: … }` or `{ classic: … }`. */
    infrastructure: IksInfrastructure;
    /**
     * Version of the control plane, such as `"1.34"`. Nodes keep theirs until `updateAllWorkers` is written
     * in `clusterArgs`.
     *
     * @default - IBM's default.
     */
    kubernetesVersion?: string;
    /**
     * Flavor of the nodes.
     *
     * @default - 4 CPUs and 16 GiB: `"bx2.4x16"` on VPC, `"b3c.4x16"` on classic.
     */
    flavor?: string;
    /**
     * Nodes in each zone; on classic, in the data center.
     *
     * @default - 3 in one zone, 2 in each of two, else 1: three consenters are on three machines.
     */
    workersPerZone?: number;
    /**
     * Which of the control plane's service endpoints programs use. It may change: the cluster stays the same.
     *
     * @default "public"
     */
    endpoint?: IksEndpoint;
    /**
     * Identifier of the resource group that everything is in.
     *
     * @default - the account's default group.
     */
    resourceGroupId?: pulumi.Input<string>;
    /**
     * What ledgers, state databases and CAs are kept on, by profile or class, and the key that their
     * disks are encrypted with.
     *
     * @default - `"10iops-tier"` on VPC, `"classic-gold"` on classic; CAs on slower ones.
     */
    storage?: ClusterStorageArgs;
    /**
     * Access mode of ledger claims.
     *
     * @default - `"ReadWriteOncePod"` on VPC, `"ReadWriteOnce"` on classic, whose driver is no CSI
     * driver; a claim that exists keeps what it has.
     */
    ledgerAccessMode?: LedgerAccessMode;
    /**
     * Read keys and claims of a network back from the cluster after the stack's state was lost. Set it
     * for one update, then take it away.
     *
     * @default false
     */
    recover?: boolean;
}

/** Flavor of the nodes where nothing is said. */
export const USUAL_FLAVORS = { vpc: "bx2.4x16", classic: "b3c.4x16" } as const;

export function infrastructureOf({ infrastructure }: IksClusterArgs): "vpc" | "classic" {
    return infrastructure.vpc === undefined ? "classic" : "vpc";
}

/** Who runs the cluster, as the rest of the package calls it. */
export function iksVendorOf(args: IksClusterArgs) {
    return infrastructureOf(args) === "vpc" ? "iks" : "iks-classic";
}

export function flavorOf(args: IksClusterArgs): string {
    return args.flavor ?? USUAL_FLAVORS[infrastructureOf(args)];
}

export function locationOf({ infrastructure: { vpc, classic } }: IksClusterArgs): string {
    return vpc === undefined ? classic.datacenter : vpc.location;
}

/** Zones that nodes of a cluster on VPC are in. */
export function zonesOf({ location, zones, network }: IksVpc): readonly string[] {
    if (network !== undefined) {
        return Object.keys(network.subnets);
    }
    return (
        zones ?? (isZone(location) ? [location] : [1, 2, 3].map((zone) => `${location}-${zone}`))
    );
}

/** Zones that nodes are in; a data center is one. */
export function zoneCountOf({ infrastructure: { vpc } }: IksClusterArgs): number {
    return vpc === undefined ? 1 : zonesOf(vpc).length;
}

export function workersPerZoneOf(args: IksClusterArgs): number {
    return args.workersPerZone ?? Math.ceil(3 / zoneCountOf(args));
}

/** A zone of VPC is a region with a number; data centers are of another world. */
export function isZone(location: string): boolean {
    return /^[a-z]{2}-[a-z]{2,}\d?-\d$/.test(location);
}

export function isRegion(location: string): boolean {
    return /^[a-z]{2}-[a-z]{2,}\d?$/.test(location);
}

export function isDatacenter(location: string): boolean {
    return /^[a-z]{3}\d\d$/.test(location);
}

/** Region of a region or a zone. */
export function regionOf(location: string): string {
    return location.split("-").slice(0, 2).join("-");
}
