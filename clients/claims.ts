import { CoreV1Api } from "@kubernetes/client-node";

import { kubeConfigOf, type ClusterCredentials } from "./kubeconfig";
import { found } from "./notFound";

/** What is read of a volume claim. */
export interface ClaimFacts {
    labels: Record<string, string>;
    storageClassName?: string;
    accessModes: string[];
    /** Size that it asks for, a Kubernetes quantity. */
    size?: string;
}

/** A volume claim in a cluster; nothing where it does not exist. */
export async function readClaim(
    credentials: ClusterCredentials,
    { namespace, name }: { namespace: string; name: string },
): Promise<ClaimFacts | undefined> {
    const api = kubeConfigOf(credentials).makeApiClient(CoreV1Api);
    const claim = await found(api.readNamespacedPersistentVolumeClaim({ namespace, name }));
    return (
        claim && {
            labels: claim.metadata?.labels ?? {},
            storageClassName: claim.spec?.storageClassName,
            accessModes: claim.spec?.accessModes ?? [],
            size: claim.spec?.resources?.requests?.storage,
        }
    );
}
