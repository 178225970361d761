import type * as types from "@pulumi/kubernetes/types";
import type * as pulumi from "@pulumi/pulumi";

import { LIVES } from "../../fabric/identities";
import {
    kindSelectorLabels,
    nodeLabels,
    nodeSelectorLabels,
    organizationLabels,
    podLabels,
    serviceSelectorLabels,
    type NodeKind,
    type Owner,
} from "./labels";

/** A volume claim of a node, mounted by name. */
export function nodeClaim(args: {
    owner: Owner;
    namespace: string;
    name: string;
    storageClassName: pulumi.Input<string>;
    accessMode: pulumi.Input<string>;
    size: string;
    adopt: boolean;
}): types.input.core.v1.PersistentVolumeClaim {
    const { owner, namespace, name } = args;
    return {
        metadata: {
            name,
            namespace,
            labels: nodeLabels(owner),
            // The provider waits for a claim to be made, and would wait for one that is bound already.
            ...(args.adopt ? { annotations: { "pulumi.com/skipAwait": "true" } } : {}),
        },
        spec: {
            storageClassName: args.storageClassName,
            accessModes: [args.accessMode],
            resources: { requests: { storage: args.size } },
        },
    };
}

/** Annotation that restarts a Pod when its certificates change: Fabric reads them at start only. */
export const CERTIFICATES_ANNOTATION = "kubefabric.io/certificates";

/** Annotation that restarts a Pod when its settings in a file change: Fabric reads them at start only. */
const CONFIGURATION_ANNOTATION = "kubefabric.io/configuration";

/** The same for what a peer knows of ordering nodes. */
const ORDERERS_ANNOTATION = "kubefabric.io/orderers";

/** A StatefulSet of the one Pod that a node is. */
export function nodeStatefulSet(args: {
    owner: Owner;
    namespace: string;
    updateStrategy: "OnDelete" | "RollingUpdate";
    certificates: pulumi.Input<string>;
    certificateLives?: pulumi.Input<string>;
    /** Digest of its settings in a file, where it has any. */
    configuration?: string;
    /** Digest of the certificates that a peer holds ordering nodes inside its cluster against, if it does. */
    orderers?: pulumi.Input<string>;
    pod: types.input.core.v1.PodSpec;
}): types.input.apps.v1.StatefulSet {
    const { owner, namespace } = args;
    return {
        metadata: { name: owner.name, namespace, labels: nodeLabels(owner) },
        spec: {
            serviceName: headlessServiceName(owner.name),
            replicas: 1,
            selector: { matchLabels: nodeSelectorLabels(owner) },
            updateStrategy: { type: args.updateStrategy },
            template: {
                metadata: {
                    labels: podLabels(owner),
                    annotations: {
                        [CERTIFICATES_ANNOTATION]: args.certificates,
                        ...(args.certificateLives && { [LIVES.annotation]: args.certificateLives }),
                        ...(args.configuration && {
                            [CONFIGURATION_ANNOTATION]: args.configuration,
                        }),
                        ...(args.orderers && { [ORDERERS_ANNOTATION]: args.orderers }),
                    },
                },
                spec: args.pod,
            },
        },
    };
}

/** Name of the Service that governs the StatefulSet. */
export function headlessServiceName(node: string): string {
    return `${node}-headless`;
}

type Service = types.input.core.v1.Service;

/** The headless Service that a StatefulSet needs; nobody dials it. */
export function headlessService(
    owner: Owner,
    namespace: string,
    ports: Readonly<Record<string, number>>,
): Service {
    return {
        metadata: { name: headlessServiceName(owner.name), namespace, labels: nodeLabels(owner) },
        spec: {
            clusterIP: "None",
            selector: nodeSelectorLabels(owner),
            ports: servicePorts(ports),
        },
    };
}

/**
 * The Service whose name is dialed, by other nodes and by clients. Its address outlives the Pod's,
 * and it leads to a ready Pod only.
 */
export function nodeService(
    owner: Owner,
    namespace: string,
    ports: Readonly<Record<string, number>>,
): Service {
    return {
        metadata: {
            name: owner.name,
            namespace,
            labels: nodeLabels(owner),
            // The StatefulSet was waited for; waiting for its Pod again costs 10 s a Service.
            annotations: { "pulumi.com/skipAwait": "true" },
        },
        spec: {
            type: "ClusterIP",
            publishNotReadyAddresses: false,
            selector: serviceSelectorLabels(owner),
            ports: servicePorts(ports),
        },
    };
}

function servicePorts(ports: Readonly<Record<string, number>>) {
    return Object.entries(ports).map(([name, port]) => ({ name, port, targetPort: name }));
}

/**
 * Lets a drain take one node of a kind at a time. A lone node may be drained too: a budget that
 * leaves no room blocks the upgrade of the machine under it for ever.
 */
export function oneAtATime(
    name: string,
    namespace: string,
    mspId: string,
    kind: NodeKind,
): types.input.policy.v1.PodDisruptionBudget {
    return {
        metadata: { name, namespace, labels: organizationLabels(mspId) },
        spec: { maxUnavailable: 1, selector: { matchLabels: kindSelectorLabels(kind) } },
    };
}
