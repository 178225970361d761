import { registryProblem } from "../fabric/images";
import { namespaceProblem } from "../fabric/names";
import { labelProblem } from "../fabric/objectNames";
import { shown, type Problem } from "../fabric/problem";
import { resourceProblems, type Resources } from "../storage/quantities";
import { namespaceIn, takenProblem } from "./claimed";
import type { FabricCluster } from "./clusters/fabricCluster";
import { headlampValueProblems } from "./headlampValueProblems";
import { problemsOf } from "./validation";

/** Arguments of a `Headlamp`. */
export interface HeadlampArgs {
    /** Cluster that is looked at; Headlamp runs in it. */
    cluster: FabricCluster;
    /**
     * Namespace of Headlamp; made by this component, for it alone.
     *
     * @default - the component's name.
     */
    namespace?: string;
    /**
     * ClusterRole of those who log in with a token of `tokenCommand`. Kubernetes' `"view"` shows everything in
     * namespaces but Secrets and roles; it shows no machines and no disks. A role of your own may show more. It
     * should show no Secrets: the keys of the organizations' CAs are in them. So `"cluster-admin"`, `"admin"`
     * and `"edit"`, which all read Secrets, are refused. What a role of your own holds is not looked at.
     *
     * Whoever needs to do more needs no other role here: Headlamp takes every token, also of an account that
     * may do more.
     *
     * @default "view"
     * @see https://kubernetes.io/docs/reference/access-authn-authz/rbac/#user-facing-roles
     */
    clusterRole?: string;
    /**
     * Port on your own machine that `command` opens.
     *
     * @default 8080
     */
    localPort?: number;
    /**
     * Headlamp's chart: its name in `repository`, a path (`"./charts/headlamp"`, a folder or an archive), or
     * an OCI reference (`"oci://registry.example.com/charts/headlamp"`).
     *
     * @default "headlamp"
     */
    chart?: string;
    /**
     * Address of the chart repository.
     *
     * @default "https://kubernetes-sigs.github.io/headlamp/"; none for a path or an OCI reference
     */
    repository?: string;
    /**
     * Version of the chart. Values are written for the default one.
     *
     * @default "0.45.0"; for a path, what is there
     */
    version?: string;
    /**
     * Registry and folder of the image `headlamp`.
     *
     * @default "ghcr.io/headlamp-k8s"
     */
    imageRegistry?: string;
    /**
     * CPU and memory.
     *
     * @default { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "512Mi" } }
     */
    resources?: Resources;
    /**
     * Every other value of the chart. What is written here wins, but for what would open Headlamp to others
     * than those who may forward a port, or give its Pod a right.
     *
     * @default {}
     * @see https://github.com/kubernetes-sigs/headlamp/tree/v0.45.0/charts/headlamp
     */
    values?: Readonly<Record<string, unknown>>;
}

/** What a console gets where nothing else is said. */
export const HEADLAMP_DEFAULTS = {
    clusterRole: "view",
    localPort: 8080,
    chart: "headlamp",
    repository: "https://kubernetes-sigs.github.io/headlamp/",
    version: "0.45.0",
    imageRegistry: "ghcr.io/headlamp-k8s",
    resources: { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "512Mi" } },
} as const;

/** Where a chart is. */
export interface ChartSource {
    chart: string;
    repository?: string;
    version?: string;
}

/** Where the chart is, by the arguments. */
export function chartSource(args: HeadlampArgs): ChartSource {
    const { chart = HEADLAMP_DEFAULTS.chart, repository, version } = args;
    if (isPath(chart)) {
        return { chart };
    }
    return {
        chart,
        repository: isOci(chart) ? undefined : (repository ?? HEADLAMP_DEFAULTS.repository),
        version: version ?? HEADLAMP_DEFAULTS.version,
    };
}

const isPath = (chart: string) => /^(\.{0,2}\/|[A-Za-z]:[\\/])/.test(chart);
const isOci = (chart: string) => chart.startsWith("oci://");

/** Everything wrong with the arguments that can be known without a cluster or a chart. */
export function checkHeadlampArgs(name: string, args: HeadlampArgs): Problem[] {
    const { namespace = name, clusterRole, localPort, imageRegistry, resources = {} } = args;
    const ifSet = <T>(value: T | undefined, problemOf: (value: T) => string | undefined) =>
        value === undefined ? undefined : problemOf(value);
    return [
        ...problemsOf(
            ["name", args.namespace === undefined ? undefined : labelProblem(name)],
            [
                args.namespace === undefined ? "name" : "namespace",
                namespaceProblem(namespace, "console") ??
                    takenProblem(
                        namespaceIn(args.cluster, namespace),
                        "Headlamp has one to itself, write another",
                    ),
            ],
            ["clusterRole", ifSet(clusterRole, clusterRoleProblem)],
            ["localPort", ifSet(localPort, localPortProblem)],
            ...chartProblems(args),
            [
                "imageRegistry",
                ifSet(imageRegistry, (registry) =>
                    registryProblem(registry, HEADLAMP_DEFAULTS.imageRegistry),
                ),
            ],
        ),
        ...resourceProblems(resources).map(({ path, reason }) => ({
            path: `resources.${path}`,
            reason,
        })),
        ...headlampValueProblems(args.values ?? {}),
    ];
}

/** Roles of Kubernetes that read Secrets. */
const SECRET_READERS = ["cluster-admin", "admin", "edit"];

function clusterRoleProblem(role: unknown): string | undefined {
    if (typeof role !== "string" || !/^[^\s/%]+$/.test(role) || /^\.{1,2}$/.test(role)) {
        return `${shown(role)} is not the name of a ClusterRole; write one such as "view"`;
    }
    if (SECRET_READERS.includes(role)) {
        return (
            `"${role}" reads Secrets, and the keys of organizations' CAs are in Secrets; write "view" or a ` +
            "role of your own, and log in to Headlamp with a token of your own where you need to do more"
        );
    }
    return role.startsWith("system:")
        ? `"${role}" is a role of Kubernetes' own programs; write "view" or a role of your own`
        : undefined;
}

function localPortProblem(port: unknown): string | undefined {
    return Number.isInteger(port) && Number(port) >= 1024 && Number(port) <= 65_535
        ? undefined
        : `${shown(port)} is not a port that everybody may open; write a number from 1024 to 65535`;
}

type Check = readonly [path: string, reason: string | undefined];

function chartProblems({ chart = "headlamp", repository, version }: HeadlampArgs): Check[] {
    const wrongChart = chartProblem(chart);
    if (wrongChart !== undefined) {
        return [["chart", wrongChart]];
    }
    const stray = (what: string) => `is set, and chart is ${what}; take one of them away`;
    const path = isPath(chart) ? "a path" : undefined;
    const elsewhere = path ?? (isOci(chart) ? "an OCI reference" : undefined);
    const check = (
        value: unknown,
        other: string | undefined,
        problemOf: (value: unknown) => string | undefined,
    ) => (value === undefined ? undefined : other ? stray(other) : problemOf(value));
    return [
        ["repository", check(repository, elsewhere, repositoryProblem)],
        ["version", check(version, path, versionProblem)],
    ];
}

function chartProblem(chart: unknown): string | undefined {
    const right =
        typeof chart === "string" &&
        (isPath(chart) ||
            /^oci:\/\/[a-z0-9][-a-z0-9.]*(:\d+)?(\/[a-z0-9._-]+)+$/.test(chart) ||
            /^[a-z0-9][-a-z0-9]*$/.test(chart));
    return right
        ? undefined
        : `${shown(chart)} is neither the name of a chart nor a path nor an OCI reference without a ` +
              'version; write one such as "headlamp", "./charts/headlamp" or ' +
              '"oci://registry.example.com/charts/headlamp"';
}

function repositoryProblem(repository: unknown): string | undefined {
    const instead = `write one such as "${HEADLAMP_DEFAULTS.repository}"`;
    if (typeof repository !== "string" || !URL.canParse(repository)) {
        return `${shown(repository)} is not the address of a chart repository; ${instead}`;
    }
    const { protocol, username, password } = new URL(repository);
    if (username !== "" || password !== "") {
        return (
            "holds a user or a password, which would be in the stack's state in clear; write the path of a " +
            "chart that you have fetched as chart"
        );
    }
    if (protocol === "oci:") {
        return `${shown(repository)} is an OCI reference; write it as chart`;
    }
    return protocol === "https:"
        ? undefined
        : `${shown(repository)} is not encrypted, and whoever is on the way could send another chart; ${instead}`;
}

function versionProblem(version: unknown): string | undefined {
    return typeof version === "string" && /^\d+\.\d+\.\d+([-+][\w.+-]+)?$/.test(version)
        ? undefined
        : `${shown(version)} is not one version of a chart; write one such as "${HEADLAMP_DEFAULTS.version}"`;
}
