import type { FabricOrg } from "./fabricOrg";
import { administeredPlace } from "./outside";
import type { OrdererService } from "./ordererService";
import type { PeerNode } from "./peerNode";
import type {
    AdministeredNodes,
    ClusterConnection,
    NodeAddress,
    NodeConnection,
    OrderingNodes,
    OrganizationSigner,
} from "./resources/nodeConnection";
import type { NodeKind } from "./workloads/labels";

/** How the ordering nodes of a service are reached. */
export function orderingNodes({ org, nodes }: OrdererService): OrderingNodes {
    return {
        ...clusterConnection(org),
        namespace: org.namespace,
        tlsCaPem: org.tlsCa.rootPem,
        nodes: nodes.map(({ name }) => ({ node: name, ...outsideOf(org, "orderer", name) })),
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
        ...outsideOf(org, "orderer", node),
        namespace: org.namespace,
        tlsCaPem: org.tlsCa.rootPem,
    };
}

/** How a peer is reached. */
export function peerConnection({ org, name }: PeerNode): NodeConnection {
    return {
        ...clusterConnection(org),
        node: name,
        ...outsideOf(org, "peer", name),
        namespace: org.namespace,
        tlsCaPem: org.tlsCa.rootPem,
    };
}

/** An organization's administrator, as which its nodes and channels are managed. */
export function signerOf({ mspId, admin }: FabricOrg): OrganizationSigner {
    return { ...admin, mspId };
}

/** Written only where it says something: a new input would be an update of every network. */
function outsideOf(org: FabricOrg, kind: NodeKind, name: string): Pick<NodeAddress, "outside"> {
    const outside = administeredPlace(org, { kind, name });
    return outside === undefined ? {} : { outside };
}

function clusterConnection({ cluster }: FabricOrg): ClusterConnection {
    return { kubeconfig: cluster.kubeconfig, context: cluster.context };
}
