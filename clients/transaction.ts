import { setTimeout as sleep } from "node:timers/promises";

import type { peer } from "@hyperledger/fabric-protos";

import { signedProposal } from "../fabric/signing";
import { endorsementIn, transactionEnvelope, transactionIdIn } from "../fabric/transaction";
import { NodeError, type Fault } from "./nodeError";
import type { BroadcastAccess } from "./ordererBroadcast";
import { orderEnvelope } from "./ordererSubmit";
import type { CalledPeer } from "./peerAdmin";
import { TransactionWatch, type ValidationCode } from "./peerEvents";

/** How a transaction goes through the ordering service to the peers. */
export interface Submitting {
    channelId: string;

    /** Tried one after the other. */
    orderers: readonly BroadcastAccess[];

    /** What it is for, as part of a sentence: `commit chaincode "basic"`. */
    attempted: string;

    /**
     * How long the peer may take to commit it after the ordering service took it, in milliseconds.
     *
     * @default 60000
     */
    commitWithinMs?: number;
}

/** How long peers may take to commit what the ordering service took, where nothing else is said. */
export const COMMIT_WITHIN_MS = 60_000;
const PATIENCE_MS = 30_000;

/** A proposal to a function of `_lifecycle` on a channel, signed by whoever calls the peer. */
export function lifecycleProposal(
    { access }: Pick<CalledPeer, "access">,
    channelId: string,
    args: readonly (string | Uint8Array)[],
): peer.SignedProposal {
    return signedProposal({
        channelId,
        type: "ENDORSER_TRANSACTION",
        chaincode: "_lifecycle",
        args,
        signer: access.signer,
        now: new Date(),
    });
}

/**
 * Sends the transaction of a proposal that peers endorsed and waits until a peer has committed it.
 *
 * @param called - the peer that is watched; its caller signed the proposal.
 * @throws NodeError where the ordering service does not take it, or peers find it invalid.
 */
export async function submit(
    called: CalledPeer,
    proposal: peer.SignedProposal,
    answers: readonly peer.ProposalResponse[],
    { channelId, orderers, attempted, commitWithinMs = COMMIT_WITHIN_MS }: Submitting,
): Promise<{ transactionId: string }> {
    const { access, at } = called;
    const transactionId = transactionIdIn(proposal);
    const patienceMs = access.patienceMs ?? PATIENCE_MS;
    const watched = { channelId, transactionId, attempted };
    const watch = new TransactionWatch(called, {
        ...watched,
        patienceMs: patienceMs + commitWithinMs,
    });
    try {
        const notBegun = () => new NodeError(at.target, attempted, silent(commitWithinMs));
        await within(commitWithinMs, watch.begun, notBegun);
        const envelope = transactionEnvelope(proposal, answers, access.signer);
        const { signer } = access;
        const node = await orderEnvelope(orderers, { envelope, signer, attempted, patienceMs });
        const late = () =>
            new NodeError(at.target, attempted, unseen(transactionId, node, commitWithinMs));
        const code = await within(commitWithinMs, watch.outcome, late);
        if (code !== "VALID") {
            throw new NodeError(at.target, attempted, invalid(code, transactionId));
        }
        return { transactionId };
    } finally {
        watch.close();
    }
}

/**
 * What is wrong with a peer's answer to a proposal, where it should be an endorsement; nothing where it
 * is one.
 */
export function endorsementFault(answer: peer.ProposalResponse): Fault | undefined {
    const endorsement = endorsementIn(answer);
    if (endorsement?.isSigned === true) {
        return undefined;
    }
    return {
        cause:
            endorsement === undefined
                ? "it agrees and endorses nothing"
                : `its endorsement for ${endorsement.mspId} is not signed with its certificate's key`,
        advice: "look at the peer's log, and with which certificate it runs",
        passing: false,
    };
}

async function within<T>(
    milliseconds: number,
    awaited: Promise<T>,
    late: () => NodeError,
): Promise<T> {
    const timer = new AbortController();
    const { signal } = timer;
    try {
        return await Promise.race([
            awaited,
            sleep(milliseconds, undefined, { signal }).then(() => {
                throw late();
            }),
        ]);
    } finally {
        timer.abort();
    }
}

function silent(milliseconds: number): Fault {
    return {
        cause: `it delivers no block of the channel within ${milliseconds / 1000} s`,
        advice: "look at the peer's log",
        passing: false,
    };
}

function unseen(transactionId: string, node: string, milliseconds: number): Fault {
    return {
        cause:
            `ordering node ${node} took the transaction ${transactionId}, and within ` +
            `${milliseconds / 1000} s the peer has committed no block with it`,
        advice:
            "look whether the peer reaches the ordering service and gets blocks, and run it again: " +
            "what was done is not done twice",
        passing: false,
    };
}

/** Why peers do not count a transaction, where more can be said than its code. */
const REASONS: Partial<Record<ValidationCode, { advice: string; passing?: boolean }>> = {
    MVCC_READ_CONFLICT: {
        advice: "another transaction changed the same in between; run it again",
        passing: true,
    },
    PHANTOM_READ_CONFLICT: {
        advice: "another transaction changed the same in between; run it again",
        passing: true,
    },
    ENDORSEMENT_POLICY_FAILURE: {
        advice:
            "its endorsements do not satisfy the channel's policy for the lifecycle; let peers of more " +
            "organizations endorse it, each with a certificate of the role peer",
    },
    BAD_CREATOR_SIGNATURE: {
        advice: "check that the certificate is valid and of a member of the channel",
    },
};

function invalid(code: ValidationCode, transactionId: string): Fault {
    const { advice = "look at the peer's log", passing = false } = REASONS[code] ?? {};
    return {
        cause: `peers find the transaction ${transactionId} invalid (${code})`,
        advice,
        passing,
    };
}
