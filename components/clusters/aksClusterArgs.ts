import type { AgentPoolArgs } from "@pulumi/azure-native/containerservice/agentPool";
import type { ManagedClusterArgs } from "@pulumi/azure-native/containerservice/managedCluster";
import type * as pulumi from "@pulumi/pulumi";

import type { ClusterStorageArgs, LedgerAccessMode } from "../ledgerStorage";
import type { EntraLogin, EntraLoginMode } from "./kubeconfig/entraLogin";

/**
 * How programs log in to an AKS cluster:
 *
 * - `"user"`: with the credentials of a cluster user, a certificate. Not where the users are Entra's: kubelogin
 *   would ask a person for them.
 * - `"admin"`: with the certificate of the local administrator, whom Entra knows nothing of. Not where local
 *   accounts are disabled.
 * - a mode of kubelogin, where the users are Entra's; kubelogin has to be on the PATH.
 */
export type AksLogin = "user" | "admin" | EntraLoginMode | EntraLogin;

/**
 * How the API server is reached:
 *
 * - `"public"`: on the internet. `clusterArgs: { apiServerAccessProfile: { authorizedIPRanges: [ … ] } }` says
 *   from where; what runs the program has to be among them.
 * - `"private"`: in the cluster's network alone, whose DNS alone knows its name. What runs the program is in
 *   that network, or has a way into it and asks its DNS.
 * - `"private with public name"`: as `"private"`, with a name that any DNS resolves to the private address. What
 *   runs the program needs a way into the network, and no DNS of it.
 *
 * @see https://learn.microsoft.com/en-us/azure/aks/private-clusters
 */
export type AksEndpoint = (typeof AKS_ENDPOINTS)[number];

export const AKS_ENDPOINTS = ["public", "private", "private with public name"] as const;

/** Users of a cluster who are Entra's. */
export interface AksEntra {
    /** Object IDs of the groups whose members are administrators of the cluster. */
    adminGroups?: readonly pulumi.Input<string>[];
    /**
     * Whether Azure's own roles say who may do what in the cluster, next to those of Kubernetes.
     *
     * @default false
     */
    azureRbac?: boolean;
    /**
     * Tenant of the users.
     *
     * @default - that of the subscription.
     */
    tenantId?: pulumi.Input<string>;
}

/** Arguments of an `AksCluster`. */
export interface AksClusterArgs {
    /** Region as Azure writes it in templates, such as `"westeurope"`. */
    location: string;
    /**
     * Name of a resource group that is there already.
     *
     * @default - one of its own.
     */
    resourceGroupName?: pulumi.Input<string>;
    /**
     * Version of the control plane, such as `"1.34"`; nodes have the same. Patches are installed as they come
     * out, unless one is written, as in `"1.34.1"`.
     *
     * @default - the one that Azure takes for new clusters.
     */
    kubernetesVersion?: string;
    /**
     * Zones that nodes are spread over; `[]` in a region that has none, where `storage` has to be written,
     * too: the usual disks are in three zones.
     *
     * @default ["1", "2", "3"]
     */
    zones?: readonly string[];
    /**
     * Size of the nodes. It decides how many disks a node takes, and whether they may be Premium SSDs.
     *
     * @default "Standard_D4s_v5": 4 CPUs, 16 GiB and 8 disks
     */
    vmSize?: string;
    /**
     * Nodes in all zones together, next to the one that Azure needs for itself.
     *
     * @default 3
     */
    nodeCount?: number;
    /**
     * ID of a subnet for the nodes. The cluster's identity needs the role Network Contributor on it; whoever
     * grants that before the cluster is made brings the identity, too (`clusterArgs.identity`).
     *
     * @default - a network of its own, which Azure makes: nodes in `10.224.0.0/16`, Pods in
     * `10.244.0.0/16` and Services in `10.0.0.0/16`. Who joins networks that use these brings a subnet.
     */
    subnetId?: pulumi.Input<string>;
    /**
     * What enforces NetworkPolicies: Cilium with its own data plane, or Azure's manager with iptables.
     *
     * @default "cilium"
     */
    networkPolicy?: AksNetworkPolicy;
    /**
     * Users who are Entra's; `login` has to be written then.
     *
     * @default - none: users have certificates.
     */
    entra?: AksEntra;
    /**
     * Whether nobody logs in but Entra's users: there are no admin credentials then.
     *
     * @default false
     */
    disableLocalAccounts?: boolean;
    /**
     * How programs log in.
     *
     * @default "user"
     */
    login?: AksLogin;
    /**
     * How the API server is reached; chosen when the cluster is made. Azure makes a public cluster private, or
     * a private one public, only with its API Server VNet Integration
     * (`clusterArgs: { apiServerAccessProfile: { enableVnetIntegration: true } }`). The public name may come
     * and go.
     *
     * @default "public"
     */
    endpoint?: AksEndpoint;
    /**
     * Whether Pulumi refuses to delete or replace the cluster and a resource group of its own. With a cluster
     * Azure deletes the group of its nodes, and **every disk in it, also those that Kubernetes retains: the
     * ledgers**, unless `storage.resourceGroupName` puts them elsewhere. Before it is deleted, set this to `false` and update once.
     *
     * @default true
     */
    deletionProtection?: boolean;
    /**
     * What ledgers, state databases and CAs are kept on, by profile or class, and the key that their
     * disks are encrypted with.
     *
     * @default - `"premium-zrs"`, and `"standard-ssd-zrs"` for CAs.
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
    /** Every other argument of Azure's cluster. What is written here wins; profiles are merged. */
    clusterArgs?: Partial<ManagedClusterArgs>;
    /** Every other argument of Azure's node pool. What is written here wins. */
    nodePoolArgs?: Partial<AgentPoolArgs>;
}

/** What enforces NetworkPolicies. */
export type AksNetworkPolicy = (typeof AKS_NETWORK_POLICIES)[number];

export const AKS_NETWORK_POLICIES = ["cilium", "azure"] as const;

/** Size of the nodes where nothing is said. */
export const USUAL_VM_SIZE = "Standard_D4s_v5";

/** Nodes where nothing is said: three consenters are on three machines. */
export const USUAL_NODE_COUNT = 3;

const USUAL_ZONES: readonly string[] = ["1", "2", "3"];

/** Zones that nodes are spread over, none in a region without. */
export function zonesOf({ zones }: Pick<AksClusterArgs, "zones">): readonly string[] {
    return zones ?? USUAL_ZONES;
}

/** The way to log in with Entra, where it is one. */
export function entraLoginOf(login: AksLogin | undefined): EntraLogin | EntraLoginMode | undefined {
    return login === "user" || login === "admin" ? undefined : login;
}
