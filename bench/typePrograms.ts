import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The SDKs of clouds that are on a registry. */
export const SDKS = ["gcp", "azure-native"] as const;
export type Sdk = (typeof SDKS)[number];

/** One program in three ways: with a cluster of this package, and with the SDK's own resources. */
export interface TypePrograms {
    /** An example of this package. */
    ours: string;
    /** The same network on resources of the SDK, each imported from its own file. */
    classes: string;
    /** The same again, imported from the SDK's root. */
    root: string;
}

/** What replaces the cluster's import and construction in an example. */
interface RawCluster {
    example: string;
    classes: string;
    root: string;
    construction: string;
}

const RAW: Record<Sdk, RawCluster> = {
    gcp: {
        example: "gke",
        classes: `import { Network } from "@pulumi/gcp/compute/network";
import { Subnetwork } from "@pulumi/gcp/compute/subnetwork";
import { Cluster } from "@pulumi/gcp/container/cluster";
import { NodePool } from "@pulumi/gcp/container/nodePool";`,
        root: `import * as gcp from "@pulumi/gcp";
const { Network, Subnetwork } = gcp.compute;
const { Cluster, NodePool } = gcp.container;`,
        construction: `const location = config.require("location");
const network = new Network("fabric", { autoCreateSubnetworks: false });
const place = { region: location, network: network.id, ipCidrRange: "10.10.0.0/20" };
const subnetwork = new Subnetwork("fabric", place);
const gke = new Cluster("fabric", {
    location,
    ...{ network: network.id, subnetwork: subnetwork.id },
    releaseChannel: { channel: "REGULAR" },
    deletionProtection: !deleteLedgers,
});
const machineType = config.get("machineType") || "e2-standard-4";
const nodes = new NodePool("fabric", { cluster: gke.name, location, nodeConfig: { machineType } });
const kubeconfigText = pulumi
    .all([gke.endpoint, gke.masterAuth, nodes.urn])
    .apply(([host, { clusterCaCertificate }]) => \`\${host} \${clusterCaCertificate}\`);`,
    },
    "azure-native": {
        example: "aks",
        classes: `import { AgentPool } from "@pulumi/azure-native/containerservice/agentPool";
import { listManagedClusterUserCredentialsOutput } from "@pulumi/azure-native/containerservice/listManagedClusterUserCredentials";
import { ManagedCluster } from "@pulumi/azure-native/containerservice/managedCluster";
import { ResourceGroup } from "@pulumi/azure-native/resources/resourceGroup";`,
        root: `import * as azure from "@pulumi/azure-native";
const { AgentPool, ManagedCluster, listManagedClusterUserCredentialsOutput } = azure.containerservice;
const { ResourceGroup } = azure.resources;`,
        construction: `const location = config.require("location");
const vmSize = config.get("vmSize") || "Standard_D4s_v5";
const { name: resourceGroupName } = new ResourceGroup("fabric", { location });
const aks = new ManagedCluster("fabric", {
    resourceGroupName,
    dnsPrefix: "fabric",
    identity: { type: "SystemAssigned" },
    agentPoolProfiles: [{ name: "system", mode: "System", count: 1, vmSize }],
    networkProfile: { networkPlugin: "azure", networkPolicy: "cilium" },
});
const place = { resourceGroupName, resourceName: aks.name };
const nodes = new AgentPool("fabric", { ...place, count: 3, vmSize, mode: "System" });
const kubeconfigText = nodes.urn
    .apply(() => listManagedClusterUserCredentialsOutput(place))
    .apply(({ kubeconfigs }) => kubeconfigs[0]?.value ?? "");`,
    },
};

/** What both ways have after it: a cluster that is there already. */
const EXISTING = `const cluster = new ExistingCluster("fabric", {
    kubeconfig: kubeconfigText,
    zones: 3,
    storage: { protection },
    recover,
});`;

const CLUSTER_IMPORT = /^import \{ \w+Cluster \} from "kubefabric\/\w+";$/m;
const CLUSTER = /^const cluster = new \w+Cluster\([^]*?^\}?\);$/m;

/** The programs for the SDK of a cloud; `root` is the checkout. */
export function typePrograms(sdk: Sdk, root: string): TypePrograms {
    const { example, classes, root: all, construction } = RAW[sdk];
    const ours = readFileSync(join(root, "examples", example, "index.ts"), "utf8");
    const withImport = (imports: string) =>
        ours
            .replace(
                CLUSTER_IMPORT,
                () => `import { ExistingCluster } from "kubefabric";\n${imports}`,
            )
            .replace(CLUSTER, () => `${construction}\n${EXISTING}`);
    return { ours, classes: withImport(classes), root: withImport(all) };
}
