import type * as pulumi from "@pulumi/pulumi";

import type { AdministeredNodes } from "./nodeConnection";
import { RemoteResource } from "./remoteResource";

export interface OrdererRolloutArgs extends AdministeredNodes {
    /** Revision of each node's StatefulSet. A change starts the rollout. */
    revisions: pulumi.Input<string>[];
    /** Whether no container runs in the cluster, so that no node can be asked for its channels. */
    simulated: boolean;
    /** Names and addresses outside their cluster that the nodes' certificates have; none where absent. */
    answeringTo?: readonly string[];
}

/**
 * Carries changes of ordering nodes out, one node at a time, each only while every channel that it is
 * a consenter of can spare it, the leaders last. The StatefulSets themselves replace nothing
 * (`OnDelete`): left to them, all nodes would restart at once.
 */
export class OrdererRollout extends RemoteResource {
    /** Nodes that the last rollout replaced, in order. */
    declare public readonly replaced: pulumi.Output<string[]>;

    constructor(name: string, args: OrdererRolloutArgs, opts?: pulumi.CustomResourceOptions) {
        super("OrdererRollout", name, { replaced: undefined, ...args }, opts);
    }
}
