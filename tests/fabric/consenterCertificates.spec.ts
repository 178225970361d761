import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";

import { channelProblems } from "kubefabric/internal/fabric/channelProblems";
import type { Consenter, OrgDefinition } from "kubefabric/internal/fabric/msp";
import type { CertificateAuthority } from "kubefabric/internal/fabric/x509";

import { makeCertificate, OpenSsl } from "./authorities.ts";
import { changed } from "./goldenChannel.ts";

const P256 = ["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
const SIGNS = "keyUsage=critical,keyCertSign";
const IS_CA = ["basicConstraints=critical,CA:TRUE", SIGNS];
const HAS_ID = "subjectKeyIdentifier=hash";

describe("certificates in a channel, of CAs that OpenSSL made", () => {
    let openssl: OpenSsl;
    let signing: CertificateAuthority;
    let tls: CertificateAuthority;

    before(function () {
        if (!OpenSsl.isThere()) {
            this.skip();
        }
        openssl = new OpenSsl();
        signing = openssl.selfSigned(P256, "/CN=signing", SIGNS, HAS_ID);
        tls = openssl.selfSigned(P256, "/CN=tls", SIGNS, HAS_ID);
    });

    after(() => openssl?.remove());

    /** Problems of a channel whose ordering nodes are of these CAs, as lines. */
    async function problems(
        kind: "raft" | "bft",
        org: Partial<OrgDefinition>,
        node: Partial<Consenter> = {},
    ): Promise<string[]> {
        const consenters = await Promise.all(
            [0, 1, 2, 3].map(async (number) => ({
                host: `orderer-${number}`,
                port: 7050,
                tlsCertificatePem: await leaf(tls, {
                    hosts: [`orderer-${number}`],
                    profile: "tls",
                }),
                identityCertificatePem: await leaf(signing),
                ...(number === 0 && node),
            })),
        );
        const definition = changed(kind, (channel) => {
            channel.application.splice(0, 1);
            channel.ordering.splice(1);
            Object.assign(channel.ordering[0] ?? {}, {
                signingCaPem: signing.certificatePem,
                tlsCaPem: tls.certificatePem,
                consenters,
                ...org,
            });
        });
        return channelProblems(definition).map(({ path, reason }) => `${path}: ${reason}`);
    }

    const leaf = (
        ca: CertificateAuthority,
        wanted: Partial<Parameters<typeof makeCertificate>[0]> = {},
    ) => makeCertificate({ ca, now: new Date(Date.now() + 2000), role: "orderer", ...wanted });

    it("are right where every one is of its CA", async () => {
        assert.deepEqual(await problems("raft", {}), []);
        assert.deepEqual(await problems("bft", {}), []);
    });

    it("are right below an intermediate that is in the definition", async () => {
        const issuing = openssl.issued(tls, "/CN=tls issuing", ...IS_CA, HAS_ID);
        const below = openssl.issued(issuing, "/CN=tls below", ...IS_CA, HAS_ID);
        const node = {
            tlsCertificatePem: await leaf(below, { hosts: ["orderer-0"], profile: "tls" }),
        };
        const tlsIntermediatesPem = [below.certificatePem, issuing.certificatePem];
        assert.deepEqual(await problems("raft", { tlsIntermediatesPem }, node), []);

        const [first, second, ...more] = await problems(
            "raft",
            { tlsIntermediatesPem: [below.certificatePem] },
            node,
        );
        assert.match(
            first ?? "",
            /^ordering\[0\].tlsIntermediatesPem\[0\]: "CN=tls below" does not/,
        );
        assert.match(second ?? "", /tlsCertificatePem: .* was not issued by the TLS CA/);
        assert.deepEqual(more, []);
    });

    it("fails on a CA without a subject key identifier, wherever it is", async () => {
        const bare = openssl.selfSigned(P256, "/CN=bare", SIGNS, "subjectKeyIdentifier=none");
        const below = openssl.issued(signing, "/CN=below", ...IS_CA, "subjectKeyIdentifier=none");
        const found = await problems("raft", {
            signingCaPem: bare.certificatePem,
            signingIntermediatesPem: [below.certificatePem],
        });
        assert.match(found[0] ?? "", /^ordering\[0\].signingCaPem: "CN=bare" has no subject key/);
        assert.match(found[1] ?? "", /^ordering\[0\].signingIntermediatesPem\[0\]: "CN=below" has/);
        assert.match(
            found[2] ?? "",
            /^ordering\[0\].signingIntermediatesPem\[0\]: .* does not lead/,
        );
        assert.equal(found.length, 3);
    });

    it("fails on a certificate of a CA with the right name and another key", async () => {
        const twin = openssl.selfSigned(P256, "/CN=tls", SIGNS, HAS_ID);
        const tlsCertificatePem = await leaf(twin, { hosts: ["orderer-0"], profile: "tls" });
        assert.match(
            (await problems("raft", {}, { tlsCertificatePem })).join("\n"),
            /^ordering\[0\].consenters\[0\].tlsCertificatePem: .* was not issued by the TLS CA[^\n]*$/,
        );
    });

    it("fails on a node that may serve but not dial, and the other way around", async () => {
        const names = ["subjectAltName=DNS:orderer-0", HAS_ID];
        for (const [usage, missing] of [
            ["serverAuth", "clientAuth"],
            ["clientAuth", "serverAuth"],
            ["codeSigning", "serverAuth and clientAuth"],
        ]) {
            const node = openssl.issued(tls, "/CN=x", `extendedKeyUsage=${usage}`, ...names);
            const found = await problems("raft", {}, { tlsCertificatePem: node.certificatePem });
            assert.equal(found.length, 1);
            assert.match(
                found[0] ?? "",
                new RegExp(`"CN=x" is not for ${missing}, and a consenter`),
            );
        }
        for (const usage of [["extendedKeyUsage=serverAuth,clientAuth"], []]) {
            const node = openssl.issued(tls, "/CN=x", ...usage, ...names);
            const found = await problems("raft", {}, { tlsCertificatePem: node.certificatePem });
            assert.deepEqual(found, []);
        }
    });

    it("fails on a host that is in the common name alone, where Go does not look", async () => {
        const node = openssl.issued(tls, "/CN=orderer-0", HAS_ID);
        assert.match(
            (await problems("raft", {}, { tlsCertificatePem: node.certificatePem })).join("\n"),
            /"CN=orderer-0" does not speak for "orderer-0".*issue it for its names and "orderer-0"/,
        );
    });

    it("fails on an identity with a key of another kind than its CA's, which SmartBFT breaks on", async () => {
        const { publicKey } = generateKeyPairSync("ec", {
            namedCurve: "P-384",
            privateKeyEncoding: { type: "pkcs8", format: "pem" },
            publicKeyEncoding: { type: "spki", format: "pem" },
        });
        const key = { publicKeyPem: publicKey, privateKeyPem: "" };
        const identityCertificatePem = await leaf(signing, { key });
        const found = await problems("bft", {}, { identityCertificatePem });
        assert.equal(found.length, 1);
        assert.match(found[0] ?? "", /of type secp384r1 and its CA one of type prime256v1/);
        assert.deepEqual(await problems("raft", {}, { identityCertificatePem }), []);
    });

    it("fails on an identity of an RSA key or CA, which SmartBFT cannot read", async () => {
        const rsa = openssl.selfSigned(["rsa:2048"], "/CN=rsa", SIGNS, HAS_ID);
        const identityCertificatePem = await leaf(rsa);
        const signingCaPem = rsa.certificatePem;
        const found = await problems("bft", { signingCaPem }, { identityCertificatePem });
        assert.match(found[0] ?? "", /of type prime256v1 and its CA one of type rsa/);
    });
});
