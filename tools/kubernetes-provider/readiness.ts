import { at, idOf, listAt, nameOf, numberAt, textAt } from "./objects";
import { conditionOf, isTrue } from "./pods";
import { type Json, type JsonObject, isObject, sameJson } from "./properties";

/** What is to be said about an object that is being waited for. */
export interface Readiness {
    ready: boolean;
    /** It will not become ready by itself any more. */
    failed?: boolean;
    /** What the wait is for at the moment. */
    waitsFor: string;
    /** What is missing, for the report when the time is up. */
    reasons: string[];
}

export const done: Readiness = { ready: true, waitsFor: "", reasons: [] };

const waiting = (waitsFor: string, ...reasons: string[]): Readiness => ({
    ready: false,
    waitsFor,
    reasons: reasons.length > 0 ? reasons : [waitsFor],
});

/** The controller has seen the object as it is now; before that its status is an old story. */
function isObserved(object: JsonObject): boolean {
    const observed = numberAt(object, "status", "observedGeneration");
    return observed !== undefined && observed >= (numberAt(object, "metadata", "generation") ?? 1);
}

/** All replicas are there and ready, and of the newest revision unless Pods are replaced by hand. */
export function statefulSetReadiness(set: JsonObject): Readiness {
    const wanted = numberAt(set, "spec", "replicas") ?? 1;
    const status = (field: string) => numberAt(set, "status", field) ?? 0;
    if (!isObserved(set)) {
        return waiting(
            "the controller to see the StatefulSet",
            "the controller has not seen it yet",
        );
    }
    const current = textAt(set, "status", "currentRevision");
    const newest = textAt(set, "status", "updateRevision");
    const byHand = textAt(set, "spec", "updateStrategy", "type") === "OnDelete";
    const updated = (numberAt(set, "metadata", "generation") ?? 1) > 1;
    const present = wanted === status("replicas") && wanted === status("readyReplicas");
    const rolled =
        (updated && byHand) ||
        (current !== "" && current === newest && status("currentReplicas") === wanted);
    if (present && rolled) {
        return done;
    }
    const revised = current !== "" && current === newest;
    const good = revised
        ? status("readyReplicas")
        : Math.min(status("readyReplicas"), status("updatedReplicas"));
    const reasons = [`${good} of ${wanted} replicas are ready`];
    if (!revised && !(updated && byHand)) {
        reasons.push(`the roll-out from revision "${current}" to "${newest}" is not finished`);
    }
    return waiting(`Pods (${good} of ${wanted} ready)`, ...reasons);
}

const revisionKey = "deployment.kubernetes.io/revision";

const revisionOf = (object: JsonObject | undefined) =>
    textAt(object, "metadata", "annotations", revisionKey);

/** Available, rolled out, and the newest ReplicaSet has all its Pods ready; its claims are bound. */
export function deploymentReadiness(
    deployment: JsonObject,
    replicaSets: readonly JsonObject[],
    claims: readonly JsonObject[],
): Readiness {
    if (!isObserved(deployment) || revisionOf(deployment) === "") {
        return waiting(
            "the controller to see the Deployment",
            "the controller has not seen it yet",
        );
    }
    const newest = replicaSets.find((set) => revisionOf(set) === revisionOf(deployment));
    const wanted = numberAt(newest, "spec", "replicas") ?? 1;
    const present = numberAt(newest, "status", "readyReplicas") ?? 0;
    const available = conditionOf(deployment, "Available");
    const progressing = conditionOf(deployment, "Progressing");
    const first = revisionOf(deployment) === "1";
    const rolled =
        first ||
        (isTrue(progressing) && textAt(progressing, "reason") === "NewReplicaSetAvailable");
    const unbound = claims.filter((claim) => textAt(claim, "status", "phase") !== "Bound");
    const replicasReady = newest !== undefined && present >= wanted;
    if (isTrue(available) && rolled && replicasReady && unbound.length === 0) {
        return done;
    }
    const reasons = [`${present} of ${wanted} Pods of the newest revision are ready`];
    for (const condition of [available, progressing]) {
        if (condition !== undefined && !isTrue(condition)) {
            reasons.push(`[${textAt(condition, "reason")}] ${textAt(condition, "message")}`);
        }
    }
    reasons.push(...unbound.map((claim) => `claim ${nameOf(claim)} is not bound`));
    return waiting(`Pods (${present} of ${wanted} ready)`, ...reasons);
}

/** Names of the claims that a workload's Pods mount. */
export function mountedClaims(workload: JsonObject): string[] {
    return listAt(workload, "spec", "template", "spec", "volumes")
        .map((volume) => textAt(volume, "persistentVolumeClaim", "claimName"))
        .filter((name) => name !== "");
}

/** Every node that should has an updated, available Pod. */
export function daemonSetReadiness(set: JsonObject): Readiness {
    if (!isObserved(set)) {
        return waiting("the controller to see the DaemonSet", "the controller has not seen it yet");
    }
    const status = (field: string) => numberAt(set, "status", field) ?? 0;
    const wanted = status("desiredNumberScheduled");
    const byHand = textAt(set, "spec", "updateStrategy", "type") === "OnDelete";
    const good = byHand
        ? status("numberReady")
        : Math.min(
              status("updatedNumberScheduled"),
              status("numberAvailable"),
              status("numberReady"),
          );
    return good >= wanted && status("currentNumberScheduled") >= wanted
        ? done
        : waiting(
              `Pods (${good} of ${wanted} nodes)`,
              `${good} of ${wanted} nodes have a ready Pod`,
          );
}

/** Complete, or failed for good. */
export function jobReadiness(job: JsonObject): Readiness {
    const failed = conditionOf(job, "Failed");
    if (isTrue(failed)) {
        const words = `[${textAt(failed, "reason")}] ${textAt(failed, "message")}`;
        return { ready: false, failed: true, waitsFor: words, reasons: [words] };
    }
    if (textAt(job, "status", "startTime") !== "" && isTrue(conditionOf(job, "Complete"))) {
        return done;
    }
    const count = (field: string) => numberAt(job, "status", field) ?? 0;
    return waiting(
        `the Job to succeed (active ${count("active")}, succeeded ${count("succeeded")}, ` +
            `failed ${count("failed")})`,
    );
}

export function podReadiness(pod: JsonObject): Readiness {
    const succeeded = textAt(pod, "status", "phase") === "Succeeded";
    const scheduled = isTrue(conditionOf(pod, "PodScheduled"));
    return succeeded || (scheduled && isTrue(conditionOf(pod, "Ready")))
        ? done
        : waiting(`the Pod to be ready (${textAt(pod, "status", "phase") || "unknown"})`);
}

export interface ClaimContext {
    /** Of the claim's storage class; empty where the class was not found. */
    bindingMode: string;
    /** The claim existed before this operation. */
    isUpdate: boolean;
}

/**
 * Bound; with a class that binds at the first Pod, Pending is as far as it gets alone. A claim that
 * is created (or adopted) under such a class and is Bound already is waited for in vain, as by the
 * real provider: adopted claims need `pulumi.com/skipAwait`.
 */
export function claimReadiness(claim: JsonObject, context: ClaimContext): Readiness {
    const phase = textAt(claim, "status", "phase");
    if (context.isUpdate && phase === "Bound") {
        return done;
    }
    if (context.bindingMode === "WaitForFirstConsumer") {
        return phase === "Pending"
            ? done
            : waiting(
                  "the claim to be Pending",
                  `the claim is ${phase} already, it must have existed before: annotate it with ` +
                      `pulumi.com/skipAwait: "true" to adopt it`,
              );
    }
    return phase === "Bound" ? done : waiting(`the claim to be bound (${phase || "new"})`);
}

export function volumeReadiness(volume: JsonObject): Readiness {
    const phase = textAt(volume, "status", "phase");
    return phase === "Available" || phase === "Bound"
        ? done
        : waiting(`the volume to be available (${phase || "new"})`);
}

/** Whether a Service has Pods to wait for: not without a selector, headless, or a mere name. */
export function serviceWaitsForPods(service: JsonObject): boolean {
    const selector = at(service, "spec", "selector");
    return (
        textAt(service, "spec", "type") !== "ExternalName" &&
        textAt(service, "spec", "clusterIP") !== "None" &&
        isObject(selector) &&
        Object.keys(selector).length > 0
    );
}

/** No Pod behind it still starting, and that for some seconds; a load balancer has its address. */
export function serviceReadiness(
    service: JsonObject,
    endpoints: JsonObject | undefined,
    settled: boolean,
): Readiness {
    const balanced =
        textAt(service, "spec", "type") !== "LoadBalancer" ||
        listAt(service, "status", "loadBalancer", "ingress").length > 0;
    const noAddress = "the load balancer has no address; does the cluster have one to give?";
    if (!serviceWaitsForPods(service)) {
        return balanced ? done : waiting("an address of the load balancer", noAddress);
    }
    const any = (field: string) =>
        listAt(endpoints, "subsets").some((subset) => listAt(subset, field).length > 0);
    if (balanced && endpoints !== undefined && settled && !any("notReadyAddresses")) {
        return done;
    }
    const reasons = any("addresses")
        ? []
        : ["no ready Pod is behind the Service: none is ready, or its selector matches no labels"];
    return waiting("Pods to direct traffic to", ...reasons, ...(balanced ? [] : [noAddress]));
}

/** A token Secret gets its data from a controller; every other Secret is complete at once. */
export function secretReadiness(secret: JsonObject): Readiness {
    const generated = textAt(secret, "type") === "kubernetes.io/service-account-token";
    const data = at(secret, "data");
    return !generated || (isObject(data) && Object.keys(data).length > 0)
        ? done
        : waiting("the token", `no token for ${idOf(secret)}; does its ServiceAccount exist?`);
}

export function quotaReadiness(quota: JsonObject): Readiness {
    return sameJson(at(quota, "spec", "hard"), at(quota, "status", "hard"))
        ? done
        : waiting("the quota to be counted");
}

export function replicationControllerReadiness(controller: JsonObject): Readiness {
    const count = (...path: string[]): Json => numberAt(controller, ...path) ?? 0;
    return count("spec", "replicas") === count("status", "availableReplicas")
        ? done
        : waiting("replicas");
}
