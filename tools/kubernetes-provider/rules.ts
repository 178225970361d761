import type { Cluster } from "./cluster";
import { at, nameOf, namespaceOf, textAt } from "./objects";
import { isOwnedBy } from "./pods";
import { type JsonObject, isObject } from "./properties";
import * as readiness from "./readiness";
import type { Readiness } from "./readiness";

/** How long a Service's endpoints must have been quiet, as with the real provider. */
export const settleMilliseconds = 10_000;

export interface Look {
    cluster: Cluster;
    live: JsonObject;
    /** The object before this operation; undefined when it is created. */
    previous: JsonObject | undefined;
    /** Notes that a rule keeps from one look to the next during one wait. */
    memory: Map<string, unknown>;
    /** A one-off look, which gives nothing time to settle. */
    once: boolean;
}

export interface Rule {
    look: (look: Look) => Promise<Readiness> | Readiness;
    /** Looked at by a refresh too, which then reports what is not ready. */
    onRead?: boolean;
    /** @default 600 */
    seconds?: number;
    /** What else to watch: a path and a field selector's name. */
    alsoWatch?: (live: JsonObject) => { path: string; name: string };
}

const inNamespace = (live: JsonObject, group: string, plural: string) =>
    `/${group}/namespaces/${namespaceOf(live)}/${plural}`;

/** `app=peer,org=one` out of a workload's selector. */
export function labelSelectorOf(workload: JsonObject): string {
    const labels = at(workload, "spec", "selector", "matchLabels");
    return isObject(labels)
        ? Object.entries(labels)
              .map(([key, value]) => `${key}=${value as string}`)
              .join(",")
        : "";
}

export async function ownedBy(
    { cluster }: Pick<Look, "cluster">,
    owner: JsonObject,
    group: string,
    plural: string,
): Promise<JsonObject[]> {
    const labelSelector = labelSelectorOf(owner);
    const items = await cluster.items(inNamespace(owner, group, plural), { labelSelector });
    return items.filter((item) => isOwnedBy(item, owner));
}

async function lookAtDeployment({ cluster, live }: Look): Promise<Readiness> {
    const claims = readiness
        .mountedClaims(live)
        .map((name) =>
            cluster.find(`${inNamespace(live, "api/v1", "persistentvolumeclaims")}/${name}`),
        );
    const [replicaSets, ...found] = await Promise.all([
        ownedBy({ cluster }, live, "apis/apps/v1", "replicasets"),
        ...claims,
    ]);
    return readiness.deploymentReadiness(
        live,
        replicaSets,
        found.filter((claim) => claim !== undefined),
    );
}

async function lookAtClaim({ cluster, live, previous, memory }: Look): Promise<Readiness> {
    const className = textAt(live, "spec", "storageClassName");
    if (className !== "" && !memory.has("bindingMode")) {
        const path = `/apis/storage.k8s.io/v1/storageclasses/${className}`;
        const storageClass = await cluster.find(path).catch(() => undefined);
        if (storageClass !== undefined) {
            memory.set("bindingMode", textAt(storageClass, "volumeBindingMode"));
        }
    }
    const bindingMode = (memory.get("bindingMode") as string | undefined) ?? "";
    return readiness.claimReadiness(live, { bindingMode, isUpdate: previous !== undefined });
}

async function lookAtService({ cluster, live, memory, once }: Look): Promise<Readiness> {
    if (!readiness.serviceWaitsForPods(live)) {
        return readiness.serviceReadiness(live, undefined, true);
    }
    const endpoints = await cluster.find(
        `${inNamespace(live, "api/v1", "endpoints")}/${nameOf(live)}`,
    );
    return readiness.serviceReadiness(live, endpoints, once || hasSettled(endpoints, memory));
}

/** Some time has passed since a change of the endpoints, and none came after it. */
function hasSettled(endpoints: JsonObject | undefined, memory: Map<string, unknown>): boolean {
    const version = textAt(endpoints, "metadata", "resourceVersion");
    if (memory.get("version") !== version) {
        memory.set("version", version);
        memory.set("since", Date.now());
    }
    return Date.now() - Number(memory.get("since")) >= settleMilliseconds;
}

const rules: Readonly<Record<string, Rule>> = {
    "apps/v1/StatefulSet": {
        look: ({ live }) => readiness.statefulSetReadiness(live),
        onRead: true,
    },
    "apps/v1/Deployment": { look: lookAtDeployment, onRead: true },
    "apps/v1/DaemonSet": { look: ({ live }) => readiness.daemonSetReadiness(live), onRead: true },
    "batch/v1/Job": { look: ({ live }) => readiness.jobReadiness(live), onRead: true },
    "v1/Pod": { look: ({ live }) => readiness.podReadiness(live), onRead: true },
    "v1/Service": {
        look: lookAtService,
        onRead: true,
        alsoWatch: (live) => ({
            path: inNamespace(live, "api/v1", "endpoints"),
            name: nameOf(live),
        }),
    },
    "v1/PersistentVolumeClaim": { look: lookAtClaim, seconds: 300 },
    "v1/PersistentVolume": { look: ({ live }) => readiness.volumeReadiness(live), seconds: 300 },
    "v1/Secret": { look: ({ live }) => readiness.secretReadiness(live), seconds: 5 },
    "v1/ResourceQuota": { look: ({ live }) => readiness.quotaReadiness(live), seconds: 60 },
    "v1/ReplicationController": {
        look: ({ live }) => readiness.replicationControllerReadiness(live),
    },
};

/** How to tell that an object is ready; kinds without a rule are ready when they are there. */
export function ruleFor(live: JsonObject): Rule | undefined {
    return rules[`${textAt(live, "apiVersion")}/${textAt(live, "kind")}`];
}
