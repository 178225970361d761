import { HttpMethod } from "@kubernetes/client-node";

import { Alarm } from "./alarm";
import { secondsToWait, skipsAwait } from "./await";
import type { Cluster } from "./cluster";
import { NotReadyError, isNotFound, messageOf } from "./errors";
import { annotationOf, annotations, kindOf, listAt, textAt, titleOf } from "./objects";
import { conditionOf, isTrue } from "./pods";
import type { JsonObject } from "./properties";

export interface DeleteTask {
    cluster: Cluster;
    collection: string;
    name: string;
    inputs: JsonObject;
    /** The object as last seen. */
    live: JsonObject;
    timeoutSeconds: number;
    cancelled: AbortSignal;
    report: (message: string, severity?: "info" | "warning") => void;
}

const pollMilliseconds = 2000;

/** Kinds that `pulumi.com/skipAwait` also keeps from being waited for when they go. */
const skippable: ReadonlySet<string> = new Set([
    ..."Namespace Pod ReplicationController DaemonSet Deployment StatefulSet Job".split(" "),
]);

/** How the objects that belong to the deleted one go: before it, unless annotated otherwise. */
export function propagationPolicy(inputs: JsonObject): string {
    switch (annotationOf(inputs, annotations.deletionPropagation).toLowerCase()) {
        case "orphan":
            return "Orphan";
        case "background":
            return "Background";
        default:
            return "Foreground";
    }
}

/** Deletes the object and waits until it is gone; one that is not there is gone. */
export async function deleteObject(task: DeleteTask): Promise<void> {
    const { cluster, collection, name, inputs } = task;
    let answer: JsonObject;
    try {
        const body = { propagationPolicy: propagationPolicy(inputs) };
        answer = await cluster.request(HttpMethod.DELETE, `${collection}/${name}`, { body });
    } catch (error) {
        if (isNotFound(error)) {
            return;
        }
        throw new Error(`${titleOf(task.live)} was not deleted: ${messageOf(error)}`, {
            cause: error,
        });
    }
    if (skipsAwait(inputs) && skippable.has(kindOf(task.live))) {
        return;
    }
    // An object that goes at once is answered with a Status, which names the object's UID.
    const uid = textAt(answer, "metadata", "uid") || textAt(answer, "details", "uid");
    await waitUntilGone(task, uid);
}

async function waitUntilGone(task: DeleteTask, uid: string): Promise<void> {
    const { cluster, collection, name, inputs, cancelled, report } = task;
    const seconds = secondsToWait(task.timeoutSeconds, inputs);
    const alarm = new Alarm(cancelled, seconds);
    const query = { fieldSelector: `metadata.name=${name}` };
    let stop: (() => void) | undefined;
    try {
        for (;;) {
            const live = await cluster.find(`${collection}/${name}`);
            if (live === undefined || (uid !== "" && textAt(live, "metadata", "uid") !== uid)) {
                return;
            }
            report(`waiting for the deletion: ${whatKeeps(live)}`);
            stop ??= cluster.watch(collection, query, () => alarm.ring());
            const wake = await alarm.sleep(pollMilliseconds);
            if (wake === "cancelled" || wake === "timeout") {
                const why = wake === "timeout" ? `after ${seconds} s` : "when cancelled";
                const message = `${titleOf(live)} is being deleted but was not gone ${why}`;
                throw new NotReadyError(message, [whatKeeps(live)], live);
            }
        }
    } finally {
        stop?.();
    }
}

/** Why an object that is being deleted is still there, as far as it says. */
export function whatKeeps(live: JsonObject): string {
    const finalizers = [
        ...listAt(live, "metadata", "finalizers"),
        ...listAt(live, "spec", "finalizers"),
    ].map(String);
    const words = ["NamespaceContentRemaining", "NamespaceFinalizersRemaining"]
        .map((type) => conditionOf(live, type))
        .filter(isTrue)
        .map((condition) => textAt(condition, "message"));
    const inUse = finalizers.includes("kubernetes.io/pvc-protection")
        ? ["a Pod still uses the claim"]
        : [];
    const kept = finalizers.length === 0 ? "no finalizer" : `finalizers ${finalizers.join(", ")}`;
    return [kept, ...inUse, ...words].join("; ");
}
