import type { AgentPool } from "@pulumi/azure-native/containerservice/agentPool";
import { listManagedClusterAdminCredentialsOutput } from "@pulumi/azure-native/containerservice/listManagedClusterAdminCredentials";
import { listManagedClusterUserCredentialsOutput } from "@pulumi/azure-native/containerservice/listManagedClusterUserCredentials";
import type { ManagedCluster } from "@pulumi/azure-native/containerservice/managedCluster";
import type { ResourceGroup } from "@pulumi/azure-native/resources/resourceGroup";
import * as pulumi from "@pulumi/pulumi";

import { rejectInvalid } from "../validation";
import {
    entraLoginOf,
    USUAL_NODE_COUNT,
    USUAL_VM_SIZE,
    zonesOf,
    type AksClusterArgs,
    type AksEndpoint,
} from "./aksClusterArgs";
import { checkAksClusterArgs } from "./aksClusterProblems";
import { createAks, type AksResources } from "./aksResources";
import { takenNameProblems } from "./clusterProblems";
import { ConnectedCluster, type Connection } from "./connectedCluster";
import { aksKubeconfig } from "./kubeconfig/aks";

export type {
    AksClusterArgs,
    AksEndpoint,
    AksEntra,
    AksLogin,
    AksNetworkPolicy,
} from "./aksClusterArgs";
export type { EntraLogin, EntraLoginMode } from "./kubeconfig/entraLogin";

/**
 * A cluster on Azure Kubernetes Service.
 *
 * Children: resource group unless the program brings one, control plane with one node for what Azure itself
 * runs, nodes, then what every cluster has: `ClusterAccess`, the Kubernetes provider and StorageClasses.
 *
 * @example
 * const cluster = new AksCluster("prod", { location: "westeurope" });
 * const org1 = new FabricOrg("org1", { cluster, mspId: "Org1MSP" });
 */
export class AksCluster extends ConnectedCluster {
    /** Azure's cluster. */
    public readonly cluster: ManagedCluster;
    /** Its nodes. */
    public readonly nodePool: AgentPool;
    /** Its resource group, where the program did not bring one. */
    public readonly resourceGroup?: ResourceGroup;

    /** @throws pulumi.ResourceError listing every problem of the arguments. */
    constructor(name: string, args: AksClusterArgs, opts?: pulumi.ComponentResourceOptions) {
        rejectInvalid("AksCluster", name, [
            ...takenNameProblems(name),
            ...checkAksClusterArgs(name, args),
        ]);
        const inputs = { vendor: "aks", location: args.location, privileged: "allowed" };
        let made!: AksResources;
        super("AksCluster", name, inputs, opts, (parent) => {
            made = createAks(parent, name, args);
            return connectionOf(parent, args, made);
        });
        this.cluster = made.cluster;
        this.nodePool = made.nodePool;
        this.resourceGroup = made.resourceGroup;
    }
}

function connectionOf(
    parent: pulumi.Resource,
    args: AksClusterArgs,
    made: AksResources,
): Connection {
    const { location, vmSize, nodeCount, storage, ledgerAccessMode, recover } = args;
    return {
        vendor: "aks",
        location,
        // Two nodes are in two zones, however many there are.
        zones: Math.min(Math.max(zonesOf(args).length, 1), nodeCount ?? USUAL_NODE_COUNT),
        machineTypes: [vmSize ?? USUAL_VM_SIZE],
        privileged: "allowed",
        storage,
        ledgerAccessMode,
        recover,
        kubeconfig: kubeconfigOf(parent, args, made),
        console: pulumi.interpolate`https://portal.azure.com/#resource${made.cluster.id}/workloads`,
        managedCluster: made.cluster,
    };
}

/** The name of the API server that is asked for; Azure gives the private one of a private cluster. */
function serverOf(endpoint: AksEndpoint | undefined) {
    return endpoint === "private with public name" ? { serverFqdn: "public" } : {};
}

/** The kubeconfig, which is there when the nodes are. */
function kubeconfigOf(
    parent: pulumi.Resource,
    { login = "user", endpoint }: AksClusterArgs,
    { cluster, nodePool, groupName }: AksResources,
): pulumi.Output<string> {
    const listCredentials =
        login === "admin"
            ? listManagedClusterAdminCredentialsOutput
            : listManagedClusterUserCredentialsOutput;
    // An ID is there in a preview only if the cluster is, a URN in every one, and both in an update only once
    // their resource is: new nodes do not make a kubeconfig unknown.
    const credentials = pulumi
        .all([cluster.name, groupName, cluster.id, nodePool.urn])
        .apply(([resourceName, resourceGroupName]) =>
            listCredentials({ resourceGroupName, resourceName, ...serverOf(endpoint) }, { parent }),
        );
    return credentials.apply(({ kubeconfigs }) =>
        aksKubeconfig({
            // Azure leaves none out; without one, what is there is refused.
            kubeconfig: kubeconfigs[0]?.value ?? "",
            login: entraLoginOf(login),
        }),
    );
}
