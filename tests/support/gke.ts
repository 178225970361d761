import { GkeCluster, type GkeClusterArgs } from "kubefabric/gke";
import type { Recording } from "kubefabric/testing";

import { base64, pem } from "./kubeconfigs.ts";
import { recordNetwork } from "./network.ts";

export const CA = base64(pem("CERTIFICATE", "the certificate of the cluster"));

/** What Google answers. */
export const GKE_ANSWERS = {
    Cluster: {
        endpoint: "203.0.113.7",
        privateClusterConfig: { privateEndpoint: "10.0.0.2" },
        controlPlaneEndpointsConfig: {
            dnsEndpointConfig: { endpoint: "gke-1234.europe-west4.gke.goog" },
        },
        masterAuth: { clusterCaCertificate: CA },
        project: "my-project",
    },
};

/** Records what a program with one GKE cluster registers; it returns the cluster. */
export async function recordGke(
    args: Partial<GkeClusterArgs> = {},
    name = "prod",
): Promise<{ recording: Recording; cluster: GkeCluster }> {
    const recording = await recordNetwork(
        () => new GkeCluster(name, { location: "europe-west4", ...args }),
        { outputs: GKE_ANSWERS },
    );
    return { recording, cluster: recording.returned as GkeCluster };
}
