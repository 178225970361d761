import {
    AppsV1Api,
    CoreV1Api,
    KubernetesObjectApi,
    PatchStrategy,
    type KubernetesObject,
} from "@kubernetes/client-node";

import { kubeConfigOf } from "../clients/kubeconfig";
import { methods as ordererMembership } from "../components/resources/methods/ordererChannelMembership";
import { methods as peerMembership } from "../components/resources/methods/peerChannelMembership";
import { timed } from "./measure";
import { unwrapped, type StateResource } from "./scratchStack";

const LOOK_AGAIN_MS = 100;
const READY_WITHIN_MS = 300_000;

/** Milliseconds of each step, one after the other. */
export type Steps = Record<string, number>;

/** Kinds that everything else lies in. */
const FIRST = ["Namespace", "StorageClass"];

/**
 * Makes the same network as a state lists, without an engine: its objects applied all at once, its nodes
 * joined by the same clients. Keys, certificates and block are the state's.
 */
export async function applyAndJoin(
    resources: readonly StateResource[],
    kubeconfig: string,
): Promise<Steps> {
    const objects = objectsOf(resources);
    const of = (kind: string) =>
        resources
            .filter(({ type }) => type.endsWith(`:${kind}`))
            .map(({ inputs }) => unwrapped(inputs) as Record<string, unknown>);
    const [, applied] = await timed(() => applyAll(objects, kubeconfig));
    const [, ready] = await timed(() => untilReady(objects, kubeconfig));
    const [, orderers] = await timed(() =>
        Promise.all(
            of("OrdererChannelMembership").map((inputs) => ordererMembership.create(inputs)),
        ),
    );
    const [, peers] = await timed(() =>
        Promise.all(of("PeerChannelMembership").map((inputs) => peerMembership.create(inputs))),
    );
    return {
        "objects applied": applied,
        "nodes ready": ready,
        "ordering nodes joined": orderers,
        "peers joined": peers,
    };
}

function objectsOf(resources: readonly StateResource[]): KubernetesObject[] {
    return resources
        .filter(({ type, custom }) => custom && type.startsWith("kubernetes:"))
        .map(({ inputs = {} }) => {
            // The provider's own notes are no part of the object.
            const entries = Object.entries(inputs).filter(([key]) => !key.startsWith("__"));
            return unwrapped(Object.fromEntries(entries)) as KubernetesObject;
        });
}

async function applyAll(objects: readonly KubernetesObject[], kubeconfig: string): Promise<void> {
    const api = KubernetesObjectApi.makeApiClient(kubeConfigOf({ kubeconfig }));
    const apply = (object: KubernetesObject) =>
        api.patch(
            object,
            undefined,
            undefined,
            "kubefabric-bench",
            true,
            PatchStrategy.ServerSideApply,
        );
    const isFirst = ({ kind = "" }: KubernetesObject) => FIRST.includes(kind);
    await Promise.all(objects.filter(isFirst).map(apply));
    await Promise.all(objects.filter((object) => !isFirst(object)).map(apply));
}

async function untilReady(objects: readonly KubernetesObject[], kubeconfig: string): Promise<void> {
    const api = kubeConfigOf({ kubeconfig }).makeApiClient(AppsV1Api);
    const wait = async ({ metadata }: KubernetesObject) => {
        const [name = "", namespace = ""] = [metadata?.name, metadata?.namespace];
        const end = performance.now() + READY_WITHIN_MS;
        for (;;) {
            const { spec, status } = await api.readNamespacedStatefulSet({ name, namespace });
            if ((status?.readyReplicas ?? 0) >= (spec?.replicas ?? 1)) {
                return;
            }
            if (performance.now() > end) {
                throw new Error(
                    `${namespace}/${name} was not ready in ${READY_WITHIN_MS / 1000} s`,
                );
            }
            await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
        }
    };
    await Promise.all(objects.filter(({ kind }) => kind === "StatefulSet").map(wait));
}

/** Deletes namespaces and waits until they are gone. */
export async function removeNamespaces(
    names: readonly string[],
    kubeconfig: string,
): Promise<void> {
    const api = kubeConfigOf({ kubeconfig }).makeApiClient(CoreV1Api);
    const exists = (name: string) =>
        api.readNamespace({ name }).then(
            () => true,
            (error: { code?: number }) => error.code !== 404,
        );
    await Promise.all(names.map((name) => api.deleteNamespace({ name }).catch(() => undefined)));
    const end = performance.now() + READY_WITHIN_MS;
    for (const name of names) {
        while (await exists(name)) {
            if (performance.now() > end) {
                throw new Error(`namespace ${name} is still there; delete it`);
            }
            await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
        }
    }
}
