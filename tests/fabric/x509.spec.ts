import assert from "node:assert/strict";
import { createPrivateKey, X509Certificate } from "node:crypto";

import { renewalDue, ROLES } from "kubefabric/internal/fabric/identities";
import { nodeHosts } from "kubefabric/internal/fabric/names";
import {
    type CertificateAuthority,
    describe as describeCertificate,
    generateKey,
    issueCa,
    publicKeyFingerprint,
} from "kubefabric/internal/fabric/x509";

import { later, makeCa, makeCertificate, NOW, OpenSsl } from "./authorities.ts";

const P256 = ["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
const SIGNS = "keyUsage=critical,keyCertSign";
const P256_HALF_ORDER = 0x7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8n;

describe("generateKey", () => {
    it("makes ECDSA keys on P-256, a new one each time", async () => {
        const [one, other] = [await generateKey(), await generateKey()];
        const key = createPrivateKey(one.privateKeyPem);
        assert.equal(key.asymmetricKeyDetails?.namedCurve, "prime256v1");
        assert.match(one.privateKeyPem, /^-----BEGIN PRIVATE KEY-----\n/);
        assert.match(one.publicKeyPem, /^-----BEGIN PUBLIC KEY-----\n/);
        assert.equal(
            publicKeyFingerprint(one.privateKeyPem),
            publicKeyFingerprint(one.publicKeyPem),
        );
        assert.notEqual(
            publicKeyFingerprint(one.publicKeyPem),
            publicKeyFingerprint(other.publicKeyPem),
        );
    });
});

describe("certificates, as OpenSSL sees them", () => {
    let openssl: OpenSsl;
    let signing: CertificateAuthority;
    let tls: CertificateAuthority;
    let admin: CertificateAuthority;

    before(async function () {
        if (!OpenSsl.isThere()) {
            this.skip();
        }
        openssl = new OpenSsl();
        [signing, tls, admin] = [
            await makeCa("Org1MSP signing CA"),
            await makeCa("Org1MSP TLS CA"),
            await makeCa("Org1MSP admin CA"),
        ];
    });

    after(() => openssl?.remove());

    it("are, for a CA, able to sign certificates and nothing else", () => {
        const { certificatePem } = signing;
        assert.equal(
            openssl.extension(certificatePem, "basicConstraints"),
            "critical: CA:TRUE, pathlen:0",
        );
        assert.equal(
            openssl.extension(certificatePem, "keyUsage"),
            "critical: Certificate Sign, CRL Sign",
        );
        assert.match(
            openssl.extension(certificatePem, "subjectKeyIdentifier"),
            /^([0-9A-F]{2}:){19}/,
        );
        assert.equal(openssl.extension(certificatePem, "extendedKeyUsage"), "");
        assert.equal(openssl.verify(certificatePem, certificatePem, "any"), "OK");
    });

    for (const role of ROLES) {
        it(`are, for a ${role}, identities with exactly that organizational unit`, async () => {
            const certificate = await makeCertificate({ ca: signing, role, commonName: "node0" });
            assert.equal(openssl.verify(certificate, signing.certificatePem, "any"), "OK");
            assert.equal(
                openssl.run(
                    "x509",
                    "-noout",
                    "-subject",
                    "-nameopt",
                    "sep_multiline",
                    "-in",
                    certificate,
                ),
                `subject=\n    O=Org1MSP\n    OU=${role}\n    CN=node0\n`,
            );
            assert.equal(openssl.extension(certificate, "basicConstraints"), "critical: CA:FALSE");
            assert.equal(openssl.extension(certificate, "keyUsage"), "critical: Digital Signature");
            assert.equal(openssl.extension(certificate, "extendedKeyUsage"), "");
        });
    }

    it("are, for TLS, good as server and as client under every name of the node", async () => {
        const externalHosts = ["peer0.example.com", "10.1.2.3", "2001:db8::1"];
        const hosts = nodeHosts({ name: "peer0", namespace: "org1", externalHosts });
        const certificate = await makeCertificate({ ca: tls, profile: "tls", hosts });
        for (const purpose of ["sslserver", "sslclient"]) {
            assert.equal(openssl.verify(certificate, tls.certificatePem, purpose), "OK");
        }
        assert.equal(openssl.extension(certificate, "keyUsage"), "critical: Digital Signature");
        assert.equal(
            openssl.extension(certificate, "extendedKeyUsage"),
            "TLS Web Server Authentication, TLS Web Client Authentication",
        );
        assert.equal(
            openssl.extension(certificate, "subjectAltName"),
            "DNS:peer0, DNS:peer0.org1, DNS:peer0.org1.svc, DNS:peer0.org1.svc.cluster.local, " +
                "DNS:localhost, IP Address:127.0.0.1, DNS:peer0.example.com, IP Address:10.1.2.3, " +
                "IP Address:2001:DB8:0:0:0:0:0:1",
        );
        const parsed = new X509Certificate(certificate);
        for (const host of hosts) {
            const match = /^[0-9.]+$|:/.test(host) ? parsed.checkIP(host) : parsed.checkHost(host);
            assert.equal(match, host, `${host} is not covered`);
        }
        assert.equal(parsed.checkHost("peer1.org1.svc"), undefined);
    });

    it("name their CA's key and their own", async () => {
        const certificate = await makeCertificate({ ca: signing });
        assert.equal(
            openssl.extension(certificate, "authorityKeyIdentifier"),
            openssl.extension(signing.certificatePem, "subjectKeyIdentifier"),
        );
        assert.match(openssl.extension(certificate, "subjectKeyIdentifier"), /^([0-9A-F]{2}:){19}/);
    });

    it("keep three CAs apart: none verifies under another's, not even under one of the same name", async () => {
        const cas = { signing, tls, admin };
        for (const [issuer, ca] of Object.entries(cas)) {
            const certificate = await makeCertificate({ ca, profile: "tls", hosts: ["peer0"] });
            for (const [name, { certificatePem }] of Object.entries(cas)) {
                const answer = openssl.verify(certificate, certificatePem, "any");
                if (name === issuer) {
                    assert.equal(answer, "OK");
                } else {
                    assert.match(answer, /unable to get local issuer certificate/);
                }
            }
        }
        const twin = await makeCa("Org1MSP TLS CA");
        const certificate = await makeCertificate({ ca: tls, profile: "tls" });
        assert.match(openssl.verify(certificate, twin.certificatePem, "any"), /error 20/);
    });

    it("keep an issuer's name byte for byte, whatever made the CA", async () => {
        const subject = '/C=CH/O=Acme, Inc. "Züri"/CN=Issuing, more';
        const ca = openssl.selfSigned(P256, subject, SIGNS);
        const now = new Date(Math.ceil(Date.now() / 1000) * 1000 + 1000);
        const certificate = await makeCertificate({ ca, now });
        assert.equal(openssl.verify(certificate, ca.certificatePem, "any", now), "OK");
    });

    it("can be issued under RSA, P-384 and P-521, each with its own hash", async () => {
        const kinds: [string[], RegExp][] = [
            [["rsa:2048"], /sha256WithRSAEncryption/],
            [["ec", "-pkeyopt", "ec_paramgen_curve:secp384r1"], /ecdsa-with-SHA384/],
            [["ec", "-pkeyopt", "ec_paramgen_curve:secp521r1"], /ecdsa-with-SHA512/],
        ];
        for (const [key, algorithm] of kinds) {
            const ca = openssl.selfSigned(key, "/O=Acme/CN=Acme TLS CA", SIGNS);
            const now = new Date(Math.ceil(Date.now() / 1000) * 1000 + 1000);
            const certificate = await makeCertificate({
                ca,
                profile: "tls",
                hosts: ["peer0"],
                now,
            });
            assert.equal(openssl.verify(certificate, ca.certificatePem, "sslserver", now), "OK");
            assert.match(openssl.run("x509", "-noout", "-text", "-in", certificate), algorithm);
        }
    });

    it("end after 2049 in the form that X.509 wants there", async () => {
        const ca = await makeCa("century", { validityDays: 36_500 });
        const der = openssl.run("asn1parse", "-in", ca.certificatePem);
        assert.match(der, /UTCTIME\s+:270301115500Z/);
        assert.match(der, /GENERALIZEDTIME\s+:21270205120000Z/);
        assert.equal(
            openssl.verify(ca.certificatePem, ca.certificatePem, "any", later(36_000)),
            "OK",
        );
    });

    it("are described with the fingerprint that OpenSSL prints", async () => {
        const certificate = await makeCertificate({ ca: signing });
        const description = describeCertificate(certificate);
        const printed = openssl.run(
            "x509",
            "-noout",
            "-fingerprint",
            "-sha256",
            "-in",
            certificate,
        );
        assert.equal(printed.replace(/^.*=|[:\n]/g, "").toLowerCase(), description.fingerprint);
        assert.equal(description.subject, "O=Org1MSP, OU=peer, CN=peer0");
        assert.equal(description.notBefore, "2027-03-01T11:55:00.000Z");
        assert.equal(description.notAfter, "2028-02-29T12:00:00.000Z");
    });
});

describe("certificates", () => {
    let ca: CertificateAuthority;

    before(async () => {
        ca = await makeCa("Org1MSP signing CA");
    });

    it("keep key, subject and issuer through a renewal, and nothing that must be new", async () => {
        const key = await generateKey();
        const first = await makeCertificate({ ca, key, validityDays: 90 });
        const due = later(61);
        assert.equal(renewalDue(first, later(59), ca.certificatePem), false);
        assert.equal(renewalDue(first, due, ca.certificatePem), true);

        const second = await makeCertificate({ ca, key, validityDays: 90, now: due });
        assert.equal(publicKeyFingerprint(second), publicKeyFingerprint(first));
        assert.equal(publicKeyFingerprint(second), publicKeyFingerprint(key.privateKeyPem));
        const [old, renewed] = [new X509Certificate(first), new X509Certificate(second)];
        assert.equal(renewed.subject, old.subject);
        assert.equal(renewed.checkIssued(new X509Certificate(ca.certificatePem)), true);
        assert.notEqual(renewed.serialNumber, old.serialNumber);
        assert.equal(renewalDue(second, due, ca.certificatePem), false);
        assert.equal(describeCertificate(second).notAfter, later(90, due).toISOString());
    });

    it("end with their CA where they would live longer", async () => {
        const shortLived = await makeCa("short", { validityDays: 100 });
        const certificate = await makeCertificate({ ca: shortLived, validityDays: 365 });
        const { notAfter } = describeCertificate(shortLived.certificatePem);
        assert.equal(describeCertificate(certificate).notAfter, notAfter);
    });

    it("begin no sooner than their CA, because Fabric checks the chain at that moment", async () => {
        const issued = await makeCa("young", { now: NOW });
        const soon = new Date(NOW.getTime() - 4 * 60 * 1000);
        const certificate = await makeCertificate({ ca: issued, now: soon });
        const { notBefore } = describeCertificate(issued.certificatePem);
        assert.equal(describeCertificate(certificate).notBefore, notBefore);
    });

    it("have serial numbers of 20 octets, positive and never twice", async () => {
        const serials = new Set<string>();
        for (let count = 0; count < 20; count++) {
            const { serialNumber } = new X509Certificate(await makeCertificate({ ca }));
            assert.match(serialNumber, /^[4-7][0-9A-F]{39}$/);
            serials.add(serialNumber);
        }
        assert.equal(serials.size, 20);
    });

    it("carry canonical signatures, so that Fabric has no reason to rewrite them", async () => {
        for (let count = 0; count < 20; count++) {
            const { raw } = new X509Certificate(await makeCertificate({ ca }));
            assert.ok(signatureEnd(raw) <= P256_HALF_ORDER);
        }
    });

    it("are one PEM block that ends in one line break, as Fabric takes identities", async () => {
        const certificate = await makeCertificate({ ca });
        assert.match(
            certificate,
            /^-----BEGIN CERTIFICATE-----\n[^-]+\n-----END CERTIFICATE-----\n$/,
        );
    });

    it("take names as they are, even those that look like syntax", async () => {
        const commonName = '#0c0141, CN="x"+OU=admin';
        const parsed = new X509Certificate(await makeCertificate({ ca, commonName }));
        const { subject } = parsed.toLegacyObject();
        assert.equal(subject.CN, commonName);
        assert.equal(subject.OU, "peer");
    });

    it("fails under a CA that has expired or is not valid yet", async () => {
        const shortLived = await makeCa("short", { validityDays: 100 });
        for (const now of [later(100), later(-1)]) {
            await assert.rejects(
                makeCertificate({ ca: shortLived, now }),
                /CN=short" is valid from/,
            );
        }
    });

    it("fails where the CA's key is not the one of its certificate", async () => {
        const { privateKeyPem } = await generateKey();
        const mixed = { certificatePem: ca.certificatePem, privateKeyPem };
        await assert.rejects(makeCertificate({ ca: mixed }), /is not the one of its certificate/);
    });

    it("fails on a common name that X.509 has no room for", async () => {
        for (const commonName of ["", "a".repeat(65)]) {
            await assert.rejects(makeCertificate({ ca, commonName }), /write 1 to 64/);
        }
        const { privateKeyPem } = await generateKey();
        const request = { organization: "x".repeat(65), commonName: "ca", privateKeyPem };
        await assert.rejects(issueCa({ ...request, validityDays: 1, now: NOW }), /write 1 to 64/);
    });
});

/** The `s` of the ECDSA signature at the end of a certificate. */
function signatureEnd(certificate: Buffer): bigint {
    // The signature is the last element, and `s` the last in it: look for its tag and length.
    for (let length = 33; length > 0; length--) {
        const start = certificate.length - length;
        if (certificate[start - 2] === 0x02 && certificate[start - 1] === length) {
            return BigInt(`0x${certificate.subarray(start).toString("hex")}`);
        }
    }
    throw new Error("no ECDSA signature found");
}
