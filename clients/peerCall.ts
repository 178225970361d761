import { Metadata, type ServiceError } from "@grpc/grpc-js";
import { peer } from "@hyperledger/fabric-protos";

import { signedProposal, type Signer } from "../fabric/signing";
import type { Endpoint } from "./connection";
import { grpcChannel } from "./grpcChannel";
import { grpcFault } from "./grpcFault";
import { NodeError } from "./nodeError";
import { refusalFault } from "./peerRefusal";
import { retryPassing } from "./retryPassing";
import type { ClientIdentity } from "./transportFault";

/** Joining makes a ledger; the rest is quick. */
const ANSWER_WITHIN_MS = 30_000;

/** How long a peer that starts is waited for where nothing else is said. */
const PATIENCE_MS = 30_000;

/** A call of a system chaincode of a peer. */
export interface PeerCall {
    /** Header type that Fabric asks for: `CONFIG` for joining, `ENDORSER_TRANSACTION` for the rest. */
    type: "CONFIG" | "ENDORSER_TRANSACTION";
    chaincode: "cscc" | "qscc" | "_lifecycle";
    args: readonly (string | Uint8Array)[];

    /** @default - none, for functions of the peer itself */
    channelId?: string;

    /** How long the peer may take for this answer, in milliseconds. @default - that of the caller */
    answerWithinMs?: number;

    /** What the call is for, as part of a sentence: `join channel "trade"`. */
    attempted: string;
}

/** What a peer's chaincode answered: 200, or 500 with the reason as message. */
export interface PeerAnswer {
    status: number;
    message: string;
    payload: Uint8Array;
}

/** Calls a system chaincode; an answer of refusal is an answer. */
export type Call = (wanted: PeerCall) => Promise<PeerAnswer>;

/** Hands a signed proposal to the peer, which is tried again as it is, and gives the whole answer. */
export type Endorse = (
    proposal: peer.SignedProposal,
    attempted: string,
) => Promise<peer.ProposalResponse>;

/** Who calls. */
export interface PeerCaller {
    /** Identity that signs: an administrator of the peer's organization. */
    signer: Signer;

    /**
     * TLS certificate of ours, for a peer that demands one.
     *
     * @default - none
     */
    client?: ClientIdentity;

    /**
     * How long a peer that starts is tried again, in milliseconds.
     *
     * @default 30000
     */
    patienceMs?: number;

    /**
     * How long the peer may take for one answer, in milliseconds.
     *
     * @default 30000
     */
    answerWithinMs?: number;
}

/**
 * Gives `use` functions that call a peer over a connection of its own, which ends with it.
 *
 * @throws NodeError where no answer of a chaincode comes.
 */
export async function withCalls<T>(
    at: Endpoint,
    caller: PeerCaller,
    use: (call: Call, endorse: Endorse) => Promise<T>,
): Promise<T> {
    const client = new peer.EndorserClient(...grpcChannel(at, caller.client));
    const patiently = (wanted: Sent) =>
        retryPassing(() => sendOnce(client, at, caller, wanted), {
            withinMs: caller.patienceMs ?? PATIENCE_MS,
        });
    const { signer } = caller;
    try {
        return await use(
            async (wanted) =>
                answerOf(
                    await patiently({
                        ...wanted,
                        proposal: () => signedProposal({ ...wanted, signer, now: new Date() }),
                    }),
                ),
            (proposal, attempted) => patiently({ proposal: () => proposal, attempted }),
        );
    } finally {
        client.close();
    }
}

/** The error for an answer of a chaincode that is not the one hoped for. */
export function refused(
    at: Endpoint,
    { signer }: PeerCaller,
    attempted: string,
    message: string,
): NodeError {
    return new NodeError(at.target, attempted, refusalFault(message, signer));
}

/** A proposal on its way; one that is tried again may be another one, with a nonce of its own. */
interface Sent {
    proposal: () => peer.SignedProposal;
    attempted: string;
    answerWithinMs?: number;
}

async function sendOnce(
    client: peer.EndorserClient,
    at: Endpoint,
    caller: PeerCaller,
    { proposal, attempted, answerWithinMs = caller.answerWithinMs ?? ANSWER_WITHIN_MS }: Sent,
): Promise<peer.ProposalResponse> {
    return new Promise<peer.ProposalResponse>((resolve, reject) => {
        const deadline = Date.now() + answerWithinMs;
        client.processProposal(proposal(), new Metadata(), { deadline }, (error, response) =>
            response === undefined ? reject(error ?? new Error("no answer")) : resolve(response),
        );
    }).catch(async (error: ServiceError) => {
        const failed = { ...caller, answerWithinMs };
        throw new NodeError(at.target, attempted, await grpcFault(error, at, failed));
    });
}

function answerOf(answer: peer.ProposalResponse): PeerAnswer {
    const response = answer.getResponse();
    return {
        status: response?.getStatus() ?? 0,
        message: response?.getMessage() ?? "",
        payload: response?.getPayload_asU8() ?? new Uint8Array(),
    };
}
