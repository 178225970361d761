import assert from "node:assert/strict";

import { Alarm } from "kubefabric/internal/tools/kubernetes-provider/alarm";
import { secondsToWait, skipsAwait } from "kubefabric/internal/tools/kubernetes-provider/await";
import { propagationPolicy, whatKeeps } from "kubefabric/internal/tools/kubernetes-provider/delete";
import { crashedContainers, podProblems } from "kubefabric/internal/tools/kubernetes-provider/pods";
import type { JsonObject } from "kubefabric/internal/tools/kubernetes-provider/properties";
import type { Readiness } from "kubefabric/internal/tools/kubernetes-provider/readiness";
import * as readiness from "kubefabric/internal/tools/kubernetes-provider/readiness";

/** `ready`, `failed`, or the reasons why not. */
function verdict({ ready, failed, reasons }: Readiness): string | string[] {
    return ready ? "ready" : failed ? "failed" : reasons;
}

const isReady = (state: Readiness) => state.ready;
const condition = (type: string, status: boolean, more: JsonObject = {}) => ({
    type,
    status: status ? "True" : "False",
    ...more,
});

describe("the small Kubernetes provider waits for a StatefulSet", () => {
    interface Given {
        spec?: JsonObject;
        status?: JsonObject;
        generation?: number;
    }
    const full = {
        ...{ observedGeneration: 1, replicas: 3, readyReplicas: 3, currentReplicas: 3 },
        ...{ currentRevision: "a", updateRevision: "a" },
    };
    const look = ({ spec = {}, status = {}, generation = 1 }: Given) =>
        readiness.statefulSetReadiness({
            metadata: { generation },
            spec: { replicas: 3, ...spec },
            status: { ...full, ...status },
        });

    it("until all replicas are ready and of the newest revision", () => {
        assert.ok(isReady(look({})));
        for (const field of ["replicas", "readyReplicas", "currentReplicas"]) {
            assert.equal(isReady(look({ status: { [field]: 2 } })), false, field);
        }
        assert.deepEqual(verdict(look({ status: { updateRevision: "b", updatedReplicas: 1 } })), [
            "1 of 3 replicas are ready",
            'the roll-out from revision "a" to "b" is not finished',
        ]);
    });

    it("until the controller has seen this generation", () => {
        assert.equal(isReady(look({ generation: 2 })), false);
        assert.ok(isReady(look({ generation: 2, status: { observedGeneration: 2 } })));
        assert.equal(isReady(readiness.statefulSetReadiness({ spec: { replicas: 0 } })), false);
    });

    it("but not for Pods that are replaced by hand, once it was made", () => {
        const spec = { updateStrategy: { type: "OnDelete" } };
        const status = { updateRevision: "b", currentReplicas: 0, observedGeneration: 2 };
        assert.ok(isReady(look({ spec, status, generation: 2 })));
        assert.equal(isReady(look({ spec, status, generation: 1 })), false);
        const missing = { ...status, readyReplicas: 2 };
        assert.equal(isReady(look({ spec, status: missing, generation: 2 })), false);
    });

    it("with one replica where none is written, and with none", () => {
        const status = { ...full, replicas: 1, readyReplicas: 1, currentReplicas: 1 };
        assert.ok(isReady(readiness.statefulSetReadiness({ spec: {}, status })));
        const none = { observedGeneration: 1, currentRevision: "a", updateRevision: "a" };
        assert.ok(isReady(readiness.statefulSetReadiness({ spec: { replicas: 0 }, status: none })));
    });
});

describe("the small Kubernetes provider waits for a Deployment", () => {
    const key = "deployment.kubernetes.io/revision";
    const deployment = (revision: string, conditions: JsonObject[], observedGeneration = 1) => ({
        metadata: { generation: 1, annotations: { [key]: revision } },
        spec: {},
        status: { observedGeneration, conditions },
    });
    const replicaSet = (revision: string, readyReplicas: number, replicas = 2) => ({
        metadata: { annotations: { [key]: revision } },
        spec: { replicas },
        status: { readyReplicas },
    });
    const available = condition("Available", true);
    const rolled = condition("Progressing", true, { reason: "NewReplicaSetAvailable" });
    const rolling = condition("Progressing", true, { reason: "ReplicaSetUpdated" });
    const look = readiness.deploymentReadiness;

    it("until it is available and its newest ReplicaSet complete", () => {
        assert.ok(isReady(look(deployment("1", [available]), [replicaSet("1", 2)], [])));
        assert.equal(isReady(look(deployment("1", [available]), [replicaSet("1", 1)], [])), false);
        assert.equal(isReady(look(deployment("1", []), [replicaSet("1", 2)], [])), false);
        assert.equal(isReady(look(deployment("1", [available]), [], [])), false);
    });

    it("until a new revision is rolled out", () => {
        const sets = [replicaSet("1", 2), replicaSet("2", 2)];
        assert.ok(isReady(look(deployment("2", [available, rolled]), sets, [])));
        assert.equal(isReady(look(deployment("2", [available, rolling]), sets, [])), false);
        const old = [replicaSet("1", 2), replicaSet("2", 0)];
        assert.equal(isReady(look(deployment("2", [available, rolled]), old, [])), false);
    });

    it("until the controller has seen it and its claims are bound", () => {
        const made = deployment("1", [available], 0);
        assert.equal(isReady(look(made, [replicaSet("1", 2)], [])), false);
        const claim = (phase: string) => ({ metadata: { name: "c" }, status: { phase } });
        const good = deployment("1", [available]);
        assert.ok(isReady(look(good, [replicaSet("1", 2)], [claim("Bound")])));
        assert.ok(
            look(good, [replicaSet("1", 2)], [claim("Pending")]).reasons.includes(
                "claim c is not bound",
            ),
        );
    });

    it("and says why it makes no progress", () => {
        const stuck = condition("Progressing", false, { reason: "Deadline", message: "too slow" });
        const { reasons } = look(deployment("1", [stuck]), [replicaSet("1", 0)], []);
        assert.ok(reasons.includes("[Deadline] too slow"));
    });

    it("whose claims are those its Pods mount", () => {
        const volumes: JsonObject[] = [
            { name: "a", persistentVolumeClaim: { claimName: "data" } },
            { name: "b", emptyDir: {} },
        ];
        assert.deepEqual(readiness.mountedClaims({ spec: { template: { spec: { volumes } } } }), [
            "data",
        ]);
    });
});

describe("the small Kubernetes provider waits for the other kinds", () => {
    const phase = (name: string) => ({ status: { phase: name } });

    it("for a claim until it is bound, or pending where the first Pod binds it", () => {
        const look = (name: string, bindingMode: string, isUpdate: boolean) =>
            isReady(readiness.claimReadiness(phase(name), { bindingMode, isUpdate }));
        const late = "WaitForFirstConsumer";
        assert.equal(look("Bound", "Immediate", false), true);
        assert.equal(look("Pending", "Immediate", false), false);
        assert.equal(look("Pending", late, false), true);
        assert.equal(look("Pending", late, true), true);
        assert.equal(look("Bound", late, true), true);
        assert.equal(look("Pending", "", false), false);
        assert.equal(look("Lost", "Immediate", true), false);
    });

    it("for an adopted claim in vain, as the real one does, and says what to write", () => {
        const context = { bindingMode: "WaitForFirstConsumer", isUpdate: false };
        const { ready, reasons } = readiness.claimReadiness(phase("Bound"), context);
        assert.equal(ready, false);
        assert.match(reasons.join(), /pulumi\.com\/skipAwait/);
    });

    it("for a Service with Pods to direct traffic to, and for no other", () => {
        const service = (spec: JsonObject) => ({ spec });
        const selector = { app: "a" };
        const waits = readiness.serviceWaitsForPods;
        assert.equal(waits(service({ selector })), true);
        assert.equal(waits(service({ selector, clusterIP: "None" })), false);
        assert.equal(waits(service({ selector, type: "ExternalName" })), false);
        assert.equal(waits(service({})), false);
        assert.equal(waits(service({ selector: {} })), false);
    });

    it("for a Service until its endpoints have settled and none is still starting", () => {
        const service = { spec: { selector: { app: "a" } } };
        const good = { subsets: [{ addresses: [{}] }] };
        const starting = { subsets: [{ addresses: [{}], notReadyAddresses: [{}] }] };
        const look = readiness.serviceReadiness;
        assert.ok(isReady(look(service, good, true)));
        assert.ok(isReady(look(service, {}, true)));
        assert.equal(isReady(look(service, good, false)), false);
        assert.equal(isReady(look(service, starting, true)), false);
        assert.equal(isReady(look(service, undefined, true)), false);
    });

    it("for a load balancer until it has an address", () => {
        const balancer = (ingress: JsonObject[]) => ({
            spec: { type: "LoadBalancer" },
            status: { loadBalancer: { ingress } },
        });
        const look = (ingress: JsonObject[]) =>
            isReady(readiness.serviceReadiness(balancer(ingress), undefined, true));
        assert.equal(look([]), false);
        assert.equal(look([{ ip: "192.0.2.1" }]), true);
    });

    it("for a Job until it is complete, and not after it has failed", () => {
        const job = (conditions: JsonObject[], startTime = "t") => ({
            status: { startTime, conditions },
        });
        assert.equal(verdict(readiness.jobReadiness(job([condition("Complete", true)]))), "ready");
        assert.notEqual(verdict(readiness.jobReadiness(job([]))), "ready");
        const failed = condition("Failed", true, { reason: "Backoff", message: "gave up" });
        assert.equal(verdict(readiness.jobReadiness(job([failed]))), "failed");
    });

    it("for Pods, volumes, quotas, tokens, daemons and controllers", () => {
        const pod = (...conditions: JsonObject[]) => ({ status: { conditions } });
        const scheduled = condition("PodScheduled", true);
        assert.ok(isReady(readiness.podReadiness(pod(scheduled, condition("Ready", true)))));
        assert.equal(isReady(readiness.podReadiness(pod(scheduled))), false);
        assert.ok(isReady(readiness.podReadiness(phase("Succeeded"))));

        assert.ok(isReady(readiness.volumeReadiness(phase("Available"))));
        assert.equal(isReady(readiness.volumeReadiness(phase("Pending"))), false);

        const quota = (hard: JsonObject) => ({ spec: { hard: { pods: "1" } }, status: { hard } });
        assert.ok(isReady(readiness.quotaReadiness(quota({ pods: "1" }))));
        assert.equal(isReady(readiness.quotaReadiness(quota({}))), false);

        const token = { type: "kubernetes.io/service-account-token" };
        assert.equal(isReady(readiness.secretReadiness(token)), false);
        assert.ok(isReady(readiness.secretReadiness({ ...token, data: { token: "t" } })));
        assert.ok(isReady(readiness.secretReadiness({ type: "Opaque" })));

        const daemons = (count: number) => ({
            status: {
                ...{ observedGeneration: 1, desiredNumberScheduled: 2, numberReady: count },
                ...{ currentNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 2 },
            },
        });
        assert.ok(isReady(readiness.daemonSetReadiness(daemons(2))));
        assert.equal(isReady(readiness.daemonSetReadiness(daemons(1))), false);

        const controller = (availableReplicas: number) => ({
            spec: { replicas: 2 },
            status: { availableReplicas },
        });
        assert.ok(isReady(readiness.replicationControllerReadiness(controller(2))));
        assert.equal(isReady(readiness.replicationControllerReadiness(controller(1))), false);
    });
});

describe("the small Kubernetes provider tells why a Pod is not ready", () => {
    const pod = (status: JsonObject) => ({ metadata: { name: "p", namespace: "n" }, status });
    const notReady = condition("Ready", false, { message: "containers not ready" });

    it("not scheduled", () => {
        const message = "0/1 nodes are available";
        const conditions = [condition("PodScheduled", false, { message })];
        assert.deepEqual(podProblems(pod({ conditions })), [`Pod n/p: not scheduled: ${message}`]);
    });

    it("an image that is not to be had, and no word about a container that is just being made", () => {
        const waiting = (reason: string) => ({
            name: "c",
            state: { waiting: { reason, message: "no such image" } },
        });
        const problems = (reason: string) =>
            podProblems(pod({ conditions: [notReady], containerStatuses: [waiting(reason)] }));
        assert.deepEqual(problems("ImagePullBackOff"), [
            'Pod n/p: container "c" waits: [ImagePullBackOff] no such image',
            "Pod n/p: containers not ready",
        ]);
        assert.deepEqual(problems("ContainerCreating"), ["Pod n/p: containers not ready"]);
    });

    it("a crash, with the exit code, and whose log to look at", () => {
        const terminated = { reason: "Error", exitCode: 3, message: "out of luck" };
        const crashing = {
            name: "c",
            state: { waiting: { reason: "CrashLoopBackOff" } },
            lastState: { terminated },
        };
        const ended = { name: "d", state: { terminated } };
        const status = { conditions: [notReady], containerStatuses: [crashing, ended] };
        assert.deepEqual(podProblems(pod(status)).slice(0, 3), [
            'Pod n/p: container "c" waits: [CrashLoopBackOff]',
            'Pod n/p: container "c" ended: Error, exit code 3: out of luck',
            'Pod n/p: container "d" ended: Error, exit code 3: out of luck',
        ]);
        assert.deepEqual(crashedContainers(pod(status)), [
            { name: "c", previous: true },
            { name: "d", previous: false },
        ]);
    });

    it("and nothing about one that is", () => {
        assert.deepEqual(podProblems(pod({ conditions: [condition("Ready", true)] })), []);
        assert.deepEqual(podProblems(pod({ phase: "Succeeded" })), []);
    });
});

describe("the small Kubernetes provider's patience", () => {
    const annotated = (annotations: JsonObject) => ({ metadata: { annotations } });

    it("is that of the resource's options, its annotation, its kind", () => {
        const inputs = annotated({ "pulumi.com/timeoutSeconds": "20" });
        assert.equal(secondsToWait(10, inputs), 10);
        assert.equal(secondsToWait(0, inputs), 20);
        assert.equal(secondsToWait(0, {}), 600);
        assert.equal(secondsToWait(0, {}, 5), 5);
        assert.equal(secondsToWait(0, annotated({ "pulumi.com/timeoutSeconds": "x" })), 600);
    });

    it("is none where an annotation says so", () => {
        assert.equal(skipsAwait(annotated({ "pulumi.com/skipAwait": "true" })), true);
        assert.equal(skipsAwait(annotated({ "pulumi.com/skipAwait": "false" })), false);
    });

    it("ends with a change, with the time, and when it is called off", async () => {
        const control = new AbortController();
        const alarm = new Alarm(control.signal, 60);
        setTimeout(() => alarm.ring(), 5);
        assert.equal(await alarm.sleep(10_000), "change");
        assert.equal(await alarm.sleep(1), "tick");
        alarm.ring();
        assert.equal(await alarm.sleep(10_000), "change");
        setTimeout(() => control.abort(), 5);
        assert.equal(await alarm.sleep(10_000), "cancelled");
        assert.equal(await alarm.sleep(10_000), "cancelled");
        assert.equal(await new Alarm(new AbortController().signal, 0.01).sleep(5000), "timeout");
    });

    it("deletes what belongs to an object first, unless annotated otherwise", () => {
        const policy = (value: string) =>
            propagationPolicy(annotated({ "pulumi.com/deletionPropagationPolicy": value }));
        assert.equal(propagationPolicy({}), "Foreground");
        assert.equal(policy("orphan"), "Orphan");
        assert.equal(policy("Background"), "Background");
    });

    it("says what keeps an object that is being deleted", () => {
        assert.equal(whatKeeps({}), "no finalizer");
        const claim = { metadata: { finalizers: ["kubernetes.io/pvc-protection"] } };
        assert.match(whatKeeps(claim), /a Pod still uses the claim/);
        const message = "some content remains";
        const conditions = [condition("NamespaceContentRemaining", true, { message })];
        assert.match(whatKeeps({ status: { conditions } }), /some content remains/);
    });
});
