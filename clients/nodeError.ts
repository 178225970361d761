/** Why an operation on a node failed. */
export interface Fault {
    /** What happened, as part of a sentence; no final period. */
    cause: string;

    /** What to do about it. */
    advice: string;

    /** Whether the same may succeed a moment later: a node that starts, a removal that goes on. */
    passing: boolean;

    /** Whether the node cannot be reached by anyone any more, because its own certificate has ended. */
    certificateEnded?: boolean;
}

/** A node of Fabric, as errors name it. */
export interface NamedNode {
    node: string;
    kind: "orderer" | "peer";
}

/** How a node is called in a sentence. */
export function nodeTitle({ node, kind }: NamedNode): string {
    return `${kind === "orderer" ? "ordering node" : "peer"} ${node}`;
}

/** An operation on a node failed. The message names the node, what was attempted, why, and what to do. */
export class NodeError extends Error {
    override name = "NodeError";
    readonly node: string;
    readonly attempted: string;
    readonly fault: Fault;

    constructor(named: NamedNode, attempted: string, fault: Fault) {
        super(`${nodeTitle(named)}: cannot ${attempted}: ${fault.cause}; ${fault.advice}`);
        this.node = named.node;
        this.attempted = attempted;
        this.fault = fault;
    }
}
