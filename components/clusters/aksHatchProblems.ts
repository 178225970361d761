import type { Problem } from "../../fabric/problem";
import type { AksClusterArgs } from "./aksClusterArgs";
import { ownArgumentProblems } from "./clusterProblems";

type Written = Readonly<Record<string, unknown>>;

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
            ([path, instead]) => [`${hatch}.${path}`, valueAt(args[hatch], path), instead] as const,
        ),
    );
    return [...ownArgumentProblems(known), ...clusterProblems(args)];
}

function clusterProblems({ clusterArgs }: AksClusterArgs): Problem[] {
    const driver = "storageProfile.diskCSIDriver.enabled";
    return [
        ...(valueAt(clusterArgs, driver) === false
            ? [{ path: `clusterArgs.${driver}`, reason: NO_DRIVER }]
            : []),
        ...(valueAt(clusterArgs, "sku.name") === "Automatic"
            ? [{ path: "clusterArgs.sku.name", reason: AUTOMATIC }]
            : []),
    ];
}

const NO_DRIVER = "is false, and ledgers are on disks of this driver; take it away";

/** @see https://learn.microsoft.com/en-us/azure/aks/intro-aks-automatic */
const AUTOMATIC =
    '"Automatic" makes the nodes itself and refuses privileged Pods, which this class knows nothing of; write ' +
    '"Base", or use an ExistingCluster';

function valueAt(value: object | undefined, path: string): unknown {
    return path
        .split(".")
        .reduce<unknown>(
            (found, key) =>
                typeof found === "object" && found !== null && Object.hasOwn(found, key)
                    ? (found as Written)[key]
                    : undefined,
            value,
        );
}
