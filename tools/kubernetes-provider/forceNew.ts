import { apiVersionOf, at, groupOf, kindOf } from "./objects";
import type { JsonObject } from "./properties";

/** Which provider settings decide whether a change replaces an object. */
export interface MutabilitySettings {
    enableSecretMutable: boolean;
    enableConfigMapMutable: boolean;
}

// The lists follow provider/pkg/provider/diff.go of pulumi-kubernetes, field by field: they are
// what that provider replaces, which is neither all nor only what Kubernetes refuses to change.
const identity = ["metadata.name", "metadata.namespace"];

const pod = (
    "affinity automountServiceAccountToken dnsConfig dnsPolicy enableServiceLinks hostAliases " +
    "hostIPC hostNetwork hostPID hostname imagePullSecrets nodeName nodeSelector overhead " +
    "preemptionPolicy priority priorityClassName readinessGates restartPolicy runtimeClassName " +
    "schedulerName securityContext serviceAccount serviceAccountName shareProcessNamespace " +
    "subdomain terminationGracePeriodSeconds volumes"
).split(" ");

const container = (
    "args command env image imagePullPolicy lifecycle livenessProbe ports readinessProbe " +
    "resources securityContext stdin stdinOnce terminationMessagePath terminationMessagePolicy " +
    "tty volumeDevices volumeMounts workingDir"
).split(" ");

const volumeSources = (
    "awsElasticBlockStore azureDisk azureFile cephfs cinder csi fc flexVolume flocker " +
    "gcePersistentDisk glusterfs hostPath iscsi local nfs photonPersistentDisk portworxVolume " +
    "quobyte rbd scaleIO storageos vsphereVolume"
).split(" ");

const inSpec = (fields: readonly string[]) => fields.map((field) => `spec.${field}`);

const byKind: Readonly<Record<string, readonly string[]>> = {
    "/v1/PersistentVolume": inSpec(volumeSources),
    "/v1/PersistentVolumeClaim": inSpec([
        "accessModes",
        "selector",
        "storageClassName",
        "volumeName",
    ]),
    "/v1/Pod": [
        ...inSpec(pod),
        ...container.map((field) => `spec.containers[*].${field}`),
        ...container.map((field) => `spec.initContainers[*].${field}`),
    ],
    "/v1/ResourceQuota": ["spec.scopes"],
    "/v1/Secret": ["type"],
    "/v1/Service": ["spec.clusterIP"],
    "apps/v1/DaemonSet": ["spec.selector"],
    "apps/v1/Deployment": ["spec.selector"],
    "apps/v1/StatefulSet": inSpec([
        "podManagementPolicy",
        "revisionHistoryLimit",
        "selector",
        "serviceName",
        "volumeClaimTemplates",
    ]),
    "batch/v1/Job": inSpec(["completions", "parallelism", "selector", "template"]),
    "rbac.authorization.k8s.io/v1/ClusterRoleBinding": ["roleRef"],
    "rbac.authorization.k8s.io/v1/RoleBinding": ["roleRef"],
    "storage.k8s.io/v1/StorageClass": ["parameters", "provisioner"],
};

/** The fields whose change makes a new object, as paths with `[*]` for any item of a list. */
export function forceNewFields(inputs: JsonObject, settings: MutabilitySettings): string[] {
    const apiVersion = apiVersionOf(inputs);
    const version = apiVersion.split("/").pop() ?? "";
    const kind = kindOf(inputs);
    const key = `${groupOf(apiVersion)}/${version}/${kind}`.replace(/^core\//, "/");
    const immutable = at(inputs, "immutable") === true;
    if (key === "/v1/Secret" && (!settings.enableSecretMutable || immutable)) {
        return [...identity, "type", "stringData", "data"];
    }
    if (key === "/v1/ConfigMap" && (!settings.enableConfigMapMutable || immutable)) {
        return [...identity, "binaryData", "data"];
    }
    return [...identity, ...(byKind[key] ?? [])];
}
