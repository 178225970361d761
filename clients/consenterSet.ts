import { setTimeout as sleep } from "node:timers/promises";

import type { NodeHealth } from "./channelQuorum";
import type { ChannelHealth } from "./ordererHealth";
import { askNodes, type AskedNodes } from "./rolloutGate";

/** How the consenters of a channel are, in words that stay the same while all is well. */
export interface ConsenterSetState {
    /** `all`, or which nodes are not active in the channel, and why. */
    active: string;

    /** `elected`, or `none`. Which node it is changes at any time. */
    leader: string;
}

/** How a consenter set is that works. */
export const WORKING: ConsenterSetState = { active: "all", leader: "elected" };

/**
 * How long a set may take to work. The first election comes after a second; after all nodes were
 * restarted it waits for their ledgers to load.
 */
export const WORKING_WITHIN_MS = 120_000;

/** Asks every node of a channel's consenter set. */
export async function consenterSetState(
    services: readonly AskedNodes[],
    channelId: string,
): Promise<ConsenterSetState> {
    const nodes = (await Promise.all(services.map(askNodes))).flat();
    const missing = nodes.flatMap((node) => {
        const reason = absence(node, channelId);
        return reason === undefined ? [] : [`${node.node} ${reason}`];
    });
    const known = nodes.flatMap(({ channels }) =>
        channels.filter(({ name }) => name === channelId),
    );
    const consenters = known.filter(({ consensusRelation }) => consensusRelation === "consenter");
    const led = isLed(consenters, consenters.length);
    return {
        active: missing.length === 0 ? WORKING.active : missing.join("; "),
        leader: led ? WORKING.leader : "none",
    };
}

/**
 * Waits until all consenters of a channel are active and one of them leads.
 *
 * @throws Error where that does not come in time, naming the nodes that are missing.
 */
export async function untilWorking(
    services: readonly AskedNodes[],
    channelId: string,
    { withinMs = WORKING_WITHIN_MS, everyMs = 200 }: { withinMs?: number; everyMs?: number } = {},
): Promise<ConsenterSetState> {
    const end = Date.now() + withinMs;
    for (;;) {
        const state = await consenterSetState(services, channelId);
        if (state.active === WORKING.active && state.leader === WORKING.leader) {
            return state;
        }
        if (Date.now() >= end) {
            throw new Error(
                `channel "${channelId}" does not work after ${withinMs / 1000} s: ` +
                    (state.active === WORKING.active
                        ? "its consenters are active, and none of them leads; they may not reach " +
                          "each other: look at their logs and at the NetworkPolicies"
                        : `${state.active}; mend that`) +
                    ", then run the update again",
            );
        }
        await sleep(everyMs);
    }
}

/**
 * Whether a channel has a leader. Where it has consenters that are not asked, as those of other
 * organizations, one of them may lead: a Raft node that counts a majority as active has heard that from
 * a leader, and a SmartBFT node always follows the leader of its view.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/orderer/consensus/etcdraft/tracker.go#L32
 */
function isLed(known: readonly ChannelHealth[], asked: number): boolean {
    return known
        .flatMap(({ consensus }) => consensus ?? [])
        .some(
            (node) =>
                node.leads ||
                (node.consenters > asked &&
                    (node.type === "BFT" || node.active > node.consenters / 2)),
        );
}

/** Why a node takes no part in the channel, or nothing. */
function absence(node: NodeHealth, channelId: string): string | undefined {
    if (node.unknown !== undefined) {
        return node.unknown;
    }
    const found = node.channels.find(({ name }) => name === channelId);
    if (found === undefined) {
        return "has not joined";
    }
    // A follower is on its way to be a consenter, by an update of the configuration.
    const takesPart = ["consenter", "follower"].includes(found.consensusRelation);
    return takesPart && found.status === "active"
        ? undefined
        : `is ${found.consensusRelation} and ${found.status}`;
}
