import * as pulumi from "@pulumi/pulumi";

import type { Problem } from "../../fabric/problem";
import type { AksClusterArgs } from "./aksClusterArgs";
import { ownArgumentProblems, writtenAt } from "./clusterProblems";

/** What this package has to know is an argument of its own, and not Azure's. */
const KNOWN = {
    clusterArgs: {
        resourceGroupName: "resourceGroupName",
        resourceName: "the name of the AksCluster",
        location: "location",
        kubernetesVersion: "kubernetesVersion",
        agentPoolProfiles: "vmSize, nodeCount and nodePoolArgs",
        aadProfile: "entra",
        disableLocalAccounts: "disableLocalAccounts",
        "apiServerAccessProfile.enablePrivateCluster": "endpoint",
        "apiServerAccessProfile.enablePrivateClusterPublicFQDN": "endpoint",
        "networkProfile.networkPolicy": "networkPolicy",
        "networkProfile.networkDataplane": "networkPolicy",
    },
    nodePoolArgs: {
        resourceGroupName: "resourceGroupName",
        resourceName: "the name of the AksCluster",
        vmSize: "vmSize",
        count: "nodeCount",
        availabilityZones: "zones",
        vnetSubnetID: "subnetId",
        orchestratorVersion: "kubernetesVersion",
    },
} as const;

/** Everything wrong with the arguments for Azure itself. What is an output is not looked into. */
export function aksHatchProblems(args: AksClusterArgs): Problem[] {
    const known = (["clusterArgs", "nodePoolArgs"] as const).flatMap((hatch) =>
        Object.entries(KNOWN[hatch]).map(
            ([path, instead]) =>
                [`${hatch}.${path}`, writtenAt(args[hatch], path), instead] as const,
        ),
    );
    return [...ownArgumentProblems(known), ...clusterProblems(args), ...autoscalingProblems(args)];
}

/** Who counts the nodes decides what of them is drift, which Pulumi is told before anything is made. */
function autoscalingProblems({ nodePoolArgs }: AksClusterArgs): Problem[] {
    const reason = "is an output, and who counts the nodes has to be known; write true or false";
    return pulumi.Output.isInstance(nodePoolArgs?.enableAutoScaling)
        ? [{ path: "nodePoolArgs.enableAutoScaling", reason }]
        : [];
}

function clusterProblems({ clusterArgs, endpoint = "public" }: AksClusterArgs): Problem[] {
    const ranges = "apiServerAccessProfile.authorizedIPRanges";
    const driver = "storageProfile.diskCSIDriver.enabled";
    return [
        ...(endpoint !== "public" && writtenAt(clusterArgs, ranges) !== undefined
            ? [{ path: `clusterArgs.${ranges}`, reason: NO_RANGES }]
            : []),
        ...(writtenAt(clusterArgs, driver) === false
            ? [{ path: `clusterArgs.${driver}`, reason: NO_DRIVER }]
            : []),
        ...(writtenAt(clusterArgs, "sku.name") === "Automatic"
            ? [{ path: "clusterArgs.sku.name", reason: AUTOMATIC }]
            : []),
    ];
}

/** @see https://learn.microsoft.com/en-us/azure/aks/private-clusters#limitations */
const NO_RANGES =
    "is set, and Azure knows such ranges for a public API server alone; take it away, or write endpoint: " +
    '"public"';

const NO_DRIVER = "is false, and ledgers are on disks of this driver; take it away";

/** @see https://learn.microsoft.com/en-us/azure/aks/intro-aks-automatic */
const AUTOMATIC =
    '"Automatic" makes the nodes itself and refuses privileged Pods, which this class knows nothing of; write ' +
    '"Base", or use an ExistingCluster';
