import { status, type ServiceError } from "@grpc/grpc-js";
import { common, orderer, peer } from "@hyperledger/fabric-protos";

import { signedEnvelope } from "../fabric/signing";
import { certificateHash } from "../fabric/transaction";
import { grpcChannel } from "./grpcChannel";
import { grpcFault } from "./grpcFault";
import { NodeError } from "./nodeError";
import type { CalledPeer } from "./peerAdmin";
import { retryPassing } from "./retryPassing";

/** What a peer found a transaction to be, in Fabric's words: `VALID`, `MVCC_READ_CONFLICT`. */
export type ValidationCode = keyof peer.TxValidationCodeMap;

/** A transaction that a peer is watched for. */
export interface WatchedTransaction {
    channelId: string;
    transactionId: string;
    /** What it is for, as part of a sentence. */
    attempted: string;
    /** How long the peer may be away. */
    patienceMs: number;
}

type Position = "newest" | number;

/**
 * Follows the blocks that a peer commits until it finds a transaction. Begin before the transaction is
 * sent, and send it when `begun` is over: then no block is missed. A stream that breaks goes on with the
 * block after the last one.
 */
export class TransactionWatch {
    /** Over when the peer delivers; fails where it does not. */
    readonly begun: Promise<unknown>;
    readonly outcome: Promise<ValidationCode>;
    private readonly client: peer.DeliverClient;
    private readonly called: Pick<CalledPeer, "at" | "access">;
    private readonly wanted: WatchedTransaction;
    private from: Position = "newest";
    private closed = false;
    private cancel: () => void = () => undefined;
    private begin: () => void = () => undefined;

    constructor(called: Pick<CalledPeer, "at" | "access">, wanted: WatchedTransaction) {
        this.called = called;
        this.wanted = wanted;
        this.client = new peer.DeliverClient(...grpcChannel(called.at, called.access.client));
        const first = new Promise<void>((resolve) => (this.begin = resolve));
        this.outcome = retryPassing(() => this.follow(), { withinMs: wanted.patienceMs });
        this.begun = Promise.race([first, this.outcome]);
        // Whoever waits for neither any more has failed already, or has closed this.
        this.outcome.catch(() => undefined);
        this.begun.catch(() => undefined);
    }

    close(): void {
        this.closed = true;
        this.cancel();
        this.client.close();
    }

    private follow(): Promise<ValidationCode> {
        return new Promise<ValidationCode>((resolve, reject) => {
            const stream = this.client.deliverFiltered();
            this.cancel = () => stream.cancel();
            stream.on("error", (error: ServiceError) => reject(error));
            stream.on("end", () => reject(ended()));
            stream.on("data", (answer: peer.DeliverResponse) => {
                const block = answer.getFilteredBlock();
                if (block === undefined) {
                    reject(this.refused(answer.getStatus()));
                    return stream.cancel();
                }
                this.from = block.getNumber() + 1;
                this.begin();
                const code = codeOf(block, this.wanted.transactionId);
                if (code !== undefined) {
                    resolve(code);
                    stream.cancel();
                }
            });
            stream.write(this.request());
        }).catch(async (error: ServiceError | NodeError) => {
            if (this.closed || error instanceof NodeError) {
                throw error;
            }
            const { at, access } = this.called;
            const failed = { ...access, answerWithinMs: this.wanted.patienceMs };
            throw new NodeError(
                at.target,
                this.wanted.attempted,
                await grpcFault(error, at, failed),
            );
        });
    }

    private request(): common.Envelope {
        const { signer, client } = this.called.access;
        return signedEnvelope({
            type: "DELIVER_SEEK_INFO",
            channelId: this.wanted.channelId,
            data: seek(this.from).serializeBinary(),
            signer,
            now: new Date(),
            ...(client === undefined
                ? {}
                : { tlsCertificateHash: certificateHash(client.certificatePem) }),
        });
    }

    private refused(code: number): NodeError {
        const name = nameOf(common.Status, code);
        const passing = code === common.Status.SERVICE_UNAVAILABLE;
        return new NodeError(this.called.at.target, this.wanted.attempted, {
            cause: `it does not deliver the channel's blocks (${name})`,
            advice:
                code === common.Status.FORBIDDEN
                    ? "check that the organization is a member of the channel, with this CA"
                    : "look at the peer's log",
            passing,
        });
    }
}

/** Blocks from a position on, waiting for those to come. */
function seek(from: Position): orderer.SeekInfo {
    const start = new orderer.SeekPosition();
    if (from === "newest") {
        start.setNewest(new orderer.SeekNewest());
    } else {
        start.setSpecified(numbered(from));
    }
    const stop = new orderer.SeekPosition();
    stop.setSpecified(numbered(Number.MAX_SAFE_INTEGER));
    const info = new orderer.SeekInfo();
    info.setStart(start);
    info.setStop(stop);
    info.setBehavior(orderer.SeekInfo.SeekBehavior.BLOCK_UNTIL_READY);
    return info;
}

function numbered(number: number): orderer.SeekSpecified {
    const specified = new orderer.SeekSpecified();
    specified.setNumber(number);
    return specified;
}

/** The code of the first occurrence: a second one is a duplicate of no effect. */
function codeOf(block: peer.FilteredBlock, transactionId: string): ValidationCode | undefined {
    const found = block
        .getFilteredTransactionsList()
        .find((transaction) => transaction.getTxid() === transactionId);
    return found === undefined
        ? undefined
        : (nameOf(peer.TxValidationCode, found.getTxValidationCode()) as ValidationCode);
}

function nameOf(words: object, code: number): string {
    return Object.entries(words).find(([, value]) => value === code)?.[0] ?? String(code);
}

function ended(): ServiceError {
    const details = "the peer ended the stream";
    return Object.assign(new Error(details), {
        code: status.UNAVAILABLE,
        details,
    }) as ServiceError;
}
