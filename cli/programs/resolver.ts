import * as fs from "node:fs/promises";
import * as path from "node:path";

import { fingerprint, installOnce } from "./cache";
import type { CatalogEntry, Platform, ReleasedProgramName } from "./catalog";
import { downloadRelease, type ReleaseSite } from "./download";
import { BUILD_FLAGS, buildProgram } from "./goBuild";
import { checkGo, type GoSurroundings } from "./goToolchain";
import { findInstalled, findLanguageHost, isExecutable, printedVersion } from "./onPath";
import { Interrupted, Refusal } from "../refusal";
import { formatDuration, formatExpectation } from "./progress";
import { formatVersion } from "./versions";

/** Where a program came from. */
export type Origin = "PATH" | "cache" | "downloaded" | "built";

/** A program that can be run. */
export interface Resolved {
    path: string;
    origin: Origin;
}

/** What the resolver needs to know of the machine and the checkout. */
export interface Surroundings extends GoSurroundings {
    catalog: readonly CatalogEntry[];
    platform: Platform;
    site: ReleaseSite;
    /** The launcher of dynamic resources, from the SDK; a CLI that is built needs it beside it. */
    launcher: string;
    log: (line: string) => void;
}

const PULUMI = "pulumi";
const LANGUAGE_HOST = "pulumi-language-nodejs";
export const LAUNCHER = "pulumi-resource-pulumi-nodejs";

/** Expected time of a download, whatever its size, on a usual line. */
const DOWNLOAD_SECONDS = 30;

/**
 * Finds each program on the PATH, else in the cache, else downloads it, else builds it. What cannot work
 * is said before anything slow begins.
 */
export async function resolveReleased(
    names: readonly ReleasedProgramName[],
    surroundings: Surroundings,
): Promise<Map<ReleasedProgramName, Resolved>> {
    const { catalog, env, log } = surroundings;
    const wanted = catalog.filter((program) => names.includes(program.name));
    const resolved = new Map<ReleasedProgramName, Resolved>();

    const host = wanted.find((program) => program.name === LANGUAGE_HOST);
    // The language host belongs to a CLI: which one, has to be known even if only the host is wanted.
    const lookedFor = host === undefined ? wanted : withPulumi(wanted, catalog);
    const installed = await findInstalled(lookedFor, env, log);
    for (const program of wanted) {
        const found = installed.get(program.name);
        if (found !== undefined) {
            resolved.set(program.name, { path: found.path, origin: "PATH" });
        }
    }
    const pulumi = installed.get(PULUMI);
    if (host !== undefined && pulumi !== undefined) {
        const found = await findLanguageHost(pulumi.path, env);
        if (found !== undefined) {
            resolved.set(LANGUAGE_HOST, { path: found, origin: "PATH" });
        }
    }

    const missing: CatalogEntry[] = [];
    for (const program of wanted.filter(({ name }) => !resolved.has(name))) {
        const file = await findInCache(program, surroundings);
        if (file === undefined) {
            missing.push(program);
        } else {
            resolved.set(program.name, { path: file, origin: "cache" });
        }
    }
    await obtain(missing, resolved, surroundings);
    return resolved;
}

function withPulumi(
    wanted: readonly CatalogEntry[],
    catalog: readonly CatalogEntry[],
): readonly CatalogEntry[] {
    const pulumi = catalog.find((program) => program.name === PULUMI);
    return pulumi === undefined || wanted.includes(pulumi) ? wanted : [pulumi, ...wanted];
}

/** A program in the cache. A CLI that was downloaded has its language host beside it. */
async function findInCache(
    program: CatalogEntry,
    surroundings: Surroundings,
): Promise<string | undefined> {
    const homes =
        program.name === LANGUAGE_HOST ? withPulumi([program], surroundings.catalog) : [program];
    for (const home of homes) {
        const file = path.join(await installFolder(home, surroundings), program.name);
        if (await isExecutable(file)) {
            return file;
        }
    }
    return undefined;
}

/** The folder of a program in the cache; its name changes with everything that the program is made from. */
export async function installFolder(
    program: CatalogEntry,
    { toolsFolder, cacheFolder, platform, launcher }: Surroundings,
): Promise<string> {
    const module = path.join(toolsFolder, program.source.module);
    const key = fingerprint([
        await fs.readFile(path.join(module, "go.mod")),
        await fs.readFile(path.join(module, "go.sum")),
        program.source.package,
        ...BUILD_FLAGS,
        ...program.source.linkerFlags,
        ...(program.name === PULUMI ? [await fs.readFile(launcher)] : []),
    ]);
    const { os, processor } = platform;
    return path.join(
        cacheFolder,
        "programs",
        `${program.name}-${program.version}-${os}-${processor}-${key}`,
    );
}

/** Downloads or builds what is missing, and adds it to what is there. */
async function obtain(
    missing: readonly CatalogEntry[],
    resolved: Map<ReleasedProgramName, Resolved>,
    surroundings: Surroundings,
): Promise<void> {
    const sums = await publishedSums(missing, surroundings);
    const bringsHost = sums.has(PULUMI);
    const mustBuild = missing.filter(
        ({ name }) => !sums.has(name) && !(name === LANGUAGE_HOST && bringsHost),
    );
    if (mustBuild.length > 0) {
        await checkGo(mustBuild, surroundings);
    }
    const failed: CatalogEntry[] = [];
    for (const program of missing.filter(({ name }) => sums.has(name))) {
        const done = await tryDownload(program, sums.get(program.name) ?? "", surroundings);
        if (done === undefined) {
            failed.push(program);
        } else {
            resolved.set(program.name, done);
        }
    }
    if (failed.length > 0) {
        await checkGo(failed, surroundings);
    }
    for (const program of missing.filter(({ name }) => !resolved.has(name))) {
        const brought = bringsHost ? await findInCache(program, surroundings) : undefined;
        resolved.set(
            program.name,
            brought === undefined
                ? await build(program, surroundings)
                : { path: brought, origin: "downloaded" },
        );
    }
}

/** The checksums of everything that can be downloaded: the one time that the network is tried. */
async function publishedSums(
    missing: readonly CatalogEntry[],
    { platform, site }: Surroundings,
): Promise<Map<ReleasedProgramName, string>> {
    const sums = new Map<ReleasedProgramName, string>();
    await Promise.all(
        missing.map(async (program) => {
            const file = program.release?.(platform);
            const sum = file === undefined ? undefined : await site.publishedSha256(file);
            if (sum !== undefined) {
                sums.set(program.name, sum);
            }
        }),
    );
    return sums;
}

async function tryDownload(
    program: CatalogEntry,
    sha256: string,
    surroundings: Surroundings,
): Promise<Resolved | undefined> {
    const file = program.release?.(surroundings.platform);
    if (file === undefined) {
        return undefined;
    }
    const host = new URL(file.address).host;
    try {
        return await install(program, "downloaded", surroundings, {
            begin: `downloading ${program.name} ${program.version} from ${host} (about ${formatExpectation(DOWNLOAD_SECONDS)}) …`,
            make: (folder) => downloadRelease(file, sha256, { folder, name: program.name }),
        });
    } catch (error) {
        if (error instanceof Refusal || error instanceof Interrupted) {
            throw error;
        }
        // Whatever it was, sources are checked by other means and may be had by another way.
        surroundings.log(`${program.name} could not be downloaded: ${(error as Error).message}`);
        return undefined;
    }
}

function build(program: CatalogEntry, surroundings: Surroundings): Promise<Resolved> {
    const expected = formatExpectation(program.buildSeconds);
    return install(program, "built", surroundings, {
        begin: `building ${program.name} ${program.version} from source (about ${expected} on 2 cores) …`,
        make: async (folder) => {
            await buildProgram(program, path.join(folder, program.name), surroundings);
            if (program.name === PULUMI) {
                await fs.copyFile(surroundings.launcher, path.join(folder, LAUNCHER));
                await fs.chmod(path.join(folder, LAUNCHER), 0o755);
            }
        },
    });
}

/** Makes a program in the cache, once on this machine, and says how long it took. */
async function install(
    program: CatalogEntry,
    how: "downloaded" | "built",
    surroundings: Surroundings,
    steps: { begin: string; make: (folder: string) => Promise<void> },
): Promise<Resolved> {
    const { log, env } = surroundings;
    const folder = await installFolder(program, surroundings);
    let origin: Origin = "cache";
    await installOnce(folder, {
        waiting: () =>
            log(`another run is making ${program.name} ${program.version}; waiting for it …`),
        make: async (temporary) => {
            log(steps.begin);
            const begin = performance.now();
            await steps.make(temporary);
            await checkVersion(program, path.join(temporary, program.name), env);
            const seconds = formatDuration((performance.now() - begin) / 1000);
            log(`${how} ${program.name} ${program.version} in ${seconds}`);
            origin = how;
        },
    });
    return { path: path.join(folder, program.name), origin };
}

/** A program that does not run here, or is not what its name says, never gets into the cache. */
async function checkVersion(
    program: CatalogEntry,
    file: string,
    env: NodeJS.ProcessEnv,
): Promise<void> {
    if (program.versionArguments === undefined) {
        return;
    }
    const version = await printedVersion(file, program.versionArguments, env);
    if (version === undefined || formatVersion(version) !== program.version) {
        throw new Error(
            `${program.name} should be ${program.version}, but ` +
                (version === undefined ? "does not run here" : `says ${formatVersion(version)}`),
        );
    }
}
