import { fieldsOf, join, listOf, podSpecOf, valueAt, type PodSpec } from "../../storage/manifests";
import { isWritable } from "./mounts";
import { kubernetesKind, manifestsOf, ownKind, titleOf, type Resource } from "./resource";
import { isUnknown } from "./unknown";

/** A Pod, or a template of Pods, that mounts a claim. */
export interface Mount {
    /** What mounts it. */
    readonly resource: Resource;
    /** `Kind/name` of it. */
    readonly title: string;
    /** Where in it the claim is named. */
    readonly path: string;
    readonly writes: boolean;
    readonly pod: PodSpec;
}

const NAMED_KINDS = [
    "StorageClass",
    "PersistentVolume",
    "Namespace",
    "PersistentVolumeClaim",
] as const;

/** Kinds of objects that are looked up by their name. */
export type NamedKind = (typeof NAMED_KINDS)[number];

/**
 * All resources that are known so far, and how they belong together. In the engine it fills up as
 * resources are registered; from a file or a state it is complete from the start.
 */
export class World {
    /** Whether everything there is has been added. */
    isComplete = false;
    private readonly byId = new Map<string, Resource>();
    private readonly named = new Map<string, Resource>();
    /** Guards, and Namespaces of all clusters, by their names. */
    private readonly alike = new Map<string, Map<string, Resource>>();
    private readonly mountsOf = new Map<string, Map<string, Mount[]>>();

    /** Adds a resource, or what is known of it now. */
    add(resource: Resource): void {
        this.byId.set(resource.id, resource);
        if (kubernetesKind(resource.type) === "") {
            const { claim } = resource.properties;
            if (ownKind(resource.type) === "LedgerGuard" && typeof claim === "string") {
                this.addAlike(`guard\0${claim}`, resource);
            }
            return;
        }
        for (const manifest of manifestsOf(resource)) {
            const { kind, object } = manifest;
            const { name, namespace } = fieldsOf(object.metadata);
            if ((NAMED_KINDS as readonly string[]).includes(kind)) {
                this.named.set(key(kind, resource.cluster, namespace, name), resource);
            }
            if (kind === "Namespace") {
                this.addAlike(`namespace\0${textOf(name)}`, resource);
            }
            this.addMounts(resource, manifest);
        }
    }

    /** Namespaces of a name, of all clusters. */
    namespaces(name: unknown): Resource[] {
        return [...(this.alike.get(`namespace\0${textOf(name)}`)?.values() ?? [])];
    }

    /** Guards before a claim of a name, in all clusters. */
    guardsOf(name: unknown, namespace: unknown): Resource[] {
        const claim = `${textOf(namespace)}/${textOf(name)}`;
        return [...(this.alike.get(`guard\0${claim}`)?.values() ?? [])];
    }

    get(id: string | undefined): Resource | undefined {
        return id === undefined ? undefined : this.byId.get(id);
    }

    all(): Iterable<Resource> {
        return this.byId.values();
    }

    /** An object by its name in a cluster. */
    find(
        kind: NamedKind,
        cluster: string,
        name: unknown,
        namespace?: unknown,
    ): Resource | undefined {
        return this.named.get(key(kind, cluster, namespace, name));
    }

    /** Everything that mounts a claim, in the order in which it was added. */
    mounts(cluster: string, namespace: unknown, claim: unknown): Mount[] {
        const byResource = this.mountsOf.get(key("mount", cluster, namespace, claim));
        return [...(byResource?.values() ?? [])].flat();
    }

    /** The component of this package that a provider belongs to: it knows whose cluster it is. */
    clusterComponent(cluster: string): Resource | undefined {
        const parent = this.get(this.get(cluster)?.parent);
        return parent !== undefined && ownKind(parent.type) !== "" ? parent : undefined;
    }

    private addAlike(key: string, resource: Resource): void {
        const all = this.alike.get(key) ?? new Map<string, Resource>();
        this.alike.set(key, all.set(resource.id, resource));
    }

    private addMounts(resource: Resource, manifest: ReturnType<typeof manifestsOf>[number]): void {
        const pod = podSpecOf(manifest);
        if (pod === undefined) {
            return;
        }
        const namespace = valueAt(manifest.object, "metadata", "namespace");
        listOf(pod.spec.volumes).forEach((volume, index) => {
            const claim = valueAt(volume, "persistentVolumeClaim", "claimName");
            if (typeof claim !== "string" || isUnknown(claim)) {
                return;
            }
            const mountKey = key("mount", resource.cluster, namespace, claim);
            const byResource = this.mountsOf.get(mountKey) ?? new Map<string, Mount[]>();
            const mount: Mount = {
                resource,
                title: titleOf(resource),
                path: join(pod.path, `volumes[${index}].persistentVolumeClaim.claimName`),
                writes: isWritable(pod, volume),
                pod,
            };
            const others = (byResource.get(resource.id) ?? []).filter(
                ({ path }) => path !== mount.path,
            );
            this.mountsOf.set(mountKey, byResource.set(resource.id, [...others, mount]));
        });
    }
}

/** Objects that name no namespace are in the one that the provider or the command line names. */
function key(kind: string, cluster: string, namespace: unknown, name: unknown): string {
    const isGlobal = kind !== "PersistentVolumeClaim" && kind !== "mount";
    const space = isGlobal ? "" : namespace;
    return [kind, cluster, textOf(space), textOf(name)].join("\0");
}

function textOf(value: unknown): string {
    return typeof value === "string" ? value : "";
}
