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
    chaincode: "cscc" | "qscc";
    args: readonly (string | Uint8Array)[];

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
 * Gives `use` a function that calls a peer over a connection of its own, which ends with it.
 *
 * @throws NodeError where no answer of a chaincode comes.
 */
export async function withCalls<T>(
    at: Endpoint,
    caller: PeerCaller,
    use: (call: Call) => Promise<T>,
): Promise<T> {
    const client = new peer.EndorserClient(...grpcChannel(at, caller.client));
    try {
        return await use((wanted) =>
            retryPassing(() => callOnce(client, at, caller, wanted), {
                withinMs: caller.patienceMs ?? PATIENCE_MS,
            }),
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

async function callOnce(
    client: peer.EndorserClient,
    at: Endpoint,
    caller: PeerCaller,
    { type, chaincode, args, attempted }: PeerCall,
): Promise<PeerAnswer> {
    const proposal = signedProposal({
        type,
        chaincode,
        args,
        signer: caller.signer,
        now: new Date(),
    });
    const answer = await new Promise<peer.ProposalResponse>((resolve, reject) => {
        const deadline = Date.now() + (caller.answerWithinMs ?? ANSWER_WITHIN_MS);
        client.processProposal(proposal, new Metadata(), { deadline }, (error, response) =>
            response === undefined ? reject(error ?? new Error("no answer")) : resolve(response),
        );
    }).catch(async (error: ServiceError) => {
        const failed = { ...caller, answerWithinMs: caller.answerWithinMs ?? ANSWER_WITHIN_MS };
        throw new NodeError(at.target, attempted, await grpcFault(error, at, failed));
    });
    const response = answer.getResponse();
    return {
        status: response?.getStatus() ?? 0,
        message: response?.getMessage() ?? "",
        payload: response?.getPayload_asU8() ?? new Uint8Array(),
    };
}
