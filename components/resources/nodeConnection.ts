import type * as pulumi from "@pulumi/pulumi";

/** How a node's cluster is reached, as inputs of a resource. */
export interface ClusterConnection {
    /** Content of the kubeconfig of the cluster; a secret. */
    kubeconfig: pulumi.Input<string>;
    /** Context in it. */
    context?: pulumi.Input<string>;
}

/** A node's name, and where it is reached. */
export interface NodeAddress {
    /** Name of the node, of its Service, and of its Pod with `-0`. */
    node: string;
    /**
     * Where it is reached from here, with its ports by their names.
     *
     * @default - by a port-forward through the Kubernetes API.
     */
    outside?: { host: string; ports: Readonly<Record<string, number>> };
}

/** How a resource of the network reaches a node, as inputs of its own. */
export interface NodeConnection extends NodeAddress, ClusterConnection {
    /** Namespace of the node. */
    namespace: string;
    /** Certificate of the CA that issued the node's TLS certificate, PEM. */
    tlsCaPem: pulumi.Input<string>;
}

/** The same for all nodes of one ordering service, so that a state says it once. */
export interface OrderingNodes extends ClusterConnection {
    namespace: string;
    tlsCaPem: pulumi.Input<string>;
    nodes: NodeAddress[];
}

/** An identity that a resource acts as. */
export interface Signer {
    certificatePem: pulumi.Input<string>;
    /** PKCS#8 PEM; a secret. */
    privateKeyPem: pulumi.Input<string>;
}

/** An administrator of an organization. */
export interface OrganizationSigner extends Signer {
    mspId: string;
}

/** Ordering nodes with the identity that their admin and operations endpoints admit. */
export interface AdministeredNodes extends OrderingNodes {
    admin: Signer;
}
