import { createHash, verify, X509Certificate } from "node:crypto";

import { common, msp, peer } from "@hyperledger/fabric-protos";

import { signLowS, type Signer } from "./signing";

/** A peer's word for the outcome of a proposal. */
export interface Endorsement {
    mspId: string;
    /** Whether its signature is the endorser's and over this outcome. */
    isSigned: boolean;
}

/** ID of the transaction that a proposal starts. */
export function transactionIdIn(proposal: peer.SignedProposal): string {
    const { header } = opened(proposal);
    const channel = common.ChannelHeader.deserializeBinary(header.getChannelHeader_asU8());
    return channel.getTxId();
}

/** Who endorsed, as an answer says it; nothing where it holds no endorsement. */
export function endorsementIn(answer: peer.ProposalResponse): Endorsement | undefined {
    const held = answer.getEndorsement();
    if (held === undefined) {
        return undefined;
    }
    const endorser = held.getEndorser_asU8();
    const identity = msp.SerializedIdentity.deserializeBinary(endorser);
    return {
        mspId: identity.getMspid(),
        isSigned: isSignedBy(
            identity.getIdBytes_asU8(),
            Buffer.concat([answer.getPayload_asU8(), endorser]),
            held.getSignature_asU8(),
        ),
    };
}

/**
 * The transaction of a proposal and of the endorsements that peers gave it, for the ordering service.
 *
 * @throws Error where the endorsements are of different outcomes.
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/protoutil/txutils.go#L120
 */
export function transactionEnvelope(
    proposal: peer.SignedProposal,
    answers: readonly peer.ProposalResponse[],
    signer: Signer,
): common.Envelope {
    const [outcome, ...others] = answers.map((answer) => Buffer.from(answer.getPayload_asU8()));
    if (outcome === undefined || others.some((other) => !other.equals(outcome))) {
        throw new Error("a transaction takes endorsements of one and the same outcome");
    }
    const { header, payload } = opened(proposal);
    const endorsed = new peer.ChaincodeEndorsedAction();
    endorsed.setProposalResponsePayload(outcome);
    endorsed.setEndorsementsList(answers.flatMap((answer) => answer.getEndorsement() ?? []));

    const action = new peer.ChaincodeActionPayload();
    action.setChaincodeProposalPayload(payload);
    action.setAction(endorsed);
    const part = new peer.TransactionAction();
    part.setHeader(header.getSignatureHeader_asU8());
    part.setPayload(action.serializeBinary());
    const transaction = new peer.Transaction();
    transaction.addActions(part);

    const content = new common.Payload();
    content.setHeader(header);
    content.setData(transaction.serializeBinary());
    const bytes = content.serializeBinary();
    const envelope = new common.Envelope();
    envelope.setPayload(bytes);
    envelope.setSignature(signLowS(signer.privateKeyPem, bytes));
    return envelope;
}

/** SHA-256 of a certificate: a peer that demands one wants it in requests for blocks, too. */
export function certificateHash(certificatePem: string): Uint8Array {
    return createHash("sha256").update(new X509Certificate(certificatePem).raw).digest();
}

function opened(proposal: peer.SignedProposal): { header: common.Header; payload: Uint8Array } {
    const held = peer.Proposal.deserializeBinary(proposal.getProposalBytes_asU8());
    return {
        header: common.Header.deserializeBinary(held.getHeader_asU8()),
        payload: held.getPayload_asU8(),
    };
}

function isSignedBy(certificate: Uint8Array, bytes: Uint8Array, signature: Uint8Array): boolean {
    try {
        const { publicKey } = new X509Certificate(certificate);
        // Ed25519, which Fabric 3 knows, hashes by itself.
        const digest = publicKey.asymmetricKeyType === "ed25519" ? null : "sha256";
        return verify(digest, bytes, publicKey, signature);
    } catch {
        return false;
    }
}
