import { createHash, verify, X509Certificate } from "node:crypto";

import { Server, ServerCredentials, status } from "@grpc/grpc-js";
import { common, msp, peer } from "@hyperledger/fabric-protos";
import { blockHeaderHash } from "kubefabric/internal/fabric/block";

import type { Identity } from "./nodeIdentities.ts";
import type { RecordedResponse } from "./golden.ts";
import type { LifecycleMember } from "./lifecycleLedger.ts";

/**
 * How a peer treats one call, where not as it should: an answer of a real peer, none, or an endorsement
 * that is not right.
 */
export type PeerMisbehavior =
    | RecordedResponse
    | "never an answer"
    | "unavailable"
    | "signed by another"
    | "another outcome"
    | "not endorsed";

/** A call as a test sees it. */
export interface SeenCall {
    /** Chaincode, function and the other arguments that are text. */
    call: string;
    headerType: number;
    channelId: string;
    mspId: string;
}

/**
 * A peer's `Endorser` with its system chaincodes `cscc` and `qscc`, as much as joining needs. It
 * refuses what a real one refuses: a signature that does not fit or is not the canonical one, a
 * transaction ID that does not fit.
 */
export class PeerNode {
    readonly ledgers = new Map<string, Uint8Array>();
    /** Calls to come, by the beginning of `chaincode function`; each is misbehaved to once. */
    readonly misbehave: [call: string, PeerMisbehavior][] = [];
    readonly calls: SeenCall[] = [];
    port = 0;
    private readonly server = new Server();
    private readonly tls: Identity;
    private readonly member: LifecycleMember | undefined;

    /** @param member - how it takes part in a channel's lifecycle of chaincode, where it does. */
    constructor(tls: Identity, member?: LifecycleMember) {
        this.tls = tls;
        this.member = member;
    }

    async start(): Promise<this> {
        this.server.addService(peer.EndorserService, {
            processProposal: (
                call: { request: peer.SignedProposal },
                respond: (error: object | null, answer?: peer.ProposalResponse) => void,
            ) => this.answer(call.request, respond),
        });
        if (this.member !== undefined) {
            this.server.addService(peer.DeliverService, this.member.deliverService());
        }
        const pair = {
            private_key: Buffer.from(this.tls.privateKeyPem),
            cert_chain: Buffer.from(this.tls.certificatePem),
        };
        const credentials = ServerCredentials.createSsl(null, [pair]);
        this.port = await new Promise((resolve, reject) => {
            this.server.bindAsync("127.0.0.1:0", credentials, (error, port) =>
                error === null ? resolve(port) : reject(error),
            );
        });
        return this;
    }

    stop(): void {
        this.server.forceShutdown();
    }

    private answer(
        signed: peer.SignedProposal,
        respond: (error: object | null, answer?: peer.ProposalResponse) => void,
    ): void {
        const opened = open(signed);
        this.calls.push(opened.seen);
        const index = this.misbehave.findIndex(([wanted]) => opened.seen.call.startsWith(wanted));
        const [, misbehavior] = this.misbehave[index] ?? [];
        if (index >= 0) {
            this.misbehave.splice(index, 1);
        }
        if (misbehavior === "never an answer") {
            return;
        }
        if (misbehavior === "unavailable") {
            return respond({ code: status.UNAVAILABLE, details: "test" });
        }
        if (typeof misbehavior === "object") {
            const { code, details, response = "" } = misbehavior;
            return code === undefined
                ? respond(null, peer.ProposalResponse.deserializeBinary(bytes(response)))
                : respond({ code, details });
        }
        if (opened.fault !== undefined) {
            return respond({ code: status.UNKNOWN, details: opened.fault });
        }
        const isLifecycle = opened.seen.call.startsWith("_lifecycle ");
        const { code, message, payload } =
            isLifecycle && this.member !== undefined
                ? this.member.invoke(opened.args, opened.transactionId)
                : this.invoke(opened.args);
        const result = new peer.Response();
        result.setStatus(code);
        result.setMessage(message ?? "");
        result.setPayload(payload ?? new Uint8Array());
        const answer = new peer.ProposalResponse();
        answer.setResponse(result);
        if (code === 200 && opened.seen.channelId !== "" && misbehavior !== "not endorsed") {
            this.member?.endorse(answer, opened.seen.call, misbehavior);
        }
        respond(null, answer);
    }

    private invoke([name, first, second]: Buffer[]): Result {
        const ledger = this.ledgers.get(String(first));
        switch (String(name)) {
            case "GetChannelConfig":
                return this.member === undefined
                    ? unknown(first)
                    : { code: 200, payload: this.member.ledger.config };
            case "JoinChain":
                return this.join(new Uint8Array(first ?? []));
            case "GetChannels":
                return { code: 200, payload: this.channels() };
            case "GetChainInfo":
                return ledger === undefined ? unknown(first) : { code: 200, payload: info(ledger) };
            case "GetBlockByNumber":
                return ledger === undefined || String(second) !== "0"
                    ? unknown(first)
                    : { code: 200, payload: ledger };
            default:
                return { code: 500, message: `Requested function ${String(name)} not found.` };
        }
    }

    private join(block: Uint8Array): Result {
        const channelId = channelOf(block);
        if (this.ledgers.has(channelId)) {
            const message = `cannot create ledger from genesis block: ledger [${channelId}] already exists with state [ACTIVE]`;
            return { code: 500, message };
        }
        this.ledgers.set(channelId, block);
        return { code: 200 };
    }

    private channels(): Uint8Array {
        const answer = new peer.ChannelQueryResponse();
        for (const name of this.ledgers.keys()) {
            const channel = new peer.ChannelInfo();
            channel.setChannelId(name);
            answer.addChannels(channel);
        }
        return answer.serializeBinary();
    }
}

/** What a function of a chaincode answered. */
export interface Result {
    code: number;
    message?: string;
    payload?: Uint8Array;
}

function unknown(channel: Buffer | undefined): Result {
    return { code: 500, message: `Invalid chain ID, ${String(channel)}` };
}

function info(block: Uint8Array): Uint8Array {
    const answer = new common.BlockchainInfo();
    answer.setHeight(1);
    const header = common.Block.deserializeBinary(block).getHeader();
    answer.setCurrentblockhash(blockHeaderHash(header ?? new common.BlockHeader()));
    return answer.serializeBinary();
}

function channelOf(block: Uint8Array): string {
    const [envelope] = common.Block.deserializeBinary(block).getData()?.getDataList_asU8() ?? [];
    const payload = common.Payload.deserializeBinary(
        common.Envelope.deserializeBinary(envelope ?? new Uint8Array()).getPayload_asU8(),
    );
    const header = payload.getHeader()?.getChannelHeader_asU8() ?? new Uint8Array();
    return common.ChannelHeader.deserializeBinary(header).getChannelId();
}

/** Half the order of P-256: the larger half of the signatures is not taken. */
const HALF_ORDER = 0x7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8n;

function open(signed: peer.SignedProposal): {
    seen: SeenCall;
    args: Buffer[];
    transactionId: string;
    fault?: string;
} {
    const proposal = peer.Proposal.deserializeBinary(signed.getProposalBytes_asU8());
    const header = common.Header.deserializeBinary(proposal.getHeader_asU8());
    const channel = common.ChannelHeader.deserializeBinary(header.getChannelHeader_asU8());
    const signature = common.SignatureHeader.deserializeBinary(header.getSignatureHeader_asU8());
    const creator = msp.SerializedIdentity.deserializeBinary(signature.getCreator_asU8());
    const payload = peer.ChaincodeProposalPayload.deserializeBinary(proposal.getPayload_asU8());
    const spec = peer.ChaincodeInvocationSpec.deserializeBinary(payload.getInput_asU8());
    const chaincode = spec.getChaincodeSpec()?.getChaincodeId()?.getName() ?? "";
    const args = (spec.getChaincodeSpec()?.getInput()?.getArgsList_asU8() ?? []).map((arg) =>
        Buffer.from(arg),
    );
    const seen: SeenCall = {
        call: [
            chaincode,
            ...args.filter((arg) => /^[\x20-\x7e]{1,49}$/.test(arg.toString("latin1"))),
        ].join(" "),
        headerType: channel.getType(),
        channelId: channel.getChannelId(),
        mspId: creator.getMspid(),
    };
    const transaction = createHash("sha256")
        .update(signature.getNonce_asU8())
        .update(signature.getCreator_asU8())
        .digest("hex");
    const transactionId = channel.getTxId();
    if (transactionId !== transaction) {
        return { seen, args, transactionId, fault: "incorrectly computed txid" };
    }
    const { publicKey } = new X509Certificate(Buffer.from(creator.getIdBytes_asU8()));
    const der = Buffer.from(signed.getSignature_asU8());
    const s = BigInt(`0x${der.subarray(6 + der.readUInt8(3)).toString("hex")}`);
    const fits =
        verify("sha256", signed.getProposalBytes_asU8(), publicKey, der) && s <= HALF_ORDER;
    const fault = `error validating proposal: access denied: channel [] creator org [${seen.mspId}]`;
    return { seen, args, transactionId, ...(fits ? {} : { fault }) };
}

function bytes(base64: string): Uint8Array {
    return new Uint8Array(Buffer.from(base64, "base64"));
}
