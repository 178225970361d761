import * as pulumi from "@pulumi/pulumi";

import { remoteMethods } from "./remoteMethods";

export interface OrdererRolloutArgs {
    /** Content of the kubeconfig; a secret. */
    kubeconfig: pulumi.Input<string>;
    /** Context in it. */
    context?: pulumi.Input<string>;
    /** Namespace of the nodes. */
    namespace: string;
    /** Names of the nodes. */
    nodes: string[];
    /** Revision of each node's StatefulSet. A change starts the rollout. */
    revisions: pulumi.Input<string>[];
    /** Certificate of the CA of the nodes' TLS certificates, PEM. */
    tlsCaPem: pulumi.Input<string>;
    /** Identity of the nodes' admin endpoints, which are asked about their channels, PEM. */
    adminCertificatePem: pulumi.Input<string>;
    /** Its key, PEM; a secret. */
    adminPrivateKeyPem: pulumi.Input<string>;
}

/**
 * Carries changes of ordering nodes out, one node at a time. The StatefulSets themselves replace
 * nothing (`OnDelete`): left to them, all nodes would restart at once.
 */
export class OrdererRollout extends pulumi.dynamic.Resource {
    /** Nodes that the last rollout replaced, in order. */
    declare public readonly replaced: pulumi.Output<string[]>;

    constructor(name: string, args: OrdererRolloutArgs, opts?: pulumi.CustomResourceOptions) {
        super(
            remoteMethods("ordererRollout"),
            name,
            { replaced: undefined, ...args },
            opts,
            "kubefabric",
            "OrdererRollout",
        );
    }
}
