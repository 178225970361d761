import assert from "node:assert/strict";

import { checkCa, type OwnCa } from "kubefabric/internal/fabric/certificateAuthority";
import { type CertificateAuthority, generateKey } from "kubefabric/internal/fabric/x509";

import { later, makeCa, makeCertificate, NOW, OpenSsl } from "./authorities.ts";

const P256 = ["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
const P384 = ["ec", "-pkeyopt", "ec_paramgen_curve:secp384r1"];
const RSA = ["rsa:2048"];
const SIGNS = "keyUsage=critical,keyCertSign";
const CA = ["basicConstraints=critical,CA:TRUE", SIGNS, "subjectKeyIdentifier=hash"];

/** Each problem as one line, as a program prints it. */
async function problems(
    ca: OwnCa,
    use: "signing" | "tls" = "signing",
    now = NOW,
): Promise<string[]> {
    const found = checkCa({ ...ca, use, now });
    for (const { reason } of found) {
        assert.doesNotMatch(reason, /-----|\.$/, "a reason repeats PEM or ends in a period");
    }
    return found.map(({ path, reason }) => `${path}: ${reason}`);
}

async function onlyProblem(...args: Parameters<typeof problems>): Promise<string> {
    const found = await problems(...args);
    assert.equal(found.length, 1, found.join("\n"));
    return found[0] ?? "";
}

describe("checkCa", () => {
    let own: CertificateAuthority;

    before(async () => {
        own = await makeCa("own", { validityDays: 100 });
    });

    it("takes the CAs that this package makes, for both uses", async () => {
        assert.deepEqual(await problems(own, "signing"), []);
        assert.deepEqual(await problems(own, "tls"), []);
    });

    it("fails on a certificate that is no CA", async () => {
        const key = await generateKey();
        const certificatePem = await makeCertificate({ ca: own, key });
        const leaf = {
            certificatePem,
            privateKeyPem: key.privateKeyPem,
            chainPem: own.certificatePem,
        };
        assert.match(
            await onlyProblem(leaf),
            /^certificatePem: "O=Org1MSP, OU=peer, CN=peer0" is not a CA/,
        );
    });

    it("fails on a CA that expired or is not valid yet, with the date", async () => {
        assert.match(
            await onlyProblem(own, "signing", later(100)),
            /^certificatePem: .*expired on 2027-06-09T12:00:00.000Z; renew it with the same key/,
        );
        assert.match(
            await onlyProblem(own, "signing", later(-1)),
            /^certificatePem: .*is not valid before 2027-03-01T11:55:00.000Z/,
        );
    });

    it("fails on a key that belongs to another certificate, is encrypted or is no key", async () => {
        const { privateKeyPem } = await generateKey();
        assert.match(
            await onlyProblem({ ...own, privateKeyPem }),
            /^privateKeyPem: is not the key of "O=Org1MSP, CN=own"/,
        );
        const encrypted = own.privateKeyPem.replaceAll("PRIVATE", "ENCRYPTED PRIVATE");
        assert.match(
            await onlyProblem({ ...own, privateKeyPem: encrypted }),
            /^privateKeyPem: is encrypted; decrypt it/,
        );
        assert.match(
            await onlyProblem({ ...own, privateKeyPem: own.certificatePem }),
            /^privateKeyPem: is not a private key in PEM/,
        );
    });

    it("fails on text that is no certificate, and says so when it is the key", async () => {
        for (const text of ["", "nonsense", own.certificatePem.replace("MII", "AAA")]) {
            assert.match(
                await onlyProblem({ ...own, certificatePem: text }),
                /^certificatePem: is not a certificate in PEM/,
            );
        }
        assert.match(
            await onlyProblem({ ...own, certificatePem: own.privateKeyPem }),
            /^certificatePem: is a private key; write the certificate here/,
        );
    });

    it("fails on a bundle in the place of one certificate", async () => {
        const bundle = `${own.certificatePem}${own.certificatePem}`;
        assert.match(
            await onlyProblem({ ...own, certificatePem: bundle }),
            /^certificatePem: holds 2 certificates; .*chainPem$/,
        );
    });

    it("reports everything at once", async () => {
        const { privateKeyPem } = await generateKey();
        const ca = { ...own, privateKeyPem, chainPem: "nonsense" };
        const paths = (await problems(ca, "signing", later(100))).map((line) => line.split(":")[0]);
        assert.deepEqual(paths, ["certificatePem", "privateKeyPem", "chainPem"]);
    });
});

describe("checkCa, of CAs that OpenSSL made", () => {
    let openssl: OpenSsl;
    let now: Date;

    before(function () {
        if (!OpenSsl.isThere()) {
            this.skip();
        }
        openssl = new OpenSsl();
    });

    beforeEach(() => {
        now = later(1, new Date());
    });

    after(() => openssl?.remove());

    it("takes P-256 for signing, and RSA, P-384 and P-256 for TLS", async () => {
        assert.deepEqual(
            await problems(openssl.selfSigned(P256, "/CN=x", SIGNS), "signing", now),
            [],
        );
        for (const key of [RSA, P384, P256]) {
            assert.deepEqual(
                await problems(openssl.selfSigned(key, "/CN=x", SIGNS), "tls", now),
                [],
            );
        }
    });

    it("takes keys in the older forms", async () => {
        const ec = openssl.selfSigned(P256, "/CN=x", SIGNS);
        const sec1 = openssl.run("ec", "-in", ec.privateKeyPem);
        assert.match(sec1, /BEGIN EC PRIVATE KEY/);
        assert.deepEqual(await problems({ ...ec, privateKeyPem: sec1 }, "signing", now), []);
        const rsa = openssl.selfSigned(RSA, "/CN=x", SIGNS);
        const pkcs1 = openssl.run("rsa", "-traditional", "-in", rsa.privateKeyPem);
        assert.match(pkcs1, /BEGIN RSA PRIVATE KEY/);
        assert.deepEqual(await problems({ ...rsa, privateKeyPem: pkcs1 }, "tls", now), []);
    });

    it("fails on RSA, P-384 and Ed25519 for signing", async () => {
        for (const [key, type] of [
            [RSA, "rsa"],
            [P384, "ECDSA on secp384r1"],
            [["ed25519"], "ed25519"],
        ] as const) {
            const line = await onlyProblem(
                openssl.selfSigned([...key], "/CN=x", SIGNS),
                "signing",
                now,
            );
            assert.ok(
                line.includes(`has a key of type ${type}, and a signing CA needs ECDSA on P-256`),
            );
        }
    });

    it("fails on short RSA keys and on Ed25519 for TLS", async () => {
        for (const key of [["rsa:1024"], ["ed25519"]]) {
            const line = await onlyProblem(openssl.selfSigned(key, "/CN=x", SIGNS), "tls", now);
            assert.match(line, /RSA of 2048 bits or more/);
        }
    });

    it("fails without a subject key identifier, which Fabric demands", async () => {
        const ca = openssl.selfSigned(P256, "/CN=x", SIGNS, "subjectKeyIdentifier=none");
        assert.match(await onlyProblem(ca, "signing", now), /has no subject key identifier/);
    });

    it("fails on a CA that may not sign certificates", async () => {
        const ca = openssl.selfSigned(P256, "/CN=x", "keyUsage=critical,cRLSign");
        assert.match(
            await onlyProblem(ca, "signing", now),
            /is not a CA that may sign certificates/,
        );
    });

    it("fails on a CA limited to other purposes than Fabric verifies for", async () => {
        const codeOnly = openssl.selfSigned(P256, "/CN=x", SIGNS, "extendedKeyUsage=codeSigning");
        assert.match(await onlyProblem(codeOnly, "signing", now), /purposes than serverAuth;/);
        const serverOnly = openssl.selfSigned(P256, "/CN=x", SIGNS, "extendedKeyUsage=serverAuth");
        assert.deepEqual(await problems(serverOnly, "signing", now), []);
        assert.match(await onlyProblem(serverOnly, "tls", now), /purposes than clientAuth;/);
        const any = openssl.selfSigned(
            P256,
            "/CN=x",
            SIGNS,
            "extendedKeyUsage=anyExtendedKeyUsage",
        );
        assert.deepEqual(await problems(any, "tls", now), []);
    });

    it("takes an intermediate with every certificate above it, even under an RSA root", async () => {
        const root = openssl.selfSigned(RSA, "/CN=Root", SIGNS);
        const policy = openssl.issued(root, "/CN=Policy", ...CA);
        const issuing = openssl.issued(policy, "/CN=Issuing", ...CA);
        const chainPem = `${policy.certificatePem}${root.certificatePem}`;
        assert.deepEqual(await problems({ ...issuing, chainPem }, "signing", now), []);

        assert.match(
            await onlyProblem(issuing, "signing", now),
            /^chainPem: ends at "CN=Issuing", which "CN=Policy" issued; add that one, up to the root/,
        );
        assert.match(
            await onlyProblem({ ...issuing, chainPem: policy.certificatePem }, "signing", now),
            /^chainPem: ends at "CN=Policy", which "CN=Root" issued/,
        );
        const swapped = `${root.certificatePem}${policy.certificatePem}`;
        const lines = await problems({ ...issuing, chainPem: swapped }, "signing", now);
        assert.match(
            lines[0] ?? "",
            /^chainPem: "CN=Root" did not issue "CN=Issuing"; .*issuer to root/,
        );
    });

    it("fails under a CA that allows fewer CAs below itself, as OpenSSL does", async () => {
        const limited = (length: number) => [`basicConstraints=critical,CA:TRUE,pathlen:${length}`];
        const rest = CA.slice(1);
        const root = openssl.selfSigned(P256, "/CN=Root", SIGNS);
        for (const [length, right] of [
            [0, false],
            [1, true],
        ] as const) {
            const top = openssl.issued(root, "/CN=Top", ...limited(length), ...rest);
            const issuing = openssl.issued(top, "/CN=Issuing", ...CA);
            const leaf = openssl.issued(issuing, "/CN=leaf", "basicConstraints=CA:FALSE");
            const chain = [top.certificatePem, root.certificatePem];
            const bundle = [issuing.certificatePem, ...chain].join("");
            const verified = openssl.verify(leaf.certificatePem, bundle, "any", now);
            assert.equal(verified === "OK", right, verified);
            const lines = await problems({ ...issuing, chainPem: chain.join("") }, "signing", now);
            assert.equal(lines.length === 0, right, lines.join("\n"));
            if (!right) {
                assert.match(
                    lines.join("\n"),
                    /^chainPem: "CN=Top" allows 0 CAs below itself \(pathlen\), and here are 1; have/,
                );
            }
        }
    });

    it("leaves out a key that is not known yet, and nothing else", () => {
        const ca = openssl.selfSigned(P256, "/CN=x", "keyUsage=critical,cRLSign");
        const check = (certificatePem: string) =>
            checkCa({ certificatePem, use: "signing", now }).map(({ path }) => path);
        assert.deepEqual(check(ca.certificatePem), ["certificatePem"]);
        assert.deepEqual(check(openssl.selfSigned(P256, "/CN=x", SIGNS).certificatePem), []);
    });

    it("fails on a chain of the right names with another key", async () => {
        const root = openssl.selfSigned(P256, "/CN=Root", SIGNS, "subjectKeyIdentifier=01:02");
        const twin = openssl.selfSigned(P256, "/CN=Root", SIGNS, "subjectKeyIdentifier=01:02");
        const issuing = openssl.issued(root, "/CN=Issuing", ...CA);
        const line = await onlyProblem(
            { ...issuing, chainPem: twin.certificatePem },
            "signing",
            now,
        );
        assert.match(line, /^chainPem: "CN=Root" did not issue "CN=Issuing"/);
    });
});
