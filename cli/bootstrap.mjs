// Starts a command of this checkout: `node cli/bootstrap.mjs <up | down | test | bench> [arguments]`.
//
// The very first command on a fresh machine goes through here, before anything is installed. So this
// file and `checkout.mjs` are plain JavaScript for Node 20 that imports nothing but Node itself. The
// dependencies are installed where they are missing or outdated, the sources compiled where `dist` is
// older than they are, and the command continues on Node 24 from the npm package `node`.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import {
    build,
    chooseNode,
    install,
    outdatedBuild,
    outdatedInstallation,
    readText,
    Sentence,
} from "./checkout.mjs";

const COMMANDS = {
    up: "cli/up",
    down: "cli/down",
    test: "cli/test",
    bench: "bench/main",
};
/** After this long, whoever prepares the checkout is stuck, or its process id is a stranger's. */
const PREPARING_AT_MOST_MS = 20 * 60_000;

/** Only one process at a time installs and compiles; a second one waits and finds the work done. */
async function alone(root, work) {
    const lock = join(root, ".kubefabric", "preparing");
    // What is kept here later is nobody else's business.
    mkdirSync(dirname(lock), { recursive: true, mode: 0o700 });
    for (let told = false; ;) {
        try {
            writeFileSync(lock, String(process.pid), { flag: "wx" });
            break;
        } catch (error) {
            if (error.code !== "EEXIST") {
                throw error;
            }
        }
        const owner = Number(readText(lock));
        const age = ageOf(lock);
        if ((!isAlive(owner) && age > 1000) || age > PREPARING_AT_MOST_MS) {
            rmSync(lock, { force: true });
            continue;
        }
        if (!told) {
            told = true;
            console.log(`waiting for process ${owner}, which prepares this folder`);
        }
        await new Promise((resolve) => setTimeout(resolve, 200));
    }
    try {
        return work();
    } finally {
        rmSync(lock, { force: true });
    }
}

function isAlive(pid) {
    try {
        return pid > 0 && process.kill(pid, 0);
    } catch (error) {
        return error.code === "EPERM";
    }
}

/**
 * Runs the command and ends as it ends.
 *
 * A terminal sends Ctrl-C to every process of its foreground group, and npm passes it on a second time;
 * Pulumi takes a second one for "stop at once, and never mind the state". So the command gets a group
 * of its own, and each signal is handed to it once.
 */
function run(node, script, args) {
    const child = spawn(node, ["--enable-source-maps", script, ...args], {
        stdio: ["inherit", "inherit", "inherit", "ipc"],
        detached: process.platform !== "win32",
    });
    const lastSent = new Map();
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
        process.on(signal, () => {
            const now = Date.now();
            if (now - (lastSent.get(signal) ?? 0) > 1000) {
                lastSent.set(signal, now);
                child.kill(signal);
            }
        });
    }
    child.on("error", (error) => fail(error));
    child.on("exit", (code, signal) => {
        process.exit(signal === null ? code : 128 + (constants.signals[signal] ?? 0));
    });
}

function ageOf(path) {
    try {
        return Date.now() - statSync(path).mtimeMs;
    } catch {
        return 0;
    }
}

function fail(error) {
    if (error instanceof Sentence) {
        console.error(error.message);
    } else if (error?.code === "ENOSPC") {
        console.error("the disk is full; free some space, then run this again; nothing is lost");
    } else {
        console.error(error);
    }
    process.exit(1);
}

async function main([command, ...args]) {
    const root = dirname(dirname(fileURLToPath(import.meta.url)));
    if (!Object.hasOwn(COMMANDS, command ?? "")) {
        console.error(
            `"${command ?? ""}" is not a command; use one of ${Object.keys(COMMANDS).join(", ")}`,
        );
        process.exit(2);
    }
    if (Number(process.versions.node.split(".")[0]) < 20) {
        throw new Sentence(
            `Node ${process.versions.node} is too old; install Node 22 or newer, then run this again`,
        );
    }
    const node = await alone(root, () => {
        if (outdatedInstallation(root) !== undefined) {
            install(root);
        }
        const chosen = chooseNode(root);
        if (outdatedBuild(root) !== undefined) {
            build(root, chosen);
        }
        return chosen;
    });
    const script = join(root, "dist", `${COMMANDS[command]}.js`);
    if (!existsSync(script)) {
        throw new Sentence(`there is no ${COMMANDS[command]}.ts behind "${command}"`);
    }
    run(node, script, args);
}

main(process.argv.slice(2)).catch(fail);
