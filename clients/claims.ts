import { ApiException, CoreV1Api } from "@kubernetes/client-node";

import { kubeConfigOf, type ClusterCredentials } from "./kubeconfig";

/** A volume claim in a cluster; nothing where it does not exist. */
export async function readClaim(
    credentials: ClusterCredentials,
    { namespace, name }: { namespace: string; name: string },
): Promise<{ labels: Record<string, string> } | undefined> {
    const api = kubeConfigOf(credentials).makeApiClient(CoreV1Api);
    try {
        const claim = await api.readNamespacedPersistentVolumeClaim({ namespace, name });
        return { labels: claim.metadata?.labels ?? {} };
    } catch (error) {
        if (error instanceof ApiException && error.code === 404) {
            return undefined;
        }
        throw error;
    }
}
