import { Server, ServerCredentials, status, type ServerDuplexStream } from "@grpc/grpc-js";
import { common, orderer } from "@hyperledger/fabric-protos";

import type { Identity } from "./nodeIdentities.ts";

/**
 * The gRPC port of an ordering node, as much of `Deliver` as it takes to read the first block of a
 * channel and its configuration, whoever asks.
 */
export class DeliverNode {
    /** First blocks of channels, which are their newest and their config blocks too. */
    readonly blocks = new Map<string, Uint8Array>();
    /** Statuses of answers to come, each given once. */
    readonly refuse: common.StatusMap[keyof common.StatusMap][] = [];
    /** Channels that were asked for. */
    readonly asked: string[] = [];
    /** What an envelope is answered with, in place of `order`; where there is no answer, the stream breaks. */
    onBroadcast?: (envelope: common.Envelope) => Answer | undefined;
    /** What becomes of an envelope that is broadcast, unless it is refused. */
    order: (envelope: common.Envelope) => void = () => undefined;
    /** What becomes of broadcasts to come, where they are not taken: a refusal, or a broken stream. */
    readonly notTaken: ({ status: keyof common.StatusMap; info: string } | "broken")[] = [];
    /** How many envelopes came. */
    envelopes = 0;
    port = 0;
    private server = new Server();
    private readonly tls: Identity;

    constructor(tls: Identity) {
        this.tls = tls;
    }

    /** Listens; at the same port as before where it has stopped. */
    async start(): Promise<this> {
        this.server = new Server();
        this.server.addService(orderer.AtomicBroadcastService, {
            deliver: (stream: Stream) => {
                stream.on("error", () => undefined);
                stream.on("data", (envelope: common.Envelope) => {
                    stream.write(this.answer(envelope));
                });
                stream.on("end", () => stream.end());
            },
            broadcast: (stream: BroadcastStream) => {
                stream.on("error", () => undefined);
                stream.on("data", (envelope: common.Envelope) =>
                    this.onBroadcast === undefined
                        ? this.take(envelope, stream)
                        : answerWith(stream, this.onBroadcast(envelope)),
                );
                stream.on("end", () => stream.end());
            },
        });
        const pair = {
            private_key: Buffer.from(this.tls.privateKeyPem),
            cert_chain: Buffer.from(this.tls.certificatePem),
        };
        const credentials = ServerCredentials.createSsl(null, [pair]);
        this.port = await new Promise((resolve, reject) => {
            this.server.bindAsync(`127.0.0.1:${this.port}`, credentials, (error, port) =>
                error === null ? resolve(port) : reject(error),
            );
        });
        return this;
    }

    stop(): void {
        this.server.forceShutdown();
    }

    private take(envelope: common.Envelope, stream: BroadcastStream): void {
        this.envelopes++;
        const refusal = this.notTaken.shift();
        if (refusal === "broken") {
            return void stream.emit("error", { code: status.UNAVAILABLE, details: "test" });
        }
        const answer = new orderer.BroadcastResponse();
        answer.setStatus(common.Status[refusal?.status ?? "SUCCESS"]);
        answer.setInfo(refusal?.info ?? "");
        stream.write(answer);
        if (refusal === undefined) {
            this.order(envelope);
        }
    }

    private answer(envelope: common.Envelope): orderer.DeliverResponse {
        const { channelId, wanted } = open(envelope);
        this.asked.push(channelId);
        const answer = new orderer.DeliverResponse();
        const refused = this.refuse.shift();
        const block = this.blocks.get(channelId);
        if (refused !== undefined) {
            answer.setStatus(refused);
        } else if (block === undefined || wanted !== 0) {
            answer.setStatus(common.Status.NOT_FOUND);
        } else {
            answer.setBlock(common.Block.deserializeBinary(block));
        }
        return answer;
    }
}

type Stream = ServerDuplexStream<common.Envelope, orderer.DeliverResponse>;
type BroadcastStream = ServerDuplexStream<common.Envelope, orderer.BroadcastResponse>;

/** The channel that is asked for, and the number of the block; the newest one is the first. */
function open(envelope: common.Envelope): { channelId: string; wanted: number } {
    const payload = common.Payload.deserializeBinary(envelope.getPayload_asU8());
    const header = payload.getHeader()?.getChannelHeader_asU8() ?? new Uint8Array();
    const seek = orderer.SeekInfo.deserializeBinary(payload.getData_asU8());
    return {
        channelId: common.ChannelHeader.deserializeBinary(header).getChannelId(),
        wanted: seek.getStart()?.getSpecified()?.getNumber() ?? 0,
    };
}

interface Answer {
    status: common.StatusMap[keyof common.StatusMap];
    info?: string;
}

function answerWith(stream: BroadcastStream, answer: Answer | undefined): void {
    if (answer === undefined) {
        stream.end();
        return;
    }
    const response = new orderer.BroadcastResponse();
    response.setStatus(answer.status);
    response.setInfo(answer.info ?? "");
    stream.write(response);
}
