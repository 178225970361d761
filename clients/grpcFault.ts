import { status, type ServiceError } from "@grpc/grpc-js";

import type { Signer } from "../fabric/signing";
import type { Endpoint } from "./connection";
import type { Fault } from "./nodeError";
import { refusalFault } from "./peerRefusal";
import { probe, type ClientIdentity } from "./transportFault";

/** A call that failed below Fabric. */
export interface FailedCall {
    signer: Signer;
    /** TLS certificate of ours, where the node demands one. */
    client?: ClientIdentity;
    /** How long the node had for its answer. */
    answerWithinMs: number;
}

/**
 * Why a gRPC call got no answer of Fabric. gRPC calls everything that happens below it UNAVAILABLE, so
 * the node is asked itself; only that is tried again.
 */
export async function grpcFault(
    error: ServiceError,
    at: Endpoint,
    { signer, client, answerWithinMs }: FailedCall,
): Promise<Fault> {
    const log = `the ${at.target.kind === "peer" ? "peer" : "node"}'s log`;
    if (error.code === status.UNAVAILABLE) {
        const found = at.forwardFault() ?? (await probe(at, client, { ALPNProtocols: ["h2"] }));
        return (
            found ?? {
                cause: `the connection to it broke (${error.details})`,
                advice: `look at ${log}`,
                passing: true,
            }
        );
    }
    if (error.code === status.DEADLINE_EXCEEDED) {
        return {
            cause: `there is no answer within ${answerWithinMs / 1000} s`,
            advice: `look at ${log}; it may be busy or stuck`,
            passing: false,
        };
    }
    return refusalFault(error.details ?? error.message, signer);
}
