import type { types } from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

import { nodeLabels, nodeSelectorLabels, type Owner } from "./labels";

/** Annotation that restarts a Pod when its certificates change: Fabric reads them at start only. */
export const CERTIFICATES_ANNOTATION = "kubefabric.io/certificates";

/** A StatefulSet of the one Pod that a node is. */
export function nodeStatefulSet(args: {
    owner: Owner;
    namespace: string;
    updateStrategy: "OnDelete" | "RollingUpdate";
    certificates: pulumi.Input<string>;
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
                    labels: nodeLabels(owner),
                    annotations: { [CERTIFICATES_ANNOTATION]: args.certificates },
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
