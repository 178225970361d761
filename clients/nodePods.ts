import {
    ApiException,
    AppsV1Api,
    CoreV1Api,
    type KubeConfig,
    PatchStrategy,
    setHeaderOptions,
    type V1Pod,
} from "@kubernetes/client-node";

import { podOf } from "./connection";
import { clusterFault } from "./clusterFault";
import { IN_SERVICE_LABEL } from "./inService";
import { kubeDeadline } from "./kubeDeadline";
import { NodeError } from "./nodeError";
import { found } from "./notFound";
import { retryPassing } from "./retryPassing";

/** The label by which a StatefulSet marks the revision that a Pod was made from. */
const REVISION_LABEL = "controller-revision-hash";

/** The Pod of a node, compared with its StatefulSet. */
export interface NodePod {
    node: string;

    /** Whether it is ready, and not on its way out. */
    ready: boolean;

    /**
     * Whether it is to be replaced: it was made from an older revision of the StatefulSet, or was taken
     * out of its Service by a rollout that did not get further.
     */
    outdated: boolean;

    /** Unique ID of the Pod, where there is one. */
    uid?: string;
}

/** How long an API server that does not answer is tried again. */
const API_BACK_WITHIN_MS = 60_000;

/** The Pod of a node, which a StatefulSet of one replica keeps. */
export async function readNodePod(
    config: KubeConfig,
    namespace: string,
    node: string,
): Promise<NodePod> {
    const [core, apps] = [config.makeApiClient(CoreV1Api), config.makeApiClient(AppsV1Api)];
    const [set, pod] = await explained(config, node, "read its Pod", () =>
        Promise.all([
            apps.readNamespacedStatefulSet({ namespace, name: node }, kubeDeadline()),
            found(core.readNamespacedPod({ namespace, name: podOf(node) }, kubeDeadline())),
        ]),
    );
    // Until the controller has seen the newest template it reports the revision before. Then the node
    // counts as one that is not ready, which is waited for.
    const seen = (set.status?.observedGeneration ?? 0) >= (set.metadata?.generation ?? 0);
    // A Pod on its way out may serve to the last, but what follows is of the current revision.
    const stays = pod !== undefined && pod.metadata?.deletionTimestamp === undefined;
    const labels = pod?.metadata?.labels ?? {};
    const current = labels[REVISION_LABEL] === set.status?.updateRevision;
    const madeWith = set.spec?.template.metadata?.labels ?? {};
    const outOfService = IN_SERVICE_LABEL in madeWith && !(IN_SERVICE_LABEL in labels);
    return {
        node,
        ready: seen && stays && isReady(pod),
        outdated: seen && stays && (!current || outOfService),
        uid: pod?.metadata?.uid,
    };
}

/**
 * Takes a Pod out of its Service and deletes it, unless it is another one by now; its StatefulSet makes
 * a new one. The Pod gets its signal some seconds later, when no machine leads to it any more.
 */
export async function deletePod(
    config: KubeConfig,
    namespace: string,
    { node, uid }: NodePod,
): Promise<void> {
    const core = config.makeApiClient(CoreV1Api);
    const pod = { namespace, name: podOf(node) };
    const leave = { metadata: { uid, labels: { [IN_SERVICE_LABEL]: null } } };
    await explained(config, node, "take its Pod out of its Service", () =>
        unlessAnother(core.patchNamespacedPod({ ...pod, body: leave }, mergePatch())),
    );
    const body = { preconditions: { uid } };
    await explained(config, node, "replace its Pod", () =>
        unlessAnother(core.deleteNamespacedPod({ ...pod, body }, kubeDeadline())),
    );
}

function mergePatch() {
    return setHeaderOptions("Content-Type", PatchStrategy.MergePatch, kubeDeadline());
}

/** What was asked of a Pod that is another one by now is not asked of that one. */
async function unlessAnother(call: Promise<unknown>): Promise<void> {
    try {
        await found(call);
    } catch (error) {
        if (!(error instanceof ApiException && error.code === 409)) {
            throw error;
        }
    }
}

function explained<T>(
    config: KubeConfig,
    node: string,
    attempted: string,
    call: () => Promise<T>,
): Promise<T> {
    const attempt = async () => {
        try {
            return await call();
        } catch (error) {
            throw new NodeError({ node, kind: "orderer" }, attempted, clusterFault(config, error));
        }
    };
    return retryPassing(attempt, { withinMs: API_BACK_WITHIN_MS });
}

function isReady({ status }: V1Pod): boolean {
    return (status?.conditions ?? []).some(
        (condition) => condition.type === "Ready" && condition.status === "True",
    );
}
