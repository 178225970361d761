import { AksCluster, type AksClusterArgs } from "kubefabric/aks";
import type { Recording } from "kubefabric/testing";

import { base64, pem } from "./kubeconfigs.ts";
import { recordNetwork } from "./network.ts";

/** The group of Entra that administers the cluster. */
export const GROUP = "11111111-2222-3333-4444-555555555555";

/** A kubeconfig as Azure gives it, for one of its users. */
function credentials(name: string, user: object) {
    const config = {
        apiVersion: "v1",
        kind: "Config",
        "current-context": "prod",
        clusters: [{ name: "prod", cluster: { server: "https://prod-1234.azmk8s.io:443" } }],
        users: [{ name, user }],
        contexts: [{ name: "prod", context: { cluster: "prod", user: name } }],
    };
    return { kubeconfigs: [{ name, value: base64(JSON.stringify(config)) }] };
}

/** The private key that a user of a cluster logs in with. */
export const keyOf = (name: string) => pem("RSA PRIVATE KEY", `canary-key of ${name}`);

/** Credentials without Entra. */
export const certificateOf = (name: string) =>
    credentials(name, {
        "client-certificate-data": base64(pem("CERTIFICATE", `the certificate of ${name}`)),
        "client-key-data": base64(keyOf(name)),
    });

const ENTRA = credentials("clusterUser", {
    exec: {
        apiVersion: "client.authentication.k8s.io/v1beta1",
        command: "kubelogin",
        args: ["get-token", "--server-id", "the-server", "--login", "devicecode"],
    },
});

/** What Azure answers of a cluster. */
export const answersOfAzure = (name: string, isEntra = false) => ({
    ManagedCluster: { name },
    ResourceGroup: { name: `${name}-group1234` },
    listManagedClusterUserCredentials: isEntra ? ENTRA : certificateOf("clusterUser"),
    listManagedClusterAdminCredentials: certificateOf("clusterAdmin"),
});

/** Records what a program with one AKS cluster registers; it returns the cluster. */
export async function recordAks(
    args: Partial<AksClusterArgs> = {},
    name = "prod",
): Promise<{ recording: Recording; cluster: AksCluster }> {
    const recording = await recordNetwork(
        () => new AksCluster(name, { location: "westeurope", ...args }),
        { outputs: answersOfAzure(name, args.entra !== undefined) },
    );
    return { recording, cluster: recording.returned as AksCluster };
}
