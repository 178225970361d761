import { readBytes, readText, STANDARD_INPUT } from "../checkInput";
import { Refusal } from "../refusal";
import { configOf, describeBlock } from "../../fabric/block";
import type { Problem } from "../../fabric/problem";
import { readUpdateFile, type UpdateFile, type UpdateFileContext } from "../../fabric/updateFile";
import { contextProblems, expiryProblems } from "../../fabric/updateFileProblems";

/** A file of a config update, and its channel where that is at hand. */
export interface OpenedUpdate {
    file: UpdateFile;
    context?: UpdateFileContext;
    /** Why nobody should sign or submit it: it expired, the channel moved on, a signer is unknown. */
    problems: Problem[];
}

/**
 * Reads a file and checks all of it that can be checked.
 *
 * @param configBlock Path of a config block of the channel.
 * @throws Refusal where it is no file of a config update, or was edited by hand.
 */
export async function openUpdate(
    path: string,
    configBlock: string | undefined,
    now: Date,
): Promise<OpenedUpdate> {
    if (path === STANDARD_INPUT && configBlock === STANDARD_INPUT) {
        throw new Refusal('--config-block: "-" is read as the update already; name a file', 2);
    }
    const file = await readUpdate(path);
    if (configBlock === undefined) {
        return { file, problems: expiryProblems(file, now) };
    }
    const block = readBlock(await readBytes(configBlock), configBlock, file);
    const context = { ...block, now };
    return { file, context, problems: contextProblems(file, context) };
}

/** Reads a file and checks it by itself. */
export async function readUpdate(path: string): Promise<UpdateFile> {
    const text = await readText(path);
    return checked(path, () => readUpdateFile(text));
}

/** What a check of the pure rooms refuses is a sentence for people, and of the file. */
export function checked<T>(path: string, check: () => T): T {
    try {
        return check();
    } catch (error) {
        throw new Refusal(`${path}: ${(error as Error).message}`);
    }
}

/** Problems of a file as a refusal says them: the file, then one line each. */
export function problemText(path: string, problems: readonly Problem[]): string {
    const lines = problems.map((problem) => `  ${problem.path}: ${problem.reason}`);
    return [`${path}: the file of a config update is not valid`, ...lines].join("\n");
}

function readBlock(bytes: Uint8Array, path: string, { channelId }: UpdateFile) {
    const read = checked(path, () => {
        describeBlock(bytes);
        return configOf(bytes);
    });
    if (read.channelId !== channelId) {
        throw new Refusal(
            `${path}: is a block of channel "${read.channelId}", and the update is of ` +
                `"${channelId}"; fetch that channel's (peer channel fetch config)`,
        );
    }
    return read;
}
