/** A Kubernetes object as plain data, and where it stands. */
export interface Manifest {
    /** Kind without `Patch`: `StatefulSet`. */
    readonly kind: string;
    /** Where it stands in what it was found in: empty, or `items[2]`. */
    readonly path: string;
    readonly object: Fields;
}

/** Fields of an object. Values may be of any type: nobody has checked them. */
export type Fields = Readonly<Record<string, unknown>>;

/** The specification of a Pod that an object makes, and where it stands. */
export interface PodSpec {
    readonly path: string;
    readonly spec: Fields;
    /** Labels of the Pod. */
    readonly labels: Fields;
    /** How many such Pods there may be at once; absent where what is written is no number. */
    readonly replicas?: number;
}

/** Where each kind has the template of its Pods; a Pod is its own. */
const POD_TEMPLATES: Readonly<Record<string, readonly string[]>> = {
    Pod: [],
    PodTemplate: ["template"],
    Deployment: ["spec", "template"],
    ReplicaSet: ["spec", "template"],
    ReplicationController: ["spec", "template"],
    StatefulSet: ["spec", "template"],
    DaemonSet: ["spec", "template"],
    Job: ["spec", "template"],
    CronJob: ["spec", "jobTemplate", "spec", "template"],
};

/** Kinds of objects that make Pods. */
export const WORKLOAD_KINDS: readonly string[] = Object.keys(POD_TEMPLATES);

/** The objects in an object: itself, or what a `List`, `PersistentVolumeClaimList`, … holds. */
export function manifestsIn(kind: string, object: Fields, path = ""): Manifest[] {
    if (!kind.endsWith("List") || object.items === undefined) {
        return [{ kind: baseKind(kind), path, object }];
    }
    const itemKind = kind.slice(0, -"List".length);
    return listOf(object.items).flatMap((item, index) => {
        const fields = fieldsOf(item);
        const ownKind = typeof fields.kind === "string" ? fields.kind : itemKind;
        return manifestsIn(ownKind, fields, join(path, `items[${index}]`));
    });
}

/** `StatefulSet` of `StatefulSetPatch`, the kind with which Pulumi changes an object of others. */
export function baseKind(kind: string): string {
    return kind.endsWith("Patch") ? kind.slice(0, -"Patch".length) : kind;
}

/** The Pod specification of an object that makes Pods; nothing for others. */
export function podSpecOf({ kind, path, object }: Manifest): PodSpec | undefined {
    const way = Object.hasOwn(POD_TEMPLATES, kind) ? POD_TEMPLATES[kind] : undefined;
    if (way === undefined) {
        return undefined;
    }
    const template = fieldsOf(valueAt(object, ...way));
    return {
        path: join(path, ...way, "spec"),
        spec: fieldsOf(template.spec),
        labels: fieldsOf(fieldsOf(template.metadata).labels),
        replicas: replicasOf(kind, object),
    };
}

/** The way from an object to the specification of its Pods. */
export function podSpecWay(kind: string): readonly string[] {
    return [...(POD_TEMPLATES[kind] ?? []), "spec"];
}

/** How many Pods of an object may run at once; a DaemonSet's number is the cluster's. */
function replicasOf(kind: string, object: Fields): number | undefined {
    const count = (...way: string[]) => {
        const value = valueAt(object, ...way) ?? 1;
        return typeof value === "number" ? value : undefined;
    };
    switch (kind) {
        case "Pod":
            return 1;
        case "DaemonSet":
            return Infinity;
        case "Job":
            return count("spec", "parallelism");
        case "CronJob":
            return count("spec", "jobTemplate", "spec", "parallelism");
        default:
            return count("spec", "replicas");
    }
}

/** All containers of a Pod, those that run before the others included, each with its path. */
export function containersOf({ path, spec }: PodSpec): { path: string; container: Fields }[] {
    return ["initContainers", "containers", "ephemeralContainers"].flatMap((list) =>
        listOf(spec[list]).map((container, index) => ({
            path: join(path, `${list}[${index}]`),
            container: fieldsOf(container),
        })),
    );
}

/** A value somewhere below; nothing where the way ends early. */
export function valueAt(value: unknown, ...way: readonly string[]): unknown {
    let found = value;
    for (const step of way) {
        found = fieldsOf(found)[step];
    }
    return found;
}

/** Fields of a value; none where it is no object. */
export function fieldsOf(value: unknown): Fields {
    return typeof value === "object" && value !== null && !Array.isArray(value)
        ? (value as Fields)
        : NO_FIELDS;
}

/** Items of a value; none where it is no list. */
export function listOf(value: unknown): readonly unknown[] {
    return Array.isArray(value) ? (value as unknown[]) : NO_ITEMS;
}

/** A path of its parts: `spec.volumeClaimTemplates[0]`. */
export function join(...parts: readonly string[]): string {
    return parts.filter((part) => part !== "").join(".");
}

const NO_FIELDS: Fields = Object.freeze({});
const NO_ITEMS: readonly unknown[] = Object.freeze([]);
