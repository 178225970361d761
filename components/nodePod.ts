import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

import type { FabricOrg } from "./fabricOrg";
import type { NodeIdentity } from "./nodeIdentity";
import type { Owner } from "./workloads/labels";
import { headlessService, nodeService } from "./workloads/services";
import { nodeStatefulSet } from "./workloads/statefulSet";

type PodSpec = Parameters<typeof nodeStatefulSet>[0]["pod"];

/** The running part of a node. */
export interface NodePod {
    readonly headlessService: k8s.core.v1.Service;
    /** Ready when the node is. */
    readonly statefulSet: k8s.apps.v1.StatefulSet;
    /** The name that is dialed; leads to the node once it is ready. */
    readonly service: k8s.core.v1.Service;
}

/**
 * Starts a node: headless Service, StatefulSet, then the Service that is dialed. In this order,
 * because the StatefulSet names the headless one, and the last has nothing to lead to before.
 */
export function createNodePod(
    parent: pulumi.Resource,
    args: {
        owner: Owner;
        org: FabricOrg;
        ports: Readonly<Record<string, number>>;
        /** Ports of the Service that is dialed. */
        dialedPorts: Readonly<Record<string, number>>;
        updateStrategy: "OnDelete" | "RollingUpdate";
        identity: NodeIdentity;
        claims: readonly k8s.core.v1.PersistentVolumeClaim[];
        pod: PodSpec;
    },
): NodePod {
    const { owner, org, identity } = args;
    const options = { parent, deletedWith: org.cluster.managedCluster };
    const headless = new k8s.core.v1.Service(
        `${owner.name}-headless`,
        headlessService(owner, org.namespace, args.ports),
        { ...options, dependsOn: [org.ready] },
    );
    const statefulSet = new k8s.apps.v1.StatefulSet(
        owner.name,
        nodeStatefulSet({
            owner,
            namespace: org.namespace,
            updateStrategy: args.updateStrategy,
            certificates: identity.certificates,
            pod: args.pod,
        }),
        {
            ...options,
            dependsOn: [...(identity.secret ? [identity.secret] : []), ...args.claims, headless],
        },
    );
    const service = new k8s.core.v1.Service(
        `${owner.name}-service`,
        nodeService(owner, org.namespace, args.dialedPorts),
        { ...options, dependsOn: [statefulSet] },
    );
    return { headlessService: headless, statefulSet, service };
}
