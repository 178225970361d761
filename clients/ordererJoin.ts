import { describeBlock } from "../fabric/block";
import type { NodeTarget } from "./connection";
import { NodeError, type Fault } from "./nodeError";
import {
    askBlock,
    askInfo,
    asking,
    PATIENCE_MS,
    postBlock,
    type AskedOrderer,
    type ChannelInfo,
    type OrdererAccess,
} from "./ordererAdmin";
import { refused } from "./ordererAnswer";
import { retryPassing } from "./retryPassing";

/** What an ordering node joins. */
export interface OrdererJoin {
    /** Block 0, or for a node that was added later the newest config block. */
    block: Uint8Array;

    /**
     * Whether the block must name this node among its consenters.
     *
     * @default true
     */
    consenter?: boolean;

    /**
     * How long a node may take to be active in the channel, in milliseconds. One that was added later
     * first copies every block of the channel.
     *
     * @default 60000
     */
    activeWithinMs?: number;
}

/** How an ordering node stands in a channel that it has joined. */
export interface OrdererMembership extends ChannelInfo {
    /** Whether it had joined before. */
    alreadyJoined: boolean;

    /** What could not be checked, and why; empty when all was. */
    notes: string[];
}

/**
 * Joins an ordering node to the channel of a block and waits until it is active. Safe to repeat: a
 * node that has the channel is left alone, if its block of that number is the same.
 *
 * @throws NodeError where the node has another block, refuses this one, or is not a consenter of it.
 */
export async function joinChannel(
    access: OrdererAccess,
    { block, consenter = true, activeWithinMs = 60_000 }: OrdererJoin,
): Promise<OrdererMembership> {
    const { channelId } = describeBlock(block);
    return asking(access, async (orderer) => {
        const alreadyJoined = await retryPassing(() => join(orderer, channelId, block), {
            withinMs: access.patienceMs ?? PATIENCE_MS,
        });
        const notes = alreadyJoined ? await sameBlock(orderer, channelId, block) : [];
        const info = await retryPassing(() => active(orderer, channelId, consenter), {
            withinMs: activeWithinMs,
            everyMs: 100,
        });
        return { ...info, alreadyJoined, notes };
    });
}

/** Whether the node had the channel before. */
async function join(orderer: AskedOrderer, channelId: string, block: Uint8Array): Promise<boolean> {
    if ((await askInfo(orderer, channelId)) !== undefined) {
        return true;
    }
    const answer = await postBlock(orderer, channelId, block);
    if (answer.status === 201) {
        return false;
    }
    // Someone else was faster, or the answer to an earlier request of ours was lost.
    if (answer.status === 405 && (await askInfo(orderer, channelId)) !== undefined) {
        return true;
    }
    throw refused(orderer.target, attemptOf(channelId), answer);
}

/** Fails where the node's block is another one; gives what kept us from comparing. */
async function sameBlock(
    orderer: AskedOrderer,
    channelId: string,
    block: Uint8Array,
): Promise<string[]> {
    const wanted = describeBlock(block);
    const held = await askBlock(orderer, channelId, wanted.number);
    if (held instanceof NodeError) {
        return [
            `ordering node ${orderer.target.node}: whether its block ${wanted.number} of channel ` +
                `"${channelId}" is the expected one was not checked: ${held.fault.cause}`,
        ];
    }
    const { hash } = describeBlock(held);
    if (hash !== wanted.hash) {
        throw new NodeError(orderer.target, attemptOf(channelId), {
            cause:
                `it already has a channel of this name with another block ${wanted.number}: the ` +
                `node's has the hash ${hash}, the expected one ${wanted.hash}`,
            advice:
                "use the block that the channel was made with, or another channel name; remove the " +
                "channel from the node only if its ledger is not needed",
            passing: false,
        });
    }
    return [];
}

async function active(
    orderer: AskedOrderer,
    channelId: string,
    consenter: boolean,
): Promise<ChannelInfo> {
    const info = await askInfo(orderer, channelId);
    const fault =
        info === undefined
            ? fadingFault("it does not have the channel any more", true)
            : membershipFault(info, consenter);
    if (info === undefined || fault !== undefined) {
        throw notActive(orderer.target, channelId, fault);
    }
    return info;
}

function membershipFault(info: ChannelInfo, consenter: boolean): Fault | undefined {
    if (consenter && info.consensusRelation !== "consenter") {
        return {
            cause:
                `it joined as ${info.consensusRelation}, not as consenter: its TLS key is not among ` +
                "the keys of the block's consenters",
            advice:
                "check with which TLS certificates the block was made; a node that is to become a " +
                "consenter of a channel that exists is added with a config update",
            passing: false,
        };
    }
    if (info.status === "active") {
        return undefined;
    }
    return fadingFault(
        `it is ${info.status} at height ${info.height}`,
        info.status === "onboarding",
    );
}

function fadingFault(cause: string, passing: boolean): Fault {
    return {
        cause,
        advice: passing
            ? "it goes on by itself; run this again later"
            : "look at the node's log, and restart the node",
        passing,
    };
}

function notActive(target: NodeTarget, channelId: string, fault: Fault | undefined): NodeError {
    return new NodeError(
        target,
        `be active in channel "${channelId}"`,
        fault ?? fadingFault("it does not answer", true),
    );
}

function attemptOf(channelId: string): string {
    return `join channel "${channelId}"`;
}
