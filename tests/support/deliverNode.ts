import { Server, ServerCredentials, type ServerDuplexStream } from "@grpc/grpc-js";
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
    /** What an envelope is answered with; where there is no answer, the stream breaks. */
    onBroadcast?: (
        envelope: common.Envelope,
    ) => { status: common.StatusMap[keyof common.StatusMap]; info?: string } | undefined;
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
            broadcast: (stream: ServerDuplexStream<common.Envelope, orderer.BroadcastResponse>) => {
                stream.on("error", () => undefined);
                stream.on("data", (envelope: common.Envelope) => {
                    const answer = this.onBroadcast?.(envelope);
                    if (answer === undefined) {
                        stream.end();
                        return;
                    }
                    const response = new orderer.BroadcastResponse();
                    response.setStatus(answer.status);
                    response.setInfo(answer.info ?? "");
                    stream.write(response);
                });
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
