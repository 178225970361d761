import { setTimeout as sleep } from "node:timers/promises";

import { common, peer } from "@hyperledger/fabric-protos";

import { describeBlock } from "../fabric/block";
import { withConnection, type Endpoint, type NodeTarget } from "./connection";
import type { ClusterCredentials } from "./kubeconfig";
import { NodeError } from "./nodeError";
import { refused, withCalls, type Call, type Endorse, type PeerCaller } from "./peerCall";

/** A way to the gRPC port of a peer. */
export interface PeerAccess extends PeerCaller {
    /** Of the peer's cluster; not needed where the target has an outside address. */
    credentials?: ClusterCredentials;

    /** The peer's gRPC port, `PEER_PORTS.grpc`. */
    target: NodeTarget;
}

/** What a peer says of a channel's ledger. */
export interface ChainInfo {
    /** Number of blocks. */
    height: number;

    /** Hash of the newest block's header, hex. */
    currentBlockHash: string;

    /** Hash of the header of the block before, hex. */
    previousBlockHash: string;
}

/** How a peer stands in a channel that it has joined. */
export interface PeerMembership extends ChainInfo {
    /** Whether it had joined before. */
    alreadyJoined: boolean;
}

/** A peer, and how it is called. */
export interface CalledPeer {
    at: Endpoint;
    access: PeerAccess;
    call: Call;
    endorse: Endorse;
}

/**
 * The configuration of a channel as a peer has it.
 *
 * @throws NodeError where the peer has not joined it, or refuses.
 */
export async function channelConfigOf(
    access: PeerAccess,
    channelId: string,
): Promise<common.Config> {
    const attempted = `read the configuration of channel "${channelId}"`;
    const payload = await calling(access, (called) =>
        query(called, attempted, "cscc", ["GetChannelConfig", channelId]),
    );
    return common.Config.deserializeBinary(payload);
}

/** Names of the channels that a peer has joined. */
export async function listChannels(access: PeerAccess): Promise<string[]> {
    return calling(access, joinedChannels);
}

/** A peer's ledger of a channel; nothing where it has not joined. */
export async function chainInfo(
    access: PeerAccess,
    channelId: string,
): Promise<ChainInfo | undefined> {
    return calling(access, async (called) =>
        (await joinedChannels(called)).includes(channelId)
            ? ledgerOf(called, channelId)
            : undefined,
    );
}

/**
 * Joins a peer to a channel by the channel's first block. Safe to repeat: a peer that has the channel
 * is left alone, if its first block is the same.
 *
 * @throws NodeError where the peer has another first block, or refuses this one.
 */
export async function joinChannel(
    access: PeerAccess,
    { block }: { block: Uint8Array },
): Promise<PeerMembership> {
    const { channelId } = describeBlock(block);
    return calling(access, async (called) => {
        const alreadyJoined = await join(called, channelId, block);
        return onceAdmitted(async () => {
            if (alreadyJoined) {
                await requireSameBlock(called, channelId, block);
            }
            return { ...(await ledgerOf(called, channelId)), alreadyJoined };
        });
    });
}

/** How long a peer may take until it knows that its organization is in a channel, in milliseconds. */
const ADMITTED_WITHIN_MS = 60_000;

/**
 * A peer that joins by a first block in which its organization is not refuses its own administrator until
 * it has the block that let the organization in.
 */
async function onceAdmitted<T>(ask: () => Promise<T>): Promise<T> {
    const end = Date.now() + ADMITTED_WITHIN_MS;
    for (;;) {
        try {
            return await ask();
        } catch (error) {
            const early = error instanceof NodeError && NOT_IN_CHANNEL.test(error.fault.cause);
            if (!early || Date.now() >= end) {
                throw error;
            }
            await sleep(ADMITTED_EVERY_MS);
        }
    }
}

const ADMITTED_EVERY_MS = 200;

/** @see https://github.com/hyperledger/fabric/blob/v3.1.5/core/policy/policy.go#L183 */
const NOT_IN_CHANNEL = /Failed evaluating policy on signed data during check policy on channel/;

/** Connects to a peer for as long as `use` runs. */
export async function calling<T>(
    access: PeerAccess,
    use: (called: CalledPeer) => Promise<T>,
): Promise<T> {
    return withConnection(access.credentials, access.target, (at) =>
        withCalls(at, access, (call, endorse) => use({ at, access, call, endorse })),
    );
}

/** Whether the peer had the channel before. */
async function join(called: CalledPeer, channelId: string, block: Uint8Array): Promise<boolean> {
    if ((await joinedChannels(called)).includes(channelId)) {
        return true;
    }
    const attempted = attemptOf(channelId);
    const answer = await called.call({
        type: "CONFIG",
        chaincode: "cscc",
        args: ["JoinChain", block],
        attempted,
    });
    if (answer.status === 200) {
        return false;
    }
    // Someone else was faster, or the answer to an earlier request of ours was lost.
    if (
        /already exists/.test(answer.message) &&
        (await joinedChannels(called)).includes(channelId)
    ) {
        return true;
    }
    throw refused(called.at, called.access, attempted, answer.message);
}

async function requireSameBlock(
    called: CalledPeer,
    channelId: string,
    block: Uint8Array,
): Promise<void> {
    const held = await query(called, `fetch block 0 of channel "${channelId}"`, "qscc", [
        "GetBlockByNumber",
        channelId,
        "0",
    ]);
    const [has, wanted] = [describeBlock(held).hash, describeBlock(block).hash];
    if (has !== wanted) {
        throw new NodeError(called.at.target, attemptOf(channelId), {
            cause:
                `it already has a channel of this name with another first block: the peer's has the ` +
                `hash ${has}, the expected one ${wanted}`,
            advice:
                "use the block that the channel was made with, or another channel name; a peer can " +
                "leave a channel with `peer node unjoin` while it is stopped",
            passing: false,
        });
    }
}

async function joinedChannels(called: CalledPeer): Promise<string[]> {
    const payload = await query(called, "list its channels", "cscc", ["GetChannels"]);
    return peer.ChannelQueryResponse.deserializeBinary(payload)
        .getChannelsList()
        .map((channel) => channel.getChannelId())
        .sort();
}

async function ledgerOf(called: CalledPeer, channelId: string): Promise<ChainInfo> {
    const attempted = `read the ledger of channel "${channelId}"`;
    const payload = await query(called, attempted, "qscc", ["GetChainInfo", channelId]);
    const info = common.BlockchainInfo.deserializeBinary(payload);
    return {
        height: info.getHeight(),
        currentBlockHash: Buffer.from(info.getCurrentblockhash_asU8()).toString("hex"),
        previousBlockHash: Buffer.from(info.getPreviousblockhash_asU8()).toString("hex"),
    };
}

async function query(
    { at, access, call }: CalledPeer,
    attempted: string,
    chaincode: "cscc" | "qscc",
    args: readonly string[],
): Promise<Uint8Array> {
    const answer = await call({ type: "ENDORSER_TRANSACTION", chaincode, args, attempted });
    if (answer.status !== 200) {
        throw refused(at, access, attempted, answer.message);
    }
    return answer.payload;
}

function attemptOf(channelId: string): string {
    return `join channel "${channelId}"`;
}
