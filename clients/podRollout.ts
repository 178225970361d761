import { AppsV1Api, CoreV1Api, type V1Pod } from "@kubernetes/client-node";
import pRetry, { AbortError } from "p-retry";

import { kubeConfigOf, type ClusterCredentials } from "./kubeconfig";
import { found } from "./notFound";

/** How long a replaced Pod may take to be ready. */
const READY_WITHIN_SECONDS = 600;

/** The label by which a StatefulSet marks the revision that a Pod was made from. */
const REVISION_LABEL = "controller-revision-hash";

interface NodeState {
    node: string;
    ready: boolean;
    outdated: boolean;
}

/**
 * Replaces the Pods of `nodes` that are older than their StatefulSet, one at a time, each only while
 * all others are ready. A node that is not ready goes first: replacing it takes nothing away. Safe to
 * repeat; an interrupted one goes on where it stopped.
 *
 * @returns the nodes whose Pods were replaced, in order.
 */
export async function replaceOutdatedPods(
    credentials: ClusterCredentials,
    { namespace, nodes }: { namespace: string; nodes: readonly string[] },
): Promise<string[]> {
    const config = kubeConfigOf(credentials);
    const [core, apps] = [config.makeApiClient(CoreV1Api), config.makeApiClient(AppsV1Api)];
    const replaced: string[] = [];
    for (;;) {
        const states = await Promise.all(nodes.map((node) => stateOf(core, apps, namespace, node)));
        const outdated = states.filter((state) => state.outdated);
        const next = outdated.find((state) => !state.ready) ?? outdated[0];
        if (next === undefined) {
            return replaced;
        }
        const down = states.filter(({ ready, node }) => !ready && node !== next.node);
        if (down.length > 0) {
            throw new Error(
                `ordering node ${next.node} runs an older version, but it is not replaced while ` +
                    `${down.map(({ node }) => node).join(", ")} is not ready: that could stop the ` +
                    "channels; mend that node, then run the update again",
            );
        }
        await core.deleteNamespacedPod({ namespace, name: podName(next.node) });
        await untilCurrent(core, apps, namespace, next.node);
        replaced.push(next.node);
    }
}

const podName = (node: string) => `${node}-0`;

async function stateOf(
    core: CoreV1Api,
    apps: AppsV1Api,
    namespace: string,
    node: string,
): Promise<NodeState> {
    const [set, pod] = await Promise.all([
        apps.readNamespacedStatefulSet({ namespace, name: node }),
        found(core.readNamespacedPod({ namespace, name: podName(node) })),
    ]);
    const revision = set.status?.updateRevision;
    return {
        node,
        ready: isReady(pod),
        // A Pod that is not there will be made from the current revision.
        outdated: pod !== undefined && pod.metadata?.labels?.[REVISION_LABEL] !== revision,
    };
}

function isReady(pod: V1Pod | undefined): boolean {
    return (
        pod?.metadata?.deletionTimestamp === undefined &&
        (pod?.status?.conditions ?? []).some(
            ({ type, status }) => type === "Ready" && status === "True",
        )
    );
}

async function untilCurrent(core: CoreV1Api, apps: AppsV1Api, namespace: string, node: string) {
    const end = Date.now() + READY_WITHIN_SECONDS * 1000;
    await pRetry(
        async () => {
            const { ready, outdated } = await stateOf(core, apps, namespace, node);
            if (ready && !outdated) {
                return;
            }
            const late = new Error(
                `ordering node ${node} was replaced and is not ready after ` +
                    `${READY_WITHIN_SECONDS} s; look at "kubectl -n ${namespace} describe pod ` +
                    `${podName(node)}" and its log; the other nodes were left as they are`,
            );
            throw Date.now() > end ? new AbortError(late) : late;
        },
        { retries: READY_WITHIN_SECONDS, minTimeout: 500, maxTimeout: 1000, factor: 1.1 },
    );
}
