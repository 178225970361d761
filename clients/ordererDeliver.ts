import type { ServiceError } from "@grpc/grpc-js";
import { common, orderer } from "@hyperledger/fabric-protos";

import { lastConfigOf } from "../fabric/block";
import { signedEnvelope, type Signer } from "../fabric/signing";
import { withConnection, type Endpoint, type NodeTarget } from "./connection";
import { grpcChannel } from "./grpcChannel";
import { grpcFault } from "./grpcFault";
import type { ClusterCredentials } from "./kubeconfig";
import { NodeError, type Fault } from "./nodeError";
import { retryPassing } from "./retryPassing";

/** A way to the gRPC port of an ordering node, for whoever may read a channel. */
export interface DeliverAccess {
    /** Of the node's cluster; not needed where the target has an outside address. */
    credentials?: ClusterCredentials;

    /** The node's gRPC port, `ORDERER_PORTS.grpc`. */
    target: NodeTarget;

    /** An identity that satisfies the channel's policy `/Channel/Readers`. */
    signer: Signer;

    /**
     * How long a node that starts is tried again, in milliseconds.
     *
     * @default 30000
     */
    patienceMs?: number;
}

/** A block by its number, the newest one, or the newest with a configuration in it. */
export type WantedBlock = number | "newest" | "config";

const ANSWER_WITHIN_MS = 15_000;
const STARTED_WITHIN_MS = 30_000;

/**
 * A block of a channel from an ordering node, as its bytes; nothing where the node does not have the
 * channel. Unlike the admin endpoint, members of the channel may use it, and every version of Fabric
 * has it.
 *
 * @throws NodeError where the node cannot be asked, or the identity may not read the channel.
 */
export async function deliverBlock(
    { credentials, target, signer, patienceMs = STARTED_WITHIN_MS }: DeliverAccess,
    channelId: string,
    block: WantedBlock,
): Promise<Uint8Array | undefined> {
    return withConnection(credentials, target, async (at) => {
        const client = new orderer.AtomicBroadcastClient(...grpcChannel(at));
        const seek = (position: orderer.SeekPosition) =>
            retryPassing(() => seekOnce(client, at, signer, channelId, position), {
                withinMs: patienceMs,
            });
        try {
            if (typeof block === "number") {
                return await seek(numbered(block));
            }
            const newest = await seek(newestPosition());
            return newest === undefined || block === "newest"
                ? newest
                : await seek(numbered(lastConfigOf(newest)));
        } finally {
            client.close();
        }
    });
}

function numbered(number: number): orderer.SeekPosition {
    const specified = new orderer.SeekSpecified();
    specified.setNumber(number);
    const position = new orderer.SeekPosition();
    position.setSpecified(specified);
    return position;
}

function newestPosition(): orderer.SeekPosition {
    const position = new orderer.SeekPosition();
    position.setNewest(new orderer.SeekNewest());
    return position;
}

/** Asks for the one block at a position. */
async function seekOnce(
    client: orderer.AtomicBroadcastClient,
    at: Endpoint,
    signer: Signer,
    channelId: string,
    position: orderer.SeekPosition,
): Promise<Uint8Array | undefined> {
    const attempted = `fetch a block of channel "${channelId}"`;
    const info = new orderer.SeekInfo();
    info.setStart(position);
    info.setStop(position);
    info.setBehavior(orderer.SeekInfo.SeekBehavior.FAIL_IF_NOT_READY);
    const envelope = signedEnvelope({
        type: "DELIVER_SEEK_INFO",
        channelId,
        data: info.serializeBinary(),
        signer,
        now: new Date(),
    });
    const answer = await firstAnswer(client, envelope).catch(async (error: ServiceError) => {
        throw new NodeError(
            at.target,
            attempted,
            await grpcFault(error, at, { signer, answerWithinMs: ANSWER_WITHIN_MS }),
        );
    });
    const found = answer.getBlock();
    if (found !== undefined) {
        return found.serializeBinary();
    }
    const refused = answer.getStatus();
    if (refused === common.Status.NOT_FOUND) {
        return undefined;
    }
    throw new NodeError(at.target, attempted, statusFault(refused, signer));
}

/** The first message of a stream, which is then given up. */
function firstAnswer(
    client: orderer.AtomicBroadcastClient,
    envelope: common.Envelope,
): Promise<orderer.DeliverResponse> {
    return new Promise((resolve, reject) => {
        const stream = client.deliver({ deadline: Date.now() + ANSWER_WITHIN_MS });
        // Given up, a stream ends with an error that nobody waits for.
        stream.on("error", reject);
        stream.on("end", () => reject(new Error("the stream ended without an answer")));
        stream.on("data", (answer: orderer.DeliverResponse) => {
            resolve(answer);
            stream.cancel();
        });
        stream.write(envelope);
    });
}

function statusFault(refused: common.StatusMap[keyof common.StatusMap], signer: Signer): Fault {
    switch (refused) {
        case common.Status.FORBIDDEN:
            return {
                cause: `the administrator of ${signer.mspId} may not read the channel (403)`,
                advice:
                    "it is not in the channel, or there with another CA: ask the channel's members for a " +
                    `config update that adds ${signer.mspId} with its definition`,
                passing: false,
            };
        case common.Status.SERVICE_UNAVAILABLE:
            return {
                cause: "the channel is not served at this moment (503)",
                advice: "look at the node's log",
                passing: true,
            };
        case common.Status.BAD_REQUEST:
            // https://github.com/hyperledger/fabric/blob/v3.1.5/common/deliver/deliver.go#L391
            return {
                cause: "it takes the request for one of another time (400)",
                advice:
                    "set the clock of this machine or of the node: they differ by more than 15 minutes; " +
                    "where they do not, look at the node's log",
                passing: false,
            };
        default:
            return {
                cause: `it refuses with status ${refused}`,
                advice: "look at the node's log",
                passing: false,
            };
    }
}
