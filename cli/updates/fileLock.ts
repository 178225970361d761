import {
    closeSync,
    fsyncSync,
    openSync,
    readFileSync,
    realpathSync,
    renameSync,
    rmSync,
    statSync,
    writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { Refusal } from "../refusal";

/** How long another signer may take to write: it reads, compares and renames. */
const PATIENCE_MS = 3000;
const RETRY_MS = 50;

/**
 * Changes a text file in one step: whoever reads it sees the old text or the new one, and of two who
 * change it at once the second starts from what the first wrote. A link to the file stays one.
 *
 * @param change Gets the text as it is now, and gives the new one.
 */
export async function changeFile(
    path: string,
    change: (text: string) => string,
    patienceMs = PATIENCE_MS,
): Promise<void> {
    const target = realpathSync(path);
    const next = `${target}.lock`;
    const handle = await openLock(next, statSync(target).mode & 0o777, patienceMs);
    let isOpen = true;
    try {
        writeFileSync(handle, change(readFileSync(target, "utf8")));
        fsyncSync(handle);
        closeSync(handle);
        isOpen = false;
        renameSync(next, target);
    } catch (error) {
        if (isOpen) {
            closeSync(handle);
        }
        rmSync(next, { force: true });
        throw error;
    }
    keepRename(dirname(target));
}

/** The new text is written to what keeps others away, as Git does with its index. */
async function openLock(path: string, mode: number, patienceMs: number): Promise<number> {
    const end = Date.now() + patienceMs;
    for (;;) {
        try {
            return openSync(path, "wx", mode);
        } catch (error) {
            const { code } = error as NodeJS.ErrnoException;
            if (code !== "EEXIST") {
                throw new Refusal(`${path}: cannot be written (${code}); nothing was changed`);
            }
        }
        if (Date.now() >= end) {
            throw new Refusal(
                `${path}: is there, so another process changes the file, or one was killed while it ` +
                    "did; remove it if none runs, then run the same again",
            );
        }
        await sleep(RETRY_MS);
    }
}

/** A rename that a loss of power cannot undo. Not every system lets a folder be opened for it. */
function keepRename(folder: string): void {
    try {
        const handle = openSync(folder, "r");
        fsyncSync(handle);
        closeSync(handle);
    } catch {
        // The file is whole either way.
    }
}
