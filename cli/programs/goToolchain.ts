import { execFile } from "node:child_process";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";

import type { CatalogEntry } from "./catalog";
import { exists } from "./cache";
import { Refusal } from "../refusal";
import { compareVersions, findVersion } from "./versions";

/** Where Go can be had by a person. */
const GO_ADDRESS = "https://go.dev/dl/";

/** Go itself may fetch a newer Go before it answers. */
const ANSWER_TIMEOUT_MILLISECONDS = 180_000;

const GIGABYTE = 1e9;

/** What a build needs besides Go. */
export interface GoSurroundings {
    env: NodeJS.ProcessEnv;
    /** The folder with one Go module for each `source.module`. */
    toolsFolder: string;
    /** The folder that programs are installed into. */
    cacheFolder: string;
    /** Free space of the disk that a folder is on, in bytes. Tests say what they like. */
    freeBytes?: (folder: string) => Promise<number>;
}

/**
 * Looks whether the named programs can be built here: Go is there and new enough, and the disk has room.
 * Says otherwise in one sentence, before anything slow has begun.
 */
export async function checkGo(
    needed: readonly CatalogEntry[],
    surroundings: GoSurroundings,
): Promise<void> {
    const names = needed.map((program) => program.name).join(", ");
    const modules = [...new Set(needed.map((program) => program.source.module))];
    const wanted = await newestGoLine(modules, surroundings.toolsFolder);
    let caches: string[] = [];
    for (const module of modules) {
        const answer = await askGo(path.join(surroundings.toolsFolder, module), surroundings.env);
        if (answer.missing) {
            throw new Refusal(
                `Go ${wanted} or newer is needed to build ${names}, which are neither on the PATH ` +
                    `nor to be downloaded from here, but there is no "go" on the PATH; install it ` +
                    `from ${GO_ADDRESS}, or install those programs`,
            );
        }
        if (answer.variables === undefined || isOlder(answer.variables.GOVERSION, wanted)) {
            const has = answer.variables?.GOVERSION ?? (await ownVersion(surroundings.env));
            throw new Refusal(
                `Go ${wanted} or newer is needed to build ${names}, but the "go" on the PATH ` +
                    `${has === undefined ? `does not work: ${answer.complaint}` : `is ${has}`}; ` +
                    `install a newer one from ${GO_ADDRESS}`,
            );
        }
        const { GOCACHE, GOMODCACHE } = answer.variables;
        caches = [GOCACHE ?? "", GOMODCACHE ?? ""].filter((folder) => path.isAbsolute(folder));
    }
    await checkSpace(needed, caches, surroundings);
}

interface Answer {
    missing: boolean;
    complaint: string;
    variables?: { GOVERSION?: string; GOCACHE?: string; GOMODCACHE?: string };
}

/** Asked in the module's folder, Go applies its own rule: fetch the Go that `go.mod` names, or refuse. */
function askGo(folder: string, env: NodeJS.ProcessEnv): Promise<Answer> {
    return new Promise((resolve) => {
        execFile(
            "go",
            ["env", "-json", "GOVERSION", "GOCACHE", "GOMODCACHE"],
            {
                cwd: folder,
                env: { ...env, GOWORK: "off" },
                timeout: ANSWER_TIMEOUT_MILLISECONDS,
            },
            (error, stdout, stderr) => {
                if (error !== null) {
                    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
                    return resolve({ missing, complaint: stderr.trim() || error.message });
                }
                try {
                    const variables = JSON.parse(stdout) as Answer["variables"];
                    return resolve({ missing: false, complaint: "", variables });
                } catch {
                    return resolve({ missing: false, complaint: `it says ${stdout.trim()}` });
                }
            },
        );
    });
}

/** The version of the Go that is installed, whatever a module asks for. */
async function ownVersion(env: NodeJS.ProcessEnv): Promise<string | undefined> {
    const { variables } = await askGo(os.tmpdir(), { ...env, GOTOOLCHAIN: "local" });
    return variables?.GOVERSION;
}

function isOlder(version: string | undefined, wanted: string): boolean {
    const [has, needs] = [findVersion(version ?? ""), findVersion(wanted)];
    return has !== undefined && needs !== undefined && compareVersions(has, needs) < 0;
}

/** The newest Go that one of the modules asks for in its `go` line. */
async function newestGoLine(modules: readonly string[], toolsFolder: string): Promise<string> {
    let newest = "1.21";
    for (const module of modules) {
        const text = await fs.readFile(path.join(toolsFolder, module, "go.mod"), "utf8");
        const line = /^go (\S+)$/m.exec(text)?.[1];
        if (line !== undefined && isOlder(newest, line)) {
            newest = line;
        }
    }
    return newest;
}

/** A build that ends after five minutes because the disk is full is worse than one that does not begin. */
async function checkSpace(
    needed: readonly CatalogEntry[],
    caches: readonly string[],
    { cacheFolder, freeBytes = freeBytesOf }: GoSurroundings,
): Promise<void> {
    const gigabytes = needed.reduce((sum, program) => sum + program.buildGigabytes, 0);
    for (const folder of [...caches, cacheFolder]) {
        const free = (await freeBytes(await nearestExisting(folder))) / GIGABYTE;
        if (free < gigabytes) {
            const names = needed.map((program) => program.name).join(", ");
            throw new Refusal(
                `building ${names} needs about ${gigabytes.toFixed(1)} GB, but the disk of ` +
                    `"${folder}" has ${free.toFixed(1)} GB free; free some space, or set ` +
                    "KUBEFABRIC_CACHE, GOCACHE and GOMODCACHE to folders on a larger disk",
            );
        }
    }
}

async function freeBytesOf(folder: string): Promise<number> {
    const { bavail, bsize } = await fs.statfs(folder);
    return bavail * bsize;
}

async function nearestExisting(folder: string): Promise<string> {
    return (await exists(folder)) || path.dirname(folder) === folder
        ? folder
        : nearestExisting(path.dirname(folder));
}
