import { setTimeout as sleep } from "node:timers/promises";

import {
    channelTroubles,
    heightsOf,
    type Heights,
    type NodeHealth,
    type Trouble,
} from "./channelQuorum";
import { nodeTarget, type ReachedNode } from "./connection";
import type { ClusterCredentials } from "./kubeconfig";
import { NodeError } from "./nodeError";
import { ordererHealth } from "./ordererHealth";
import type { ClientIdentity } from "./transportFault";

/** Ordering nodes, and how they are asked how they are. */
export interface AskedNodes {
    credentials: ClusterCredentials;

    namespace: string;

    nodes: readonly RolloutNode[];

    /** Certificates of the CAs of the nodes' TLS certificates, PEM. */
    tlsCaPem: string;

    /** Certificate of the CA of the nodes' admin endpoints. */
    admin: ClientIdentity;
}

/** An ordering node, and where it is reached from outside its cluster if it is. */
export interface RolloutNode extends Pick<ReachedNode, "outside"> {
    name: string;
}

/** How long it is waited until all channels are well, in milliseconds. */
export interface GatePatience {
    /** Until every consenter of every channel is active, has its blocks and knows a leader. */
    wellWithinMs: number;

    /**
     * Until it does not matter any more that consenters of other organizations are missing, if there
     * is a quorum without them and the node that is to be taken.
     */
    withoutOthersAfterMs: number;

    /** Between two looks. */
    everyMs: number;
}

/** How the nodes and their channels are. */
export interface State {
    nodes: NodeHealth[];
    troubles: Trouble[];
}

/** Waits until nothing speaks against taking a node; then, or when the time is over, says how it is. */
export async function untilWell(asked: AskedNodes, patience: GatePatience): Promise<State> {
    const start = Date.now();
    let reached: Heights = heightsOf(await askNodes(asked));
    for (;;) {
        const nodes = await askNodes(asked);
        const troubles = channelTroubles(nodes, reached);
        const waited = Date.now() - start;
        const others = troubles.every(({ tolerable }) => tolerable === true);
        if (
            troubles.length === 0 ||
            waited > patience.wellWithinMs ||
            (others && waited > patience.withoutOthersAfterMs)
        ) {
            return { nodes, troubles };
        }
        reached = heightsOf(nodes);
        await sleep(patience.everyMs);
    }
}

/**
 * Whether a node is gone for everyone: it does not answer, or its certificate has ended.
 *
 * @throws NodeError where that cannot be found out.
 */
export async function isSilent(asked: AskedNodes, node: string): Promise<boolean> {
    const [health] = await askNodes({
        ...asked,
        nodes: asked.nodes.filter(({ name }) => name === node),
    });
    return health?.unknown !== undefined;
}

/** Asks every node. What does not pass by itself, such as a refusal, fails at once. */
export async function askNodes(asked: AskedNodes): Promise<NodeHealth[]> {
    return Promise.all(
        asked.nodes.map(async (node) => {
            try {
                return { node: node.name, channels: await healthOf(asked, node) };
            } catch (error) {
                if (error instanceof NodeError && mayPass(error)) {
                    return { node: node.name, unknown: unknown(error), channels: [] };
                }
                throw error;
            }
        }),
    );
}

function mayPass({ fault }: NodeError): boolean {
    return fault.passing || fault.certificateEnded === true;
}

function unknown({ fault }: NodeError): string {
    return `cannot be asked, because ${fault.cause}`;
}

function healthOf({ credentials, namespace, tlsCaPem, admin }: AskedNodes, node: RolloutNode) {
    const reached = { node: node.name, namespace, tlsCaPem, outside: node.outside };
    return ordererHealth({
        credentials,
        admin,
        adminTarget: nodeTarget(reached, "orderer", "admin"),
        operationsTarget: nodeTarget(reached, "orderer", "operations"),
    });
}
