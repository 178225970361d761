import { spawn } from "node:child_process";
import { createHash, type KeyObject, verify, type X509Certificate } from "node:crypto";

import { Refusal } from "../refusal";
import { keyFault, type SigningKey, subjectOf } from "./keyFile";
import type { SignInput } from "./options";
import { curveOf, lowS } from "../../fabric/updateSigning";

/** No signature is longer; what is longer is the text of something else. */
const LARGEST_BYTES = 4096;

/**
 * A key that only a command can use: of an HSM, a smart card, a service. The command line may have a
 * PIN in it, so it is never repeated; what the command says goes to the terminal as it is.
 */
export function commandKey(
    command: string,
    input: SignInput,
    certificate: X509Certificate,
): SigningKey {
    const key = certificate.publicKey;
    const fault = keyFault(key);
    if (fault !== undefined) {
        throw new Refusal(`the certificate "${subjectOf(certificate)}" ${fault}`);
    }
    if (key.asymmetricKeyType === "ed25519" && input === "digest") {
        throw new Refusal(
            '--sign-input: "digest" cannot be with an Ed25519 key, which signs the bytes; write "bytes"',
            2,
        );
    }
    return {
        sign: async (bytes) => {
            const digest = createHash("sha256").update(bytes).digest();
            const made = await run(command, input === "bytes" ? bytes : digest);
            return accepted(made, { bytes, digest, key, input });
        },
    };
}

interface Request {
    bytes: Uint8Array;
    digest: Uint8Array;
    key: KeyObject;
    input: SignInput;
}

/** The signature as Fabric takes it, once it is known to be one of this key over these bytes. */
function accepted(made: Buffer, request: Request): Uint8Array {
    const { bytes, key } = request;
    const curve = curveOf(key);
    if (curve === undefined) {
        return isSignature(null, bytes, key, made)
            ? made
            : refuse("it does not fit the certificate");
    }
    if (isSignature("sha256", bytes, key, made)) {
        try {
            return lowS(made, curve);
        } catch {
            return refuse("it is not in strict DER");
        }
    }
    return refuse(faultOf(made, request));
}

function refuse(fault: string): never {
    throw new Refusal(`--sign-command: what it gave cannot be used: ${fault}; nothing was written`);
}

/** What is most likely wrong with bytes that are no signature, so that the next try is the right one. */
function faultOf(made: Buffer, { bytes, digest, key, input }: Request): string {
    if (made.length === 0) {
        return "it is empty; the signature is read from standard output";
    }
    if (input === "digest" && isSignature("sha256", digest, key, made)) {
        return 'it hashed the digest once more; write --sign-input "bytes"';
    }
    const raw = { key, dsaEncoding: "ieee-p1363" } as const;
    if (isSignature("sha256", bytes, raw, made)) {
        return "it is r and s one after the other; have the command write it in DER";
    }
    if (/^[\sA-Za-z0-9+/=]+$/.test(made.toString("latin1"))) {
        return "it is text; have the command write the bytes, as base64 -d does";
    }
    return (
        "it does not fit the bytes and the certificate; see that the command uses the key of the " +
        `certificate${input === "bytes" ? ', and hashes with SHA-256 (or write --sign-input "digest")' : ""}`
    );
}

type VerifyingKey = Parameters<typeof verify>[2];

function isSignature(
    hash: "sha256" | null,
    bytes: Uint8Array,
    key: VerifyingKey,
    signature: Uint8Array,
): boolean {
    try {
        return verify(hash, bytes, key, signature);
    } catch {
        return false;
    }
}

function run(command: string, input: Uint8Array): Promise<Buffer> {
    return new Promise((resolve, reject) => {
        const child = spawn(command, { shell: true, stdio: ["pipe", "pipe", "inherit"] });
        const chunks: Buffer[] = [];
        let size = 0;
        child.stdout.on("data", (chunk: Buffer) => {
            size += chunk.length;
            if (size > LARGEST_BYTES) {
                child.kill();
            } else {
                chunks.push(chunk);
            }
        });
        // A command may end before it has read everything; how it ended says more.
        child.stdin.on("error", () => undefined);
        child.stdin.end(input);
        child.once("error", ({ message }) =>
            reject(new Refusal(`--sign-command: cannot be started: ${message}`)),
        );
        child.once("close", (code, signal) => {
            if (size > LARGEST_BYTES) {
                reject(
                    new Refusal(
                        `--sign-command: gave more than ${LARGEST_BYTES} bytes, which is no signature; ` +
                            "have it write the signature and nothing else to standard output",
                    ),
                );
            } else if (code !== 0) {
                const how = code === null ? `by ${signal}` : `with ${code}`;
                reject(new Refusal(`--sign-command: ended ${how}; nothing was written`));
            } else {
                resolve(Buffer.concat(chunks));
            }
        });
    });
}
