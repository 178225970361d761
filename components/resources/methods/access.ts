import type { DeliverAccess } from "../../../clients/ordererDeliver";
import type { NodeTarget } from "../../../clients/connection";
import type { ClusterCredentials } from "../../../clients/kubeconfig";
import { NodeError } from "../../../clients/nodeError";
import type { AskedNodes } from "../../../clients/rolloutGate";
import { nodeAddress } from "../../../fabric/names";
import { ORDERER_PORTS, PEER_PORTS } from "../../../fabric/ports";
import type { Signer } from "../../../fabric/signing";
import type { Properties } from "../remoteResource";

/** What a node is asked for. */
export type Port = "orderer admin" | "orderer operations" | "orderer grpc" | "peer grpc";

const PORTS: Readonly<Record<Port, number>> = {
    "orderer admin": ORDERER_PORTS.admin,
    "orderer operations": ORDERER_PORTS.operations,
    "orderer grpc": ORDERER_PORTS.grpc,
    "peer grpc": PEER_PORTS.grpc,
};

/** The cluster of a `ClusterConnection`. */
export function credentialsOf({ kubeconfig, context }: Properties): ClusterCredentials {
    return { kubeconfig, context };
}

/** A port of the node of a `NodeConnection`. */
export function targetOf(
    { node, namespace, address, tlsCaPem }: Properties,
    port: Port,
): NodeTarget {
    return {
        node,
        namespace,
        address,
        kind: port === "peer grpc" ? "peer" : "orderer",
        port: PORTS[port],
        serverName: nodeAddress(node, namespace),
        tlsCaPem,
    };
}

/** The nodes of `OrderingNodes`, each as a `NodeConnection`. */
export function connectionsOf({ nodes, ...shared }: Properties): Properties[] {
    return nodes.map((node: Properties) => ({ ...shared, ...node }));
}

/** The nodes of `AdministeredNodes`, as a rollout and a consenter set ask them. */
export function askedNodesOf(service: Properties): AskedNodes {
    return {
        credentials: credentialsOf(service),
        namespace: service.namespace,
        nodes: service.nodes.map(({ node }: Properties) => ({ name: node })),
        tlsCaPem: service.tlsCaPem,
        admin: service.admin,
    };
}

/**
 * How long a refresh waits for a node, in milliseconds: it notes that the node does not answer and goes
 * on, and with nodes that are down one after the other is asked.
 */
export const REFRESH_PATIENCE_MS = 3_000;

/** Ways to the blocks of a channel: every ordering node of every service. */
export function deliverAccesses(
    services: Properties[],
    signer: Signer,
    patience: Pick<DeliverAccess, "patienceMs"> = {},
): DeliverAccess[] {
    return services.flatMap(connectionsOf).map((connection) => ({
        ...patience,
        credentials: credentialsOf(connection),
        target: targetOf(connection, "orderer grpc"),
        signer,
    }));
}

/** The first answer, asking one after the other. Fails with what the last one said. */
export async function firstAnswerOf<A, T>(
    accesses: readonly A[],
    ask: (access: A) => Promise<T | undefined>,
): Promise<T | undefined> {
    const failures: unknown[] = [];
    for (const access of accesses) {
        try {
            const answer = await ask(access);
            if (answer !== undefined) {
                return answer;
            }
        } catch (error) {
            failures.push(error);
        }
    }
    const last = failures.at(-1);
    if (last instanceof Error) {
        throw last;
    }
    return undefined;
}

/**
 * What a refresh notes of a node that cannot be asked: never that something is gone, for a node that
 * does not answer says nothing of what it holds.
 */
export function unreachable(error: unknown): string {
    const cause =
        error instanceof NodeError
            ? error.fault.cause
            : error instanceof Error
              ? error.message
              : String(error);
    return `not reachable: ${cause}`;
}
