import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import * as fs from "node:fs/promises";
import * as http from "node:http";
import * as path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

import * as tar from "tar";

import type { ReleaseFile } from "./catalog";

/** How long a first answer may take; without a network a name is not even found, at once. */
const ANSWER_TIMEOUT_MILLISECONDS = 5_000;

/** How long a download may stand still before it is given up. */
const STALL_TIMEOUT_MILLISECONDS = 30_000;

/**
 * Reads what the network has to say, each address once in a run: a host that did not answer is not asked
 * again, whatever is needed from it.
 */
export class ReleaseSite {
    readonly #texts = new Map<string, Promise<string | undefined>>();
    readonly #silentHosts = new Set<string>();

    /** Whether anything at all answers at an address. */
    async answers(address: string): Promise<boolean> {
        return (await this.#text(address)) !== undefined;
    }

    /** The published SHA-256 of a file; undefined where it cannot be had, and so the file neither. */
    async publishedSha256(file: ReleaseFile): Promise<string | undefined> {
        const text = await this.#text(file.checksum.address);
        if (text === undefined) {
            return undefined;
        }
        const name = path.posix.basename(new URL(file.address).pathname);
        return file.checksum.form === "text" ? sumInText(text, name) : digestInRelease(text, name);
    }

    #text(address: string): Promise<string | undefined> {
        let text = this.#texts.get(address);
        if (text === undefined) {
            text = this.#fetchText(address);
            this.#texts.set(address, text);
        }
        return text;
    }

    async #fetchText(address: string): Promise<string | undefined> {
        const host = new URL(address).host;
        if (this.#silentHosts.has(host)) {
            return undefined;
        }
        useProxyOfEnvironment();
        try {
            const response = await fetch(address, {
                signal: AbortSignal.timeout(ANSWER_TIMEOUT_MILLISECONDS),
            });
            return response.ok ? await response.text() : undefined;
        } catch {
            this.#silentHosts.add(host);
            return undefined;
        }
    }
}

/** The sum of a file among lines of `<sum>  <name>`, or the only word of a file with one sum. */
function sumInText(text: string, name: string): string | undefined {
    const lines = text
        .split("\n")
        .map((line) => line.trim().split(/\s+\*?/))
        .filter((words) => /^[0-9a-f]{64}$/i.test(words[0] ?? ""));
    const [only] = lines;
    const line =
        lines.find((words) => words[1] === name) ??
        (lines.length === 1 && only?.length === 1 ? only : undefined);
    return line?.[0]?.toLowerCase();
}

/** The digest of an asset in GitHub's description of a release; older releases have none. */
function digestInRelease(text: string, name: string): string | undefined {
    try {
        const { assets } = JSON.parse(text) as {
            assets?: { name?: string; digest?: string | null }[];
        };
        const digest = assets?.find((asset) => asset.name === name)?.digest;
        return /^sha256:([0-9a-f]{64})$/.exec(digest ?? "")?.[1];
    } catch {
        return undefined;
    }
}

/**
 * Downloads a release file, checks it and puts what it holds into a folder: an archive's entries, or the
 * program itself under `name`. Throws where anything is not as published.
 */
export async function downloadRelease(
    file: ReleaseFile,
    sha256: string,
    target: { folder: string; name: string },
): Promise<void> {
    const part = path.join(target.folder, `${target.name}.download`);
    const actual = await downloadFile(file.address, part);
    if (actual !== sha256) {
        throw new Error(
            `${file.address} has the SHA-256 ${actual}, but ${sha256} is published for it`,
        );
    }
    if (file.leadingFolders === undefined) {
        await fs.rename(part, path.join(target.folder, target.name));
        await fs.chmod(path.join(target.folder, target.name), 0o755);
    } else {
        await tar.extract({ file: part, cwd: target.folder, strip: file.leadingFolders });
        await fs.rm(part);
    }
}

/** Writes a file and returns its SHA-256. */
async function downloadFile(address: string, target: string): Promise<string> {
    useProxyOfEnvironment();
    const stalled = new AbortController();
    const timer = setTimeout(
        () => stalled.abort(new Error(`${address} stopped sending`)),
        STALL_TIMEOUT_MILLISECONDS,
    );
    const hash = createHash("sha256");
    try {
        const response = await fetch(address, { signal: stalled.signal });
        if (!response.ok || response.body === null) {
            throw new Error(`${address} answered ${response.status} ${response.statusText}`);
        }
        await pipeline(
            Readable.fromWeb(response.body),
            async function* (chunks: AsyncIterable<Uint8Array>) {
                for await (const chunk of chunks) {
                    timer.refresh();
                    hash.update(chunk);
                    yield chunk;
                }
            },
            createWriteStream(target),
        );
        return hash.digest("hex");
    } finally {
        clearTimeout(timer);
    }
}

let proxySet = false;

/** Node's `fetch` heeds HTTPS_PROXY and NO_PROXY only when told. */
function useProxyOfEnvironment(): void {
    if (proxySet) {
        return;
    }
    proxySet = true;
    // Since Node 24.14 and 25.4; before that it takes NODE_USE_ENV_PROXY=1.
    const { setGlobalProxyFromEnv } = http as { setGlobalProxyFromEnv?: () => unknown };
    setGlobalProxyFromEnv?.();
}
