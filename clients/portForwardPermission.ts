import { AuthorizationV1Api, type KubeConfig } from "@kubernetes/client-node";

import { clusterFault } from "./clusterFault";
import { kubeDeadline } from "./kubeDeadline";
import type { Fault } from "./nodeError";

/**
 * A port-forward over WebSocket is authorized as `get`, and from Kubernetes 1.35 as `create` too; over
 * SPDY, as other clients do it, as `create` alone.
 *
 * @see https://github.com/kubernetes/kubernetes/pull/134577
 */
const VERBS = ["create", "get"] as const;

/** What keeps this user from forwarding ports to Pods of a namespace, or nothing. */
export async function portForwardFault(
    config: KubeConfig,
    namespace: string,
): Promise<Fault | undefined> {
    const api = config.makeApiClient(AuthorizationV1Api);
    const mayUse = async (verb: string): Promise<boolean> => {
        const resourceAttributes = {
            namespace,
            resource: "pods",
            subresource: "portforward",
            verb,
        };
        const review = await api.createSelfSubjectAccessReview(
            { body: { spec: { resourceAttributes } } },
            kubeDeadline(),
        );
        return review.status?.allowed === true;
    };
    try {
        const answers = await Promise.all(VERBS.map(mayUse));
        const missing = VERBS.filter((_, index) => answers[index] !== true);
        return missing.length === 0 ? undefined : missingVerbs(missing, namespace);
    } catch (error) {
        return clusterFault(config, error);
    }
}

function missingVerbs(verbs: readonly string[], namespace: string): Fault {
    const quoted = verbs.map((verb) => `"${verb}"`).join(" and ");
    return {
        cause: `this user may not ${quoted} pods/portforward in namespace "${namespace}"`,
        advice: `grant ${quoted} on pods/portforward in namespace "${namespace}", or give the node an outside address`,
        passing: false,
    };
}
