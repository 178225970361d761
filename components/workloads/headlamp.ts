import type * as types from "@pulumi/kubernetes/types";

import type { Resources } from "../../storage/quantities";
import { API_SERVER_PORTS } from "./apiServerPorts";
import { DNS_PORTS } from "./organization";
import { CONTAINER_SECURITY } from "./pod";

/** Name of the release and of what the chart makes of it; it has its namespace to itself. */
export const HEADLAMP = "headlamp";

/** Port of the Service, as the chart has it. */
export const HEADLAMP_PORT = 80;

/** Account of those who look: its tokens are what they log in with. */
export const VIEWER = "viewer";

const LABELS = {
    "app.kubernetes.io/name": HEADLAMP,
    "app.kubernetes.io/part-of": "kubefabric",
    "app.kubernetes.io/managed-by": "pulumi",
};

const metadata = (namespace: string, name: string) => ({ name, namespace, labels: LABELS });

/** The console's namespace. */
export function headlampNamespace(name: string): types.input.core.v1.Namespace {
    return {
        metadata: {
            name,
            labels: { ...LABELS, "pod-security.kubernetes.io/enforce": "restricted" },
        },
    };
}

/**
 * Who may dial the console, which is nobody: a port-forward goes from its machine into its Pod and meets no
 * policy. It dials the API server, and whoever logs people in.
 */
export function headlampPolicy(namespace: string): types.input.networking.v1.NetworkPolicy {
    return {
        metadata: metadata(namespace, HEADLAMP),
        spec: {
            podSelector: {},
            policyTypes: ["Ingress", "Egress"],
            ingress: [],
            egress: [{ ports: [...DNS_PORTS, ...API_SERVER_PORTS] }],
        },
    };
}

/** The account of those who look. No Pod runs under it. */
export function viewerAccount(namespace: string): types.input.core.v1.ServiceAccount {
    return { metadata: metadata(namespace, VIEWER), automountServiceAccountToken: false };
}

/** Gives a role to that account, in the whole cluster, where names have no namespace to keep them apart. */
export function viewerBinding(
    namespace: string,
    clusterRole: string,
): types.input.rbac.v1.ClusterRoleBinding {
    return {
        metadata: { name: `${namespace}-${HEADLAMP}-${VIEWER}`, labels: LABELS },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: clusterRole },
        subjects: [{ kind: "ServiceAccount", name: VIEWER, namespace }],
    };
}

/**
 * Values of Headlamp's chart.
 *
 * @param settings.imageRegistry - Registry and folder of the image.
 * @param settings.values - Further values; they win.
 * @see https://github.com/kubernetes-sigs/headlamp/blob/v0.45.0/charts/headlamp/values.yaml
 */
export function headlampValues(settings: {
    imageRegistry: string;
    resources: Resources;
    values: Readonly<Record<string, unknown>>;
}): Record<string, unknown> {
    const usual = {
        fullnameOverride: HEADLAMP,
        image: { registry: settings.imageRegistry, repository: HEADLAMP },
        service: { type: "ClusterIP", port: HEADLAMP_PORT },
        ingress: { enabled: false },
        httpRoute: { enabled: false },
        // The chart's is for the account of the Pod, which needs no right: Headlamp asks the API server with
        // the token of whoever looks.
        clusterRoleBinding: { create: false },
        // Without a login of its own an empty Secret would be made.
        config: { oidc: { secret: { create: false } } },
        // The chart's own values are less than the namespace demands; its user and group stay.
        podSecurityContext: { seccompProfile: { type: "RuntimeDefault" } },
        securityContext: { ...CONTAINER_SECURITY, runAsNonRoot: true },
        resources: settings.resources,
    };
    return merged(usual, settings.values);
}

type Values = Readonly<Record<string, unknown>>;

/** As Helm merges: maps are merged, everything else is replaced. */
function merged(usual: Values, more: Values): Record<string, unknown> {
    const values: Record<string, unknown> = { ...usual };
    for (const [key, value] of Object.entries(more)) {
        const known = values[key];
        values[key] = isMap(known) && isMap(value) ? merged(known, value) : value;
    }
    return values;
}

/** Whether a value is a map that is known, and no output of a resource. */
export function isMap(value: unknown): value is Values {
    return (
        typeof value === "object" &&
        value !== null &&
        Object.getPrototypeOf(value) === Object.prototype
    );
}

/** The command after which the console answers on one's own machine. */
export function forwardCommand(namespace: string, localPort: number, context?: string): string {
    const target = `service/${HEADLAMP} ${localPort}:${HEADLAMP_PORT}`;
    return `${kubectl(namespace, context)} port-forward ${target}`;
}

/** The command that prints a token to log in with. */
export function viewerTokenCommand(namespace: string, context?: string): string {
    return `${kubectl(namespace, context)} create token ${VIEWER}`;
}

function kubectl(namespace: string, context?: string): string {
    return ["kubectl", ...(context ? ["--context", quoted(context)] : []), "-n", namespace].join(
        " ",
    );
}

/** A word that a shell takes as one. */
function quoted(word: string): string {
    return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
