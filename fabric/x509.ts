import {
    createHash,
    createPrivateKey,
    createPublicKey,
    generateKeyPair,
    type KeyObject,
    randomBytes,
    X509Certificate,
} from "node:crypto";
import { isIP } from "node:net";
import { promisify } from "node:util";

import type * as x509 from "@peculiar/x509";

import { type Role } from "./identities";

/** A key pair as text. */
export interface KeyPair {
    /** PKCS#8, PEM. */
    privateKeyPem: string;

    /** SubjectPublicKeyInfo, PEM. */
    publicKeyPem: string;
}

/** What signs certificates. */
export interface CertificateAuthority {
    certificatePem: string;

    /** PKCS#8, SEC 1 or PKCS#1, PEM, not encrypted. */
    privateKeyPem: string;
}

export interface CaRequest {
    commonName: string;
    organization: string;

    /** Key of the CA, which signs its own certificate. */
    privateKeyPem: string;

    validityDays: number;

    /** When the certificate is issued. */
    now: Date;
}

export interface CertificateRequest {
    subject: {
        commonName: string;
        organization: string;

        /** The one role of this identity, by which Fabric tells peers from administrators. */
        organizationalUnit: Role;
    };

    /** Key to certify. The same key again is a renewal. */
    publicKeyPem: string;

    /**
     * DNS names and IP addresses that the certificate speaks for.
     *
     * @default - none
     */
    hosts?: readonly string[];

    /** `signing` for an identity of an MSP, `tls` for both ends of a TLS connection. */
    profile: "signing" | "tls";

    ca: CertificateAuthority;

    /** Days until the certificate ends; it ends with its CA if that is sooner. */
    validityDays: number;

    /** When the certificate is issued. */
    now: Date;
}

/** The facts of a certificate that people ask for, as plain data. */
export interface CertificateDescription {
    /** `O=Org1MSP, OU=peer, CN=peer0`. */
    subject: string;

    /** ISO 8601, UTC. */
    notBefore: string;

    /** ISO 8601, UTC. */
    notAfter: string;

    /** SHA-256 of the certificate, hex: what `openssl x509 -fingerprint -sha256` prints. */
    fingerprint: string;

    /** SHA-256 of the public key, hex; a renewal keeps it. */
    publicKeyFingerprint: string;
}

const DAY_MILLISECONDS = 24 * 60 * 60 * 1000;

/** How far certificates are dated back, so that a node whose clock is late accepts them. */
const BACKDATED_MILLISECONDS = 5 * 60 * 1000;

/** Longest common name (`ub-common-name` of RFC 5280, appendix A.1). */
const COMMON_NAME_LIMIT = 64;

/** Half the order of P-256. */
const P256_HALF_ORDER = 0x7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8n;

/** WebCrypto's names for the curves that OpenSSL names differently, and the hash each signs with. */
const CURVES: Record<string, { namedCurve: string; hash: string }> = {
    prime256v1: { namedCurve: "P-256", hash: "SHA-256" },
    secp384r1: { namedCurve: "P-384", hash: "SHA-384" },
    secp521r1: { namedCurve: "P-521", hash: "SHA-512" },
};

/** A new ECDSA key on P-256, the one curve that every part of Fabric takes. */
export async function generateKey(): Promise<KeyPair> {
    const { privateKey, publicKey } = await promisify(generateKeyPair)("ec", {
        namedCurve: "P-256",
        privateKeyEncoding: { type: "pkcs8", format: "pem" },
        publicKeyEncoding: { type: "spki", format: "pem" },
    });
    return { privateKeyPem: privateKey, publicKeyPem: publicKey };
}

/** A self-signed root certificate, PEM. The CA signs certificates and nothing else, no other CA. */
export async function issueCa(request: CaRequest): Promise<string> {
    const library = loadLibrary();
    const { KeyUsageFlags } = library;
    const key = createPrivateKey(request.privateKeyPem);
    const publicKey = publicKeyOf(createPublicKey(key), library);
    const name = nameOf(
        [
            ["O", request.organization],
            ["CN", request.commonName],
        ],
        library,
    );
    return sign(
        {
            subject: name,
            issuer: name,
            publicKey,
            notBefore: new Date(request.now.getTime() - BACKDATED_MILLISECONDS),
            notAfter: new Date(request.now.getTime() + request.validityDays * DAY_MILLISECONDS),
            extensions: [
                new library.BasicConstraintsExtension(true, 0, true),
                new library.KeyUsagesExtension(
                    KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign,
                    true,
                ),
                await library.SubjectKeyIdentifierExtension.create(publicKey),
            ],
        },
        key,
        library,
    );
}

/**
 * A certificate for a node or an administrator, PEM. Fails where the CA is not valid at `now` or its
 * key is not the one in its certificate.
 */
export async function issueCertificate(request: CertificateRequest): Promise<string> {
    const library = loadLibrary();
    const { subject, profile, hosts = [] } = request;
    const key = createPrivateKey(request.ca.privateKeyPem);
    const { from, until } = lifetimeUnder(request, key);

    const ca = new library.X509Certificate(request.ca.certificatePem);
    const caKeyId = ca.getExtension(library.SubjectKeyIdentifierExtension)?.keyId;
    if (caKeyId === undefined) {
        throw new Error(`the CA "${ca.subject}" has no subject key identifier`);
    }
    const publicKey = publicKeyOf(createPublicKey(request.publicKeyPem), library);
    const extensions: x509.Extension[] = [
        new library.BasicConstraintsExtension(false, undefined, true),
        // Enough for TLS too: with elliptic curves nothing is encrypted to the key (RFC 8813).
        new library.KeyUsagesExtension(library.KeyUsageFlags.digitalSignature, true),
        await library.SubjectKeyIdentifierExtension.create(publicKey),
        new library.AuthorityKeyIdentifierExtension(caKeyId),
    ];
    if (profile === "tls") {
        // Both, because a node dials the other nodes with the certificate it serves with.
        const { serverAuth, clientAuth } = library.ExtendedKeyUsage;
        extensions.push(new library.ExtendedKeyUsageExtension([serverAuth, clientAuth]));
    }
    if (hosts.length > 0) {
        const names = hosts.map((value) => ({ type: isIP(value) ? "ip" : "dns", value }) as const);
        extensions.push(new library.SubjectAlternativeNameExtension(names));
    }
    const name = nameOf(
        [
            ["O", subject.organization],
            ["OU", subject.organizationalUnit],
            ["CN", subject.commonName],
        ],
        library,
    );
    const issuer = ca.subjectName;
    return sign(
        { subject: name, issuer, publicKey, notBefore: from, notAfter: until, extensions },
        key,
        library,
    );
}

/**
 * SHA-256 of a public key as SubjectPublicKeyInfo, hex. Takes a certificate, a public or a private
 * key, PEM, so that all three of one identity give the same answer.
 */
export function publicKeyFingerprint(pem: string): string {
    const spki = createPublicKey(pem).export({ type: "spki", format: "der" });
    return createHash("sha256").update(spki).digest("hex");
}

/** What a certificate says about itself. */
export function describe(certificatePem: string): CertificateDescription {
    const certificate = new X509Certificate(certificatePem);
    return {
        subject: certificate.subject.replaceAll("\n", ", "),
        notBefore: certificate.validFromDate.toISOString(),
        notAfter: certificate.validToDate.toISOString(),
        fingerprint: certificate.fingerprint256.replaceAll(":", "").toLowerCase(),
        publicKeyFingerprint: publicKeyFingerprint(certificatePem),
    };
}

/**
 * The library, loaded when a certificate is made: it is two hundred modules, and most runs of a
 * program make none. It wants the reflection polyfill to be there first.
 */
export function loadLibrary(): typeof x509 {
    /* eslint-disable @typescript-eslint/no-require-imports */
    require("reflect-metadata");
    return require("@peculiar/x509") as typeof x509;
    /* eslint-enable @typescript-eslint/no-require-imports */
}

/**
 * A certificate's life: never beyond its CA's end, and never before its CA's beginning either,
 * because Fabric checks a chain at the moment the certificate begins, not now.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/msp/mspimplvalidate.go#L304
 */
function lifetimeUnder({ ca, validityDays, now }: CertificateRequest, caKey: KeyObject) {
    const certificate = new X509Certificate(ca.certificatePem);
    const subject = certificate.subject.replaceAll("\n", ", ");
    if (!certificate.checkPrivateKey(caKey)) {
        throw new Error(`the private key of the CA "${subject}" is not the one of its certificate`);
    }
    const { validFromDate, validToDate } = certificate;
    if (now < validFromDate || now >= validToDate) {
        throw new Error(
            `the CA "${subject}" is valid from ${validFromDate.toISOString()} to ` +
                `${validToDate.toISOString()} and cannot sign at ${now.toISOString()}`,
        );
    }
    const from = Math.max(now.getTime() - BACKDATED_MILLISECONDS, validFromDate.getTime());
    const until = Math.min(now.getTime() + validityDays * DAY_MILLISECONDS, validToDate.getTime());
    return { from: new Date(from), until: new Date(until) };
}

function publicKeyOf(key: KeyObject, library: typeof x509): x509.PublicKey {
    return new library.PublicKey(key.export({ type: "spki", format: "der" }));
}

/** A name from the general to the specific part. Values are never parsed, whatever they contain. */
function nameOf(parts: ["O" | "OU" | "CN", string][], library: typeof x509): x509.Name {
    for (const [type, value] of parts) {
        if (value === "" || value.length > COMMON_NAME_LIMIT) {
            throw new Error(
                `${type} "${value}" of a certificate has ${value.length} characters; ` +
                    `write 1 to ${COMMON_NAME_LIMIT}`,
            );
        }
    }
    return new library.Name(parts.map(([type, value]) => ({ [type]: [{ utf8String: value }] })));
}

type Unsigned = Required<
    Pick<
        x509.X509CertificateCreateWithKeyParams,
        "subject" | "issuer" | "publicKey" | "notBefore" | "notAfter" | "extensions"
    >
>;

async function sign(unsigned: Unsigned, key: KeyObject, library: typeof x509): Promise<string> {
    const algorithm = signatureOf(key);
    const signingKey = key.toCryptoKey(algorithm, false, ["sign"]);
    // 20 octets, the most that RFC 5280 allows; the first keeps the number positive and its length.
    const serial = randomBytes(20);
    serial[0] = (serial.readUInt8(0) & 0x3f) | 0x40;
    for (;;) {
        const certificate = await library.X509CertificateGenerator.create({
            ...unsigned,
            serialNumber: serial.toString("hex"),
            signingKey,
            signingAlgorithm: algorithm,
        });
        if (algorithm.namedCurve !== "P-256" || isLowS(Buffer.from(certificate.signature))) {
            return `${certificate.toString("pem")}\n`;
        }
    }
}

function signatureOf(key: KeyObject): { name: string; hash: string; namedCurve?: string } {
    if (key.asymmetricKeyType === "rsa") {
        return { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
    }
    const curve = CURVES[key.asymmetricKeyDetails?.namedCurve ?? ""];
    if (curve === undefined) {
        throw new Error(`a CA cannot sign with a key of type ${key.asymmetricKeyType}`);
    }
    return { name: "ECDSA", ...curve };
}

/**
 * Whether an ECDSA signature on P-256 (DER) is the canonical one of the two that verify.
 *
 * Fabric rewrites the other one when it loads a certificate. One that is canonical from the start,
 * as those of a Fabric CA are, has the same bytes in a Secret, in a channel and on the wire.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/msp/cert.go#L76
 */
function isLowS(signature: Buffer): boolean {
    // SEQUENCE { INTEGER r, INTEGER s }, each with one byte of tag and one of length.
    const s = signature.subarray(6 + signature.readUInt8(3));
    return BigInt(`0x${s.toString("hex")}`) <= P256_HALF_ORDER;
}
