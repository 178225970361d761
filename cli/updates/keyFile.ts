import { createPrivateKey, type KeyObject, sign, type X509Certificate } from "node:crypto";

import { readText } from "../checkInput";
import { Refusal } from "../refusal";
import { keyFilesIn } from "./mspFolder";
import { curveOf, lowS } from "../../fabric/updateSigning";

/** What makes signatures. */
export interface SigningKey {
    /** A signature over some bytes, as Fabric takes it. */
    sign(bytes: Uint8Array): Promise<Uint8Array>;
}

/**
 * The key of a certificate.
 *
 * @throws Refusal that never repeats what is in the file.
 */
export function keyFromFile(text: string, file: string, certificate: X509Certificate): SigningKey {
    const key = readKey(text, file);
    if (!certificate.checkPrivateKey(key)) {
        throw new Refusal(
            `${file}: is not the key of the certificate "${subjectOf(certificate)}"; name the two ` +
                "that belong together",
        );
    }
    return signingKey(key, certificate);
}

/** The key of a certificate among those of an MSP. */
export async function keyFromMsp(
    folder: string,
    certificate: X509Certificate,
): Promise<SigningKey> {
    for (const file of keyFilesIn(folder)) {
        const key = readKey(await readText(file), file);
        if (certificate.checkPrivateKey(key)) {
            return signingKey(key, certificate);
        }
    }
    throw new Refusal(
        `${folder}: has no key of its certificate "${subjectOf(certificate)}" in keystore; for a key ` +
            "that is kept elsewhere use --sign-command",
    );
}

/** Why Fabric takes no signatures of a kind of key, or nothing. */
export function keyFault(key: KeyObject): string | undefined {
    return curveOf(key) !== undefined || key.asymmetricKeyType === "ed25519"
        ? undefined
        : `has a key of type ${key.asymmetricKeyDetails?.namedCurve ?? key.asymmetricKeyType}, of ` +
              "which Fabric takes no signature; it takes ECDSA on P-256, P-384 or P-521, and Ed25519";
}

/** The subject of a certificate on one line. */
export function subjectOf({ subject }: X509Certificate): string {
    return subject.replaceAll("\n", ", ");
}

function readKey(text: string, file: string): KeyObject {
    try {
        return createPrivateKey(text);
    } catch {
        const why = /ENCRYPTED/.test(text)
            ? "is encrypted; sign with a command that asks for its passphrase (--sign-command)"
            : "is no private key in PEM; name the file of your key";
        throw new Refusal(`${file}: ${why}`);
    }
}

function signingKey(key: KeyObject, certificate: X509Certificate): SigningKey {
    const fault = keyFault(key);
    if (fault !== undefined) {
        throw new Refusal(`the certificate "${subjectOf(certificate)}" ${fault}`);
    }
    const curve = curveOf(key);
    return {
        // Ed25519 hashes by itself.
        sign: (bytes) =>
            Promise.resolve(
                curve === undefined
                    ? sign(null, bytes, key)
                    : lowS(sign("sha256", bytes, key), curve),
            ),
    };
}
