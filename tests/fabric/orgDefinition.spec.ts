import assert from "node:assert/strict";

import type { OrgDefinition } from "kubefabric/internal/fabric/msp";
import { parseOrgDefinition } from "kubefabric/internal/fabric/orgDefinition";
import type { CertificateAuthority } from "kubefabric/internal/fabric/x509";

import { makeCa, makeCertificate } from "./authorities.ts";

describe("parseOrgDefinition", () => {
    let ca: CertificateAuthority;
    let definition: OrgDefinition;

    before(async () => {
        ca = await makeCa("Org1MSP signing CA");
        const tls = await makeCa("Org1MSP TLS CA");
        definition = {
            version: 1,
            mspId: "Org1MSP",
            signingCaPem: ca.certificatePem,
            tlsCaPem: tls.certificatePem,
            nodeOUs: true,
            ordererEndpoints: ["orderer0.org1.svc:7050", "10.0.0.1:7050", "[2001:db8::1]:7050"],
            anchorPeers: [{ host: "peer0.org1.example.com", port: 7051 }],
            consenters: [
                {
                    host: "orderer0",
                    port: 7050,
                    tlsCertificatePem: await makeCertificate({ ca: tls, profile: "tls" }),
                },
            ],
        };
    });

    function withChange(change: Record<string, unknown>): string {
        return JSON.stringify({ ...definition, ...change });
    }

    it("gives back what another stack wrote", () => {
        assert.deepEqual(parseOrgDefinition(JSON.stringify(definition)), definition);
        const more = withChange({ signingIntermediatesPem: [ca.certificatePem] });
        assert.deepEqual(parseOrgDefinition(more).signingIntermediatesPem, [ca.certificatePem]);
    });

    it("takes a consenter with its enrollment certificate, which SmartBFT needs", async () => {
        const identityCertificatePem = await makeCertificate({ ca, role: "orderer" });
        const consenters = [{ ...definition.consenters[0], identityCertificatePem }];
        const parsed = parseOrgDefinition(withChange({ consenters }));
        assert.deepEqual(parsed.consenters, consenters);
    });

    it("fails on an enrollment certificate that is none", () => {
        for (const identityCertificatePem of ["nonsense", null, ""]) {
            const consenters = [{ ...definition.consenters[0], identityCertificatePem }];
            assert.throws(
                () => parseOrgDefinition(withChange({ consenters })),
                /consenters\[0\]: is not \{/,
            );
        }
    });

    it("fails on two CAs in one text, of which Fabric would drop the second", async () => {
        const other = await makeCa("another CA");
        const signingCaPem = `${ca.certificatePem}${other.certificatePem}`;
        assert.throws(
            () => parseOrgDefinition(withChange({ signingCaPem })),
            /signingCaPem: is not the certificate of one CA/,
        );
    });

    it("takes an MSP ID that Fabric takes, though we would not choose it", () => {
        assert.equal(parseOrgDefinition(withChange({ mspId: "1.peer" })).mspId, "1.peer");
    });

    const wrong: [Record<string, unknown>, RegExp][] = [
        [{ version: 2 }, /\n {2}version: 2 is not a version known here; known is 1$/],
        [{ version: undefined }, /\n {2}version: nothing is not a version known here/],
        [{ mspId: "Org_1" }, /\n {2}mspId: is not an MSP ID/],
        [{ signingCaPem: "nonsense" }, /\n {2}signingCaPem: is not the certificate of one CA/],
        [{ tlsCaPem: undefined }, /\n {2}tlsCaPem: is not the certificate of one CA/],
        [{ nodeOUs: false }, /\n {2}nodeOUs: is not true/],
        [{ ordererEndpoints: "orderer0:7050" }, /\n {2}ordererEndpoints: is not a list of/],
        [{ ordererEndpoints: ["orderer0"] }, /\n {2}ordererEndpoints\[0\]: is not "host:port"/],
        [{ ordererEndpoints: ["a:1", "a:0"] }, /\n {2}ordererEndpoints\[1\]: is not "host:port"/],
        [{ anchorPeers: [{ host: "peer0", port: "7051" }] }, /\n {2}anchorPeers\[0\]: is not \{/],
        [{ anchorPeers: [{ host: "Peer_0", port: 7051 }] }, /\n {2}anchorPeers\[0\]: is not \{/],
        [{ consenters: [{ host: "a", port: 1 }] }, /\n {2}consenters\[0\]: is not \{/],
        [{ consenters: null }, /\n {2}consenters: is not a list of/],
        [{ tlsIntermediatesPem: ["x"] }, /\n {2}tlsIntermediatesPem\[0\]: is not the certificate/],
    ];
    for (const [change, message] of wrong) {
        it(`fails on ${JSON.stringify(change)}`, () => {
            assert.throws(() => parseOrgDefinition(withChange(change)), message);
        });
    }

    it("fails on a leaf certificate in the place of a CA", async () => {
        const leaf = await makeCertificate({ ca });
        assert.throws(() => parseOrgDefinition(withChange({ tlsCaPem: leaf })), /tlsCaPem: is not/);
    });

    it("fails with all problems at once", () => {
        const text = withChange({ mspId: "", nodeOUs: false, consenters: [{}] });
        assert.throws(
            () => parseOrgDefinition(text),
            /mspId: .*\n {2}nodeOUs: .*\n {2}consenters\[0\]: /,
        );
    });

    it("fails on a private key anywhere in it, without repeating it", () => {
        const text = withChange({ note: ca.privateKeyPem });
        assert.throws(
            () => parseOrgDefinition(text),
            (error: Error) =>
                /contains a private key/.test(error.message) && !error.message.includes("-----"),
        );
    });

    it("fails on text that is no JSON, and on JSON that is no object", () => {
        assert.throws(() => parseOrgDefinition("{"), /is not JSON/);
        for (const text of ["null", "[]", "1"]) {
            assert.throws(() => parseOrgDefinition(text), /is not an object/);
        }
    });
});
