import assert from "node:assert/strict";
import { sign, verify, X509Certificate } from "node:crypto";

import { common, msp, peer } from "@hyperledger/fabric-protos";
import { signedEnvelope, signedProposal, type Signer } from "kubefabric/internal/fabric/signing";
import {
    certificateHash,
    endorsementIn,
    transactionEnvelope,
    transactionIdIn,
} from "kubefabric/internal/fabric/transaction";

import { makeAuthority, makeIdentity } from "../support/nodeIdentities.ts";

const NOW = new Date("2026-11-24T00:00:00Z");

describe("a transaction", () => {
    let signer: Signer;
    let proposal: peer.SignedProposal;
    before(async () => {
        const ca = await makeAuthority("ca");
        const admin = await makeIdentity({ ca, commonName: "admin", profile: "signing" });
        signer = { mspId: "Org1MSP", ...admin };
        proposal = signedProposal({
            channelId: "trade",
            type: "ENDORSER_TRANSACTION",
            chaincode: "_lifecycle",
            args: ["CommitChaincodeDefinition", "x"],
            signer,
            now: NOW,
        });
    });

    function answer(outcome: string, mspId = "Org1MSP"): peer.ProposalResponse {
        const identity = new msp.SerializedIdentity();
        identity.setMspid(mspId);
        identity.setIdBytes(Buffer.from(signer.certificatePem));
        const endorser = identity.serializeBinary();
        const payload = Buffer.from(outcome);
        const endorsement = new peer.Endorsement();
        endorsement.setEndorser(endorser);
        const signed = Buffer.concat([payload, endorser]);
        endorsement.setSignature(new Uint8Array(sign("sha256", signed, signer.privateKeyPem)));
        const made = new peer.ProposalResponse();
        made.setPayload(new Uint8Array(payload));
        made.setEndorsement(endorsement);
        return made;
    }

    it("has the header and the payload of its proposal, the outcome, and every endorsement in order", () => {
        const answers = [answer("outcome"), answer("outcome", "Org2MSP")];
        const envelope = transactionEnvelope(proposal, answers, signer);
        const payload = common.Payload.deserializeBinary(envelope.getPayload_asU8());
        const proposed = peer.Proposal.deserializeBinary(proposal.getProposalBytes_asU8());
        assert.deepEqual(
            Buffer.from(payload.getHeader()?.serializeBinary() ?? []),
            Buffer.from(proposed.getHeader_asU8()),
        );
        const [action, ...more] = peer.Transaction.deserializeBinary(
            payload.getData_asU8(),
        ).getActionsList();
        assert.deepEqual(more, []);
        assert.deepEqual(
            action?.getHeader_asB64(),
            payload.getHeader()?.getSignatureHeader_asB64(),
        );
        const held = peer.ChaincodeActionPayload.deserializeBinary(
            action?.getPayload_asU8() ?? new Uint8Array(),
        );
        assert.equal(held.getChaincodeProposalPayload_asB64(), proposed.getPayload_asB64());
        assert.equal(
            Buffer.from(held.getAction()?.getProposalResponsePayload_asU8() ?? []).toString(),
            "outcome",
        );
        assert.deepEqual(
            held
                .getAction()
                ?.getEndorsementsList()
                .map((one) => one.getEndorser_asB64()),
            answers.map((one) => one.getEndorsement()?.getEndorser_asB64()),
        );
        const { publicKey } = new X509Certificate(signer.certificatePem);
        assert.ok(
            verify("sha256", envelope.getPayload_asU8(), publicKey, envelope.getSignature_asU8()),
        );
    });

    it("has the ID of its proposal", () => {
        assert.match(transactionIdIn(proposal), /^[0-9a-f]{64}$/);
        const request = {
            channelId: "trade",
            type: "ENDORSER_TRANSACTION",
            chaincode: "a",
            args: [],
            signer,
            now: NOW,
        } as const;
        assert.notEqual(transactionIdIn(signedProposal(request)), transactionIdIn(proposal));
    });

    it("fails for endorsements of different outcomes, and for none", () => {
        assert.throws(
            () => transactionEnvelope(proposal, [answer("a"), answer("b")], signer),
            /one and the same/,
        );
        assert.throws(() => transactionEnvelope(proposal, [], signer), /one and the same/);
    });

    it("tells who endorsed, and whether the signature is theirs and over this outcome", () => {
        assert.deepEqual(endorsementIn(answer("a")), { mspId: "Org1MSP", isSigned: true });
        const changed = answer("a");
        changed.setPayload(new Uint8Array(Buffer.from("b")));
        assert.deepEqual(endorsementIn(changed), { mspId: "Org1MSP", isSigned: false });
        const nobody = answer("a");
        const identity = new msp.SerializedIdentity();
        identity.setMspid("Org1MSP");
        identity.setIdBytes(Buffer.from("no certificate"));
        nobody.getEndorsement()?.setEndorser(identity.serializeBinary());
        assert.deepEqual(endorsementIn(nobody), { mspId: "Org1MSP", isSigned: false });
        assert.equal(endorsementIn(new peer.ProposalResponse()), undefined);
    });

    it("binds a request for blocks to our TLS certificate where a peer demands one", () => {
        const request = {
            type: "DELIVER_SEEK_INFO",
            channelId: "trade",
            data: new Uint8Array(),
            signer,
            now: NOW,
        } as const;
        const hashIn = (envelope: common.Envelope) => {
            const payload = common.Payload.deserializeBinary(envelope.getPayload_asU8());
            const header = payload.getHeader()?.getChannelHeader_asU8() ?? new Uint8Array();
            return Buffer.from(
                common.ChannelHeader.deserializeBinary(header).getTlsCertHash_asU8(),
            ).toString("hex");
        };
        const tlsCertificateHash = certificateHash(signer.certificatePem);
        const { fingerprint256 } = new X509Certificate(signer.certificatePem);
        assert.equal(
            hashIn(signedEnvelope({ ...request, tlsCertificateHash })),
            fingerprint256.replaceAll(":", "").toLowerCase(),
        );
        assert.equal(hashIn(signedEnvelope(request)), "");
    });
});
