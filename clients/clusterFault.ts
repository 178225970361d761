import { ApiException, type KubeConfig } from "@kubernetes/client-node";

import type { Fault } from "./nodeError";

/** Why the API server of a cluster gave no answer that can be used. */
export function clusterFault(config: KubeConfig, error: unknown): Fault {
    const server = config.getCurrentCluster()?.server ?? "";
    if (!(error instanceof ApiException)) {
        return {
            cause: `the cluster at ${server} cannot be reached (${networkReason(error)})`,
            advice: "check that it is running and that the kubeconfig is current",
            passing: true,
        };
    }
    const said = wordsOf(error);
    if (error.code === 401) {
        return {
            cause: `the cluster at ${server} refuses the credentials of the kubeconfig`,
            advice: "check the kubeconfig and the user in it",
            passing: false,
        };
    }
    return {
        cause: `the cluster at ${server} answers ${said} (HTTP ${error.code})`,
        advice:
            error.code === 403 ? "grant this user what is named" : "look at the object it names",
        passing: error.code >= 500 || error.code === 429,
    };
}

/** The one sentence that the API server gives as reason. */
function wordsOf({ body }: ApiException<unknown>): string {
    let status = body;
    try {
        status = typeof body === "string" ? JSON.parse(body) : body;
    } catch {
        // A proxy in front of the API server has other words; its status is enough.
    }
    const { message } = (status ?? {}) as { message?: unknown };
    return typeof message === "string" ? JSON.stringify(message) : "without a reason";
}

/** The code of a network error where it has one; fetch hides it one level down. */
export function networkReason(error: unknown): string {
    const outer = error instanceof Error ? error : new Error(String(error));
    const inner = outer.cause instanceof Error ? outer.cause : outer;
    const { code } = inner as NodeJS.ErrnoException;
    if (outer.name === "TimeoutError") {
        return "no answer in time";
    }
    return typeof code === "string" ? code : inner.message;
}
