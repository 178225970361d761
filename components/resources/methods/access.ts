import { setTimeout as sleep } from "node:timers/promises";

import type { DeliverAccess } from "../../../clients/ordererDeliver";
import { nodeTarget, type NodeTarget, type ReachedNode } from "../../../clients/connection";
import type { ClusterCredentials } from "../../../clients/kubeconfig";
import { NodeError } from "../../../clients/nodeError";
import type { AskedNodes } from "../../../clients/rolloutGate";
import type { Signer } from "../../../fabric/signing";
import type { Properties } from "../remoteResource";

/** What a node is asked for. */
export type Port = "orderer admin" | "orderer grpc" | "peer grpc";

/** The cluster of a `ClusterConnection`. */
export function credentialsOf({ kubeconfig, context }: Properties): ClusterCredentials {
    return { kubeconfig, context };
}

/** A port of the node of a `NodeConnection`. */
export function targetOf(
    { node, namespace, outside, tlsCaPem }: Properties,
    port: Port,
): NodeTarget {
    const reached: ReachedNode = { node, namespace, outside, tlsCaPem };
    return port === "peer grpc"
        ? nodeTarget(reached, "peer", "grpc")
        : nodeTarget(reached, "orderer", port === "orderer admin" ? "admin" : "grpc");
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
        nodes: service.nodes.map(({ node, outside }: Properties) => ({ name: node, outside })),
        tlsCaPem: service.tlsCaPem,
        admin: service.admin,
    };
}

/**
 * How long a refresh waits for a node, in milliseconds: it notes that the node does not answer and goes
 * on.
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

/** How long a node has for itself until the next one is asked too, in milliseconds. */
const NEXT_AFTER_MS = 3_000;

/**
 * The first answer. The next one is asked when one has none, or after a while: a node that is down takes
 * its 30 s, and the others need not wait for it. Where none has one it fails with what the last one said.
 */
export async function firstAnswerOf<A, T>(
    accesses: readonly A[],
    ask: (access: A) => Promise<T | undefined>,
    { nextAfterMs = NEXT_AFTER_MS }: { nextAfterMs?: number } = {},
): Promise<T | undefined> {
    const waiting = new AbortController();
    let turn: Promise<unknown> = Promise.resolve();
    const attempts = accesses.map((access) => {
        const attempt = turn.then(async () => {
            const answer = waiting.signal.aborted ? undefined : await ask(access);
            if (answer === undefined) {
                throw new NoAnswer();
            }
            return answer;
        });
        const patience = turn.then(() => sleep(nextAfterMs, undefined, waiting));
        turn = Promise.race([attempt, patience]).catch(() => undefined);
        return attempt;
    });
    try {
        return await Promise.any(attempts);
    } catch (error) {
        const failures = (error as AggregateError).errors as Error[];
        const last = failures.findLast((failure) => !(failure instanceof NoAnswer));
        if (last === undefined) {
            return undefined;
        }
        throw last;
    } finally {
        waiting.abort();
    }
}

/** A node that was asked and has nothing to say. */
class NoAnswer extends Error {}

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
