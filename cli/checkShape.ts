import { TEMPLATE_BRACES } from "./checkYaml";
import type { Problem } from "../fabric/problem";
import { fieldsOf, type Fields } from "../storage/manifests";

/** Fields in which braces are the business of whatever runs there. */
const FREE_TEXT = new Set([
    "annotations",
    "args",
    "binaryData",
    "command",
    "data",
    "env",
    "stringData",
]);

/** The first reason why an object cannot be read as a Kubernetes object; nothing where it can. */
export function shapeProblem(object: Fields): Problem | undefined {
    for (const field of ["apiVersion", "kind"]) {
        const value = object[field];
        if (typeof value !== "string" || value === "") {
            return { path: field, reason: `is no Kubernetes object: its ${field} is no text` };
        }
    }
    return metadataProblem(object.metadata);
}

/** Every object has a name; what has none is cut off, or of another program. */
function metadataProblem(metadata: unknown): Problem | undefined {
    const reason = (what: string) => `is no Kubernetes object: ${what}`;
    const isObject = (value: unknown) =>
        typeof value === "object" && value !== null && !Array.isArray(value);
    if (!isObject(metadata)) {
        return { path: "metadata", reason: reason("its metadata is no object") };
    }
    const { name, generateName, namespace, labels, annotations } = fieldsOf(metadata);
    if (typeof (name ?? generateName) !== "string") {
        return { path: "metadata.name", reason: reason("its name is no text") };
    }
    if (namespace !== undefined && namespace !== null && typeof namespace !== "string") {
        return { path: "metadata.namespace", reason: reason("its namespace is no text") };
    }
    for (const [field, value] of Object.entries({ labels, annotations })) {
        if (value !== undefined && value !== null && !isObject(value)) {
            return { path: `metadata.${field}`, reason: reason(`its ${field} are no object`) };
        }
    }
    return undefined;
}

/** Template braces that were left in where a rule reads; in an object that no rule reads, in its kind. */
export function templateProblem(object: Fields, concerned: boolean): Problem | undefined {
    const read = concerned ? object : { apiVersion: object.apiVersion, kind: object.kind };
    const path = bracesIn(read);
    return path === undefined ? undefined : { path, reason: TEMPLATE_BRACES };
}

function bracesIn(value: unknown): string | undefined {
    if (typeof value === "string") {
        return value.includes("{{") ? "" : undefined;
    }
    if (typeof value !== "object" || value === null) {
        return undefined;
    }
    for (const [key, item] of Object.entries(value)) {
        const inKey = key.includes("{{") ? "" : undefined;
        const below = FREE_TEXT.has(key) ? undefined : (inKey ?? bracesIn(item));
        if (below !== undefined) {
            const step = Array.isArray(value) ? `[${key}]` : key;
            return below === "" ? step : `${step}${below.startsWith("[") ? "" : "."}${below}`;
        }
    }
    return undefined;
}
