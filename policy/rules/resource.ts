import type { Problem } from "../../fabric/problem";
import { baseKind, manifestsIn, type Fields, type Manifest } from "../../storage/manifests";

/**
 * A resource as every source of resources can show it: a registration, a document of a YAML file, an
 * entry of an exported state. What a source does not show is absent.
 */
export interface Resource {
    /** Its URN, or where it stands in its file. No two have the same. */
    readonly id: string;
    /** Pulumi's type token: `kubernetes:apps/v1:StatefulSet`, `kubefabric:index:PeerNode`. */
    readonly type: string;
    /** Logical name in a program, else the object's own. */
    readonly name: string;
    /** What was asked for. Values that a preview does not know are told by `isUnknown`. */
    readonly properties: Fields;
    /** What there is, where that is shown. */
    readonly outputs?: Fields;
    /** URN of the provider, which stands for its cluster; empty where there is one cluster only. */
    readonly cluster: string;
    readonly parent?: string;
    readonly dependencies?: readonly string[];
    readonly protect?: boolean;
    readonly retainOnDelete?: boolean;
}

/** Kind of a Kubernetes object, such as `StatefulSet` or `StatefulSetPatch`; empty for all else. */
export function kubernetesKind(type: string): string {
    return type.startsWith("kubernetes:") ? lastPart(type) : "";
}

/** Kind of a resource of this package, such as `PeerNode`; empty for all else. */
export function ownKind(type: string): string {
    return /^(kubefabric:index|pulumi-nodejs:dynamic\/kubefabric):/.test(type)
        ? lastPart(type)
        : "";
}

function lastPart(type: string): string {
    return type.slice(type.lastIndexOf(":") + 1);
}

/** The Kubernetes objects in a resource: one, or those of a list. */
export function manifestsOf({ type, properties }: Resource): Manifest[] {
    const kind = kubernetesKind(type);
    return kind === "" ? [] : manifestsIn(kind, properties);
}

/** Whether a resource changes an object that others made, and so says only what it changes. */
export function isPatch({ type }: Resource): boolean {
    const kind = kubernetesKind(type);
    return baseKind(kind) !== kind;
}

/** `Kind/name`, as a message calls it. */
export function titleOf(resource: Resource): string {
    const { type, name, properties } = resource;
    if (ownKind(type) === "LedgerGuard" && typeof properties.claim === "string") {
        // Nobody knows the guard; everybody knows the claim that it speaks for.
        return `PersistentVolumeClaim/${properties.claim.split("/").at(-1)}`;
    }
    const metadata = properties.metadata as { name?: unknown } | undefined;
    const own = kubernetesKind(type) === "" ? undefined : metadata?.name;
    return `${lastPart(type)}/${typeof own === "string" && own !== "" ? own : name}`;
}

/** How much a finding counts. `mandatory`: as much as its policy. */
export type Verdict = "mandatory" | "advisory" | "ignore";

/** Something that a rule found wrong with a resource. */
export interface Finding extends Problem {
    readonly resource: Resource;
    /**
     * `undecided`: what it hangs on has not been registered yet; ask again at the end.
     *
     * @default "mandatory"
     */
    readonly verdict?: Exclude<Verdict, "ignore"> | "undecided";
}
