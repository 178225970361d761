import { execFile } from "node:child_process";
import * as fs from "node:fs/promises";
import * as path from "node:path";

import type { CatalogEntry, ReleasedProgramName } from "./catalog";
import { compareVersions, findVersion, formatVersion, isWithin, type Version } from "./versions";

/** A program found on the PATH. */
export interface Installed {
    path: string;
    /** Undefined where the program cannot tell it. */
    version: Version | undefined;
}

/** How long a program may take to print its version; a wrapper that waits for an answer is not ours. */
const VERSION_TIMEOUT_MILLISECONDS = 20_000;

/** The file that a shell would run for a name, or undefined. */
export async function findOnPath(
    name: string,
    env: NodeJS.ProcessEnv,
): Promise<string | undefined> {
    for (const folder of (env.PATH ?? "").split(path.delimiter)) {
        // An empty or relative entry means the current folder: whose that is, is chance.
        if (path.isAbsolute(folder) && (await isExecutable(path.join(folder, name)))) {
            return path.join(folder, name);
        }
    }
    return undefined;
}

export async function isExecutable(file: string): Promise<boolean> {
    try {
        await fs.access(file, fs.constants.X_OK);
        return (await fs.stat(file)).isFile();
    } catch {
        return false;
    }
}

/** The version that a program prints, or undefined where it prints none or does not run. */
export function printedVersion(
    file: string,
    versionArguments: readonly string[],
    env: NodeJS.ProcessEnv,
): Promise<Version | undefined> {
    return new Promise((resolve) => {
        execFile(
            file,
            [...versionArguments],
            {
                env: { ...env, PULUMI_SKIP_UPDATE_CHECK: "true" },
                timeout: VERSION_TIMEOUT_MILLISECONDS,
                killSignal: "SIGKILL",
            },
            (error, stdout) => resolve(error === null ? findVersion(stdout) : undefined),
        );
    });
}

/** Those of the wanted programs that are on the PATH and fit; those that do not fit are named in `log`. */
export async function findInstalled(
    wanted: readonly CatalogEntry[],
    env: NodeJS.ProcessEnv,
    log: (line: string) => void,
): Promise<Map<ReleasedProgramName, Installed>> {
    const found = new Map<ReleasedProgramName, Installed>();
    await Promise.all(
        wanted
            .filter((program) => program.versionArguments !== undefined)
            .map(async (program) => {
                const installed = await findFitting(program, env, log);
                if (installed !== undefined) {
                    found.set(program.name, installed);
                }
            }),
    );
    for (const set of new Set(wanted.map((program) => program.set))) {
        if (set !== undefined) {
            keepWholeSets(
                wanted.filter((program) => program.set === set),
                found,
                log,
            );
        }
    }
    return found;
}

async function findFitting(
    program: CatalogEntry,
    env: NodeJS.ProcessEnv,
    log: (line: string) => void,
): Promise<Installed | undefined> {
    const file = await findOnPath(program.name, env);
    if (file === undefined) {
        return undefined;
    }
    const version = await printedVersion(file, program.versionArguments ?? [], env);
    if (version === undefined) {
        log(`${file} does not tell its version; it is left alone and ${program.version} used`);
        return undefined;
    }
    if (!isWithin(version, program.accepted)) {
        const { from, below, reason } = program.accepted;
        log(
            `${file} is ${formatVersion(version)}, but ${program.name} must be at least ${from} and ` +
                `below ${below}: ${reason}; it is left alone and ${program.version} used`,
        );
        return undefined;
    }
    return { path: file, version };
}

/** Half a control plane from the PATH and half of ours would be two versions that do not go together. */
function keepWholeSets(
    members: readonly CatalogEntry[],
    found: Map<ReleasedProgramName, Installed>,
    log: (line: string) => void,
): void {
    const versions = members.map((member) => found.get(member.name)?.version);
    const [first] = versions;
    const whole =
        first !== undefined &&
        versions.every((version) => version !== undefined && sameMinor(version, first));
    const present = members.filter((member) => found.has(member.name));
    if (whole || present.length === 0) {
        return;
    }
    log(
        `${present.map((member) => found.get(member.name)?.path).join(", ")}: left alone, because ` +
            `${members.map((member) => member.name).join(", ")} are used at one version or not at all`,
    );
    for (const member of members) {
        found.delete(member.name);
    }
}

function sameMinor(left: Version, right: Version): boolean {
    return compareVersions([left[0], left[1], 0], [right[0], right[1], 0]) === 0;
}

/**
 * The Node language host of an installed CLI: a full distribution has it beside the CLI, behind any
 * links; some package managers put both on the PATH as wrappers.
 */
export async function findLanguageHost(
    pulumi: string,
    env: NodeJS.ProcessEnv,
): Promise<string | undefined> {
    const beside = path.join(path.dirname(await fs.realpath(pulumi)), "pulumi-language-nodejs");
    return (await isExecutable(beside)) ? beside : findOnPath("pulumi-language-nodejs", env);
}
