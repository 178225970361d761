import type { FabricOrg } from "./fabricOrg";
import type { OrdererService } from "./ordererService";
import type { PeerNode } from "./peerNode";
import type {
    AdministeredNodes,
    ClusterConnection,
    NodeConnection,
    OrderingNodes,
    OrganizationSigner,
} from "./resources/nodeConnection";

/** How the ordering nodes of a service are reached. */
export function orderingNodes({ org, nodes }: OrdererService): OrderingNodes {
    return {
        ...clusterConnection(org),
        namespace: org.namespace,
        tlsCaPem: org.tlsCa.rootPem,
        nodes: nodes.map(({ name }) => ({ node: name })),
    };
}

/** The same with the identity that their admin endpoints admit. */
export function administeredNodes(service: OrdererService): AdministeredNodes {
    return { ...orderingNodes(service), admin: service.admin };
}

/** How one ordering node is reached. */
export function ordererConnection({ org }: OrdererService, node: string): NodeConnection {
    return {
        ...clusterConnection(org),
        node,
        namespace: org.namespace,
        tlsCaPem: org.tlsCa.rootPem,
    };
}

/** How a peer is reached. */
export function peerConnection({ org, name }: PeerNode): NodeConnection {
    return {
        ...clusterConnection(org),
        node: name,
        namespace: org.namespace,
        tlsCaPem: org.tlsCa.rootPem,
    };
}

/** An organization's administrator, as which its nodes and channels are managed. */
export function signerOf({ mspId, admin }: FabricOrg): OrganizationSigner {
    return { ...admin, mspId };
}

function clusterConnection({ cluster }: FabricOrg): ClusterConnection {
    return { kubeconfig: cluster.kubeconfig, context: cluster.context };
}
