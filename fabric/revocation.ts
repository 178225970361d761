import { verify, type X509Certificate } from "node:crypto";

import { nameOf } from "./certificateAuthority";
import { loadLibrary } from "./x509";

/** A list of certificates that their CA takes back. */
export interface RevocationList {
    /** Serial numbers, hex without leading zeros. */
    serialNumbers: ReadonlySet<string>;

    /** Whether a CA signed the list. */
    isSignedBy(ca: X509Certificate): boolean;
}

/**
 * Reads a revocation list in PEM or DER.
 *
 * @throws Error where it is none.
 */
export function readRevocationList(list: string | Uint8Array): RevocationList {
    const { X509Crl } = loadLibrary();
    let crl;
    try {
        const text = Buffer.from(list).toString("latin1");
        crl = new X509Crl(text.includes("-----BEGIN") ? text : Buffer.from(list));
    } catch (error) {
        throw new Error("is not a revocation list (CRL) in PEM or DER", { cause: error });
    }
    const [bytes, signature] = [Buffer.from(crl.rawData), Buffer.from(crl.signature)];
    const { issuer, entries } = crl;
    const algorithm = crl.signatureAlgorithm as { hash?: { name: string } };
    const hash = algorithm.hash?.name.replace("-", "").toLowerCase();
    return {
        serialNumbers: new Set(entries.map(({ serialNumber }) => serial(serialNumber))),
        isSignedBy: (ca) =>
            issuer === readSubject(ca) && verify(hash, signedPart(bytes), ca.publicKey, signature),
    };
}

/** What is wrong with a revocation list of one of these CAs, or nothing. */
export function revocationFault(
    list: string,
    authorities: readonly X509Certificate[],
): string | undefined {
    let read: RevocationList;
    try {
        read = readRevocationList(list);
    } catch (error) {
        return `${(error as Error).message}; write the one that the CA gives out`;
    }
    return authorities.some((ca) => read.isSignedBy(ca))
        ? undefined
        : `is signed by none of the CAs (${authorities.map(nameOf).join("; ")}), so that Fabric would ` +
              "pass over it; write the list of one of them";
}

/** Whether the CA that issued a certificate has taken it back. */
export function isRevoked(
    certificate: X509Certificate,
    issuer: X509Certificate,
    lists: readonly RevocationList[],
): boolean {
    const number = serial(certificate.serialNumber);
    return lists.some((list) => list.serialNumbers.has(number) && list.isSignedBy(issuer));
}

function readSubject(ca: X509Certificate): string {
    const { X509Certificate: Certificate } = loadLibrary();
    return new Certificate(ca.raw).subject;
}

function serial(hex: string): string {
    return hex.toLowerCase().replace(/^0+/, "");
}

/** The part of a signed structure that the signature is over: the first element within it. */
function signedPart(der: Buffer): Buffer {
    const start = contentOf(der, 0).start;
    return der.subarray(start, contentOf(der, start).end);
}

function contentOf(der: Buffer, at: number): { start: number; end: number } {
    const short = der.readUInt8(at + 1);
    const lengthBytes = short < 0x80 ? 0 : short & 0x7f;
    const start = at + 2 + lengthBytes;
    const length = lengthBytes === 0 ? short : der.readUIntBE(at + 2, lengthBytes);
    return { start, end: start + length };
}
