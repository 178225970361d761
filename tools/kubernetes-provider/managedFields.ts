import { listAt, textAt } from "./objects";
import type { Step } from "./paths";
import { type Json, type JsonObject, isObject } from "./properties";

/**
 * Owners whose fields become ours at the first update: our own first write, which is no apply, and
 * `kubectl apply`. Two owners of one program's fields could never be rid of a field again.
 */
const predecessors: readonly [manager: string, operation: string][] = [
    ["kubectl", "Apply"],
    ["kubectl", "Update"],
    ["before-first-apply", "Update"],
    ["pulumi-kubernetes", "Update"],
    ["pulumi-kubernetes.exe", "Update"],
    ["pulumi-resource-kubernetes", "Update"],
];

const isPredecessor = (entry: Json) =>
    textAt(entry, "subresource") === "" &&
    predecessors.some(
        ([manager, operation]) =>
            textAt(entry, "manager") === manager && textAt(entry, "operation") === operation,
    );

/** Whether the object's first write by a Pulumi provider was no apply. */
export function isOwnedByCreate(live: JsonObject): boolean {
    return listAt(live, "metadata", "managedFields").some(
        (entry) => isPredecessor(entry) && textAt(entry, "manager").startsWith("pulumi-"),
    );
}

/**
 * The owners with all predecessors' fields handed to one manager, or undefined where there is
 * nothing to hand over.
 */
export function takenOver(live: JsonObject, fieldManager: string): Json[] | undefined {
    const entries = listAt(live, "metadata", "managedFields");
    const old = entries.filter(isPredecessor);
    if (old.length === 0) {
        return undefined;
    }
    const isOurs = (entry: Json) =>
        textAt(entry, "manager") === fieldManager && textAt(entry, "operation") === "Apply";
    const ours = entries.filter(isOurs);
    const [first = {}] = [...ours, ...old];
    const fields = [...ours, ...old].map((entry) => (isObject(entry) ? entry["fieldsV1"] : {}));
    const merged: JsonObject = {
        ...(isObject(first) ? first : {}),
        manager: fieldManager,
        operation: "Apply",
        fieldsV1: fields.reduce<JsonObject>((all, each) => union(all, each ?? {}), {}),
    };
    return [merged, ...entries.filter((entry) => !isOurs(entry) && !isPredecessor(entry))];
}

function union(left: JsonObject, right: Json): JsonObject {
    const result = { ...left };
    for (const [key, value] of Object.entries(isObject(right) ? right : {})) {
        const present = result[key];
        result[key] = isObject(present) ? union(present, value) : value;
    }
    return result;
}

/** Who owns the field at a path without list indices, by name. */
export function ownersOf(live: JsonObject, path: readonly Step[]): string[] {
    const keys = path.map((step) => `f:${step}`);
    return listAt(live, "metadata", "managedFields")
        .filter((entry) => {
            let fields: Json | undefined = isObject(entry) ? entry["fieldsV1"] : undefined;
            for (const key of keys) {
                fields = isObject(fields) ? fields[key] : undefined;
            }
            return fields !== undefined;
        })
        .map((entry) => textAt(entry, "manager"));
}
