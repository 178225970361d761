import { readFileSync } from "node:fs";

import { ApiException, CoreV1Api } from "@kubernetes/client-node";

import { kubeConfigOf } from "../clients/kubeconfig";
import type { StartedCluster } from "./startCluster";

/** Every volume claim in the given namespaces, as `namespace/name`. */
export async function ledgersInCluster(
    cluster: StartedCluster,
    namespaces: readonly string[],
): Promise<string[]> {
    const api = coreApi(cluster);
    const lists = await Promise.all(
        namespaces.map((namespace) => api.listNamespacedPersistentVolumeClaim({ namespace })),
    );
    return lists.flatMap(({ items }) =>
        items.map(({ metadata }) => `${metadata?.namespace}/${metadata?.name}`),
    );
}

/** Names of the volumes behind the claims of the given namespaces. */
export async function volumesOf(
    cluster: StartedCluster,
    namespaces: readonly string[],
): Promise<string[]> {
    return (await volumes(cluster))
        .filter(({ spec }) => namespaces.includes(spec?.claimRef?.namespace ?? ""))
        .flatMap(({ metadata }) => metadata?.name ?? []);
}

/** Which of the named volumes are kept by their reclaim policy. */
export async function volumesThatRemain(
    cluster: StartedCluster,
    names: readonly string[],
): Promise<string[]> {
    return (await volumes(cluster))
        .filter(({ spec }) => spec?.persistentVolumeReclaimPolicy === "Retain")
        .flatMap(({ metadata }) => metadata?.name ?? [])
        .filter((name) => names.includes(name));
}

async function volumes(cluster: StartedCluster) {
    try {
        return (await coreApi(cluster).listPersistentVolume()).items;
    } catch (error) {
        // Only told about; a user who may not list volumes can delete a network all the same.
        if (error instanceof ApiException && error.code === 403) {
            return [];
        }
        throw error;
    }
}

function coreApi({ kubeconfig, context }: StartedCluster): CoreV1Api {
    return kubeConfigOf({ kubeconfig: readFileSync(kubeconfig, "utf8"), context }).makeApiClient(
        CoreV1Api,
    );
}
