import { X509Certificate } from "node:crypto";

import { readText, STANDARD_INPUT } from "../checkInput";
import { Refusal } from "../refusal";
import { keyFromFile, keyFromMsp, type SigningKey } from "./keyFile";
import { certificateFileIn } from "./mspFolder";
import type { SignerOptions } from "./options";
import { commandKey } from "./signCommand";
import type { IdentityRef } from "../../fabric/channelIdentities";

/** Somebody who can sign. */
export interface Identity extends IdentityRef {
    certificate: X509Certificate;
    key: SigningKey;
}

/** Finds certificate and key, and refuses those that do not belong together. */
export async function signerFrom(options: SignerOptions): Promise<Identity> {
    refuseWrongUse(options);
    const { mspId, msp, signCommand } = options;
    const file = options.certificate ?? certificateFileIn(msp ?? "");
    const certificate = readCertificate(await readText(file), file);
    const identity = { mspId, certificate, certificatePem: certificate.toString() };
    if (signCommand !== undefined) {
        return {
            ...identity,
            key: commandKey(signCommand, options.signInput ?? "bytes", certificate),
        };
    }
    const key =
        options.key === undefined
            ? await keyFromMsp(msp ?? "", certificate)
            : keyFromFile(await readText(options.key), options.key, certificate);
    return { ...identity, key };
}

/** Every wrong combination of options at once. */
function refuseWrongUse(options: SignerOptions): void {
    const { mspId, msp, certificate, key, signCommand, signInput } = options;
    const wrong = [
        mspId === "" && '--msp-id: "" is empty; write the MSP ID of your organization',
        msp === undefined &&
            certificate === undefined &&
            "--certificate: is missing; name your certificate, or your MSP's folder with --msp",
        msp !== undefined &&
            certificate !== undefined &&
            "--certificate: cannot be given together with --msp, which has one; keep one",
        key !== undefined &&
            signCommand !== undefined &&
            "--key: cannot be given together with --sign-command; keep one",
        key !== undefined &&
            msp !== undefined &&
            "--key: cannot be given together with --msp, which has one; keep one",
        msp === undefined &&
            key === undefined &&
            signCommand === undefined &&
            "--key: is missing; name the file of your key, or a command with --sign-command",
        signCommand === "" && '--sign-command: "" is empty; write the command that signs',
        signInput !== undefined &&
            signCommand === undefined &&
            "--sign-input: is of use only together with --sign-command; leave it away",
        certificate === STANDARD_INPUT &&
            key === STANDARD_INPUT &&
            '--key: "-" is read as the certificate already; name a file',
    ].filter((problem) => problem !== false);
    if (wrong.length > 0) {
        throw new Refusal(wrong.join("\n"), 2);
    }
}

function readCertificate(text: string, file: string): X509Certificate {
    try {
        const certificate = new X509Certificate(text);
        // A certificate can be read whose key cannot.
        void certificate.publicKey;
        return certificate;
    } catch {
        throw new Refusal(`${file}: is no certificate in PEM; name that of your identity`);
    }
}
