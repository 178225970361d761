import { AgentPool } from "@pulumi/azure-native/containerservice/agentPool";
import {
    ManagedCluster,
    type ManagedClusterArgs,
} from "@pulumi/azure-native/containerservice/managedCluster";
import { ResourceGroup } from "@pulumi/azure-native/resources/resourceGroup";
import type { containerservice } from "@pulumi/azure-native/types/input";
import * as pulumi from "@pulumi/pulumi";
import { createHash } from "node:crypto";

import { USUAL_NODE_COUNT, USUAL_VM_SIZE, zonesOf, type AksClusterArgs } from "./aksClusterArgs";

/** What Azure runs of a cluster. */
export interface AksResources {
    cluster: ManagedCluster;
    nodePool: AgentPool;
    /** The resource group, where the program did not bring one. */
    resourceGroup?: ResourceGroup;
    /** Name of the group, whoever made it. */
    groupName: pulumi.Input<string>;
}

/** Makes resource group, control plane and nodes, in this order. */
export function createAks(
    parent: pulumi.Resource,
    name: string,
    args: AksClusterArgs,
): AksResources {
    const { resourceGroupName, location } = args;
    const resourceGroup =
        resourceGroupName === undefined
            ? new ResourceGroup(`${name}-group`, { location }, { parent, protect: isKept(args) })
            : undefined;
    const groupName = resourceGroupName ?? resourceGroup!.name;
    const cluster = createCluster(parent, name, args, groupName);
    const nodePool = createNodePool(parent, name, args, { cluster, groupName });
    return { cluster, nodePool, resourceGroup, groupName };
}

function isKept({ deletionProtection = true }: AksClusterArgs): boolean {
    return deletionProtection;
}

function createCluster(
    parent: pulumi.Resource,
    name: string,
    args: AksClusterArgs,
    resourceGroupName: pulumi.Input<string>,
): ManagedCluster {
    const { location, kubernetesVersion, clusterArgs = {} } = args;
    const {
        networkProfile,
        storageProfile,
        autoUpgradeProfile,
        apiServerAccessProfile: access,
        ...more
    } = clusterArgs;
    return new ManagedCluster(
        name,
        {
            // What a person types to get at it, and what its link has.
            resourceName: name,
            resourceGroupName,
            location,
            dnsPrefix: name,
            kubernetesVersion,
            identity: { type: "SystemAssigned" },
            enableRBAC: true,
            ...usersOf(args),
            agentPoolProfiles: [systemPool(args)],
            networkProfile: merged(networkOf(args), networkProfile),
            storageProfile: merged(STORAGE, storageProfile),
            autoUpgradeProfile: merged(upgradesOf(kubernetesVersion), autoUpgradeProfile),
            ...apiServerOf(args, access),
            ...more,
        },
        { parent, protect: isKept(args) },
    );
}

function merged<T extends object>(
    usual: T,
    more: pulumi.Input<T | undefined> | undefined,
): pulumi.Input<T> {
    return more === undefined
        ? usual
        : pulumi.output(more).apply((more) => ({ ...usual, ...(more as T | undefined) }));
}

/** Where the API server is reached; nothing is written where Azure's own default says it. */
function apiServerOf(
    { endpoint = "public" }: AksClusterArgs,
    more: ManagedClusterArgs["apiServerAccessProfile"],
): Partial<ManagedClusterArgs> {
    const usual: containerservice.ManagedClusterAPIServerAccessProfileArgs =
        endpoint === "public"
            ? {}
            : {
                  enablePrivateCluster: true,
                  enablePrivateClusterPublicFQDN: endpoint === "private with public name",
              };
    return endpoint === "public" && more === undefined
        ? {}
        : { apiServerAccessProfile: merged(usual, more) };
}

/** Ledgers are on disks of this driver. */
const STORAGE: containerservice.ManagedClusterStorageProfileArgs = {
    diskCSIDriver: { enabled: true },
    snapshotController: { enabled: true },
};

function networkOf({
    networkPolicy = "cilium",
}: AksClusterArgs): containerservice.ContainerServiceNetworkProfileArgs {
    return {
        networkPlugin: "azure",
        networkPluginMode: "overlay",
        // Without an engine, NetworkPolicies are accepted and not enforced.
        networkPolicy,
        networkDataplane: networkPolicy,
        loadBalancerSku: "standard",
    };
}

/** Patches come by themselves, unless the program names one: the next update would take it back. */
function upgradesOf(
    version: string | undefined,
): containerservice.ManagedClusterAutoUpgradeProfileArgs {
    const isPatch = version !== undefined && version.split(".").length > 2;
    return { upgradeChannel: isPatch ? "none" : "patch", nodeOSUpgradeChannel: "NodeImage" };
}

function usersOf({ entra, disableLocalAccounts }: AksClusterArgs): Partial<ManagedClusterArgs> {
    return {
        ...(disableLocalAccounts === undefined ? {} : { disableLocalAccounts }),
        ...(entra === undefined
            ? {}
            : {
                  aadProfile: {
                      managed: true,
                      enableAzureRBAC: entra.azureRbac ?? false,
                      adminGroupObjectIDs: [...(entra.adminGroups ?? [])],
                      tenantID: entra.tenantId,
                  },
              }),
    };
}

/**
 * The pool that Azure wants in a cluster from the start, and whose nodes it lets nobody change: one node for
 * what Azure itself runs. What a program says of nodes is said of a pool of its own.
 */
function systemPool(args: AksClusterArgs): containerservice.ManagedClusterAgentPoolProfileArgs {
    return {
        name: "system",
        mode: "System",
        count: 1,
        vmSize: USUAL_VM_SIZE,
        osType: "Linux",
        type: "VirtualMachineScaleSets",
        nodeTaints: ["CriticalAddonsOnly=true:NoSchedule"],
        // To whatever spreads over zones, a node outside all of them would be in one more.
        availabilityZones: zonesOf(args).slice(0, 1),
        orchestratorVersion: args.kubernetesVersion,
        vnetSubnetID: args.subnetId,
    };
}

function createNodePool(
    parent: pulumi.Resource,
    name: string,
    args: AksClusterArgs,
    { cluster, groupName }: { cluster: ManagedCluster; groupName: pulumi.Input<string> },
): AgentPool {
    const { vmSize = USUAL_VM_SIZE, nodeCount = USUAL_NODE_COUNT, nodePoolArgs } = args;
    const zones = zonesOf(args);
    return new AgentPool(
        `${name}-nodes`,
        {
            resourceGroupName: groupName,
            resourceName: cluster.name,
            agentPoolName: poolName(vmSize, zones),
            // What Azure itself runs has somewhere to go when its one node fails.
            mode: "System",
            count: nodeCount,
            vmSize,
            osType: "Linux",
            type: "VirtualMachineScaleSets",
            availabilityZones: [...zones],
            orchestratorVersion: args.kubernetesVersion,
            vnetSubnetID: args.subnetId,
            upgradeSettings: { maxSurge: "1" },
            ...nodePoolArgs,
        },
        {
            parent,
            // A count that an autoscaler changes is no drift to be mended.
            ignoreChanges: nodePoolArgs?.enableAutoScaling ? ["count"] : [],
        },
    );
}

/**
 * Another name for other machines, which Azure cannot change in place: new nodes are there before the old
 * ones go. Azure takes 12 letters and digits.
 */
function poolName(vmSize: string, zones: readonly string[]): string {
    const digest = createHash("sha256")
        .update(JSON.stringify([vmSize, zones]))
        .digest("hex");
    return `nodes${digest.slice(0, 6)}`;
}
