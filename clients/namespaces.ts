import { CoreV1Api } from "@kubernetes/client-node";

import { kubeConfigOf, type ClusterCredentials } from "./kubeconfig";
import { found } from "./notFound";

/** Labels of a Namespace; nothing where it does not exist. */
export async function readNamespaceLabels(
    credentials: ClusterCredentials,
    name: string,
): Promise<Record<string, string> | undefined> {
    const api = kubeConfigOf(credentials).makeApiClient(CoreV1Api);
    const namespace = await found(api.readNamespace({ name }));
    return namespace && (namespace.metadata?.labels ?? {});
}
