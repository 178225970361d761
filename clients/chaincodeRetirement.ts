import { AppsV1Api, CoreV1Api, type V1ObjectMeta } from "@kubernetes/client-node";

import { kubeConfigOf, type ClusterCredentials } from "./kubeconfig";
import { kubeDeadline } from "./kubeDeadline";
import { found } from "./notFound";

/** Versions of a chaincode in one namespace. */
export interface ChaincodeVersions {
    namespace: string;

    /** UID of the object that all versions belong to. */
    ownerUid: string;

    /** Name of the Deployment and Service of the version that stays. */
    keep: string;
}

/** What chaincode runs in is labelled with it. */
const SELECTOR = "app.kubernetes.io/component=chaincode";

/**
 * Deletes the Deployments and Services of all versions of a chaincode but one, and names them. What does
 * not belong to the same owner is left alone.
 */
export async function retireVersions(
    credentials: ClusterCredentials,
    versions: ChaincodeVersions,
): Promise<string[]> {
    const config = kubeConfigOf(credentials);
    const core = config.makeApiClient(CoreV1Api);
    const apps = config.makeApiClient(AppsV1Api);
    const { namespace } = versions;
    const options = kubeDeadline();
    const listed = { namespace, labelSelector: SELECTOR };
    const [services, deployments] = await Promise.all([
        core.listNamespacedService(listed, options),
        apps.listNamespacedDeployment(listed, options),
    ]);
    // The Services go first: nobody dials what is about to end.
    const oldServices = oldOnes(services.items, versions);
    const oldDeployments = oldOnes(deployments.items, versions);
    for (const name of oldServices) {
        await found(core.deleteNamespacedService({ namespace, name }, options));
    }
    for (const name of oldDeployments) {
        await found(apps.deleteNamespacedDeployment({ namespace, name }, options));
    }
    return [...new Set([...oldServices, ...oldDeployments])].sort();
}

function oldOnes(
    objects: readonly { metadata?: V1ObjectMeta }[],
    { ownerUid, keep }: ChaincodeVersions,
): string[] {
    return objects.flatMap(({ metadata }) => {
        const owned = metadata?.ownerReferences?.some(({ uid }) => uid === ownerUid) ?? false;
        return owned && metadata?.name !== undefined && metadata.name !== keep
            ? [metadata.name]
            : [];
    });
}
