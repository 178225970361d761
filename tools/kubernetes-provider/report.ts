import { HttpMethod } from "@kubernetes/client-node";

import type { Cluster } from "./cluster";
import { kindOf, nameOf, namespaceOf } from "./objects";
import { crashedContainers, podProblems } from "./pods";
import type { JsonObject } from "./properties";
import { ownedBy } from "./rules";

const mostPods = 5;
const logLines = 5;

async function podsOf(cluster: Cluster, workload: JsonObject): Promise<JsonObject[]> {
    switch (kindOf(workload)) {
        case "Pod":
            return [workload];
        case "Deployment": {
            const sets = await ownedBy({ cluster }, workload, "apis/apps/v1", "replicasets");
            const pods = sets.map((set) => ownedBy({ cluster }, set, "api/v1", "pods"));
            return (await Promise.all(pods)).flat();
        }
        case "StatefulSet":
        case "DaemonSet":
        case "Job":
            return ownedBy({ cluster }, workload, "api/v1", "pods");
        default:
            return [];
    }
}

/** Why the Pods behind a workload are not ready, and with `logs` what the crashed ones last said. */
export async function workloadProblems(
    cluster: Cluster,
    workload: JsonObject,
    { logs }: { logs: boolean },
): Promise<string[]> {
    const pods = (await podsOf(cluster, workload)).slice(0, mostPods);
    const problems = pods.flatMap(podProblems);
    if (!logs) {
        return problems;
    }
    const tails = pods.flatMap((pod) =>
        crashedContainers(pod).map(({ name, previous }) => lastWords(cluster, pod, name, previous)),
    );
    return [...problems, ...(await Promise.all(tails)).filter((tail) => tail !== "")];
}

async function lastWords(
    cluster: Cluster,
    pod: JsonObject,
    container: string,
    previous: boolean,
): Promise<string> {
    const path = `/api/v1/namespaces/${namespaceOf(pod)}/pods/${nameOf(pod)}/log`;
    const query = { container, previous: String(previous), tailLines: String(logLines) };
    try {
        const log = (await cluster.text(HttpMethod.GET, path, { query })).trim();
        return log === "" ? "" : `Pod ${nameOf(pod)}: last lines of "${container}":\n${log}`;
    } catch {
        return "";
    }
}
