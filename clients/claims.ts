import { CoreV1Api } from "@kubernetes/client-node";

import { kubeConfigOf, type ClusterCredentials } from "./kubeconfig";
import { found } from "./notFound";

/** A volume claim in a cluster; nothing where it does not exist. */
export async function readClaim(
    credentials: ClusterCredentials,
    { namespace, name }: { namespace: string; name: string },
): Promise<{ labels: Record<string, string> } | undefined> {
    const api = kubeConfigOf(credentials).makeApiClient(CoreV1Api);
    const claim = await found(api.readNamespacedPersistentVolumeClaim({ namespace, name }));
    return claim && { labels: claim.metadata?.labels ?? {} };
}
