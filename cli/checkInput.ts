import { readFileSync, statSync } from "node:fs";

import { manifestSource } from "./checkManifests";
import { oneLine, Unreadable, type Source } from "./checkSource";
import { stateSource } from "./checkState";

/** Larger files are no manifests, and would not fit into a text. */
const LARGEST_BYTES = 256 * 2 ** 20;

/** Name that stands for standard input on the command line. */
export const STANDARD_INPUT = "-";

/** Text of a file, or of standard input. */
export async function readText(file: string): Promise<string> {
    return decoded(file, await readBytes(file));
}

/** Content of a file, or of standard input. */
export async function readBytes(file: string): Promise<Buffer> {
    return file === STANDARD_INPUT ? standardInput() : bytesOf(file);
}

/** Reads a file, whatever of the things that can be checked it is. */
export async function readSource(file: string): Promise<Source> {
    return sourceOf(file, await readText(file));
}

/** What a text holds: an exported state, or Kubernetes objects. */
export function sourceOf(file: string, text: string): Source {
    try {
        return stateSource(file, text) ?? manifestSource(file, text);
    } catch (error) {
        if (error instanceof Unreadable) {
            throw error;
        }
        // Whatever the parser stumbles over: a file must not pass for that.
        const isTooDeep = error instanceof RangeError;
        const reason = isTooDeep ? "is nested too deeply" : `is not YAML: ${oneLine(error)}`;
        throw new Unreadable(file, reason);
    }
}

function bytesOf(file: string): Buffer {
    try {
        const { size } = statSync(file);
        if (size > LARGEST_BYTES) {
            throw new Unreadable(file, `is larger than ${LARGEST_BYTES / 2 ** 20} MiB`);
        }
        return readFileSync(file);
    } catch (error) {
        throw error instanceof Unreadable ? error : new Unreadable(file, reasonOf(error));
    }
}

function reasonOf(error: unknown): string {
    switch ((error as NodeJS.ErrnoException).code) {
        case "ENOENT":
            return "does not exist";
        case "EISDIR":
            return "is a folder; name its files";
        case "EACCES":
        case "EPERM":
            return "may not be read by you";
        default:
            return `cannot be read: ${oneLine(error)}`;
    }
}

async function standardInput(): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for await (const chunk of process.stdin) {
        chunks.push(chunk as Buffer);
    }
    return Buffer.concat(chunks);
}

/** Text of a file; PowerShell writes UTF-16 where others write UTF-8. */
function decoded(file: string, bytes: Buffer): string {
    const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : "utf-8";
    try {
        return new TextDecoder(encoding, { fatal: true }).decode(bytes);
    } catch {
        throw new Unreadable(file, "is no text in UTF-8");
    }
}
