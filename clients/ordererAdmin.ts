import { FormData } from "undici";

import { withConnection, type NodeTarget } from "./connection";
import type { ClusterCredentials } from "./kubeconfig";
import { NodeError } from "./nodeError";
import { refused } from "./ordererAnswer";
import { withRequests, type Ask, type Asker } from "./ordererRequest";
import { retryPassing } from "./retryPassing";

/** A way to the admin port of an ordering node. */
export interface OrdererAccess extends Asker {
    /** Of the node's cluster; not needed where the target has an outside address. */
    credentials?: ClusterCredentials;

    /** The node's admin port, `ORDERER_PORTS.admin`. */
    target: NodeTarget;

    /**
     * How long a node that starts, or refuses in passing, is tried again, in milliseconds.
     *
     * @default 30000
     */
    patienceMs?: number;
}

/**
 * What an ordering node says of a channel, in Fabric's own words.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/orderer/common/types/channelinfo.go
 */
export interface ChannelInfo {
    name: string;
    consensusRelation: "consenter" | "follower" | "config-tracker" | "other";
    status: "active" | "onboarding" | "inactive" | "failed";

    /** Number of blocks. */
    height: number;
}

/** A block of a channel: by its number, or one of Fabric's names. */
export type BlockId = number | "newest" | "oldest" | "config";

/** A node, and how it is asked. */
export interface AskedOrderer {
    target: NodeTarget;
    ask: Ask;
}

const CHANNELS = "/participation/v1/channels";

/** How long a node that starts is waited for where nothing else is said. */
export const PATIENCE_MS = 30_000;

/** How long the files of a removed channel may take to go. */
const REMOVED_WITHIN_MS = 30_000;

/** Names of the channels that an ordering node has. */
export async function listChannels(access: OrdererAccess): Promise<string[]> {
    return patiently(access, askChannels);
}

/** What an ordering node says of a channel; nothing where it does not have it. */
export async function channelInfo(
    access: OrdererAccess,
    channelId: string,
): Promise<ChannelInfo | undefined> {
    return patiently(access, (orderer) => askInfo(orderer, channelId));
}

/**
 * A block of a channel, as its bytes; nothing where the node does not have the channel.
 *
 * @throws NodeError where the node has the channel and does not serve blocks: Fabric before 3.1.2.
 */
export async function fetchBlock(
    access: OrdererAccess,
    channelId: string,
    block: BlockId,
): Promise<Uint8Array | undefined> {
    return patiently(access, async (orderer) => {
        const answer = await askBlock(orderer, channelId, block);
        if (answer instanceof Uint8Array) {
            return answer;
        }
        if ((await askInfo(orderer, channelId)) === undefined) {
            return undefined;
        }
        throw answer;
    });
}

/**
 * Removes a channel and its ledger from an ordering node, and waits until both are gone. Success where
 * the node does not have it.
 */
export async function removeChannel(access: OrdererAccess, channelId: string): Promise<void> {
    const attempted = `remove channel "${channelId}"`;
    await asking(access, async ({ target, ask }) => {
        await retryPassing(
            async () => {
                const path = channelPath(channelId);
                const answer = await ask({ method: "DELETE", path, attempted });
                if (answer.status === 204) {
                    throw new NodeError(target, attempted, {
                        cause: "its files are still there",
                        advice: "look at the node's log",
                        passing: true,
                    });
                }
                if (answer.status !== 404) {
                    throw refused(target, attempted, answer);
                }
            },
            { withinMs: REMOVED_WITHIN_MS, everyMs: 100 },
        );
    });
}

/** Connects to a node's admin port for as long as `use` runs. */
export async function asking<T>(
    access: OrdererAccess,
    use: (orderer: AskedOrderer) => Promise<T>,
): Promise<T> {
    const { credentials, target } = access;
    return withConnection(credentials, target, (at) =>
        withRequests(at, access, (ask) => use({ target, ask })),
    );
}

/** Connects to a node's admin port and tries again while the node starts, or refuses in passing. */
async function patiently<T>(
    access: OrdererAccess,
    use: (orderer: AskedOrderer) => Promise<T>,
): Promise<T> {
    const { patienceMs = PATIENCE_MS } = access;
    return asking(access, (orderer) => retryPassing(() => use(orderer), { withinMs: patienceMs }));
}

export async function askChannels({ target, ask }: AskedOrderer): Promise<string[]> {
    const attempted = "list its channels";
    const answer = await ask({ method: "GET", path: CHANNELS, attempted });
    if (answer.status !== 200) {
        throw refused(target, attempted, answer);
    }
    const list = parsed<{ channels?: { name: string }[] | null }>(target, attempted, answer.body);
    return (list.channels ?? []).map(({ name }) => name).sort();
}

export async function askInfo(
    { target, ask }: AskedOrderer,
    channelId: string,
): Promise<ChannelInfo | undefined> {
    const attempted = `ask about channel "${channelId}"`;
    const answer = await ask({ method: "GET", path: channelPath(channelId), attempted });
    // Without a reason the answer comes from something else than this interface.
    if (answer.status === 404 && answer.refusal !== undefined) {
        return undefined;
    }
    if (answer.status !== 200) {
        throw refused(target, attempted, answer);
    }
    const { name, consensusRelation, status, height } = parsed<ChannelInfo>(
        target,
        attempted,
        answer.body,
    );
    return { name, consensusRelation, status, height };
}

/** A block, or why there is none. */
export async function askBlock(
    { target, ask }: AskedOrderer,
    channelId: string,
    block: BlockId,
): Promise<Uint8Array | NodeError> {
    const attempted = `fetch block ${block} of channel "${channelId}"`;
    const path = `${channelPath(channelId)}/blocks/${block}`;
    const answer = await ask({ method: "GET", path, attempted });
    if (answer.status === 200) {
        return new Uint8Array(answer.body);
    }
    if (answer.status >= 500 || answer.status === 400) {
        throw refused(target, attempted, answer);
    }
    return answer.refusal === undefined
        ? new NodeError(target, attempted, {
              cause: `it serves no blocks (HTTP ${answer.status}), as Fabric does from 3.1.2 on`,
              advice: "ask another node, or a peer",
              passing: false,
          })
        : refused(target, attempted, answer);
}

/** Sends a block to join its channel: the answer is 201, or a refusal. */
export async function postBlock(
    { ask }: AskedOrderer,
    channelId: string,
    block: Uint8Array,
): ReturnType<Ask> {
    const body = new FormData();
    // A part counts as a file only with a file name; Fabric takes exactly one.
    body.append("config-block", new Blob([new Uint8Array(block)]), "config.block");
    return ask({ method: "POST", path: CHANNELS, body, attempted: `join channel "${channelId}"` });
}

function channelPath(channelId: string): string {
    return `${CHANNELS}/${encodeURIComponent(channelId)}`;
}

function parsed<T>(target: NodeTarget, attempted: string, body: Buffer): T {
    try {
        return JSON.parse(body.toString("utf8")) as T;
    } catch {
        throw new NodeError(target, attempted, {
            cause: "its answer is not JSON",
            advice: "check that the address is the node's admin port",
            passing: false,
        });
    }
}
