import { ApiException, CoreV1Api, type KubeConfig, type V1Pod } from "@kubernetes/client-node";

import { clusterFault } from "./clusterFault";
import { kubeDeadline } from "./kubeDeadline";
import type { Fault } from "./nodeError";
import type { PodPort } from "./portForward";

/** Why the API server did not open a forward to a Pod. */
export async function upgradeFault(
    config: KubeConfig,
    to: PodPort,
    error: unknown,
): Promise<Fault> {
    const message = messageOf(error);
    const [, status] = /server response: ([0-9]{3})/.exec(message) ?? [];
    if (status === undefined) {
        return clusterFault(config, errorOf(error));
    }
    if (status === "403") {
        return {
            cause: `the cluster forbids the port-forward to Pod ${to.pod}`,
            advice: `grant "create" and "get" on pods/portforward in namespace "${to.namespace}"`,
            passing: false,
        };
    }
    const pod = await podFault(config, to);
    return (
        pod ?? {
            cause: `the cluster does not forward to Pod ${to.pod} (HTTP ${status})`,
            advice: look(to),
            passing: true,
        }
    );
}

/** Why a forward that was open carried nothing: `said` are the words of the Pod's machine. */
export async function forwardedFault(
    config: KubeConfig,
    to: PodPort,
    said: string,
): Promise<Fault> {
    const pod = await podFault(config, to);
    if (pod !== undefined) {
        return pod;
    }
    if (/connection refused/.test(said)) {
        return {
            cause: `nothing listens at port ${to.port} of Pod ${to.pod} (connection refused)`,
            advice: `the node starts or has stopped; ${look(to)}`,
            passing: true,
        };
    }
    return {
        cause: `the port-forward to port ${to.port} of Pod ${to.pod} failed: ${firstLine(said)}`,
        advice: look(to),
        passing: true,
    };
}

/** What is wrong with a Pod, or nothing: also where this user may not read it. */
async function podFault(config: KubeConfig, to: PodPort): Promise<Fault | undefined> {
    const { namespace, pod: name } = to;
    let pod: V1Pod;
    try {
        const api = config.makeApiClient(CoreV1Api);
        pod = await api.readNamespacedPod({ namespace, name }, kubeDeadline());
    } catch (error) {
        return error instanceof ApiException && error.code === 404
            ? {
                  cause: `Pod ${name} does not exist in namespace "${namespace}"`,
                  advice: `look at "kubectl -n ${namespace} get statefulsets,pods"`,
                  passing: true,
              }
            : undefined;
    }
    const state = podState(pod);
    return state === undefined
        ? undefined
        : { cause: `Pod ${name} ${state}`, advice: look(to), passing: true };
}

/** Why a Pod serves nothing, in a few words; nothing where its containers run. */
function podState({ metadata, status }: V1Pod): string | undefined {
    if (metadata?.deletionTimestamp !== undefined) {
        return "is being replaced";
    }
    const waiting = (status?.containerStatuses ?? []).find(
        ({ state }) => state?.running === undefined,
    );
    if (waiting !== undefined) {
        const { waiting: why, terminated } = waiting.state ?? {};
        const reason = why?.reason ?? terminated?.reason ?? "no reason given";
        return `is not running: container ${waiting.name} is ${why ? "waiting" : "terminated"} (${reason})`;
    }
    return status?.phase === "Running"
        ? undefined
        : `is not running (${status?.phase ?? "unknown"})`;
}

function look({ namespace, pod }: PodPort): string {
    return `look at "kubectl -n ${namespace} describe pod ${pod}" and its log`;
}

/** A failed WebSocket is reported as an event that holds the error. */
function errorOf(error: unknown): unknown {
    return (error as { error?: unknown } | null)?.error ?? error;
}

function messageOf(error: unknown): string {
    const message = (error as { message?: unknown } | null)?.message;
    return typeof message === "string" ? message : String(error);
}

function firstLine(text: string): string {
    return text.trim().split("\n")[0] ?? "";
}
