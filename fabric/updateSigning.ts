import { type KeyObject, randomBytes, verify, X509Certificate } from "node:crypto";

import { common, msp } from "@hyperledger/fabric-protos";
import { p256, p384, p521 } from "@noble/curves/nist.js";

import { type IdentityRef } from "./channelIdentities";
import { identityBytes, type Signer, signLowS } from "./signing";

/** One signature for a config update. */
export interface UpdateSignature {
    /** Serialized `common.SignatureHeader`: who signs, and a nonce. */
    header: Uint8Array;

    /** Over the header and the update, one after the other. */
    signature: Uint8Array;
}

const NONCE_BYTES = 24;

/** Curves that Fabric takes, by OpenSSL's names. */
const CURVES = { prime256v1: p256, secp384r1: p384, secp521r1: p521 };

/** A curve of an identity of Fabric, as OpenSSL calls it. */
export type SignatureCurve = keyof typeof CURVES;

/** The curve of a key, where it is one that Fabric takes. */
export function curveOf({ asymmetricKeyDetails }: KeyObject): SignatureCurve | undefined {
    const name = asymmetricKeyDetails?.namedCurve ?? "";
    return Object.hasOwn(CURVES, name) ? (name as SignatureCurve) : undefined;
}

/** Signs an update with a key at hand. */
export function signUpdate(update: Uint8Array, signer: Signer): UpdateSignature {
    const header = signatureHeader(signer);
    const signature = signLowS(signer.privateKeyPem, signedBytes(header, update));
    return { header, signature };
}

/** The header of a signature that is still to be made, with a new nonce. */
export function signatureHeader({ mspId, certificatePem }: IdentityRef): Uint8Array {
    const header = new common.SignatureHeader();
    header.setCreator(identityBytes(mspId, certificatePem));
    header.setNonce(randomBytes(NONCE_BYTES));
    return header.serializeBinary();
}

/** What a signature is over, for a key that is kept elsewhere: ECDSA over the SHA-256 of these bytes. */
export function signedBytes(header: Uint8Array, update: Uint8Array): Uint8Array {
    return Buffer.concat([header, update]);
}

/**
 * A signature made elsewhere, DER, as Fabric takes it: of the two that verify the one with the smaller
 * s, which hardware does not look after.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/vendor/github.com/hyperledger/fabric-lib-go/bccsp/utils/ecdsa.go#L24
 * @throws Error where it is no signature in DER.
 */
export function lowS(signature: Uint8Array, curve: SignatureCurve = "prime256v1"): Uint8Array {
    const { Signature, Point } = CURVES[curve];
    const read = Signature.fromBytes(signature, "der");
    return read.hasHighS() ? new Signature(read.r, Point.Fn.neg(read.s)).toBytes("der") : signature;
}

/**
 * Who signed.
 *
 * @throws Error where the header names nobody.
 */
export function signerOf({ header }: Pick<UpdateSignature, "header">): IdentityRef {
    try {
        const creator = common.SignatureHeader.deserializeBinary(header).getCreator_asU8();
        const identity = msp.SerializedIdentity.deserializeBinary(creator);
        const certificatePem = Buffer.from(identity.getIdBytes_asU8()).toString();
        // A certificate can be read whose key cannot.
        void new X509Certificate(certificatePem).publicKey;
        if (identity.getMspid() === "") {
            throw new Error("it has no MSP ID");
        }
        return { mspId: identity.getMspid(), certificatePem };
    } catch (error) {
        throw new Error("its header names no identity of Fabric", { cause: error });
    }
}

/** Why a signature is not one of its signer for an update, or nothing. */
export function signatureFault(
    update: Uint8Array,
    { header, signature }: UpdateSignature,
): string | undefined {
    const { certificatePem } = signerOf({ header });
    const { publicKey } = new X509Certificate(certificatePem);
    // Ed25519 hashes by itself.
    const hash = publicKey.asymmetricKeyType === "ec" ? "sha256" : null;
    if (!fits(hash, signedBytes(header, update), publicKey, signature)) {
        return "does not fit the update and the certificate";
    }
    const curve = curveOf(publicKey);
    return curve !== undefined && CURVES[curve].Signature.fromBytes(signature, "der").hasHighS()
        ? "is the one of two (high s) that Fabric refuses"
        : undefined;
}

/** Keys and signatures of others may be anything; what cannot be checked does not fit. */
function fits(...args: [string | null, Uint8Array, KeyObject, Uint8Array]): boolean {
    try {
        return verify(...args);
    } catch {
        return false;
    }
}

/** An update with its signatures, as ordering nodes take it. */
export function updateEnvelope(
    update: Uint8Array,
    signatures: readonly UpdateSignature[],
): common.ConfigUpdateEnvelope {
    const envelope = new common.ConfigUpdateEnvelope();
    envelope.setConfigUpdate(update);
    envelope.setSignaturesList(
        signatures.map(({ header, signature }) => {
            const made = new common.ConfigSignature();
            made.setSignatureHeader(header);
            made.setSignature(signature);
            return made;
        }),
    );
    return envelope;
}
