import { Refusal } from "../refusal";
import { STANDARD_INPUT } from "../checkInput";
import { changeFile } from "./fileLock";
import { checked, readUpdate } from "./reading";
import { identityText } from "./updateText";
import { printable } from "../../fabric/printable";
import {
    mergeUpdateFiles,
    readUpdateFile,
    signersIn,
    type UpdateFile,
    writeUpdateFile,
} from "../../fabric/updateFile";

/** Takes the signatures of other files into one; the files themselves stay as they are. */
export async function merge(path: string, others: readonly string[]): Promise<number> {
    if (path === STANDARD_INPUT) {
        throw new Refusal('"-" cannot be merged into; name a file', 2);
    }
    const read: { other: string; file: UpdateFile }[] = [];
    for (const other of others) {
        read.push({ other, file: await readUpdate(other) });
    }
    let merged = await readUpdate(path);
    let known = 0;
    await changeFile(path, (text) => {
        merged = checked(path, () => readUpdateFile(text));
        known = merged.signatures.length;
        for (const { other, file } of read) {
            merged = checked(other, () => mergeUpdateFiles(merged, file));
        }
        return writeUpdateFile(merged);
    });
    const added = merged.signatures.length - known;
    const lines = [
        `${added} signature${added === 1 ? "" : "s"} added; ${path} is now signed by`,
        ...signersIn(merged).map((signer) => `  ${identityText(signer)}`),
        ...(merged.signatures.length === 0 ? ["  nobody"] : []),
    ];
    process.stderr.write(lines.map((line) => `${printable(line)}\n`).join(""));
    return 0;
}
