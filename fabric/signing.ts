import { createHash, createPrivateKey, randomBytes } from "node:crypto";

import { common, msp, peer } from "@hyperledger/fabric-protos";
import { p256 } from "@noble/curves/nist.js";
import { Timestamp } from "google-protobuf/google/protobuf/timestamp_pb";

/** An identity that can sign. */
export interface Signer {
    mspId: string;

    /** Enrollment certificate, PEM. */
    certificatePem: string;

    /** Its key: ECDSA on P-256, PKCS#8 or SEC 1, PEM. */
    privateKeyPem: string;
}

/** What proposals and envelopes have in common. */
interface Signed {
    signer: Signer;

    /** When it is signed. Peers of Fabric 3 refuse proposals more than 15 minutes off their clock. */
    now: Date;

    /**
     * 24 bytes that make the transaction unique.
     *
     * @default - random
     */
    nonce?: Uint8Array;
}

/** A call of a function of a chaincode, system chaincodes such as `cscc` included. */
export interface ProposalRequest extends Signed {
    /**
     * @default - none, for functions of the peer itself
     */
    channelId?: string;

    type: "CONFIG" | "ENDORSER_TRANSACTION";

    chaincode: string;

    /** Name of the function first. */
    args: readonly (string | Uint8Array)[];
}

/** A message to the ordering service. */
export interface EnvelopeRequest extends Signed {
    channelId: string;

    type: keyof common.HeaderTypeMap;

    /** The serialized message that `type` stands for. */
    data: Uint8Array;

    /**
     * SHA-256 of our TLS certificate, for a node that demands one before it delivers blocks.
     *
     * @default - none
     */
    tlsCertificateHash?: Uint8Array;
}

const UTF8 = new TextEncoder();

const NONCE_BYTES = 24;

/**
 * ECDSA on P-256 over the SHA-256 of some bytes, DER. Of the two signatures that verify it is the one
 * with the smaller s, since Fabric refuses the other.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/vendor/github.com/hyperledger/fabric-lib-go/bccsp/sw/ecdsa.go#L47
 * @throws Error where the key is not a private key on P-256; the message does not repeat it.
 */
export function signLowS(privateKeyPem: string, bytes: Uint8Array): Uint8Array {
    const digest = createHash("sha256").update(bytes).digest();
    return p256.sign(digest, secretScalar(privateKeyPem), {
        prehash: false,
        lowS: true,
        format: "der",
    });
}

/** An identity as it stands in messages: the MSP and the certificate. */
export function identityBytes(mspId: string, certificatePem: string): Uint8Array {
    const identity = new msp.SerializedIdentity();
    identity.setMspid(mspId);
    identity.setIdBytes(UTF8.encode(certificatePem));
    return identity.serializeBinary();
}

/**
 * ID of the transaction that a creator starts with a nonce, hex.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/protoutil/proputils.go#L386
 */
export function transactionId(nonce: Uint8Array, creator: Uint8Array): string {
    return createHash("sha256").update(nonce).update(creator).digest("hex");
}

/** A proposal for a peer's `Endorser` service. */
export function signedProposal(request: ProposalRequest): peer.SignedProposal {
    const { chaincode, args, signer } = request;
    const id = new peer.ChaincodeID();
    id.setName(chaincode);
    const extension = new peer.ChaincodeHeaderExtension();
    extension.setChaincodeId(id);

    const proposal = new peer.Proposal();
    proposal.setHeader(header(request, extension.serializeBinary()).serializeBinary());
    proposal.setPayload(invocation(id, args).serializeBinary());

    const signed = new peer.SignedProposal();
    const bytes = proposal.serializeBinary();
    signed.setProposalBytes(bytes);
    signed.setSignature(signLowS(signer.privateKeyPem, bytes));
    return signed;
}

/** An envelope for an ordering node's `AtomicBroadcast` service or a peer's `Deliver`. */
export function signedEnvelope(request: EnvelopeRequest): common.Envelope {
    const payload = new common.Payload();
    payload.setHeader(header(request));
    payload.setData(request.data);

    const envelope = new common.Envelope();
    const bytes = payload.serializeBinary();
    envelope.setPayload(bytes);
    envelope.setSignature(signLowS(request.signer.privateKeyPem, bytes));
    return envelope;
}

function header(
    request: Signed & Pick<EnvelopeRequest, "type" | "tlsCertificateHash"> & { channelId?: string },
    extension?: Uint8Array,
): common.Header {
    const { signer, now, nonce = randomBytes(NONCE_BYTES), tlsCertificateHash } = request;
    const creator = identityBytes(signer.mspId, signer.certificatePem);

    const channel = new common.ChannelHeader();
    channel.setType(common.HeaderType[request.type]);
    channel.setTimestamp(Timestamp.fromDate(now));
    channel.setChannelId(request.channelId ?? "");
    channel.setTxId(transactionId(nonce, creator));
    if (extension !== undefined) {
        channel.setExtension$(extension);
    }
    if (tlsCertificateHash !== undefined) {
        channel.setTlsCertHash(tlsCertificateHash);
    }
    const signature = new common.SignatureHeader();
    signature.setCreator(creator);
    signature.setNonce(nonce);

    const made = new common.Header();
    made.setChannelHeader(channel.serializeBinary());
    made.setSignatureHeader(signature.serializeBinary());
    return made;
}

function invocation(
    id: peer.ChaincodeID,
    args: ProposalRequest["args"],
): peer.ChaincodeProposalPayload {
    const input = new peer.ChaincodeInput();
    input.setArgsList(args.map((arg) => (typeof arg === "string" ? UTF8.encode(arg) : arg)));
    const spec = new peer.ChaincodeSpec();
    spec.setType(peer.ChaincodeSpec.Type.GOLANG);
    spec.setChaincodeId(id);
    spec.setInput(input);
    const call = new peer.ChaincodeInvocationSpec();
    call.setChaincodeSpec(spec);

    const payload = new peer.ChaincodeProposalPayload();
    payload.setInput(call.serializeBinary());
    return payload;
}

/** The number that an EC private key is. */
function secretScalar(privateKeyPem: string): Uint8Array {
    let key;
    try {
        key = createPrivateKey(privateKeyPem).export({ format: "jwk" });
    } catch {
        throw new Error("cannot sign: the key is not a private key in PEM without a password");
    }
    if (key.crv !== "P-256" || key.d === undefined) {
        throw new Error(
            `cannot sign: the key is ${key.crv ?? key.kty}, and Fabric's identities here are ECDSA on P-256`,
        );
    }
    return Buffer.from(key.d, "base64url");
}
