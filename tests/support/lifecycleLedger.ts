import { sign } from "node:crypto";

import { status, type ServerDuplexStream } from "@grpc/grpc-js";
import { common, msp, orderer, peer } from "@hyperledger/fabric-protos";

import type { Identity } from "./nodeIdentities.ts";
import type { Result } from "./peerNode.ts";

const { lifecycle } = peer;

type Stream = ServerDuplexStream<common.Envelope, peer.DeliverResponse>;
type Approval = peer.lifecycle.ApproveChaincodeDefinitionForMyOrgArgs;
type Definition = Approval | peer.lifecycle.CommitChaincodeDefinitionArgs;

/**
 * A channel's lifecycle of chaincode as Fabric keeps it: packages of each peer, approvals of each
 * organization, one committed definition of each name, blocks. What a proposal would do happens when its
 * transaction is ordered.
 */
export class LifecycleLedger {
    readonly mspIds: readonly string[];
    /** Of the channel. */
    config: Uint8Array;
    readonly approvals = new Map<string, Approval>();
    readonly committed = new Map<string, peer.lifecycle.CommitChaincodeDefinitionArgs>();
    /** What becomes of transactions to come, where they are not valid. */
    readonly codes: (keyof peer.TxValidationCodeMap | "lost")[] = [];
    readonly blocks: peer.FilteredBlock[] = [];
    /** Whether another block follows each one with a transaction at once. */
    busy = false;
    readonly transactions: peer.Transaction[] = [];
    private readonly effects = new Map<string, () => void>();
    private readonly streams = new Set<() => void>();

    constructor(mspIds: readonly string[], config: Uint8Array) {
        this.mspIds = mspIds;
        this.config = config;
        this.addBlock("", "VALID");
    }

    /** What a transaction does when it is ordered. */
    prepare(transactionId: string, effect: () => void): void {
        this.effects.set(transactionId, effect);
    }

    order(envelope: common.Envelope): void {
        const payload = common.Payload.deserializeBinary(envelope.getPayload_asU8());
        const header = payload.getHeader()?.getChannelHeader_asU8() ?? new Uint8Array();
        const transactionId = common.ChannelHeader.deserializeBinary(header).getTxId();
        this.transactions.push(peer.Transaction.deserializeBinary(payload.getData_asU8()));
        const code = this.codes.shift() ?? "VALID";
        if (code === "lost") {
            return;
        }
        if (code === "VALID") {
            this.effects.get(transactionId)?.();
        }
        this.addBlock(transactionId, code);
        if (this.busy) {
            this.addBlock("", "VALID");
        }
    }

    watch(listener: () => void): () => void {
        this.streams.add(listener);
        return () => this.streams.delete(listener);
    }

    private addBlock(transactionId: string, code: keyof peer.TxValidationCodeMap): void {
        const transaction = new peer.FilteredTransaction();
        transaction.setTxid(transactionId);
        transaction.setTxValidationCode(peer.TxValidationCode[code]);
        const block = new peer.FilteredBlock();
        block.setNumber(this.blocks.length);
        block.setFilteredTransactionsList([transaction]);
        this.blocks.push(block);
        this.streams.forEach((listener) => listener());
    }
}

/** One peer's part in it. */
export class LifecycleMember {
    readonly packages = new Set<string>();
    /** Channels that use a package, by its ID. */
    readonly uses = new Map<string, readonly string[]>();
    /** Statuses of deliveries to come, each given once in the place of blocks. */
    readonly refuse: (keyof common.StatusMap | "broken" | "broken after a block")[] = [];
    deliveries = 0;
    readonly ledger: LifecycleLedger;
    private readonly mspId: string;
    private readonly identity: Identity;

    constructor(ledger: LifecycleLedger, mspId: string, identity: Identity) {
        this.ledger = ledger;
        this.mspId = mspId;
        this.identity = identity;
    }

    invoke(
        [name = Buffer.alloc(0), arg = Buffer.alloc(0)]: Buffer[],
        transactionId: string,
    ): Result {
        const bytes = new Uint8Array(arg);
        switch (String(name)) {
            case "InstallChaincode":
                return this.install(lifecycle.InstallChaincodeArgs.deserializeBinary(bytes));
            case "QueryInstalledChaincode":
                return this.installed(
                    lifecycle.QueryInstalledChaincodeArgs.deserializeBinary(bytes),
                );
            case "QueryInstalledChaincodes":
                return this.allInstalled();
            case "ApproveChaincodeDefinitionForMyOrg": {
                const { ApproveChaincodeDefinitionForMyOrgArgs: Args } = lifecycle;
                return this.approve(Args.deserializeBinary(bytes), transactionId);
            }
            case "QueryApprovedChaincodeDefinition": {
                const { QueryApprovedChaincodeDefinitionArgs: Args } = lifecycle;
                return this.approved(Args.deserializeBinary(bytes));
            }
            case "CheckCommitReadiness":
                return this.readiness(
                    lifecycle.CommitChaincodeDefinitionArgs.deserializeBinary(bytes),
                );
            case "CommitChaincodeDefinition": {
                const { CommitChaincodeDefinitionArgs: Args } = lifecycle;
                return this.commit(Args.deserializeBinary(bytes), transactionId);
            }
            default:
                return this.definition(
                    lifecycle.QueryChaincodeDefinitionArgs.deserializeBinary(bytes),
                );
        }
    }

    /** Signs an outcome, or as a test wants it. */
    endorse(answer: peer.ProposalResponse, outcome: string, how: unknown): void {
        const payload = new TextEncoder().encode(
            how === "another outcome" ? `${outcome}!` : outcome,
        );
        const identity = new msp.SerializedIdentity();
        identity.setMspid(this.mspId);
        identity.setIdBytes(new TextEncoder().encode(this.identity.certificatePem));
        const endorser = identity.serializeBinary();
        const signed = how === "signed by another" ? payload : Buffer.concat([payload, endorser]);
        const endorsement = new peer.Endorsement();
        endorsement.setEndorser(endorser);
        endorsement.setSignature(
            new Uint8Array(sign("sha256", signed, this.identity.privateKeyPem)),
        );
        answer.setPayload(payload);
        answer.setEndorsement(endorsement);
    }

    deliverService(): Record<string, (stream: Stream) => void> {
        const none = (stream: Stream) => stream.end();
        return {
            deliver: none,
            deliverWithPrivateData: none,
            deliverFiltered: (stream) => this.deliver(stream),
        };
    }

    private deliver(stream: Stream): void {
        let next = Infinity;
        const flush = () => {
            for (; next < this.ledger.blocks.length; next++) {
                const answer = new peer.DeliverResponse();
                answer.setFilteredBlock(this.ledger.blocks[next]);
                stream.write(answer);
            }
        };
        const stop = this.ledger.watch(flush);
        stream.on("error", () => undefined);
        stream.on("cancelled", stop);
        stream.on("data", (envelope: common.Envelope) => {
            this.deliveries++;
            const refused = this.refuse.shift();
            if (refused !== undefined && !refused.startsWith("broken")) {
                const answer = new peer.DeliverResponse();
                answer.setStatus(common.Status[refused as keyof common.StatusMap]);
                return void stream.write(answer);
            }
            if (refused !== "broken") {
                next = startOf(envelope) ?? this.ledger.blocks.length - 1;
                flush();
            }
            if (refused !== undefined) {
                stop();
                stream.emit("error", { code: status.UNAVAILABLE, details: "test" });
            }
        });
    }

    private install(args: peer.lifecycle.InstallChaincodeArgs): Result {
        const packageId = Buffer.from(args.getChaincodeInstallPackage_asU8()).toString("utf8");
        if (this.packages.has(packageId)) {
            return refusal(
                "InstallChaincode",
                `chaincode already successfully installed (package ID '${packageId}')`,
            );
        }
        this.packages.add(packageId);
        const result = new lifecycle.InstallChaincodeResult();
        result.setPackageId(packageId);
        return success(result);
    }

    private installed(args: peer.lifecycle.QueryInstalledChaincodeArgs): Result {
        const packageId = args.getPackageId();
        if (!this.packages.has(packageId)) {
            return refusal(
                "QueryInstalledChaincode",
                `could not find chaincode with package id '${packageId}'`,
            );
        }
        const result = new lifecycle.QueryInstalledChaincodeResult();
        result.setPackageId(packageId);
        result.setLabel(packageId.split(":")[0] ?? "");
        return success(result);
    }

    private allInstalled(): Result {
        const result = new lifecycle.QueryInstalledChaincodesResult();
        for (const packageId of this.packages) {
            const held = new lifecycle.QueryInstalledChaincodesResult.InstalledChaincode();
            held.setPackageId(packageId);
            for (const channelId of this.uses.get(packageId) ?? []) {
                const references = new lifecycle.QueryInstalledChaincodesResult.References();
                held.getReferencesMap().set(channelId, references);
            }
            result.addInstalledChaincodes(held);
        }
        return success(result);
    }

    private approve(args: Approval, transactionId: string): Result {
        const key = this.key(this.mspId, args);
        const held = this.ledger.approvals.get(key);
        if (held !== undefined && same(held.serializeBinary(), args.serializeBinary())) {
            return refusal(
                "ApproveChaincodeDefinitionForMyOrg",
                `attempted to redefine uncommitted sequence (${args.getSequence()}) for namespace ${args.getName()} with unchanged content`,
            );
        }
        this.ledger.prepare(transactionId, () => this.ledger.approvals.set(key, args));
        return { code: 200 };
    }

    private approved(args: peer.lifecycle.QueryApprovedChaincodeDefinitionArgs): Result {
        const held = this.ledger.approvals.get(this.key(this.mspId, args));
        if (held === undefined) {
            return refusal(
                "QueryApprovedChaincodeDefinition",
                "could not fetch approved chaincode definition (test)",
            );
        }
        const result = new lifecycle.QueryApprovedChaincodeDefinitionResult();
        result.setSource(held.getSource());
        copy(held, result);
        return success(result);
    }

    private readiness(args: peer.lifecycle.CommitChaincodeDefinitionArgs): Result {
        const next = (this.ledger.committed.get(args.getName())?.getSequence() ?? 0) + 1;
        if (args.getSequence() !== next) {
            return refusal(
                "CheckCommitReadiness",
                `requested sequence is ${args.getSequence()}, but new definition must be sequence ${next}`,
            );
        }
        const result = new lifecycle.CheckCommitReadinessResult();
        for (const mspId of this.ledger.mspIds) {
            const held = this.ledger.approvals.get(this.key(mspId, args));
            result.getApprovalsMap().set(mspId, agree(held, args));
            const mismatches = new lifecycle.CheckCommitReadinessResult.Mismatches();
            mismatches.setItemsList(
                held === undefined ? ["ChaincodeParameters"] : ["ValidationInfo"],
            );
            if (!agree(held, args)) {
                result.getMismatchesMap().set(mspId, mismatches);
            }
        }
        return success(result);
    }

    private commit(
        args: peer.lifecycle.CommitChaincodeDefinitionArgs,
        transactionId: string,
    ): Result {
        if (!agree(this.ledger.approvals.get(this.key(this.mspId, args)), args)) {
            return refusal(
                "CommitChaincodeDefinition",
                `chaincode definition not agreed to by this org (${this.mspId})`,
            );
        }
        this.ledger.prepare(transactionId, () => this.ledger.committed.set(args.getName(), args));
        return { code: 200 };
    }

    private definition(args: peer.lifecycle.QueryChaincodeDefinitionArgs): Result {
        const held = this.ledger.committed.get(args.getName());
        if (held === undefined) {
            return { code: 404, message: `namespace ${args.getName()} is not defined` };
        }
        const result = new lifecycle.QueryChaincodeDefinitionResult();
        this.ledger.mspIds.forEach((mspId) => result.getApprovalsMap().set(mspId, true));
        copy(held, result);
        return success(result);
    }

    private key(mspId: string, args: { getName(): string; getSequence(): number }): string {
        return `${mspId} ${args.getName()}#${args.getSequence()}`;
    }
}

/** The block that a request begins with; nothing for the newest one. */
function startOf(envelope: common.Envelope): number | undefined {
    const payload = common.Payload.deserializeBinary(envelope.getPayload_asU8());
    const seek = orderer.SeekInfo.deserializeBinary(payload.getData_asU8());
    return seek.getStart()?.getSpecified()?.getNumber();
}

function success(result: { serializeBinary(): Uint8Array }): Result {
    return { code: 200, payload: result.serializeBinary() };
}

function refusal(name: string, reason: string): Result {
    return {
        code: 500,
        message: `failed to invoke backing implementation of '${name}': ${reason}`,
    };
}

function same(left: Uint8Array, right: Uint8Array): boolean {
    return Buffer.from(left).equals(right);
}

/** Whether an approval is of this definition; its package is nobody else's business. */
function agree(
    held: Approval | undefined,
    args: peer.lifecycle.CommitChaincodeDefinitionArgs,
): boolean {
    const approved = new lifecycle.CommitChaincodeDefinitionArgs();
    if (held === undefined) {
        return false;
    }
    copy(held, approved);
    approved.setName(held.getName());
    return same(approved.serializeBinary(), args.serializeBinary());
}

function copy(
    from: Definition,
    to:
        | peer.lifecycle.CommitChaincodeDefinitionArgs
        | peer.lifecycle.QueryChaincodeDefinitionResult
        | peer.lifecycle.QueryApprovedChaincodeDefinitionResult,
): void {
    to.setSequence(from.getSequence());
    to.setVersion(from.getVersion());
    to.setEndorsementPlugin(from.getEndorsementPlugin());
    to.setValidationPlugin(from.getValidationPlugin());
    to.setValidationParameter(from.getValidationParameter_asU8());
    to.setInitRequired(from.getInitRequired());
    to.setCollections(from.getCollections());
}
