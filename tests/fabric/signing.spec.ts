import assert from "node:assert/strict";
import { createHash, createPrivateKey, generateKeyPairSync, sign, verify } from "node:crypto";

import { common, msp, peer } from "@hyperledger/fabric-protos";
import * as fc from "fast-check";

import {
    identityBytes,
    type ProposalRequest,
    type Signer,
    signedEnvelope,
    signedProposal,
    signLowS,
    transactionId,
} from "kubefabric/internal/fabric/signing";
import { generateKey, type KeyPair } from "kubefabric/internal/fabric/x509";

import { makeCa, makeCertificate, NOW } from "./authorities.ts";

/** Order of P-256 (SEC 2, section 2.4.2), of which the canonical s is at most half. */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

describe("signLowS", () => {
    let key: KeyPair;

    before(async () => {
        key = await generateKey();
    });

    it("makes signatures that Node.js verifies, with the s that Fabric demands", () => {
        fc.assert(
            fc.property(fc.uint8Array({ maxLength: 300 }), (message) => {
                const signature = signLowS(key.privateKeyPem, message);
                assert.ok(verify("sha256", message, key.publicKeyPem, signature));
                assert.ok(numbers(signature)[1] <= ORDER / 2n);
            }),
            { numRuns: 1000 },
        );
    });

    it("is needed, since Node.js signs with the other s every second time", () => {
        const high = Array.from({ length: 100 }, (_, index) =>
            sign("sha256", Buffer.from(String(index)), key.privateKeyPem),
        ).filter((signature) => numbers(signature)[1] > ORDER / 2n);
        assert.ok(high.length > 20 && high.length < 80, String(high.length));
    });

    it("makes the same signature again, and another one for another message or key", async () => {
        const other = await generateKey();
        const message = Buffer.from("message");
        const [first, again] = [1, 2].map(() => signLowS(key.privateKeyPem, message));
        assert.deepEqual(first, again);
        assert.notDeepEqual(first, signLowS(key.privateKeyPem, Buffer.from("massage")));
        assert.notDeepEqual(first, signLowS(other.privateKeyPem, message));
        assert.ok(!verify("sha256", Buffer.from("massage"), key.publicKeyPem, first ?? message));
    });

    it("makes the signature of RFC 6979, with the smaller s", () => {
        // https://www.rfc-editor.org/rfc/rfc6979#appendix-A.2.5
        const jwk = {
            kty: "EC",
            crv: "P-256",
            d: base64url("C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721"),
            x: base64url("60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6"),
            y: base64url("7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299"),
        };
        const pem = createPrivateKey({ key: jwk, format: "jwk" }).export({
            type: "pkcs8",
            format: "pem",
        }) as string;
        const [r, s] = numbers(signLowS(pem, Buffer.from("sample")));
        assert.equal(r, 0xefd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716n);
        const published = 0xf7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8n;
        assert.equal(s, ORDER - published);
    });

    it("takes the older form of a key too", () => {
        const sec1 = createPrivateKey(key.privateKeyPem).export({ type: "sec1", format: "pem" });
        const message = Buffer.from("message");
        assert.deepEqual(signLowS(sec1 as string, message), signLowS(key.privateKeyPem, message));
    });

    it("fails on other keys, without repeating them", () => {
        const encoding = { type: "pkcs8", format: "pem" } as const;
        const wrong = [
            generateKeyPairSync("ec", {
                namedCurve: "P-384",
                privateKeyEncoding: encoding,
                publicKeyEncoding: { type: "spki", format: "pem" },
            }).privateKey,
            generateKeyPairSync("ed25519").privateKey.export(encoding) as string,
            generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export(
                encoding,
            ) as string,
            key.publicKeyPem,
            "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n",
            "",
        ];
        for (const pem of wrong) {
            assert.throws(
                () => signLowS(pem, Buffer.from("message")),
                (error: Error) => {
                    assert.match(
                        error.message,
                        /^cannot sign: the key is (P-384|Ed25519|RSA|not) ?/,
                    );
                    assert.doesNotMatch(error.message, /-----|c2VjcmV0/);
                    assert.equal(error.cause, undefined);
                    return true;
                },
            );
        }
    });
});

describe("transactionId", () => {
    it("is the SHA-256 of nonce and creator, one after the other", () => {
        const [nonce, creator] = [Buffer.from("nonce"), Buffer.from("creator")];
        const expected = createHash("sha256").update("noncecreator").digest("hex");
        assert.equal(transactionId(nonce, creator), expected);
        assert.notEqual(transactionId(creator, nonce), expected);
    });
});

describe("signed messages", () => {
    let signer: Signer;
    let request: ProposalRequest;
    let publicKeyPem: string;

    before(async () => {
        const key = await generateKey();
        publicKeyPem = key.publicKeyPem;
        const ca = await makeCa("Org1MSP signing CA");
        const certificatePem = await makeCertificate({ ca, key, role: "admin" });
        signer = { mspId: "Org1MSP", certificatePem, privateKeyPem: key.privateKeyPem };
        request = {
            type: "ENDORSER_TRANSACTION",
            channelId: "demo",
            chaincode: "qscc",
            args: ["GetBlockByNumber", new Uint8Array([0, 255])],
            signer,
            now: NOW,
            nonce: new Uint8Array(24).fill(7),
        };
    });

    it("are proposals that a peer reads", () => {
        const signed = signedProposal(request);
        const bytes = signed.getProposalBytes_asU8();
        assert.ok(verify("sha256", bytes, publicKeyPem, signed.getSignature_asU8()));

        const proposal = peer.Proposal.deserializeBinary(bytes);
        const { channel, creator } = headers(
            common.Header.deserializeBinary(proposal.getHeader_asU8()),
        );
        assert.equal(channel.getType(), common.HeaderType.ENDORSER_TRANSACTION);
        assert.equal(channel.getChannelId(), "demo");
        assert.equal(creator.getMspid(), "Org1MSP");
        const extension = channel.getExtension_asU8();
        const target = peer.ChaincodeHeaderExtension.deserializeBinary(extension).getChaincodeId();
        assert.equal(target?.getName(), "qscc");

        const payload = peer.ChaincodeProposalPayload.deserializeBinary(proposal.getPayload_asU8());
        const spec = peer.ChaincodeInvocationSpec.deserializeBinary(
            payload.getInput_asU8(),
        ).getChaincodeSpec();
        assert.equal(spec?.getType(), peer.ChaincodeSpec.Type.GOLANG);
        assert.equal(spec?.getChaincodeId()?.getName(), "qscc");
        assert.deepEqual(
            spec
                ?.getInput()
                ?.getArgsList_asU8()
                .map((arg) => Buffer.from(arg)),
            [Buffer.from("GetBlockByNumber"), Buffer.from([0, 255])],
        );
    });

    it("are proposals to the peer itself, without a channel", () => {
        const { channelId: _, ...rest } = request;
        const signed = signedProposal({ ...rest, type: "CONFIG", chaincode: "cscc" });
        const proposal = peer.Proposal.deserializeBinary(signed.getProposalBytes_asU8());
        const { channel } = headers(common.Header.deserializeBinary(proposal.getHeader_asU8()));
        assert.equal(channel.getChannelId(), "");
        assert.equal(channel.getType(), common.HeaderType.CONFIG);
    });

    it("are envelopes that an ordering node reads", () => {
        const data = Buffer.from("data");
        const envelope = signedEnvelope({
            ...request,
            channelId: "demo",
            type: "CONFIG_UPDATE",
            data,
        });
        const bytes = envelope.getPayload_asU8();
        assert.ok(verify("sha256", bytes, publicKeyPem, envelope.getSignature_asU8()));
        const payload = common.Payload.deserializeBinary(bytes);
        assert.deepEqual(Buffer.from(payload.getData_asU8()), data);
        const { channel } = headers(payload.getHeader());
        assert.equal(channel.getType(), common.HeaderType.CONFIG_UPDATE);
        assert.equal(channel.getChannelId(), "demo");
    });

    it("carry the time, and the ID of nonce and creator", () => {
        const proposal = peer.Proposal.deserializeBinary(
            signedProposal(request).getProposalBytes_asU8(),
        );
        const header = common.Header.deserializeBinary(proposal.getHeader_asU8());
        const { channel, signature, creator } = headers(header);
        assert.deepEqual(channel.getTimestamp()?.toDate(), NOW);
        assert.deepEqual(signature.getNonce_asU8(), request.nonce);
        assert.deepEqual(
            signature.getCreator_asU8(),
            identityBytes("Org1MSP", signer.certificatePem),
        );
        assert.equal(Buffer.from(creator.getIdBytes_asU8()).toString(), signer.certificatePem);
        assert.equal(
            channel.getTxId(),
            transactionId(signature.getNonce_asU8(), signature.getCreator_asU8()),
        );
    });

    it("get 24 random bytes each where no nonce is given", () => {
        const { nonce: _, ...rest } = request;
        const nonces = Array.from({ length: 20 }, () => {
            const signed = signedProposal(rest);
            const proposal = peer.Proposal.deserializeBinary(signed.getProposalBytes_asU8());
            const header = common.Header.deserializeBinary(proposal.getHeader_asU8());
            return headers(header).signature.getNonce_asB64();
        });
        assert.equal(new Set(nonces).size, 20);
        assert.ok(nonces.every((nonce) => Buffer.from(nonce, "base64").length === 24));
    });
});

function base64url(hex: string): string {
    return Buffer.from(hex, "hex").toString("base64url");
}

/** The `r` and `s` of an ECDSA signature: SEQUENCE { INTEGER r, INTEGER s }, all of it short. */
function numbers(signature: Uint8Array): [bigint, bigint] {
    const bytes = Buffer.from(signature);
    assert.equal(bytes.readUInt8(0), 0x30);
    assert.equal(bytes.readUInt8(1), bytes.length - 2);
    const end = 4 + bytes.readUInt8(3);
    const [r, s] = [bytes.subarray(4, end), bytes.subarray(end + 2)];
    assert.equal(bytes.readUInt8(end + 1), s.length);
    return [BigInt(`0x${r.toString("hex")}`), BigInt(`0x${s.toString("hex")}`)];
}

function headers(header = new common.Header()) {
    const signature = common.SignatureHeader.deserializeBinary(header.getSignatureHeader_asU8());
    return {
        channel: common.ChannelHeader.deserializeBinary(header.getChannelHeader_asU8()),
        signature,
        creator: msp.SerializedIdentity.deserializeBinary(signature.getCreator_asU8()),
    };
}
