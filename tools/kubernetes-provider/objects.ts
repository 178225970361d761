import { type Json, type JsonObject, isObject } from "./properties";

/** What a type token such as `kubernetes:apps/v1:StatefulSet` names. */
export interface ObjectType {
    apiVersion: string;
    kind: string;
}

/** Annotations by which a program steers this provider, the same as the real one's. */
export const annotations = {
    autonamed: "pulumi.com/autonamed",
    skipAwait: "pulumi.com/skipAwait",
    timeoutSeconds: "pulumi.com/timeoutSeconds",
    patchForce: "pulumi.com/patchForce",
    patchFieldManager: "pulumi.com/patchFieldManager",
    deletionPropagation: "pulumi.com/deletionPropagationPolicy",
    waitFor: "pulumi.com/waitFor",
} as const;

/** The type token inside a URN: `urn:pulumi:stack::project::parent$type::name`. */
export function typeOfUrn(urn: string): string {
    return urn.split("::")[2]?.split("$").pop() ?? "";
}

export function nameOfUrn(urn: string): string {
    return urn.split("::").slice(3).join("::");
}

/** The Kubernetes type behind a type token, or a sentence why there is none. */
export function objectTypeOf(token: string): ObjectType | string {
    const [name, groupVersion = "", kind = ""] = token.split(":");
    const [group, version, ...rest] = groupVersion.split("/");
    if (name !== "kubernetes" || !group || !version || rest.length > 0 || kind === "") {
        return `"${token}" is not the type of a Kubernetes object`;
    }
    if (group.startsWith("helm.sh") || group === "yaml" || group === "kustomize") {
        return `${token} is not made by this small provider; install the Kubernetes provider of Pulumi`;
    }
    if (kind.endsWith("Patch")) {
        return `${token} patches an object it does not own, which this small provider does not do`;
    }
    if (kind.endsWith("List")) {
        return `${token} is a list; make its items one by one`;
    }
    return { apiVersion: group === "core" ? version : `${group}/${version}`, kind };
}

export function groupOf(apiVersion: string): string {
    return apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "";
}

/** The value at a path of field names, or undefined. */
export function at(object: Json | undefined, ...path: string[]): Json | undefined {
    return path.reduce<Json | undefined>(
        (value, key) => (isObject(value) ? value[key] : undefined),
        object,
    );
}

export function textAt(object: Json | undefined, ...path: string[]): string {
    const value = at(object, ...path);
    return typeof value === "string" ? value : "";
}

export function numberAt(object: Json | undefined, ...path: string[]): number | undefined {
    const value = at(object, ...path);
    return typeof value === "number" ? value : undefined;
}

export function listAt(object: Json | undefined, ...path: string[]): Json[] {
    const value = at(object, ...path);
    return Array.isArray(value) ? value : [];
}

export const nameOf = (object: JsonObject) => textAt(object, "metadata", "name");
export const namespaceOf = (object: JsonObject) => textAt(object, "metadata", "namespace");
export const kindOf = (object: JsonObject) => textAt(object, "kind");
export const apiVersionOf = (object: JsonObject) => textAt(object, "apiVersion");

export function annotationOf(object: JsonObject, key: string): string {
    return textAt(object, "metadata", "annotations", key);
}

/** The resource ID: `namespace/name`, or the name alone. */
export function idOf(object: JsonObject): string {
    const namespace = namespaceOf(object);
    return namespace === "" ? nameOf(object) : `${namespace}/${nameOf(object)}`;
}

export function parseId(id: string): { namespace: string; name: string } {
    const [first = "", second] = id.split("/");
    return second === undefined
        ? { namespace: "", name: first }
        : { namespace: first, name: second };
}

/** How messages call an object: `StatefulSet org1/peer0`. */
export function titleOf(object: JsonObject): string {
    return `${kindOf(object)} ${idOf(object)}`;
}

/** A copy with some metadata fields set, or left out where the value is undefined. */
export function withMetadata(
    object: JsonObject,
    fields: Record<string, Json | undefined>,
): JsonObject {
    const old = object["metadata"];
    const metadata: JsonObject = isObject(old) ? { ...old } : {};
    for (const [key, value] of Object.entries(fields)) {
        if (value === undefined) {
            delete metadata[key];
        } else {
            metadata[key] = value;
        }
    }
    return { ...object, metadata };
}

/** A copy without the fields that only the API server writes. */
export function withoutServerMetadata(object: JsonObject): JsonObject {
    return isObject(object["metadata"])
        ? withMetadata(object, {
              creationTimestamp: undefined,
              deletionGracePeriodSeconds: undefined,
              deletionTimestamp: undefined,
              generation: undefined,
              managedFields: undefined,
              resourceVersion: undefined,
              uid: undefined,
          })
        : object;
}

const clusterKinds: ReadonlySet<string> = new Set([
    ..."Namespace Node PersistentVolume ComponentStatus".split(" "),
    ..."ClusterRole ClusterRoleBinding ClusterTrustBundle CertificateSigningRequest".split(" "),
    ..."StorageClass CSIDriver CSINode VolumeAttachment VolumeAttributesClass".split(" "),
    ..."PriorityClass RuntimeClass IngressClass IPAddress ServiceCIDR DeviceClass".split(" "),
    ..."ResourceSlice CustomResourceDefinition APIService StorageVersion".split(" "),
    ..."MutatingWebhookConfiguration ValidatingWebhookConfiguration".split(" "),
    ..."ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding".split(" "),
    ..."MutatingAdmissionPolicy MutatingAdmissionPolicyBinding".split(" "),
    ..."FlowSchema PriorityLevelConfiguration StorageVersionMigration".split(" "),
    ..."TokenReview SubjectAccessReview SelfSubjectAccessReview SelfSubjectReview".split(" "),
]);

const builtInGroups: ReadonlySet<string> = new Set([
    ...["", "apps", "autoscaling", "batch", "extensions", "policy"],
    ..."admissionregistration apiextensions apiregistration authentication authorization"
        .concat(" certificates coordination discovery events flowcontrol.apiserver")
        .concat(" internal.apiserver networking node rbac.authorization resource scheduling")
        .concat(" storage storagemigration")
        .split(" ")
        .map((group) => `${group}.k8s.io`),
]);

/** Whether the API group comes with Kubernetes itself. */
export function isBuiltIn(apiVersion: string): boolean {
    return builtInGroups.has(groupOf(apiVersion));
}

/** Scope by name alone, so that previews work without a cluster; undefined: ask the cluster. */
export function isNamespacedKind({ apiVersion, kind }: ObjectType): boolean | undefined {
    return isBuiltIn(apiVersion) ? !clusterKinds.has(kind) : undefined;
}
