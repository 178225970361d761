import type { Network } from "@pulumi/gcp/compute/network";
import type { Subnetwork } from "@pulumi/gcp/compute/subnetwork";
import type { Cluster } from "@pulumi/gcp/container/cluster";
import type { NodePool } from "@pulumi/gcp/container/nodePool";
import { getClientConfigOutput } from "@pulumi/gcp/organizations/getClientConfig";
import * as pulumi from "@pulumi/pulumi";

import { rejectInvalid } from "../validation";
import { takenNameProblems } from "./clusterProblems";
import { ConnectedCluster, type Connection } from "./connectedCluster";
import { reserveGkeAddress } from "./gkeAddress";
import { isZone, machineTypesOf, type GkeClusterArgs, type GkeEndpoint } from "./gkeClusterArgs";
import { checkGkeClusterArgs } from "./gkeClusterProblems";
import { createGke, type GkeResources } from "./gkeResources";
import { gkeKubeconfig } from "./kubeconfig/gke";

export type { GkeClusterArgs, GkeEndpoint, GkeNetwork } from "./gkeClusterArgs";
export type { GkeLogin } from "./kubeconfig/gke";

/**
 * A cluster on Google Kubernetes Engine, Standard or Autopilot.
 *
 * Children: network and subnetwork unless the program brings one, control plane, nodes (not on Autopilot),
 * then what every cluster has: `ClusterAccess`, the Kubernetes provider and StorageClasses.
 *
 * @example
 * const cluster = new GkeCluster("prod", { location: "europe-west4" });
 * const org1 = new FabricOrg("org1", { cluster, mspId: "Org1MSP" });
 */
export class GkeCluster extends ConnectedCluster {
    /** Google's cluster. */
    public readonly cluster: Cluster;
    /** Its nodes; none on Autopilot. */
    public readonly nodePool?: NodePool;
    /** Its network, where the program did not bring one. */
    public readonly network?: Network;
    /** The part of that network that it is in. */
    public readonly subnetwork?: Subnetwork;

    /** @throws pulumi.ResourceError listing every problem of the arguments. */
    constructor(name: string, args: GkeClusterArgs, opts?: pulumi.ComponentResourceOptions) {
        rejectInvalid("GkeCluster", name, [
            ...takenNameProblems(name),
            ...checkGkeClusterArgs(name, args),
        ]);
        const { location, autopilot = false } = args;
        const inputs = { vendor: "gke", location, autopilot, privileged: privilegedOf(args) };
        let made!: GkeResources;
        super("GkeCluster", name, inputs, opts, (parent) => {
            made = createGke(parent, name, args);
            return connectionOf(parent, name, args, made);
        });
        this.cluster = made.cluster;
        this.nodePool = made.nodePool;
        this.network = made.network;
        this.subnetwork = made.subnetwork;
    }
}

function connectionOf(
    parent: pulumi.Resource,
    name: string,
    args: GkeClusterArgs,
    made: GkeResources,
): Connection {
    const { cluster, nodePool } = made;
    const { location, storage, ledgerAccessMode, recover } = args;
    return {
        vendor: "gke",
        location,
        zones: args.nodeZones?.length ?? (isZone(location) ? 1 : 3),
        machineTypes: machineTypesOf(args),
        privileged: privilegedOf(args),
        storage,
        ledgerAccessMode,
        recover,
        kubeconfig: kubeconfigOf(parent, name, args, nodePool ?? cluster, cluster),
        console: consoleOf(cluster),
        reserveAddress: (request) => reserveGkeAddress(args, made, request),
        managedCluster: cluster,
    };
}

function privilegedOf({ autopilot }: GkeClusterArgs) {
    return autopilot ? "never" : "allowed";
}

/** The kubeconfig, which is there when the nodes are. */
function kubeconfigOf(
    parent: pulumi.Resource,
    context: string,
    { login = "plugin", endpoint = "public" }: GkeClusterArgs,
    nodes: pulumi.Resource,
    cluster: Cluster,
): pulumi.Output<string> {
    const token =
        login === "token"
            ? getClientConfigOutput({ parent, dependsOn: [nodes] }).accessToken
            : undefined;
    // A URN is known in every preview, and there only once its resource is: new nodes do not make a
    // kubeconfig unknown.
    return pulumi
        .all([addressOf(cluster, endpoint), cluster.masterAuth, token, nodes.urn])
        .apply(([address, { clusterCaCertificate }, token]) =>
            gkeKubeconfig({
                // Google leaves none out; without one, a certificate of anybody's would be trusted.
                ...(endpoint === "dns" ? {} : { caCertificate: clusterCaCertificate ?? "" }),
                endpoint: address ?? "",
                context,
                login,
                token,
            }),
        );
}

/** Address of the control plane, as programs use it. */
function addressOf(cluster: Cluster, endpoint: GkeEndpoint): pulumi.Output<string | undefined> {
    switch (endpoint) {
        case "public":
            return cluster.endpoint;
        case "private":
            return cluster.privateClusterConfig.apply((config) => config?.privateEndpoint);
        case "dns":
            return cluster.controlPlaneEndpointsConfig.apply(
                (config) => config?.dnsEndpointConfig?.endpoint,
            );
    }
}

function consoleOf({ location, name, project }: Cluster): pulumi.Output<string> {
    return pulumi.interpolate`https://console.cloud.google.com/kubernetes/clusters/details/${location}/${name}/details?project=${project}`;
}
