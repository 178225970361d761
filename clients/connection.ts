import { isIP } from "node:net";

import type { KubeConfig } from "@kubernetes/client-node";

import { endpointText } from "../fabric/msp";
import { nodeAddress } from "../fabric/names";
import { ORDERER_PORTS, PEER_PORTS } from "../fabric/ports";
import { contextProblem } from "./contextProblem";
import { kubeConfigOf, type ClusterCredentials } from "./kubeconfig";
import { NodeError, type Fault } from "./nodeError";
import { openPortForward } from "./portForward";
import { portForwardFault } from "./portForwardPermission";

/** A port of a node, and what its TLS certificate is checked against. */
export interface NodeTarget {
    /** Name of the node, of its Service and of its StatefulSet. */
    node: string;

    namespace: string;

    kind: "orderer" | "peer";

    /** Port of the node's Pod. */
    port: number;

    /**
     * Where the port is reached from outside its cluster, as `host:port`.
     *
     * @default - a port-forward through the Kubernetes API.
     */
    address?: string;

    /**
     * Name that the node's TLS certificate must carry: that of its Service (`nodeAddress`), whatever leads to
     * it, for every certificate of the node has had it from the start. So no other node, and nothing else that listens on this machine, can answer for it.
     */
    serverName: string;

    /**
     * Name that is told in the TLS handshake: by it a gateway knows which node is meant.
     *
     * @default - `serverName`
     */
    sni?: string;

    /** Certificates of the CAs that the node's TLS certificate may be of, PEM. */
    tlsCaPem: string;
}

/** A node, and where it is reached from outside its cluster if it is. */
export interface ReachedNode {
    node: string;
    namespace: string;
    tlsCaPem: string;

    /**
     * Its name or address outside, and its ports there by their names.
     *
     * @default - a port-forward through the Kubernetes API.
     */
    outside?: { host: string; ports: Readonly<Record<string, number>> };
}

/** One of a node's ports, and how it is reached. */
export function nodeTarget(
    { node, namespace, tlsCaPem, outside }: ReachedNode,
    ...[kind, name]: ["orderer", keyof typeof ORDERER_PORTS] | ["peer", keyof typeof PEER_PORTS]
): NodeTarget {
    const port = kind === "orderer" ? ORDERER_PORTS[name] : PEER_PORTS[name];
    const outer = outside?.ports[name];
    const inside = {
        node,
        namespace,
        kind,
        port,
        serverName: nodeAddress(node, namespace),
        tlsCaPem,
    };
    if (outside === undefined || outer === undefined) {
        return inside;
    }
    const address = endpointText({ host: outside.host, port: outer });
    // An address is no name, and no gateway leads by it.
    return isIP(outside.host) === 0
        ? { ...inside, sni: outside.host, address }
        : { ...inside, address };
}

/** Where a node is dialed. It is gone when the function that it was given to returns. */
export interface Endpoint {
    host: string;
    port: number;
    target: NodeTarget;

    /** Why the last connection through the cluster failed, where the cluster says so. */
    forwardFault(): Fault | undefined;
}

/**
 * Reaches a port of a node and gives `use` where to dial it: at its outside address where it has one,
 * else at a port of this machine's loopback address from which each connection is forwarded to the
 * node's Pod through the Kubernetes API. Whatever `use` left open is closed when it is done.
 *
 * @param credentials of the node's cluster; not needed where the node has an outside address.
 * @throws NodeError where the cluster cannot be asked or does not allow the port-forward, before
 *     anything is dialed; and whatever `use` throws.
 */
export async function withConnection<T>(
    credentials: ClusterCredentials | undefined,
    target: NodeTarget,
    use: (at: Endpoint) => Promise<T>,
): Promise<T> {
    if (target.address !== undefined) {
        return use(outsideEndpoint(target, target.address));
    }
    const config = configOf(credentials, target);
    const refusal = await portForwardFault(config, target.namespace);
    if (refusal !== undefined) {
        throw new NodeError(target, attempt(target), refusal);
    }
    const { namespace, port } = target;
    const forward = await openPortForward(config, { namespace, pod: podOf(target.node), port });
    try {
        return await use({
            host: "127.0.0.1",
            port: forward.port,
            target,
            forwardFault: () => forward.fault(),
        });
    } finally {
        await forward.close();
    }
}

/** Name of the one Pod of a node's StatefulSet. */
export function podOf(node: string): string {
    return `${node}-0`;
}

function attempt({ port }: NodeTarget): string {
    return `reach port ${port}`;
}

function configOf(credentials: ClusterCredentials | undefined, target: NodeTarget): KubeConfig {
    const problem =
        credentials === undefined
            ? "it has no outside address, and no kubeconfig is given; give one of both"
            : contextProblem(credentials);
    if (credentials === undefined || problem !== undefined) {
        const [cause, advice] = splitAdvice(problem ?? "");
        throw new NodeError(target, attempt(target), { cause, advice, passing: false });
    }
    return kubeConfigOf(credentials);
}

function splitAdvice(problem: string): [string, string] {
    const at = problem.indexOf("; ");
    return [problem.slice(0, at), problem.slice(at + 2)];
}

function outsideEndpoint(target: NodeTarget, address: string): Endpoint {
    const [, host, port] = /^(.+):([0-9]{1,5})$/.exec(address) ?? [];
    if (host === undefined || port === undefined) {
        throw new NodeError(target, attempt(target), {
            cause: `${JSON.stringify(address)} is not an address`,
            advice: 'write it as "host:port"',
            passing: false,
        });
    }
    return {
        host: host.replace(/^\[(.*)\]$/, "$1"),
        port: Number(port),
        target,
        forwardFault: () => undefined,
    };
}
