import type * as types from "@pulumi/kubernetes/types";
import type * as pulumi from "@pulumi/pulumi";

import type { FabricLine } from "../../fabric/versions";
import { bytesOf, cpusOf, type Resources } from "../../storage/quantities";
import { kindSelectorLabels, type NodeKind } from "./labels";

type Pod = types.input.core.v1.PodSpec;
type Container = types.input.core.v1.Container;

/** Where Pods may run; Kubernetes' own words, passed through. */
export interface Placement {
    /** Name of a PriorityClass. */
    priorityClassName?: string;
    /** Taints that the Pod bears. */
    tolerations?: pulumi.Input<types.input.core.v1.Toleration>[];
    /** Labels that the machine must have. */
    nodeSelector?: Record<string, string>;
}

/**
 * The user that Fabric runs as. The images name none and nothing in them needs root; the group owns
 * the volumes.
 */
export const FABRIC_USER = 1000;

/** Account that every Pod of an organization runs under; it may do nothing. */
export const SERVICE_ACCOUNT = "fabric-nodes";

/** Time a Pod gets to end: the peer alone waits 5 s for chaincode after the 3 s before its signal. */
const TERMINATION_GRACE_SECONDS = 40;

/** Security of every container: the "restricted" profile, and a root file system that is read-only. */
export const CONTAINER_SECURITY = {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ["ALL"] },
    privileged: false,
    readOnlyRootFilesystem: true,
} satisfies types.input.core.v1.SecurityContext;

/** Security of every Pod, for the user `id`. */
export function podSecurity(id: number): types.input.core.v1.PodSecurityContext {
    return {
        runAsNonRoot: true,
        runAsUser: id,
        runAsGroup: id,
        fsGroup: id,
        fsGroupChangePolicy: "OnRootMismatch",
        seccompProfile: { type: "RuntimeDefault" },
    };
}

/** What all Pods of Fabric have in common, whatever runs in them. */
export function podDefaults(
    kind: NodeKind,
    placement: Placement,
    spread: { strictZones: boolean },
): Partial<Pod> {
    const { priorityClassName, tolerations, nodeSelector } = placement;
    return {
        securityContext: podSecurity(FABRIC_USER),
        serviceAccountName: SERVICE_ACCOUNT,
        automountServiceAccountToken: false,
        // Kubernetes would inject <SERVICE>_PORT=tcp://… variables, which Fabric reads as settings.
        enableServiceLinks: false,
        terminationGracePeriodSeconds: TERMINATION_GRACE_SECONDS,
        topologySpreadConstraints: [
            spreadOver("topology.kubernetes.io/zone", kind, spread.strictZones),
            spreadOver("kubernetes.io/hostname", kind, false),
        ],
        ...(priorityClassName === undefined ? {} : { priorityClassName }),
        ...(tolerations === undefined ? {} : { tolerations }),
        ...(nodeSelector === undefined ? {} : { nodeSelector }),
    };
}

function spreadOver(topologyKey: string, kind: NodeKind, strict: boolean) {
    return {
        maxSkew: 1,
        topologyKey,
        whenUnsatisfiable: strict ? "DoNotSchedule" : "ScheduleAnyway",
        labelSelector: { matchLabels: kindSelectorLabels(kind) },
    };
}

/**
 * Before a Pod gets its signal it waits until every machine has taken it out of its Service, so that
 * nobody dials an address that is about to die.
 */
export const LEAVE_SERVICE_FIRST = {
    preStop: { sleep: { seconds: 3 } },
} satisfies types.input.core.v1.Lifecycle;

/** Environment variables as Kubernetes writes them. */
export function environment(
    values: Record<string, pulumi.Input<string>>,
): types.input.core.v1.EnvVar[] {
    return Object.entries(values).map(([name, value]) => ({ name, value }));
}

/** Container ports as Kubernetes writes them. */
export function containerPorts(
    ports: Readonly<Record<string, number>>,
): types.input.core.v1.ContainerPort[] {
    return Object.entries(ports).map(([name, containerPort]) => ({ name, containerPort }));
}

/** A probe that asks whether something listens. */
export function tcpProbe(port: string, periodSeconds: number, failureThreshold: number) {
    return { tcpSocket: { port }, periodSeconds, failureThreshold };
}

/** Starting probes ask every second for five minutes, so that a start costs no waiting. */
export const STARTING = { periodSeconds: 1, failureThreshold: 300 } as const;

/**
 * Go's memory target, nine tenths of the limit: the collector works harder instead of the kernel
 * killing the node.
 */
export function goMemoryLimit(resources: Resources): Record<string, string> {
    const limit = resources.limits?.memory;
    return limit === undefined
        ? {}
        : { GOMEMLIMIT: `${Math.floor((bytesOf(limit) * 0.9) / 2 ** 20)}MiB` };
}

/**
 * Go's processors, as many as the limit of CPU pays for and at least the two that Go itself keeps. Go
 * finds it out alone since 1.25, with which Fabric 3 and newer images of 2.5 are built; older ones of 2.5
 * take the machine's.
 *
 * @see https://go.dev/doc/go1.25#container-aware-gomaxprocs
 */
export function goProcessors(line: FabricLine, { limits }: Resources): Record<string, string> {
    return line === "3" || limits?.cpu === undefined
        ? {}
        : { GOMAXPROCS: `${Math.max(2, Math.ceil(cpusOf(limits.cpu)))}` };
}

/** A folder for what a process writes that need not last. */
export const TEMPORARY_FOLDER = {
    volume: { name: "tmp", emptyDir: {} },
    mount: { name: "tmp", mountPath: "/tmp" },
} as const;

/** Puts resources into a container, leaving out what is not set. */
export function withResources(container: Container, resources: Resources): Container {
    const { requests, limits } = resources;
    return {
        ...container,
        resources: { ...(requests ? { requests } : {}), ...(limits ? { limits } : {}) },
    };
}

/** Log settings of a Fabric node, as its environment has them. */
export type Logging = Readonly<Record<"FABRIC_LOGGING_SPEC" | "FABRIC_LOGGING_FORMAT", string>>;

/**
 * The environment of a log specification.
 *
 * @see https://hyperledger-fabric.readthedocs.io/en/release-2.5/logging-control.html
 */
export function logging(specification: string): Logging {
    return { FABRIC_LOGGING_SPEC: specification, FABRIC_LOGGING_FORMAT: "json" };
}
