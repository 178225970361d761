import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment.js";
import { StatefulSet } from "@pulumi/kubernetes/apps/v1/statefulSet.js";
import { CronJob } from "@pulumi/kubernetes/batch/v1/cronJob.js";
import { Job } from "@pulumi/kubernetes/batch/v1/job.js";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { Namespace } from "@pulumi/kubernetes/core/v1/namespace.js";
import { PersistentVolumeClaim } from "@pulumi/kubernetes/core/v1/persistentVolumeClaim.js";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount.js";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy.js";
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1/podDisruptionBudget.js";
import type { Provider } from "@pulumi/kubernetes/provider.js";
import { Role } from "@pulumi/kubernetes/rbac/v1/role.js";
import { RoleBinding } from "@pulumi/kubernetes/rbac/v1/roleBinding.js";
import { StorageClass } from "@pulumi/kubernetes/storage/v1/storageClass.js";

export const CANARY = "canary-9b1d6f";

/** A container that runs until it is told not to. */
export const sleeper = {
    name: "sleeper",
    image: "docker.io/library/busybox:1.36",
    command: ["sleep", "1000000"],
};

/** The template of Pods that start and stop at once. */
export function template(app: string, spec: Record<string, unknown> = {}) {
    return {
        metadata: { labels: { app } },
        spec: { terminationGracePeriodSeconds: 0, containers: [sleeper], ...spec },
    };
}

export interface Shape {
    namespace: string;
    /** Changes something in every kind that can be changed in place. */
    version: string;
    replicas: number;
}

/**
 * One object of each kind that the package makes, written in spellings that Kubernetes does not
 * give back: other units, empty lists and strings, `false` and `{}` where they mean nothing.
 */
export function everyKind(provider: Provider, { namespace, version, replicas }: Shape): void {
    const opts = { provider };
    const ns = new Namespace("namespace", { metadata: { name: namespace, labels: {} } }, opts);
    const named = (name: string, more = {}) => ({ name, namespace: ns.metadata.name, ...more });
    const labels = { "app.kubernetes.io/version": version };
    new ConfigMap("settings", { metadata: named("settings", { labels }), data: { a: "1" } }, opts);
    new Secret(
        "words",
        { metadata: named("words"), stringData: { password: `${CANARY}-${version}` } },
        opts,
    );
    const encoded = Buffer.from(CANARY).toString("base64");
    new Secret(
        "bytes",
        { metadata: named("bytes"), type: "Opaque", immutable: false, data: { key: encoded } },
        opts,
    );
    const account = new ServiceAccount(
        "account",
        { metadata: named("account", { labels }), automountServiceAccountToken: false },
        opts,
    );
    const claim = new PersistentVolumeClaim(
        "claim",
        {
            metadata: named("claim", { labels }),
            spec: {
                accessModes: ["ReadWriteOnce"],
                storageClassName: "standard",
                resources: { requests: { storage: "1024Mi" } },
            },
        },
        opts,
    );
    const headless = new Service(
        "headless",
        {
            metadata: named("headless"),
            spec: {
                clusterIP: "None",
                publishNotReadyAddresses: false,
                selector: { app: "set" },
                ports: [{ port: 80 }],
            },
        },
        opts,
    );
    const set = new StatefulSet(
        "set",
        {
            metadata: named("set"),
            spec: {
                serviceName: headless.metadata.name,
                replicas,
                selector: { matchLabels: { app: "set" } },
                updateStrategy: { type: "OnDelete" },
                template: {
                    metadata: { labels: { app: "set", ...labels } },
                    spec: {
                        serviceAccountName: account.metadata.name,
                        enableServiceLinks: false,
                        hostNetwork: false,
                        nodeSelector: {},
                        tolerations: [],
                        terminationGracePeriodSeconds: 0,
                        securityContext: { runAsNonRoot: true, runAsUser: 1000 },
                        containers: [
                            {
                                ...sleeper,
                                env: [{ name: "EMPTY", value: "" }],
                                resources: {
                                    requests: { cpu: "0.010", memory: "16384Ki" },
                                    limits: { memory: "1024Mi" },
                                },
                                volumeMounts: [
                                    { name: "data", mountPath: "/data", readOnly: false },
                                ],
                            },
                        ],
                        volumes: [
                            {
                                name: "data",
                                persistentVolumeClaim: { claimName: claim.metadata.name },
                            },
                            { name: "scratch", emptyDir: { sizeLimit: "2048Mi" } },
                        ],
                    },
                },
            },
        },
        opts,
    );
    new Service(
        "door",
        {
            metadata: named("door", { annotations: { "pulumi.com/skipAwait": "true" } }),
            spec: { selector: { app: "set" }, ports: [{ name: version, port: 80 }] },
        },
        { ...opts, dependsOn: set },
    );
    new PodDisruptionBudget(
        "budget",
        {
            metadata: named("budget", { labels }),
            spec: { maxUnavailable: 1, selector: { matchLabels: { app: "set" } } },
        },
        opts,
    );
    new NetworkPolicy(
        "walls",
        {
            metadata: named("walls", { labels }),
            spec: {
                podSelector: {},
                policyTypes: ["Ingress", "Egress"],
                ingress: [],
                egress: [
                    { ports: [{ port: 53, protocol: "UDP" }], to: [{ namespaceSelector: {} }] },
                ],
            },
        },
        opts,
    );
    new StorageClass(
        "class",
        {
            metadata: { name: `${namespace}-class`, labels },
            provisioner: "example.com/none",
            reclaimPolicy: "Retain",
            volumeBindingMode: "WaitForFirstConsumer",
            allowVolumeExpansion: true,
            parameters: {},
        },
        opts,
    );
    const role = new Role(
        "role",
        {
            metadata: named("role"),
            rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get", version] }],
        },
        opts,
    );
    new RoleBinding(
        "binding",
        {
            metadata: named("binding", { labels }),
            roleRef: {
                apiGroup: "rbac.authorization.k8s.io",
                kind: "Role",
                name: role.metadata.name,
            },
            subjects: [{ kind: "ServiceAccount", name: "account", namespace }],
        },
        opts,
    );
    const once = template("once", {
        restartPolicy: "Never",
        containers: [{ ...sleeper, command: ["true"] }],
    });
    new CronJob(
        "clock",
        {
            metadata: named("clock", { labels }),
            spec: {
                schedule: "0 0 1 1 *",
                suspend: false,
                jobTemplate: { spec: { template: once } },
            },
        },
        opts,
    );
    new Job("job", { metadata: named("job", { labels }), spec: { template: once } }, opts);
    new Deployment(
        "deployment",
        {
            metadata: named("deployment", { labels }),
            spec: {
                replicas,
                selector: { matchLabels: { app: "deployment" } },
                template: template("deployment"),
            },
        },
        opts,
    );
}

/** How many objects `everyKind` makes, and how many of them change with the version. */
export const kinds = { made: 17, changed: 14 };
