import { Network } from "@pulumi/gcp/compute/network";
import { Subnetwork } from "@pulumi/gcp/compute/subnetwork";
import { Cluster, type ClusterArgs } from "@pulumi/gcp/container/cluster";
import { NodePool } from "@pulumi/gcp/container/nodePool";
import * as pulumi from "@pulumi/pulumi";

import { storageRules } from "../nodeLedger";
import {
    isZone,
    regionOf,
    USUAL_MACHINE_TYPE,
    type GkeClusterArgs,
    type GkeNetwork,
} from "./gkeClusterArgs";

/** What Google runs of a cluster. */
export interface GkeResources {
    cluster: Cluster;
    /** The nodes; Autopilot has none that a program makes. */
    nodePool?: NodePool;
    /** The network, where the program did not bring one. */
    network?: Network;
    subnetwork?: Subnetwork;
}

/** Makes network, control plane and nodes, in this order. */
export function createGke(
    parent: pulumi.Resource,
    name: string,
    args: GkeClusterArgs,
): GkeResources {
    const own = args.network === undefined ? createNetwork(parent, name, args) : undefined;
    const cluster = createCluster(parent, name, args, args.network ?? placeIn(own!));
    const nodePool = args.autopilot ? undefined : createNodePool(parent, name, args, cluster);
    return { cluster, nodePool, ...own };
}

const RANGES = { nodes: "10.10.0.0/20", pods: "10.12.0.0/16", services: "10.13.0.0/20" };

interface OwnNetwork {
    network: Network;
    subnetwork: Subnetwork;
}

function createNetwork(parent: pulumi.Resource, name: string, args: GkeClusterArgs): OwnNetwork {
    const { project, location } = args;
    const network = new Network(
        `${name}-network`,
        { project, autoCreateSubnetworks: false, description: `For the GKE cluster ${name}` },
        { parent },
    );
    const subnetwork = new Subnetwork(
        `${name}-subnetwork`,
        {
            project,
            region: regionOf(location),
            network: network.id,
            ipCidrRange: RANGES.nodes,
            secondaryIpRanges: [
                { rangeName: "pods", ipCidrRange: RANGES.pods },
                { rangeName: "services", ipCidrRange: RANGES.services },
            ],
            privateIpGoogleAccess: true,
        },
        { parent },
    );
    return { network, subnetwork };
}

function placeIn({ network, subnetwork }: OwnNetwork): GkeNetwork {
    return {
        network: network.id,
        subnetwork: subnetwork.id,
        podRange: "pods",
        serviceRange: "services",
    };
}

function createCluster(
    parent: pulumi.Resource,
    name: string,
    args: GkeClusterArgs,
    { network, subnetwork, podRange, serviceRange }: GkeNetwork,
): Cluster {
    const { autopilot, location, project, nodeZones } = args;
    return new Cluster(
        name,
        {
            // What a person types to get at it, and what its link has.
            name,
            location,
            project,
            network,
            subnetwork,
            ipAllocationPolicy: {
                clusterSecondaryRangeName: podRange,
                servicesSecondaryRangeName: serviceRange,
            },
            minMasterVersion: args.kubernetesVersion,
            releaseChannel: { channel: "REGULAR" },
            deletionProtection: args.deletionProtection ?? true,
            ...(autopilot ? { enableAutopilot: true } : STANDARD),
            ...(nodeZones === undefined ? {} : { nodeLocations: [...nodeZones] }),
            ...args.clusterArgs,
            ...controlPlaneOf(args),
        },
        { parent },
    );
}

/** Google's name for the control plane answers nobody until it is told to. */
function controlPlaneOf({ endpoint, clusterArgs }: GkeClusterArgs): Partial<ClusterArgs> {
    const open = { allowExternalTraffic: true };
    return endpoint === "dns"
        ? {
              controlPlaneEndpointsConfig: pulumi
                  .output(clusterArgs?.controlPlaneEndpointsConfig)
                  .apply((more) => ({
                      ...more,
                      dnsEndpointConfig: { ...open, ...more?.dnsEndpointConfig },
                  })),
          }
        : {};
}

const STANDARD = {
    // Nodes are a resource of their own, which can be changed without the cluster.
    removeDefaultNodePool: true,
    initialNodeCount: 1,
    // Without Dataplane V2, NetworkPolicies are accepted and not enforced; Autopilot always has it.
    datapathProvider: "ADVANCED_DATAPATH",
};

function createNodePool(
    parent: pulumi.Resource,
    name: string,
    args: GkeClusterArgs,
    cluster: Cluster,
): NodePool {
    const { location, project, machineType = USUAL_MACHINE_TYPE, nodePoolArgs } = args;
    const nodeConfig = {
        machineType,
        // The newest machines have no Persistent Disk, not even to start from.
        diskType: storageRules().defaultProfiles("gke", [machineType]).ledger,
        diskSizeGb: 50,
        oauthScopes: ["https://www.googleapis.com/auth/cloud-platform"],
        shieldedInstanceConfig: { enableSecureBoot: true, enableIntegrityMonitoring: true },
    };
    return new NodePool(
        `${name}-nodes`,
        {
            cluster: cluster.name,
            location,
            project,
            // Another name each time: new nodes are there before the old ones go.
            ...(nodePoolArgs?.name === undefined ? { namePrefix: "nodes-" } : {}),
            // A count that an autoscaler changes is no drift to be mended.
            [nodePoolArgs?.autoscaling === undefined ? "nodeCount" : "initialNodeCount"]:
                args.nodesPerZone ?? (isZone(location) ? 3 : 1),
            management: { autoRepair: true, autoUpgrade: true },
            upgradeSettings: { maxSurge: 1, maxUnavailable: 0 },
            ...nodePoolArgs,
            nodeConfig:
                nodePoolArgs?.nodeConfig === undefined
                    ? nodeConfig
                    : pulumi
                          .output(nodePoolArgs.nodeConfig)
                          // An output may say another machine, which nobody has looked at the disks of.
                          .apply((more) => ({ ...nodeConfig, ...more, machineType })),
        },
        { parent },
    );
}
