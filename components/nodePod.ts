import { StatefulSet } from "@pulumi/kubernetes/apps/v1/statefulSet";
import type { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap";
import type { PersistentVolumeClaim } from "@pulumi/kubernetes/core/v1/persistentVolumeClaim";
import { Service } from "@pulumi/kubernetes/core/v1/service";
import type * as pulumi from "@pulumi/pulumi";

import type { FabricOrg } from "./fabricOrg";
import type { NodeIdentity } from "./nodeIdentity";
import type { Owner } from "./workloads/labels";
import { headlessService, nodeService, nodeStatefulSet } from "./workloads/node";

type PodSpec = Parameters<typeof nodeStatefulSet>[0]["pod"];

/** The running part of a node. */
export interface NodePod {
    readonly headlessService: Service;
    /** Ready when the node is. */
    readonly statefulSet: StatefulSet;
    /** The name that is dialed; leads to the node once it is ready. */
    readonly service: Service;
    /** Its ports, by their names. */
    readonly ports: Readonly<Record<string, number>>;
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
        claims: readonly PersistentVolumeClaim[];
        /** Settings that the Pod reads from a file, with their digest; absent where the image's do. */
        configuration?: { map: ConfigMap; digest: string };
        /** Certificates of ordering nodes that the Pod reads from a file, with their digest. */
        orderers?: { map: ConfigMap; digest: pulumi.Input<string> };
        /** What else it needs before it starts. */
        needs?: readonly pulumi.Resource[];
        pod: PodSpec;
    },
): NodePod {
    const { owner, org, identity, configuration } = args;
    const options = { parent, deletedWith: org.cluster.managedCluster };
    const headless = new Service(
        `${owner.name}-headless`,
        headlessService(owner, org.namespace, args.ports),
        { ...options, dependsOn: [org.ready] },
    );
    const statefulSet = new StatefulSet(
        owner.name,
        nodeStatefulSet({
            owner,
            namespace: org.namespace,
            updateStrategy: args.updateStrategy,
            certificates: identity.certificates,
            certificateLives: identity.certificateLives,
            configuration: configuration?.digest,
            orderers: args.orderers?.digest,
            pod: args.pod,
        }),
        {
            parent,
            // Where ledgers are given up, their claims are deleted one by one even if the cluster goes
            // too, for their disks to go; a claim stays as long as a Pod holds it.
            deletedWith: org.protection === "none" ? undefined : org.cluster.managedCluster,
            dependsOn: [
                ...(identity.secret ? [identity.secret] : []),
                ...args.claims,
                ...(configuration ? [configuration.map] : []),
                ...(args.orderers ? [args.orderers.map] : []),
                ...(args.needs ?? []),
                headless,
            ],
        },
    );
    const service = new Service(
        `${owner.name}-service`,
        nodeService(owner, org.namespace, args.dialedPorts),
        { ...options, dependsOn: [statefulSet] },
    );
    return { headlessService: headless, statefulSet, service, ports: args.ports };
}
