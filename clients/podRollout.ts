import { setTimeout as sleep } from "node:timers/promises";

import type { KubeConfig } from "@kubernetes/client-node";

import { leadersOf, refusalToTake, type Trouble } from "./channelQuorum";
import { podOf } from "./connection";
import { kubeConfigOf, type ClusterCredentials } from "./kubeconfig";
import { deletePod, readNodePod, type NodePod } from "./nodePods";
import { isSilent, untilWell, type AskedNodes, type GatePatience, type State } from "./rolloutGate";

/** Ordering nodes whose Pods are to be brought to the revision of their StatefulSets. */
export interface PodRollout extends Omit<AskedNodes, "credentials"> {
    /**
     * Whether the cluster is simulated. No process runs there that has channels or could be asked for
     * them, so a Pod that is ready is all there is.
     *
     * @default false
     */
    simulated?: boolean;

    /** @default ROLLOUT_PATIENCE */
    patience?: RolloutPatience;
}

/** How long a rollout waits, in milliseconds. */
export interface RolloutPatience extends GatePatience {
    /** Until a Pod is ready. A large ledger makes a slow start. */
    readyWithinMs: number;
}

export const ROLLOUT_PATIENCE: RolloutPatience = {
    readyWithinMs: 600_000,
    wellWithinMs: 180_000,
    withoutOthersAfterMs: 30_000,
    everyMs: 1_000,
};

/** How nodes are that have no channels. */
const NO_CHANNELS: State = { nodes: [], troubles: [] };

/** Everything that a rollout was given. */
interface Rolling extends AskedNodes {
    config: KubeConfig;
    simulated: boolean;
    patience: RolloutPatience;
}

/**
 * Replaces the Pods of ordering nodes that are older than their StatefulSets, one at a time, each only
 * while every consenter of every channel is active and knows a leader, those that lead a channel last.
 * Nodes without a channel are only waited for until they are ready. A node that is down goes first:
 * replacing it takes nothing away. Safe to repeat; an interrupted rollout goes on where it stopped.
 *
 * With SmartBFT too one node at a time is taken, which is never more than f; there, every node of ours
 * must know the newest leader and have every block.
 *
 * @returns the nodes whose Pods were replaced, in order.
 * @throws Error where a channel would lose its quorum, or nodes that may have channels cannot be asked.
 */
export async function replaceOutdatedPods(
    credentials: ClusterCredentials,
    rollout: PodRollout,
): Promise<string[]> {
    const rolling: Rolling = {
        ...rollout,
        simulated: rollout.simulated ?? false,
        patience: rollout.patience ?? ROLLOUT_PATIENCE,
        credentials,
        config: kubeConfigOf(credentials),
    };
    const replaced: string[] = [];
    for (;;) {
        replaced.push(...(await bringBack(rolling)));
        const outdated = (await readPods(rolling)).filter((pod) => pod.outdated);
        if (outdated.length === 0 && replaced.length === 0) {
            return replaced;
        }
        const state = rolling.simulated ? NO_CHANNELS : await untilWell(rolling, rolling.patience);
        if (outdated.length === 0) {
            requireWell(state, replaced);
            return replaced;
        }
        const next = choose(outdated, state);
        await replace(rolling, next);
        replaced.push(next.node);
    }
}

/** Waits for nodes that are down, replacing those of an older version; gives those it replaced. */
async function bringBack(rolling: Rolling): Promise<string[]> {
    const replaced: string[] = [];
    for (;;) {
        const down = (await readPods(rolling)).filter(({ ready }) => !ready);
        const outdated = down.filter((pod) => pod.outdated);
        const silent = await Promise.all(
            outdated.map(async ({ node }) => rolling.simulated || isSilent(rolling, node)),
        );
        const next = outdated.find((_, index) => silent[index] === true);
        // One that is not ready and yet answers may be half of a quorum: it takes its turn.
        const starting = down.find((pod) => !pod.outdated);
        if (next !== undefined) {
            await replace(rolling, next);
            replaced.push(next.node);
        } else if (starting !== undefined) {
            await untilPod(rolling, starting.node, ({ ready, outdated: old }) => ready || old);
        } else {
            return replaced;
        }
    }
}

async function replace(rolling: Rolling, pod: NodePod): Promise<void> {
    await deletePod(rolling.config, rolling.namespace, pod);
    await untilPod(rolling, pod.node, ({ ready, outdated }) => ready && !outdated);
}

async function untilPod(
    rolling: Rolling,
    node: string,
    isAsWanted: (pod: NodePod) => boolean,
): Promise<void> {
    const { readyWithinMs, everyMs } = rolling.patience;
    const end = Date.now() + readyWithinMs;
    while (Date.now() < end) {
        if (isAsWanted(await readNodePod(rolling.config, rolling.namespace, node))) {
            return;
        }
        await sleep(everyMs);
    }
    throw new Error(
        `ordering node ${node} is not ready after ${readyWithinMs / 1000} s; look at ` +
            `"kubectl -n ${rolling.namespace} describe pod ${podOf(node)}" and its log, mend the node, ` +
            "then run the update again; the other nodes were left as they are",
    );
}

function readPods({ config, namespace, nodes }: Rolling): Promise<NodePod[]> {
    return Promise.all(nodes.map(({ name }) => readNodePod(config, namespace, name)));
}

/** The outdated node to take next: one that leads no channel if there is one. */
function choose(outdated: readonly NodePod[], { nodes, troubles }: State): NodePod {
    const leaders = leadersOf(nodes);
    const inOrder = [
        ...outdated.filter(({ node }) => !leaders.has(node)),
        ...outdated.filter(({ node }) => leaders.has(node)),
    ];
    const refusals = inOrder.map(({ node }) =>
        refusalToTake(
            nodes.find((health) => health.node === node) ?? { node, channels: [] },
            troubles,
        ),
    );
    const next = inOrder.find((_, index) => refusals[index] === undefined);
    if (next === undefined) {
        throw refusalError(
            inOrder.map(({ node }) => node),
            refusals[0] ?? { what: "are not known" },
        );
    }
    return next;
}

function refusalError(outdated: readonly string[], trouble: Trouble): Error {
    return new Error(
        `${inWords(trouble)}, so ${outdated.join(", ")} of an older version ` +
            `${outdated.length === 1 ? "is" : "are"} not replaced: that could stop ` +
            `${channelWords(trouble)}; ${mending(trouble)}, then run the update again`,
    );
}

/** Fails where the channels are not well after the last node was replaced. */
function requireWell({ troubles }: State, replaced: readonly string[]): void {
    const trouble = troubles.find(({ tolerable }) => tolerable !== true);
    if (trouble !== undefined) {
        throw new Error(
            `${replaced.join(", ")} run the new version, but ${inWords(trouble)}; ` +
                `${mending(trouble)}, then run the update again`,
        );
    }
}

function inWords({ node, channel, what }: Trouble): string {
    const who = node === undefined ? channelWords({ channel, what }) : `ordering node ${node}`;
    return `${who} ${what}${node !== undefined && channel !== undefined ? ` in channel "${channel}"` : ""}`;
}

function channelWords({ channel }: Trouble): string {
    return channel === undefined ? "channels" : `channel "${channel}"`;
}

function mending({ node }: Trouble): string {
    return node === undefined
        ? "start the consenters that are missing, or let them join the channel"
        : `mend ${node}`;
}
