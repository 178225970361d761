import { common, orderer } from "@hyperledger/fabric-protos";

import { withConnection, type Endpoint, type NodeTarget } from "./connection";
import { grpcChannel } from "./grpcChannel";
import type { ClusterCredentials } from "./kubeconfig";
import type { NodeError } from "./nodeError";

/** A way to the gRPC port of an ordering node, for whoever may write to a channel. */
export interface BroadcastAccess {
    /** Of the node's cluster; not needed where the target has an outside address. */
    credentials?: ClusterCredentials;

    /** The node's gRPC port, `ORDERER_PORTS.grpc`. */
    target: NodeTarget;
}

/** What an ordering node said to an envelope: `SUCCESS`, or why it did not take it. */
export interface BroadcastAnswer {
    status: keyof common.StatusMap;
    /** Fabric's own words; empty where it took the envelope. */
    info: string;
}

/** How long a node may take to answer. It waits for its leader for up to the channel's RPC timeout. */
export const ANSWER_WITHIN_MS = 10_000;

/**
 * Sends envelopes to an ordering node over one stream, which stays open between two of them.
 * An answer of refusal is an answer; a stream that breaks rejects what waits for one.
 */
export class Broadcaster {
    private readonly client: orderer.AtomicBroadcastClient;
    private readonly stream: ReturnType<orderer.AtomicBroadcastClient["broadcast"]>;
    private readonly waiting: {
        resolve: (answer: BroadcastAnswer) => void;
        reject: (error: Error) => void;
    }[] = [];
    /** Why the stream is of no use any more. */
    private broken?: Error;

    constructor(at: Endpoint) {
        this.client = new orderer.AtomicBroadcastClient(...grpcChannel(at));
        this.stream = this.client.broadcast();
        this.stream.on("data", (answer: orderer.BroadcastResponse) => {
            this.waiting.shift()?.resolve(answerOf(answer));
        });
        this.stream.on("error", (error: Error) => this.break(error));
        this.stream.on("end", () => this.break(new Error("the node ended the stream")));
    }

    /** Sends an envelope and gives the node's answer. Answers come in the order of the envelopes. */
    send(envelope: common.Envelope, withinMs = ANSWER_WITHIN_MS): Promise<BroadcastAnswer> {
        if (this.broken !== undefined) {
            return Promise.reject(this.broken);
        }
        return new Promise((resolve, reject) => {
            const late = new Error(`no answer within ${withinMs} ms`);
            // An answer that comes later would be taken for that of the next envelope.
            const timer = setTimeout(() => this.break(late), withinMs);
            this.waiting.push({
                resolve: (answer) => {
                    clearTimeout(timer);
                    resolve(answer);
                },
                reject: (error) => {
                    clearTimeout(timer);
                    reject(error);
                },
            });
            this.stream.write(envelope);
        });
    }

    close(): void {
        this.break(new Error("the stream was closed"));
    }

    private break(error: Error): void {
        this.broken ??= error;
        this.stream.cancel();
        this.client.close();
        for (const { reject } of this.waiting.splice(0)) {
            reject(error);
        }
    }
}

/**
 * Sends one envelope over a stream of its own and gives the node's answer.
 *
 * @param broken - puts in words why there is no answer.
 */
export function broadcastOnce(
    { credentials, target }: BroadcastAccess,
    envelope: common.Envelope,
    broken: (error: unknown, at: Endpoint) => NodeError | Promise<NodeError>,
): Promise<BroadcastAnswer> {
    return withConnection(credentials, target, async (at) => {
        const broadcaster = new Broadcaster(at);
        try {
            return await broadcaster.send(envelope);
        } catch (error) {
            throw await broken(error, at);
        } finally {
            broadcaster.close();
        }
    });
}

function answerOf(answer: orderer.BroadcastResponse): BroadcastAnswer {
    const code = answer.getStatus();
    const found = Object.entries(common.Status).find(([, value]) => value === code);
    return { status: (found?.[0] ?? "UNKNOWN") as keyof common.StatusMap, info: answer.getInfo() };
}
