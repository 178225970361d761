import {
    fieldsOf,
    join,
    listOf,
    podSpecOf,
    podSpecWay,
    valueAt,
    WORKLOAD_KINDS,
    type Fields,
    type Manifest,
} from "./manifests";

/** How an object asks for storage. */
export type ClaimOrigin =
    /** A PersistentVolumeClaim. */
    | "claim"
    /** A PersistentVolume: storage that is there, and says what it allows. */
    | "volume"
    /** One of a StatefulSet's `volumeClaimTemplates`: a claim for each of its Pods. */
    | "template"
    /** An ephemeral volume: a claim that lives and dies with its Pod. */
    | "ephemeral";

/** One claim for storage, in whatever object it stands. */
export interface VolumeClaim {
    readonly origin: ClaimOrigin;
    /** Where its fields stand: `spec`, `spec.volumeClaimTemplates[0].spec`. */
    readonly path: string;
    /** Name of the claim, of the template or of the Pod's volume. */
    readonly name: unknown;
    readonly namespace: unknown;
    readonly labels: Fields;
    readonly annotations: Fields;
    /** The specification, as it was written. */
    readonly spec: Fields;
    /** The object that it stands in, where that is not the claim itself. */
    readonly workload?: Manifest;
}

/** A list or an object that should be there and is something else. */
export interface Misfit {
    readonly path: string;
    readonly value: unknown;
    readonly expected: "a list" | "an object";
}

/** Kinds of objects that ask for storage, or are it. */
export const CLAIM_KINDS: readonly string[] = [
    "PersistentVolumeClaim",
    "PersistentVolume",
    ...WORKLOAD_KINDS,
];

/**
 * Every claim for storage in an object: PersistentVolumeClaim, PersistentVolume, a StatefulSet's
 * `volumeClaimTemplates` and the ephemeral volumes of every kind that makes Pods.
 */
export function volumeClaims(manifest: Manifest): VolumeClaim[] {
    const { kind, path, object } = manifest;
    switch (kind) {
        case "PersistentVolumeClaim":
            return [claimOf("claim", object, path)];
        case "PersistentVolume":
            return [claimOf("volume", object, path)];
        default:
            return [...templates(manifest), ...ephemeral(manifest)];
    }
}

/**
 * What in an object hides claims, because it is not of its type: a list that is text, say. Whoever looks
 * at claims only would take such an object for one that has none.
 */
export function misfits(manifest: Manifest): Misfit[] {
    const { kind, path, object } = manifest;
    if (!CLAIM_KINDS.includes(kind)) {
        return [];
    }
    const pod = podSpecOf(manifest);
    const way = pod === undefined ? ["spec"] : podSpecWay(kind);
    const obstacle = obstacleOn(way, object, path);
    if (obstacle !== undefined) {
        return [obstacle];
    }
    const templatesPath = join(path, "spec.volumeClaimTemplates");
    const templates =
        kind === "StatefulSet" ? valueAt(object, "spec", "volumeClaimTemplates") : undefined;
    return [
        ...notAList(templatesPath, templates),
        ...listOf(templates).flatMap(
            (template, index) => obstacleOn(["spec"], template, `${templatesPath}[${index}]`) ?? [],
        ),
        ...(pod === undefined ? [] : notAList(join(pod.path, "volumes"), pod.spec.volumes)),
        ...listOf(pod?.spec.volumes).flatMap((volume, index) => {
            const volumePath = join(pod?.path ?? "", `volumes[${index}]`);
            return (
                obstacleOn(["ephemeral", "volumeClaimTemplate", "spec"], volume, volumePath) ?? []
            );
        }),
    ];
}

function claimOf(origin: "claim" | "volume", object: Fields, path: string): VolumeClaim {
    const metadata = fieldsOf(object.metadata);
    return {
        origin,
        path: join(path, "spec"),
        name: metadata.name,
        namespace: metadata.namespace,
        labels: fieldsOf(metadata.labels),
        annotations: fieldsOf(metadata.annotations),
        spec: fieldsOf(object.spec),
    };
}

function templates(workload: Manifest): VolumeClaim[] {
    if (workload.kind !== "StatefulSet") {
        return [];
    }
    const { path, object } = workload;
    return listOf(valueAt(object, "spec", "volumeClaimTemplates")).map((template, index) => {
        const templatePath = join(path, `spec.volumeClaimTemplates[${index}]`);
        return inWorkload("template", workload, fieldsOf(template), templatePath);
    });
}

function ephemeral(workload: Manifest): VolumeClaim[] {
    const pod = podSpecOf(workload);
    return listOf(pod?.spec.volumes).flatMap((volume, index) => {
        const template = valueAt(volume, "ephemeral", "volumeClaimTemplate");
        if (pod === undefined || template === undefined) {
            return [];
        }
        const path = join(pod.path, `volumes[${index}].ephemeral.volumeClaimTemplate`);
        const claim = inWorkload("ephemeral", workload, fieldsOf(template), path);
        return [{ ...claim, name: fieldsOf(volume).name }];
    });
}

function inWorkload(
    origin: "template" | "ephemeral",
    workload: Manifest,
    template: Fields,
    path: string,
): VolumeClaim {
    const metadata = fieldsOf(template.metadata);
    return {
        origin,
        path: join(path, "spec"),
        name: metadata.name,
        namespace: valueAt(workload.object, "metadata", "namespace"),
        labels: fieldsOf(metadata.labels),
        annotations: fieldsOf(metadata.annotations),
        spec: fieldsOf(template.spec),
        workload,
    };
}

function notAList(path: string, value: unknown): Misfit[] {
    const fits = value === undefined || value === null || Array.isArray(value);
    return fits ? [] : [{ path, value, expected: "a list" }];
}

/** The first thing on the way that should be an object and is not. */
function obstacleOn(way: readonly string[], object: unknown, path: string): Misfit | undefined {
    if (object === undefined || object === null) {
        return undefined;
    }
    if (typeof object !== "object" || Array.isArray(object)) {
        return { path, value: object, expected: "an object" };
    }
    const [step, ...rest] = way;
    return step === undefined
        ? undefined
        : obstacleOn(rest, (object as Fields)[step], join(path, step));
}
