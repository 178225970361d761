import { Refusal } from "../refusal";
import { STANDARD_INPUT } from "../checkInput";
import { changeFile } from "./fileLock";
import { subjectOf } from "./keyFile";
import { askYes } from "./question";
import { checked, type OpenedUpdate, openUpdate, problemText } from "./reading";
import type { SignOptions } from "./options";
import { type Identity, signerFrom } from "./signer";
import { identityText, untilText, updateLines, updateReport } from "./updateText";
import {
    mergeUpdateFiles,
    readUpdateFile,
    signerFault,
    type UpdateFile,
    updateBytesIn,
    withSignature,
    writeUpdateFile,
} from "../../fabric/updateFile";
import { printable } from "../../fabric/printable";
import { signatureHeader, signedBytes, type UpdateSignature } from "../../fabric/updateSigning";

/** Shows what is signed, asks, signs, and writes the signature into the file. */
export async function sign(path: string, options: SignOptions): Promise<number> {
    if (path === STANDARD_INPUT) {
        throw new Refusal('"-" cannot be signed, since the signature is written into the file', 2);
    }
    const now = new Date();
    const signer = await signerFrom(options);
    const opened = await openUpdate(path, options.configBlock, now);
    refuseUseless(path, opened, signer);

    print(updateLines(updateReport(opened.file, opened.context), now));
    note(validityWarning(signer, now));
    if (
        options.yes !== true &&
        !(await askYes(`\nSign it as ${printable(identityText(signer))}?`))
    ) {
        note("not signed");
        return 1;
    }
    const signature = await signatureOf(signer, updateBytesIn(opened.file));
    const signed = await writeSignature(path, opened, signature);
    note(`signed as ${identityText(signer)}`, neededText(signed, opened));
    return 0;
}

function refuseUseless(path: string, { file, context, problems }: OpenedUpdate, signer: Identity) {
    if (problems.length > 0) {
        throw new Refusal(problemText(path, problems));
    }
    const fault = signerFault(file, signer, context);
    if (fault !== undefined) {
        throw new Refusal(`${path}: ${identityText(signer)} ${fault}`);
    }
}

/** Signs the bytes that were shown, whatever the file has become since. */
async function signatureOf(signer: Identity, update: Uint8Array): Promise<UpdateSignature> {
    const header = signatureHeader(signer);
    return { header, signature: await signer.key.sign(signedBytes(header, update)) };
}

/** Adds a signature to those that are in the file by now: others may have signed while one was asked. */
async function writeSignature(
    path: string,
    { file, context }: OpenedUpdate,
    signature: UpdateSignature,
): Promise<UpdateFile> {
    let written = file;
    await changeFile(path, (text) =>
        checked(path, () => {
            const known = mergeUpdateFiles(readUpdateFile(text), file);
            written = withSignature(known, signature, context);
            return writeUpdateFile(written);
        }),
    );
    return written;
}

/**
 * An expired certificate is no reason to refuse: Fabric counts its signature in a config update, and an
 * organization all of whose certificates have expired needs one to mend that.
 */
function validityWarning({ certificate }: Identity, now: Date): string {
    const { validFromDate, validToDate } = certificate;
    const name = `the certificate "${subjectOf(certificate)}"`;
    if (now > validToDate) {
        return (
            `Warning: ${name} expired ${untilText(validToDate.getTime() - now.getTime())}; Fabric ` +
            "counts its signature all the same, renew it nonetheless"
        );
    }
    return now < validFromDate
        ? `Warning: ${name} is not valid yet, it will be ${untilText(validFromDate.getTime() - now.getTime())}`
        : "";
}

function neededText(file: UpdateFile, { context }: OpenedUpdate): string {
    if (context === undefined) {
        return "who still has to sign is not known without --config-block";
    }
    const { needed } = updateReport(file, context);
    return needed === undefined ? "it can be submitted" : `still needed: ${needed}`;
}

function print(lines: readonly string[]): void {
    process.stdout.write(lines.map((line) => `${line}\n`).join(""));
}

function note(...lines: readonly string[]): void {
    const said = lines.filter((line) => line !== "");
    process.stderr.write(said.map((line) => `${printable(line)}\n`).join(""));
}
