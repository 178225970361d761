import {
    ApiException,
    CoreV1Api,
    KubeConfig,
    StorageV1Api,
    type V1Node,
    type V1StorageClass,
} from "@kubernetes/client-node";
import { setTimeout as delay } from "node:timers/promises";

const ZONES = ["a", "b", "c"] as const;
const READY_WITHIN_MS = 60_000;

/** The default StorageClass, as local clusters have it: one folder per volume, made when it is used. */
const STANDARD: V1StorageClass = {
    metadata: {
        name: "standard",
        annotations: { "storageclass.kubernetes.io/is-default-class": "true" },
    },
    provisioner: "kubernetes.io/host-path",
    reclaimPolicy: "Delete",
    volumeBindingMode: "WaitForFirstConsumer",
};

/** Gives an empty cluster nodes and a StorageClass; returns when Pods can be scheduled. */
export async function furnishCluster(kubeconfig: string): Promise<void> {
    const config = new KubeConfig();
    config.loadFromFile(kubeconfig);
    const core = config.makeApiClient(CoreV1Api);
    const storage = config.makeApiClient(StorageV1Api);
    await Promise.all([
        unlessThere(storage.createStorageClass({ body: STANDARD })),
        ...ZONES.map((zone) => unlessThere(core.createNode({ body: nodeIn(zone) }))),
    ]);
    for (const deadline = Date.now() + READY_WITHIN_MS; ; await delay(100)) {
        const [nodes, accounts] = await Promise.all([
            core.listNode(),
            core.listNamespacedServiceAccount({ namespace: "default" }),
        ]);
        // Without its default account a namespace admits no Pod; it comes from the controllers.
        if (nodes.items.every(isReady) && accounts.items.length > 0) {
            return;
        }
        if (Date.now() > deadline) {
            const late = nodes.items.filter((node) => !isReady(node));
            const names = late.map(({ metadata }) => metadata?.name).join(", ");
            throw new Error(`the simulated nodes do not become ready: ${names || "no account"}`);
        }
    }
}

/** Folders on this machine that hold the cluster's volumes. */
export async function volumeFolders(kubeconfig: string): Promise<string[]> {
    const config = new KubeConfig();
    config.loadFromFile(kubeconfig);
    const { items } = await config.makeApiClient(CoreV1Api).listPersistentVolume();
    return items.flatMap(({ spec }) => spec?.hostPath?.path ?? []);
}

function nodeIn(zone: string): V1Node {
    const name = `simulated-${zone}`;
    const size = { cpu: "32", memory: "256Gi", pods: "500", "ephemeral-storage": "1Ti" };
    return {
        metadata: {
            name,
            annotations: { "kwok.x-k8s.io/node": "fake" },
            labels: {
                "kubernetes.io/hostname": name,
                "kubernetes.io/os": "linux",
                "kubernetes.io/arch": "amd64",
                "topology.kubernetes.io/region": "simulated",
                "topology.kubernetes.io/zone": zone,
            },
        },
        status: { allocatable: size, capacity: size },
    };
}

function isReady({ status }: V1Node): boolean {
    return (status?.conditions ?? []).some(
        ({ type, status: value }) => type === "Ready" && value === "True",
    );
}

async function unlessThere(creation: Promise<unknown>): Promise<void> {
    try {
        await creation;
    } catch (error) {
        if (!(error instanceof ApiException && error.code === 409)) {
            throw error;
        }
    }
}
