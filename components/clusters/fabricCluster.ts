import type * as k8s from "@pulumi/kubernetes/provider";
import type * as pulumi from "@pulumi/pulumi";

import type { ClusterStorage } from "../ledgerStorage";

/**
 * Who runs a cluster; `"iks"` is IBM's on VPC. `provider` would be the nearer word, but in Pulumi it has
 * a meaning of its own.
 */
export type Vendor = (typeof VENDORS)[number];

export const VENDORS = ["gke", "aks", "iks", "iks-classic", "local", "other"] as const;

/**
 * Whether a cluster's runtime takes privileged Pods: as a matter of course, in namespaces that were exempted
 * from a rule (AKS Automatic), or never (GKE Autopilot).
 *
 * @see https://learn.microsoft.com/en-us/azure/aks/deployment-safeguards
 * @see https://cloud.google.com/kubernetes-engine/docs/concepts/autopilot-security
 */
export type Privileged = (typeof PRIVILEGED)[number];

export const PRIVILEGED = ["allowed", "by exemption", "never"] as const;

/** A name that a load balancer is to have. */
export interface AddressRequest {
    /** Name of the resources, and the beginning of it. */
    name: string;
    host: string;
    /** Whether it is reached from the cluster's network only. */
    internal: boolean;
    options: pulumi.CustomResourceOptions;
}

/** An address that was reserved before there is a load balancer for it. */
export interface ReservedAddress {
    address: pulumi.Output<string>;
    /** Writes the name into the vendor's DNS, where the cluster was told of a zone, once `after` is there. */
    publish(after: pulumi.Resource): pulumi.Resource | undefined;
}

/**
 * What every cluster of this package looks like, whoever runs it. Changing the vendor of a network is
 * changing the class that makes this.
 */
export interface FabricCluster {
    /** Logical name of the cluster. */
    readonly name: string;
    /** Who runs it. */
    readonly vendor: Vendor;
    /** Region or zone as the vendor writes it; `local` for a cluster on one's own machine. */
    readonly location: pulumi.Output<string>;
    /** The same where the program wrote it in plain text, so that names can be made of it. */
    readonly region?: string;
    /** Content of a kubeconfig for it; a secret. */
    readonly kubeconfig: pulumi.Output<string>;
    /** Context in the kubeconfig; its current one where absent. */
    readonly context?: pulumi.Output<string>;
    /** The one Kubernetes provider of this cluster, shared by all organizations in it. */
    readonly provider: k8s.Provider;
    /** Where ledgers, state databases and CAs are kept, unless a node says otherwise. */
    readonly storage: ClusterStorage;
    /** Types of its machines, where that is known: on GKE they decide which disks there are. */
    readonly machineTypes?: readonly string[];
    /** How to look at the cluster in a browser: a link, or the command to type. */
    readonly console: pulumi.Output<string>;
    /** Zones that its nodes are spread over. Three or more spread consenters over zones strictly. */
    readonly zones: number;
    /** Whether its runtime takes privileged Pods. */
    readonly privileged: Privileged;
    /** Whether its nodes are simulated: objects are made there, and no container runs. */
    readonly simulated: boolean;
    /** Whether a network whose state was lost is read back from this cluster. */
    readonly recover: boolean;
    /** The last thing that must be there before anything is made in the cluster. */
    readonly ready: pulumi.Resource;
    /** Reserves addresses, where the vendor's load balancers have some that last. */
    readonly reserveAddress?: (request: AddressRequest) => ReservedAddress;
    /** The vendor's cluster, where this program made it: its objects go when it goes. */
    readonly managedCluster?: pulumi.Resource;
}
