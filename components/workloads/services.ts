import type { types } from "@pulumi/kubernetes";

import { nodeLabels, nodeSelectorLabels, type Owner } from "./labels";
import { headlessServiceName } from "./statefulSet";

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
            selector: nodeSelectorLabels(owner),
            ports: servicePorts(ports),
        },
    };
}

function servicePorts(ports: Readonly<Record<string, number>>) {
    return Object.entries(ports).map(([name, port]) => ({ name, port, targetPort: name }));
}
