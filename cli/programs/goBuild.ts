import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { finished } from "node:stream/promises";

import type { CatalogEntry } from "./catalog";
import type { GoSurroundings } from "./goToolchain";
import { Interrupted, Refusal } from "../refusal";
import { diskFull } from "./fileErrors";

/** Everything but the linker flags that decides what a build makes. */
export const BUILD_FLAGS = ["-mod=readonly", "-trimpath", "-buildvcs=false"] as const;

/** Symbols and debug information double the size of a program and the time to link it. */
const LINKER_FLAGS = ["-s", "-w"];

/** Builds leave the processor to whatever a person waits for, such as tests that run meanwhile. */
const NICENESS = 10;

/** How much of a failed build is shown. */
const SHOWN_LINES = 15;

/** Builds a program into `target`. What Go prints is kept in a file in the cache. */
export async function buildProgram(
    program: CatalogEntry,
    target: string,
    surroundings: GoSurroundings,
): Promise<void> {
    const { source } = program;
    const logFile = path.join(surroundings.cacheFolder, "logs", `${program.name}.log`);
    await fs.mkdir(path.dirname(logFile), { recursive: true });
    const end = await runGo(
        [
            "build",
            ...BUILD_FLAGS,
            "-ldflags",
            [...LINKER_FLAGS, ...source.linkerFlags].join(" "),
            "-o",
            target,
            source.package,
        ],
        path.join(surroundings.toolsFolder, source.module),
        surroundings.env,
        logFile,
    );
    if (end !== undefined) {
        if (end.startsWith("SIG")) {
            throw new Interrupted(
                `building ${program.name} was interrupted (${end}); the next run goes on from there`,
            );
        }
        throw new Refusal(await explain(program, end, logFile));
    }
}

/** Runs Go to its end: undefined where it succeeded, else how it ended. */
async function runGo(
    goArguments: readonly string[],
    folder: string,
    env: NodeJS.ProcessEnv,
    logFile: string,
): Promise<string | undefined> {
    const log = createWriteStream(logFile);
    // Without a listener a full disk would end the process; it is reported by the end of the stream.
    log.on("error", () => {});
    const go = spawn("go", [...goArguments], {
        cwd: folder,
        env: goEnvironment(env),
        stdio: ["ignore", "pipe", "pipe"],
    });
    go.stdout.pipe(log, { end: false });
    go.stderr.pipe(log, { end: false });
    const forget = passOnSignals((signal) => go.kill(signal));
    try {
        return await new Promise((resolve, reject) => {
            go.once("spawn", () => lowerPriority(go.pid));
            go.once("error", reject);
            go.once("close", (code, signal) =>
                resolve(code === 0 ? undefined : (signal ?? `exit code ${code}`)),
            );
        });
    } finally {
        forget();
        log.end();
        await finished(log);
    }
}

/** The user's Go settings, GOFLAGS and proxies among them, but a build for this very machine. */
function goEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
    const { GOOS: _os, GOARCH: _architecture, ...rest } = env;
    return { ...rest, CGO_ENABLED: "0", GOWORK: "off" };
}

function lowerPriority(pid: number | undefined): void {
    if (pid === undefined) {
        return;
    }
    try {
        os.setPriority(pid, NICENESS);
    } catch {
        // Only a courtesy.
    }
}

/** An interrupted run ends its build and tidies up, instead of leaving Go to work on for nobody. */
function passOnSignals(handle: (signal: NodeJS.Signals) => void): () => void {
    const signals: NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];
    for (const signal of signals) {
        process.on(signal, handle);
    }
    return () => {
        for (const signal of signals) {
            process.off(signal, handle);
        }
    };
}

async function explain(program: CatalogEntry, end: string, logFile: string): Promise<string> {
    const output = await fs.readFile(logFile, "utf8");
    if (/no space left on device|disk quota exceeded/i.test(output)) {
        return `building ${program.name}: ${diskFull(path.dirname(path.dirname(logFile)))}`;
    }
    const tail = output.trimEnd().split("\n").slice(-SHOWN_LINES).join("\n");
    const reason = /no such host|connection refused|i\/o timeout|network is unreachable/i.test(tail)
        ? "neither its release nor the sources of Go modules can be reached from here"
        : `Go ended with ${end}`;
    return `building ${program.name} ${program.version} failed: ${reason}; ${logFile} ends with\n${tail}`;
}
