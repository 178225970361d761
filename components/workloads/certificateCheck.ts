import type * as types from "@pulumi/kubernetes/types";

import { API_SERVER_PORTS } from "./apiServerPorts";
import { organizationLabels } from "./labels";
import { CONTAINER_SECURITY, environment, podSecurity, type Placement } from "./pod";

/** Name of everything in the cluster that belongs to the check. */
const NAME = "certificate-check";

/** `app.kubernetes.io/component` of the check's Pods: the rules for nodes do not hold for them. */
const COMPONENT = { "app.kubernetes.io/component": NAME };

/** The user `node` of Node's own images. */
const NODE_USER = 1000;

const PROGRAM_PATH = "/opt/kubefabric";
const SERVICE_ACCOUNT_FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount";

/** Exit code of a check that was made and found a certificate that ends soon. */
const ENDS_SOON = 1;

/**
 * A failed check is forgotten after a little more than a day: a daily one always leaves a Job to look
 * at, and an alert on failed Jobs ends a day after what it told of was mended.
 */
const KEEP_JOB_SECONDS = 25 * 60 * 60;

/** Files of the check's program under the compiled package. */
export const PROGRAM_FILES = [
    "clients/certificateCheck/main.js",
    "clients/certificateCheck/check.js",
    "fabric/identities.js",
] as const;

/** Whose check it is. */
export interface CheckOwner {
    namespace: string;
    mspId: string;
}

function metadata({ namespace, mspId }: CheckOwner, name: string = NAME) {
    return { name, namespace, labels: { ...organizationLabels(mspId), ...COMPONENT } };
}

/** Account of the check's Pods. Its token is mounted by them alone. */
export function checkAccount(owner: CheckOwner): types.input.core.v1.ServiceAccount {
    return { metadata: metadata(owner), automountServiceAccountToken: false };
}

/** What the check may do: read when certificates end, and raise events. No Secret is among it. */
export function checkRole(owner: CheckOwner): types.input.rbac.v1.Role {
    return {
        metadata: metadata(owner),
        rules: [
            { apiGroups: [""], resources: ["configmaps", "pods"], verbs: ["list"] },
            { apiGroups: ["apps"], resources: ["statefulsets"], verbs: ["list"] },
            { apiGroups: ["events.k8s.io"], resources: ["events"], verbs: ["create"] },
        ],
    };
}

/** Gives the role to the account. */
export function checkRoleBinding(owner: CheckOwner): types.input.rbac.v1.RoleBinding {
    return {
        metadata: metadata(owner),
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: NAME },
        subjects: [{ kind: "ServiceAccount", name: NAME, namespace: owner.namespace }],
    };
}

/** The program, as `PROGRAM_FILES` has it. */
export function checkProgram(
    owner: CheckOwner,
    texts: readonly string[],
): types.input.core.v1.ConfigMap {
    const data = Object.fromEntries(
        PROGRAM_FILES.map((path, index) => [keyOf(path), texts[index] ?? ""]),
    );
    return { metadata: metadata(owner), data };
}

/** A key of a ConfigMap holds no slash. */
const keyOf = (path: string) => path.replaceAll("/", ".");

/** What the check may dial: DNS, as every Pod, and the API server and a Pushgateway. */
export function checkPolicy(
    owner: CheckOwner,
    pushgateway: string | undefined,
): types.input.networking.v1.NetworkPolicy {
    const ports = [...API_SERVER_PORTS];
    const pushPort = pushgateway === undefined ? undefined : portOf(pushgateway);
    if (pushPort !== undefined && pushPort !== 443 && pushPort !== 6443) {
        ports.push({ protocol: "TCP", port: pushPort });
    }
    return {
        metadata: metadata(owner, `allow-${NAME}`),
        spec: {
            podSelector: { matchLabels: COMPONENT },
            policyTypes: ["Egress"],
            egress: [{ ports }],
        },
    };
}

function portOf(address: string): number {
    const { port, protocol } = new URL(address);
    return port === "" ? (protocol === "https:" ? 443 : 80) : Number(port);
}

/** Runs the check. */
export function checkCronJob(args: {
    owner: CheckOwner;
    schedule: string;
    image: string;
    imagePullSecrets: readonly string[];
    warnDays: number;
    pushgateway?: string;
    placement: Placement;
}): types.input.batch.v1.CronJob {
    return {
        metadata: metadata(args.owner),
        spec: {
            schedule: args.schedule,
            concurrencyPolicy: "Forbid",
            // A check that was missed while the control plane was away is made up for.
            startingDeadlineSeconds: 6 * 60 * 60,
            successfulJobsHistoryLimit: 1,
            failedJobsHistoryLimit: 1,
            jobTemplate: {
                metadata: { labels: metadata(args.owner).labels },
                spec: {
                    // Also ends a Pod that finds no machine or no image: that fails the Job, and is seen.
                    activeDeadlineSeconds: 15 * 60,
                    ttlSecondsAfterFinished: KEEP_JOB_SECONDS,
                    backoffLimit: 2,
                    // What the check found is not tried again; a check that could not be made is.
                    podFailurePolicy: {
                        rules: [
                            {
                                action: "FailJob",
                                onExitCodes: {
                                    containerName: NAME,
                                    operator: "In",
                                    values: [ENDS_SOON],
                                },
                            },
                        ],
                    },
                    template: {
                        metadata: { labels: metadata(args.owner).labels },
                        spec: checkPod(args),
                    },
                },
            },
        },
    };
}

function checkPod(args: Parameters<typeof checkCronJob>[0]): types.input.core.v1.PodSpec {
    const { owner, placement } = args;
    return {
        serviceAccountName: NAME,
        automountServiceAccountToken: true,
        enableServiceLinks: false,
        restartPolicy: "Never",
        securityContext: podSecurity(NODE_USER),
        imagePullSecrets: args.imagePullSecrets.map((name) => ({ name })),
        ...placement,
        containers: [
            {
                name: NAME,
                image: args.image,
                command: ["node", `${PROGRAM_PATH}/${PROGRAM_FILES[0]}`],
                env: environment({
                    ORGANIZATION: owner.mspId,
                    NAMESPACE: owner.namespace,
                    WARN_DAYS: `${args.warnDays}`,
                    SERVICE_ACCOUNT_FOLDER,
                    ...(args.pushgateway === undefined ? {} : { PUSHGATEWAY: args.pushgateway }),
                }),
                securityContext: CONTAINER_SECURITY,
                resources: {
                    requests: { cpu: "10m", memory: "64Mi" },
                    limits: { memory: "192Mi" },
                },
                volumeMounts: [{ name: "program", mountPath: PROGRAM_PATH, readOnly: true }],
            },
        ],
        volumes: [
            {
                name: "program",
                configMap: {
                    name: NAME,
                    items: PROGRAM_FILES.map((path) => ({ key: keyOf(path), path })),
                },
            },
        ],
    };
}
