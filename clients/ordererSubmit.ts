import type { ServiceError } from "@grpc/grpc-js";
import type { common } from "@hyperledger/fabric-protos";

import type { Signer } from "../fabric/signing";
import { grpcFault } from "./grpcFault";
import { NodeError, type Fault } from "./nodeError";
import {
    ANSWER_WITHIN_MS,
    broadcastOnce,
    type BroadcastAccess,
    type BroadcastAnswer,
} from "./ordererBroadcast";
import { retryPassing } from "./retryPassing";

/** An envelope on its way to the ordering service. */
export interface Submission {
    envelope: common.Envelope;

    /** Who signed the envelope. */
    signer: Signer;

    /** What it is for, as part of a sentence: `commit chaincode "basic"`. */
    attempted: string;

    /**
     * How long all nodes are tried again, in milliseconds.
     *
     * @default 30000
     */
    patienceMs?: number;
}

const PATIENCE_MS = 30_000;

/**
 * Hands an envelope to the first ordering node that takes it, and names that node. The same envelope may
 * reach several: peers count it once.
 *
 * @throws NodeError of the last node where none takes it.
 */
export async function orderEnvelope(
    nodes: readonly BroadcastAccess[],
    submission: Submission,
): Promise<string> {
    const { patienceMs = PATIENCE_MS } = submission;
    return retryPassing(() => tryNodes(nodes, submission), { withinMs: patienceMs });
}

/** Tries each node once; what it fails with is passing where any node may take it a moment later. */
async function tryNodes(
    nodes: readonly BroadcastAccess[],
    submission: Submission,
): Promise<string> {
    const failures: NodeError[] = [];
    for (const node of nodes) {
        try {
            await sendTo(node, submission);
            return node.target.node;
        } catch (error) {
            if (!(error instanceof NodeError)) {
                throw error;
            }
            failures.push(error);
        }
    }
    const failed = failures.find(({ fault }) => fault.passing) ?? failures.at(-1);
    throw (
        failed ?? new Error(`cannot ${submission.attempted}: no ordering node is given; give one`)
    );
}

async function sendTo(
    access: BroadcastAccess,
    { envelope, signer, attempted }: Submission,
): Promise<void> {
    const { target } = access;
    const answer = await broadcastOnce(access, envelope, async (error, at) => {
        const failed = { signer, answerWithinMs: ANSWER_WITHIN_MS };
        const fault = isServiceError(error)
            ? await grpcFault(error, at, failed)
            : { cause: String(error), advice: "look at the node's log", passing: true };
        return new NodeError(target, attempted, fault);
    });
    if (answer.status !== "SUCCESS") {
        throw new NodeError(target, attempted, refusalOf(answer, signer));
    }
}

function isServiceError(error: unknown): error is ServiceError {
    return error instanceof Error && "code" in error;
}

/** @see https://github.com/hyperledger/fabric/blob/v3.1.5/orderer/common/broadcast/broadcast.go#L139 */
function refusalOf({ status, info }: BroadcastAnswer, signer: Signer): Fault {
    const cause = `it does not take the transaction (${status}${info === "" ? "" : `: ${info}`})`;
    switch (status) {
        case "SERVICE_UNAVAILABLE":
            return { cause, advice: "look whether the channel has a leader", passing: true };
        case "FORBIDDEN":
            return {
                cause,
                advice: `check that ${signer.mspId} may write to the channel, with a certificate that is valid`,
                passing: false,
            };
        case "NOT_FOUND":
            return { cause, advice: "join the node to the channel first", passing: false };
        default:
            return { cause, advice: "look at the node's log", passing: false };
    }
}
