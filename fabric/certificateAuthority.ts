import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";

import { certificatesIn } from "./identities";
import { type Problem } from "./problem";
import { type CertificateAuthority, loadLibrary } from "./x509";

/** A CA that an organization brings along instead of having one made. */
export interface OwnCa extends CertificateAuthority {
    /**
     * Certificates above the CA, its issuer first and the root last, PEM.
     *
     * @default - none; right for a CA that is itself the root
     */
    chainPem?: string;
}

/** Curves of a TLS CA, in OpenSSL's names. */
const TLS_CURVES = ["prime256v1", "secp384r1", "secp521r1"];

/** Shortest RSA key that Go still takes in a TLS certificate chain. */
const RSA_LEAST_BITS = 2048;

const WHAT_TO_BRING =
    "bring a CA made with basicConstraints CA:TRUE, keyCertSign and a subject key identifier";

/** A CA that is to be checked. */
export interface CheckedCa extends Omit<OwnCa, "privateKeyPem"> {
    /**
     * Its key.
     *
     * @default - not known yet, and not checked
     */
    privateKeyPem?: string;

    use: "signing" | "tls";
    now: Date;
}

/**
 * Everything wrong with a CA that was brought in, each with the argument it is about. No reason ever
 * repeats the text it was given, which may be a key.
 *
 * A signing CA must be ECDSA on P-256, as the keys of the nodes are: SmartBFT compares the signatures
 * in consenters' certificates on the assumption that CA and node use the same curve.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/common/crypto/sanitize.go#L57
 */
export function checkCa(args: CheckedCa): Problem[] {
    const [certificate, ...surplus] = readCertificates(args.certificatePem);
    if (certificate === undefined) {
        return [{ path: "certificatePem", reason: unreadable(args.certificatePem) }];
    }
    const faults: string[] = [];
    if (surplus.length > 0) {
        faults.push(
            `holds ${surplus.length + 1} certificates; write the CA's own here and those above it ` +
                "into chainPem",
        );
    }
    faults.push(...keyTypeFaults(certificate.publicKey, args.use));
    faults.push(...caFaults(certificate, args));
    return [
        ...faults.map((reason) => ({ path: "certificatePem", reason })),
        ...(args.privateKeyPem === undefined ? [] : keyProblems(args.privateKeyPem, certificate)),
        ...chainProblems(certificate, args),
    ];
}

/** Whether a certificate can be the CA of anything, wherever in the chain it is. */
function caFaults(
    certificate: X509Certificate,
    { use, now }: { use: "signing" | "tls"; now: Date },
): string[] {
    const name = nameOf(certificate);
    if (!certificate.ca) {
        return [`${name} is not a CA that may sign certificates; ${WHAT_TO_BRING}`];
    }
    const faults: string[] = [];
    if (now >= certificate.validToDate) {
        faults.push(
            `${name} expired on ${certificate.validToDate.toISOString()}; renew it with the same key`,
        );
    }
    if (now < certificate.validFromDate) {
        faults.push(
            `${name} is not valid before ${certificate.validFromDate.toISOString()}; check the clock ` +
                "of the machine that issued it",
        );
    }
    const library = loadLibrary();
    const parsed = new library.X509Certificate(certificate.raw);
    if (parsed.getExtension(library.SubjectKeyIdentifierExtension) === null) {
        faults.push(
            `${name} has no subject key identifier, which Fabric demands; ${WHAT_TO_BRING}`,
        );
    }
    const purposes = parsed.getExtension(library.ExtendedKeyUsageExtension)?.usages;
    const missing = missingPurposes(purposes?.map(String), use);
    if (missing.length > 0) {
        faults.push(
            `${name} is limited to other purposes than ${missing.join(" and ")}; bring a CA without ` +
                "an extended key usage, or with these in it",
        );
    }
    return faults;
}

/**
 * Go, and so Fabric, holds a certificate to the purposes of every CA above it. It verifies an MSP's
 * certificates for its default purpose, which is serverAuth.
 */
function missingPurposes(purposes: string[] | undefined, use: "signing" | "tls"): string[] {
    const wanted = { serverAuth: "1.3.6.1.5.5.7.3.1", clientAuth: "1.3.6.1.5.5.7.3.2" };
    const any = "2.5.29.37.0";
    if (purposes === undefined || purposes.includes(any)) {
        return [];
    }
    return Object.entries(wanted)
        .filter(([name]) => use === "tls" || name === "serverAuth")
        .filter(([, id]) => !purposes.includes(id))
        .map(([name]) => name);
}

function keyTypeFaults(key: KeyObject, use: "signing" | "tls"): string[] {
    const { namedCurve, modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
    const type = key.asymmetricKeyType === "ec" ? `ECDSA on ${namedCurve}` : key.asymmetricKeyType;
    if (use === "signing") {
        return namedCurve === "prime256v1"
            ? []
            : [
                  `has a key of type ${type}, and a signing CA needs ECDSA on P-256 (prime256v1); ` +
                      "bring an intermediate with such a key and the certificates above it as chainPem",
              ];
    }
    const right =
        (key.asymmetricKeyType === "rsa" && modulusLength >= RSA_LEAST_BITS) ||
        (namedCurve !== undefined && TLS_CURVES.includes(namedCurve));
    return right
        ? []
        : [
              `has a key of type ${type}, and a TLS CA needs ECDSA on P-256, P-384 or P-521, or RSA ` +
                  `of ${RSA_LEAST_BITS} bits or more; bring one with such a key`,
          ];
}

function keyProblems(privateKeyPem: string, certificate: X509Certificate): Problem[] {
    const path = "privateKeyPem";
    if (/ENCRYPTED/.test(privateKeyPem)) {
        const reason = "is encrypted; decrypt it with `openssl pkey` and pass it as a secret";
        return [{ path, reason }];
    }
    let key: KeyObject;
    try {
        key = createPrivateKey(privateKeyPem);
    } catch {
        return [{ path, reason: "is not a private key in PEM; write the whole text of the file" }];
    }
    if (!certificate.checkPrivateKey(key)) {
        const reason = `is not the key of ${nameOf(certificate)}; bring the pair that belongs together`;
        return [{ path, reason }];
    }
    return [];
}

/**
 * An intermediate needs the certificates above it. Fabric looks for the issuer of every ECDSA-signed
 * certificate of an MSP that is not its own, and refuses the MSP where it is missing; TLS clients
 * built on OpenSSL trust nothing below a root either.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/msp/mspimpl.go#L936
 */
function chainProblems(ca: X509Certificate, { chainPem, use, now }: CheckedCa): Problem[] {
    const above = readCertificates(chainPem ?? "");
    if (chainPem !== undefined && above.length === 0) {
        return [{ path: "chainPem", reason: unreadable(chainPem) }];
    }
    const reasons: string[] = [];
    let below = ca;
    for (const [index, certificate] of above.entries()) {
        if (!isIssuedBy(below, certificate)) {
            reasons.push(
                `${nameOf(certificate)} did not issue ${nameOf(below)}; write the certificates in ` +
                    "the order issuer to root, without the CA's own",
            );
        }
        reasons.push(
            ...caFaults(certificate, { use, now }),
            ...(ca.ca ? lengthFaults(certificate, index + 1) : []),
        );
        below = certificate;
    }
    if (reasons.length === 0 && !isIssuedBy(below, below)) {
        const issuer = below.issuer.replaceAll("\n", ", ");
        reasons.push(
            `ends at ${nameOf(below)}, which "${issuer}" issued; add that one, up to the root`,
        );
    }
    return reasons.map((reason) => ({ path: "chainPem", reason }));
}

/** A CA may limit how many CAs may stand between it and the certificates at the end. */
function lengthFaults(certificate: X509Certificate, below: number): string[] {
    const library = loadLibrary();
    const constraints = new library.X509Certificate(certificate.raw).getExtension(
        library.BasicConstraintsExtension,
    );
    const most = constraints?.pathLength;
    return most === undefined || most >= below
        ? []
        : [
              `${nameOf(certificate)} allows ${most} CAs below itself (pathlen), and here are ` +
                  `${below}; have it issued anew with a larger pathlen, or without one`,
          ];
}

/** Whether a certificate carries the name and the signature of an issuer. */
export function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
    return certificate.issuer === issuer.subject && certificate.verify(issuer.publicKey);
}

/** The certificates in a text, or none where one of them cannot be read. */
function readCertificates(pem: string): X509Certificate[] {
    try {
        return certificatesIn(pem).map((block) => new X509Certificate(block));
    } catch {
        return [];
    }
}

function unreadable(pem: string): string {
    return /PRIVATE KEY/.test(pem)
        ? "is a private key; write the certificate here and the key into privateKeyPem"
        : "is not a certificate in PEM; write the whole text of the file, BEGIN and END lines included";
}

/** Subject of a certificate on one line, in quotation marks. */
export function nameOf(certificate: X509Certificate): string {
    return `"${certificate.subject.replaceAll("\n", ", ")}"`;
}
