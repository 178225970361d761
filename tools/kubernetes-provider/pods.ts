import { idOf, listAt, namespaceOf, nameOf, numberAt, textAt } from "./objects";
import type { Json, JsonObject } from "./properties";

/** The condition of a type (`Ready`, `Available`, …) in an object's status. */
export function conditionOf(object: JsonObject, type: string): Json | undefined {
    return listAt(object, "status", "conditions").find(
        (condition) => textAt(condition, "type") === type,
    );
}

export const isTrue = (condition: Json | undefined) => textAt(condition, "status") === "True";

export function isOwnedBy(object: JsonObject, owner: JsonObject): boolean {
    const uid = textAt(owner, "metadata", "uid");
    return listAt(object, "metadata", "ownerReferences").some(
        (reference) => uid !== "" && textAt(reference, "uid") === uid,
    );
}

function shortName(object: JsonObject): string {
    return namespaceOf(object) === "default" ? nameOf(object) : idOf(object);
}

/** Why one container is not running, in the kubelet's words; empty where it runs. */
function containerProblems(status: Json): string[] {
    const name = textAt(status, "name");
    const problems: string[] = [];
    const waiting = textAt(status, "state", "waiting", "reason");
    if (waiting !== "" && waiting !== "ContainerCreating" && waiting !== "PodInitializing") {
        const message = textAt(status, "state", "waiting", "message");
        problems.push(`container "${name}" waits: [${waiting}] ${message}`.trimEnd());
    }
    const reason = textAt(status, "state", "terminated", "reason");
    if (reason !== "" && reason !== "Completed") {
        problems.push(endOf(name, status, "state"));
    }
    if (textAt(status, "lastState", "terminated", "reason") !== "") {
        problems.push(endOf(name, status, "lastState"));
    }
    return problems;
}

function endOf(name: string, status: Json, state: "state" | "lastState"): string {
    const code = numberAt(status, state, "terminated", "exitCode");
    const reason = textAt(status, state, "terminated", "reason");
    const message = textAt(status, state, "terminated", "message").trim();
    const end = `container "${name}" ended: ${reason}, exit code ${code}`;
    return message === "" ? end : `${end}: ${message}`;
}

/** Why a Pod is not ready, one line each: not scheduled, image, crash; empty for a ready one. */
export function podProblems(pod: JsonObject): string[] {
    const prefix = `Pod ${shortName(pod)}: `;
    const ready = conditionOf(pod, "Ready");
    if (isTrue(ready) || textAt(pod, "status", "phase") === "Succeeded") {
        return [];
    }
    const scheduled = conditionOf(pod, "PodScheduled");
    if (scheduled !== undefined && !isTrue(scheduled)) {
        return [`${prefix}not scheduled: ${textAt(scheduled, "message")}`];
    }
    const statuses = [
        ...listAt(pod, "status", "initContainerStatuses"),
        ...listAt(pod, "status", "containerStatuses"),
    ];
    const problems = statuses.flatMap(containerProblems);
    const message = textAt(ready, "message") || textAt(pod, "status", "message");
    return [...problems, ...(message === "" ? [] : [message])].map((line) => `${prefix}${line}`);
}

/** Names of the containers whose log is worth a look: those that ended and are not done. */
export function crashedContainers(pod: JsonObject): { name: string; previous: boolean }[] {
    return listAt(pod, "status", "containerStatuses")
        .map((status) => ({
            name: textAt(status, "name"),
            previous: textAt(status, "lastState", "terminated", "reason") !== "",
            ended: textAt(status, "state", "terminated", "reason") === "Error",
        }))
        .filter(({ previous, ended }) => previous || ended)
        .map(({ name, previous, ended }) => ({ name, previous: previous && !ended }));
}
