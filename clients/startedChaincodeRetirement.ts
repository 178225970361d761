import { BatchV1Api, CoreV1Api, type V1ObjectMeta } from "@kubernetes/client-node";

import { installedPackages, type InstalledPackage } from "./chaincodeInstall";
import { kubeConfigOf, type ClusterCredentials } from "./kubeconfig";
import { kubeDeadline } from "./kubeDeadline";
import { NodeError } from "./nodeError";
import { found } from "./notFound";
import type { PeerAccess } from "./peerAdmin";
import { retryPassing } from "./retryPassing";

/** Chaincode that a peer started in Kubernetes, and what of it stays. */
export interface StartedChaincode {
    /** Namespace that it runs in. */
    namespace: string;
    channelId: string;
    /** The package that is committed there. */
    packageId: string;
}

/** What the builder writes on what it starts. */
const SELECTOR = "app.kubernetes.io/created-by=fabric-builder-k8s";
const PACKAGE = "fabric-builder-k8s-ccid";
const PEER = "fabric-builder-k8s-peerid";

/** How long a peer may take to commit what others of its organization have. */
const COMMITTED_WITHIN_MS = 60_000;

/**
 * Deletes the Jobs and Secrets of packages that a peer runs and no channel of it uses any more, and names the
 * packages. The peer itself ends nothing that it once started.
 *
 * @throws NodeError where the peer does not come to use the package.
 * @see https://github.com/hyperledger-labs/fabric-builder-k8s/issues/322
 */
export async function retireStarted(
    credentials: ClusterCredentials,
    access: PeerAccess,
    { namespace, channelId, packageId }: StartedChaincode,
): Promise<string[]> {
    const held = await retryPassing(
        async () => {
            const packages = await installedPackages(access);
            requireUse(access, packages, channelId, packageId);
            return packages;
        },
        { withinMs: COMMITTED_WITHIN_MS },
    );
    const unused = held
        .filter(({ references }) => Object.keys(references).length === 0)
        .map((one) => one.packageId);
    const isOld = ({ annotations = {} }: V1ObjectMeta) =>
        annotations[PEER] === access.target.node && unused.includes(annotations[PACKAGE] ?? "");
    return deleteOld(credentials, namespace, isOld);
}

async function deleteOld(
    credentials: ClusterCredentials,
    namespace: string,
    isOld: (metadata: V1ObjectMeta) => boolean,
): Promise<string[]> {
    const config = kubeConfigOf(credentials);
    const batch = config.makeApiClient(BatchV1Api);
    const core = config.makeApiClient(CoreV1Api);
    const options = kubeDeadline();
    const listed = { namespace, labelSelector: SELECTOR };
    const [jobs, secrets] = await Promise.all([
        batch.listNamespacedJob(listed, options),
        core.listNamespacedSecret(listed, options),
    ]);
    const old = (objects: readonly { metadata?: V1ObjectMeta }[]) =>
        objects.flatMap(({ metadata }) => (metadata && isOld(metadata) ? [metadata] : []));
    const oldJobs = old(jobs.items);
    for (const { name = "" } of oldJobs) {
        // Otherwise the Pods of a Job stay.
        const deleted = { namespace, name, propagationPolicy: "Background" };
        await found(batch.deleteNamespacedJob(deleted, options));
    }
    for (const { name = "" } of old(secrets.items)) {
        await found(core.deleteNamespacedSecret({ namespace, name }, options));
    }
    return [...new Set(oldJobs.map(({ annotations = {} }) => annotations[PACKAGE] ?? ""))].sort();
}

/** A peer that lags behind still runs the older version. */
function requireUse(
    { target }: PeerAccess,
    packages: readonly InstalledPackage[],
    channelId: string,
    packageId: string,
): void {
    const found = packages.find((one) => one.packageId === packageId);
    if (found?.references[channelId] === undefined) {
        throw new NodeError(target, "end older versions of the chaincode", {
            cause: `it does not use package ${packageId} on channel "${channelId}" yet`,
            advice: "look whether the peer reaches the ordering service and gets blocks",
            passing: true,
        });
    }
}
