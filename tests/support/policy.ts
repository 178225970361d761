import type {
    PolicyPackConfig,
    ResourceValidationPolicy,
    StackValidationPolicy,
} from "@pulumi/policy";
import { Recording, replay, type RecordedResource } from "kubefabric/testing";

/** The SDK's stand-in for a text that a preview does not know. */
export const UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
/** The SDK's stand-in for a list that a preview does not know. */
export const UNKNOWN_LIST = "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2";
/** The SDK's stand-in for an object that a preview does not know. */
export const UNKNOWN_OBJECT = "dd056dcd-154b-4c76-9bd3-c8f88648b5ff";

/** A Kubernetes object, as far as tests need it. */
export interface KubernetesObject {
    apiVersion: string;
    kind: string;
    metadata?: unknown;
    [field: string]: unknown;
}

const PROVIDER_URN = "urn:pulumi:stack::test::pulumi:providers:kubernetes::cluster-provider";

/** A registration of something of this type. */
export function registration(
    type: string,
    name: string,
    inputs: Record<string, unknown>,
    rest: Partial<RecordedResource> = {},
): RecordedResource {
    return {
        urn: `urn:pulumi:stack::test::${type}::${name}`,
        type,
        name,
        parent: "",
        dependencies: [],
        custom: true,
        protect: true,
        retainOnDelete: true,
        deletedWith: "",
        aliases: [],
        additionalSecretOutputs: [],
        provider: `${PROVIDER_URN}::id`,
        inputs,
        ...rest,
    };
}

/** A registration of a Kubernetes object, in the cluster of `cluster-provider`. */
export function registered(
    object: KubernetesObject,
    rest: Partial<RecordedResource> = {},
): RecordedResource {
    const { apiVersion, kind } = object;
    const group = apiVersion.includes("/") ? apiVersion : `core/${apiVersion}`;
    const metadata = object.metadata as { name?: unknown } | undefined;
    const name = typeof metadata?.name === "string" ? metadata.name : "unnamed";
    return registration(`kubernetes:${group}:${kind}`, name, object, rest);
}

/** The provider of the cluster, and whose cluster it is. */
export function clusterOf(vendor: string): RecordedResource[] {
    const component = registration("kubefabric:index:ExistingCluster", "cluster", { vendor });
    const context = { context: "test-context", kubeconfig: "canary-kubeconfig" };
    const type = "pulumi:providers:kubernetes";
    const provider = registration(type, "cluster-provider", context, {
        parent: component.urn,
        provider: "",
    });
    return [component, provider];
}

/** Whatever may be given as something that was registered. */
export type Registered = KubernetesObject | RecordedResource;

/** What a policy says of resources that are registered in this order, as `level: message`. */
export async function said(
    policy: ResourceValidationPolicy | StackValidationPolicy,
    resources: readonly Registered[],
    config: Record<string, unknown> = {},
): Promise<string[]> {
    const recording = new Recording(
        resources.map((resource) =>
            "urn" in resource ? (resource as RecordedResource) : registered(resource),
        ),
        undefined,
    );
    const all: PolicyPackConfig = { [policy.name]: config };
    const violations = await replay(recording, [policy], { config: all });
    return violations.map(
        ({ level, message }) => `${level}: ${message.replace(`${policy.description}\n`, "")}`,
    );
}

/** Labels of an object of this package that belongs to a node. */
export function nodeLabels(component = "peer", instance = "peer0"): Record<string, string> {
    return {
        "app.kubernetes.io/name": "hyperledger-fabric",
        "app.kubernetes.io/part-of": "kubefabric",
        "app.kubernetes.io/component": component,
        "app.kubernetes.io/instance": instance,
        "kubefabric.io/organization": "Org1MSP",
    };
}

/** A claim that is right on GKE. Fields of `spec` are replaced by those given. */
export function claim(spec: Record<string, unknown> = {}, metadata: Record<string, unknown> = {}) {
    return {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: { name: "data", namespace: "org1", ...metadata },
        spec: {
            storageClassName: "standard-rwo",
            accessModes: ["ReadWriteOnce"],
            resources: { requests: { storage: "20Gi" } },
            ...spec,
        },
    };
}

/** The claim of a peer's ledger. */
export function ledgerClaim(spec: Record<string, unknown> = {}) {
    return claim(spec, { name: "peer0-ledger", labels: nodeLabels() });
}

/** A class of the driver of Google's disks, as it should be for ledgers. */
export function storageClass(fields: Record<string, unknown> = {}, name = "fast") {
    return {
        apiVersion: "storage.k8s.io/v1",
        kind: "StorageClass",
        metadata: { name },
        provisioner: "pd.csi.storage.gke.io",
        parameters: { type: "pd-balanced" },
        volumeBindingMode: "WaitForFirstConsumer",
        reclaimPolicy: "Retain",
        allowVolumeExpansion: true,
        ...fields,
    };
}

/** Groups of the kinds of workloads. */
const GROUPS: Record<string, string> = {
    Pod: "v1",
    PodTemplate: "v1",
    ReplicationController: "v1",
    Deployment: "apps/v1",
    ReplicaSet: "apps/v1",
    StatefulSet: "apps/v1",
    DaemonSet: "apps/v1",
    Job: "batch/v1",
    CronJob: "batch/v1",
};

export const WORKLOADS = Object.keys(GROUPS);

/** A workload of any kind around a Pod. */
export function workload(
    kind: string,
    pod: Record<string, unknown>,
    {
        name = "web",
        labels = {},
        spec = {},
    }: { name?: string; labels?: Record<string, string>; spec?: Record<string, unknown> } = {},
): KubernetesObject {
    const template = { metadata: { labels }, spec: pod };
    const job = { template, ...spec };
    const whole: Record<string, unknown> =
        kind === "Pod"
            ? { spec: pod }
            : kind === "PodTemplate"
              ? { template }
              : kind === "CronJob"
                ? { spec: { schedule: "0 0 * * *", jobTemplate: { spec: job } } }
                : { spec: job };
    return {
        apiVersion: GROUPS[kind] ?? "v1",
        kind,
        metadata: { name, namespace: "org1", labels },
        ...whole,
    };
}

/** A Pod with one container that mounts one volume. */
export function podWith(
    volume: Record<string, unknown>,
    {
        image = "nginx:1.27",
        mountPath = "/data",
        mount = {},
        container = {},
    }: {
        image?: string;
        mountPath?: string;
        mount?: Record<string, unknown>;
        container?: Record<string, unknown>;
    } = {},
) {
    return {
        containers: [
            {
                name: "main",
                image,
                volumeMounts: [{ name: "data", mountPath, ...mount }],
                ...container,
            },
        ],
        volumes: [{ name: "data", ...volume }],
    };
}

/** A volume that mounts a claim. */
export function claimed(claimName: string) {
    return { persistentVolumeClaim: { claimName } };
}
