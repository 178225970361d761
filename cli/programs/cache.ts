import { createHash, randomUUID } from "node:crypto";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";

import { lock } from "proper-lockfile";

import { explainFileError } from "./fileErrors";

/**
 * How often a run that holds a lock shows that it lives, and after how long without a sign another run
 * takes over. Builds and downloads leave the event loop free, so signs come in time.
 */
const LOCK = { update: 3_000, stale: 15_000 };

/** How often a waiting run looks again. */
const LOOK_AGAIN_MILLISECONDS = 1_000;

/**
 * The folder of everything that is made once on a machine, outside any checkout:
 * `$KUBEFABRIC_CACHE/kubefabric`, else `$XDG_CACHE_HOME/kubefabric`, else `~/.cache/kubefabric`.
 */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
    const chosen = env.KUBEFABRIC_CACHE || env.XDG_CACHE_HOME;
    // The XDG specification has relative paths ignored; ours would depend on where a command is typed.
    const parent =
        chosen !== undefined && path.isAbsolute(chosen)
            ? chosen
            : path.join(env.HOME || os.homedir(), ".cache");
    return path.join(parent, "kubefabric");
}

/** A short name for everything that a program is made from; a change of any part changes the name. */
export function fingerprint(parts: readonly (string | Buffer)[]): string {
    const hash = createHash("sha256");
    for (const part of parts) {
        // The length keeps two parts from reading as one.
        hash.update(`${part.length}\n`).update(part);
    }
    return hash.digest("hex").slice(0, 12);
}

/**
 * Makes a folder once, whoever else tries at the same time: `make` fills a temporary folder beside it,
 * which takes its name when it is complete. A run that is killed leaves no half-made folder under the
 * name, and its temporary folder is removed by the next.
 */
export async function installOnce(
    folder: string,
    steps: {
        /** Called once if another run is making the folder and this one has to wait. */
        waiting: () => void;
        make: (temporary: string) => Promise<void>;
    },
): Promise<void> {
    if (await exists(folder)) {
        return;
    }
    try {
        await fs.mkdir(path.dirname(folder), { recursive: true });
        const release = await acquire(folder, steps.waiting);
        try {
            if (!(await exists(folder))) {
                await removeLeftovers(folder);
                await fill(folder, steps.make);
            }
        } finally {
            await release();
        }
    } catch (error) {
        throw explainFileError(error, path.dirname(folder));
    }
}

async function fill(folder: string, make: (temporary: string) => Promise<void>): Promise<void> {
    const temporary = `${folder}.partial-${randomUUID()}`;
    try {
        await fs.mkdir(temporary);
        await make(temporary);
        await fs.rename(temporary, folder);
    } catch (error) {
        await fs.rm(temporary, { recursive: true, force: true });
        // A run that lost its lock finds the folder made by the one that took over.
        if (!(await exists(folder))) {
            throw error;
        }
    }
}

async function acquire(folder: string, waiting: () => void): Promise<() => Promise<void>> {
    const options = {
        ...LOCK,
        realpath: false,
        // A machine that slept may have lost the lock to another run. Both then end with the same
        // rename, of which the second does nothing: no reason to die, as the library would.
        onCompromised: () => {},
    };
    let release: () => Promise<void>;
    try {
        release = await lock(folder, options);
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ELOCKED") {
            throw error;
        }
        waiting();
        release = await lock(folder, {
            ...options,
            retries: {
                forever: true,
                factor: 1,
                minTimeout: LOOK_AGAIN_MILLISECONDS,
                maxTimeout: LOOK_AGAIN_MILLISECONDS,
            },
        });
    }
    // Releasing a lost lock is an error of the library, and of no interest to anyone.
    return () => release().catch(() => {});
}

async function removeLeftovers(folder: string): Promise<void> {
    const parent = path.dirname(folder);
    const prefix = `${path.basename(folder)}.partial-`;
    for (const name of await fs.readdir(parent)) {
        if (name.startsWith(prefix)) {
            await fs.rm(path.join(parent, name), { recursive: true, force: true });
        }
    }
}

export async function exists(file: string): Promise<boolean> {
    return fs.access(file).then(
        () => true,
        () => false,
    );
}
