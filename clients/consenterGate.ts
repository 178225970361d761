import { setTimeout as sleep } from "node:timers/promises";

import type { ConsenterStep } from "../fabric/nextUpdate";
import {
    channelTroubles,
    heightsOf,
    type Heights,
    type NodeHealth,
    type Trouble,
} from "./channelQuorum";
import { askNodes, type AskedNodes } from "./rolloutGate";

/** How long a channel is waited for before one of its consenters is changed, in milliseconds. */
export interface ConsenterPatience {
    /** Until all are well. A node that has just become a consenter first catches up. */
    withinMs: number;

    /** Between two looks. */
    everyMs: number;
}

export const CONSENTER_PATIENCE: ConsenterPatience = { withinMs: 180_000, everyMs: 1_000 };

/**
 * Waits until a channel can bear a change of a consenter: every consenter of ours is active and has its
 * blocks, one of them leads, nobody's consenter is missing, and those who are to come in have caught up
 * as followers. A consenter that leaves, or gets another key, may be down itself.
 *
 * @param step the change; nothing to wait for the end of the last one.
 * @throws Error where that does not come in time, naming what is wrong.
 */
export async function untilConsenterMayChange(
    services: readonly AskedNodes[],
    channelId: string,
    step: ConsenterStep | undefined,
    { withinMs, everyMs }: ConsenterPatience = CONSENTER_PATIENCE,
): Promise<void> {
    const end = Date.now() + withinMs;
    let reached = heightsOf(await askChannel(services, channelId));
    for (;;) {
        const nodes = await askChannel(services, channelId);
        const [trouble] = consenterTroubles(nodes, reached, channelId, step);
        if (trouble === undefined) {
            return;
        }
        if (Date.now() >= end) {
            throw new Error(
                `channel "${channelId}": ${trouble} after ${withinMs / 1000} s, so ` +
                    `${step === undefined ? "its consenters are not well yet" : `${step.words} is not done`}` +
                    "; mend that, then run the update again",
            );
        }
        reached = heightsOf(nodes);
        await sleep(everyMs);
    }
}

/** What speaks against a change of a consenter, in words. */
export function consenterTroubles(
    nodes: readonly NodeHealth[],
    reached: Heights,
    channelId: string,
    step: ConsenterStep | undefined,
): string[] {
    const members = nodes.flatMap(({ node, channels }) =>
        channels.map((health) => ({ node, health })),
    );
    const consenters = members.filter(
        ({ health }) => health.consensusRelation === "consenter" && health.status === "active",
    );
    const followers = members.filter(({ health }) => health.consensusRelation !== "consenter");
    const known = Math.max(0, ...consenters.map(({ health }) => health.consensus?.consenters ?? 0));
    // All others are ours and well, so that the one that is missing is the one that changes.
    const mayMiss = ({ missing }: Trouble) =>
        missing === 1 &&
        step !== undefined &&
        step.kind !== "arrives" &&
        consenters.length >= known - 1;
    const least = reached.get(channelId) ?? 0;
    const behind = followers.filter(({ health }) => health.height < least);
    const joining = step === undefined ? 0 : step.kind === "changes" ? 1 : step.arriving;
    return [
        ...channelTroubles(nodes, reached)
            .filter((trouble) => !mayMiss(trouble))
            .map(({ node, what }) =>
                node === undefined ? `it ${what}` : `ordering node ${node} ${what}`,
            ),
        ...behind.map(
            ({ node, health }) =>
                `ordering node ${node} has not caught up (${health.height} of ${least})`,
        ),
        ...followers
            .slice(joining)
            .map(({ node }) => `ordering node ${node} is a follower and no consenter yet`),
    ];
}

/** How our nodes are in one channel. */
async function askChannel(
    services: readonly AskedNodes[],
    channelId: string,
): Promise<NodeHealth[]> {
    const nodes = (await Promise.all(services.map(askNodes))).flat();
    return nodes.map(({ channels, ...node }) => ({
        ...node,
        channels: channels.filter(({ name }) => name === channelId),
    }));
}
