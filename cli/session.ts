import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

import type { LocalWorkspace } from "@pulumi/pulumi/automation";
import { lock } from "proper-lockfile";

import { endOrphans } from "./orphans";
import type { Programs } from "./programs";
import { Refusal } from "./refusal";
import { mendState, releaseDeadLocks } from "./state";
import {
    chooseBackend,
    openWorkspace,
    placesOf,
    recall,
    refuseFullDisk,
    whereUserIsLoggedIn,
    type Backend,
    type Memory,
    type Places,
} from "./workspace";

/** A lock that has not been renewed for this long belongs to a process that was killed. */
const STALE_LOCK_MS = 5000;
const LOGS_KEPT = 20;

/** One run of a command: alone in this checkout, stopped by Ctrl-C in an orderly way. */
export interface Session {
    places: Places;
    /** What earlier runs have left to know. */
    memory: Memory | undefined;
    /** Where everything the engine prints is kept. */
    log: string;
    /** Opens Pulumi with the state that belongs to this network. */
    openWorkspace(programs: Programs): Promise<{ workspace: LocalWorkspace; backend: Backend }>;
    /**
     * Runs the engine: as long as it runs, the first Ctrl-C asks it to finish what is in flight, and a
     * second one ends it at once.
     */
    interruptible<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T>;
    /** Lets the next command begin. */
    end(): Promise<void>;
}

export async function beginSession(command: "up" | "down", places = placesOf()): Promise<Session> {
    refuseFullDisk(places);
    const release = await beAlone(places, command);
    let stop: (() => void) | undefined;
    const onSignal = () => {
        if (stop === undefined) {
            endAtOnce();
        }
        const first = stop;
        stop = undefined;
        console.error("stopping: what is in flight is finished first (once more: stop at once)");
        first();
    };
    const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
    signals.forEach((signal) => process.on(signal, onSignal));
    // The process that started us is gone, and with it whoever was watching.
    process.on("disconnect", onSignal);
    process.channel?.unref();
    // A reader of our output that goes away must not cut a run off in the middle.
    process.stdout.on("error", () => {});

    return {
        places,
        memory: recall(places),
        log: newLog(places, command),
        async openWorkspace(programs) {
            const backend = await chooseBackend({
                env: process.env,
                remembered: recall(places)?.backend,
                loggedInAt: whereUserIsLoggedIn,
            });
            if (backend.kind === "elsewhere") {
                console.log(`The state is kept in your Pulumi backend: ${backend.because}.`);
            }
            const workspace = await openWorkspace({ places, programs, backend });
            if (backend.kind === "own") {
                const { name } = await workspace.projectSettings();
                releaseDeadLocks(places, name);
                mendState(places, name);
                // No engine holds the state, so whatever one has started is left over.
                endOrphans(places.folder);
            }
            return { workspace, backend };
        },
        async interruptible(run) {
            const controller = new AbortController();
            stop = () => controller.abort();
            try {
                return await run(controller.signal);
            } finally {
                stop = undefined;
            }
        },
        async end() {
            signals.forEach((signal) => process.off(signal, onSignal));
            process.off("disconnect", onSignal);
            await release();
        },
    };
}

/** Two runs in one checkout would start the same cluster and write the same files. */
async function beAlone({ folder }: Places, command: string): Promise<() => Promise<void>> {
    try {
        return await lock(folder, {
            lockfilePath: join(folder, "running.lock"),
            stale: STALE_LOCK_MS,
            update: STALE_LOCK_MS / 2,
            // Long enough to see whether the holder of a lock still renews it.
            retries: { retries: STALE_LOCK_MS / 1000 + 1, factor: 1, minTimeout: 1000 },
            // A machine that slept; the run itself is still the only one.
            onCompromised: () => {},
        });
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ELOCKED") {
            throw new Refusal(
                `another "npm run up" or "npm run down" is at work in this folder; wait for it, ` +
                    `then run "npm run ${command}" again`,
            );
        }
        throw error;
    }
}

function endAtOnce(): never {
    console.error("stopped");
    try {
        // Builds and other programs that were started are in our process group, if we lead one.
        process.kill(-process.pid, "SIGTERM");
    } catch {
        // We do not lead one.
    }
    process.exit(130);
}

function newLog({ logs }: Places, command: string): string {
    mkdirSync(logs, { recursive: true });
    // The names sort by time.
    const old = readdirSync(logs).sort((a, b) => stamp(a).localeCompare(stamp(b)));
    for (const file of old.slice(0, Math.max(0, old.length - LOGS_KEPT + 1))) {
        rmSync(join(logs, file), { force: true });
    }
    const now = new Date().toISOString().replace(/\..*/, "").replaceAll(":", "");
    return join(logs, `${command}-${now}.log`);
}

function stamp(file: string): string {
    return file.replace(/^[a-z]+-/, "");
}
