// Starts a command of this checkout: `node cli/bootstrap.mjs <up | down | test | bench> [arguments]`.
//
// The very first command on a fresh machine goes through here, before anything is installed. So this
// file is plain JavaScript that runs on Node 20 and imports nothing but Node itself. It installs the
// dependencies where they are missing or outdated, compiles the sources where `dist` is older than
// they are, and continues on Node 24 from the npm package `node`.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
    existsSync,
    mkdirSync,
    readFileSync,
    readdirSync,
    realpathSync,
    rmSync,
    statSync,
    writeFileSync,
} from "node:fs";
import { constants } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const COMMANDS = {
    up: "cli/up",
    down: "cli/down",
    test: "cli/test",
    bench: "bench/main",
};
/** The oldest Node for the compiled sources: undici, below the Kubernetes client, asks for it. */
const OLDEST_NODE = [22, 19];
/** A run that prepares the checkout for longer than this is taken for a stuck one. */
const PREPARING_AT_MOST_MS = 20 * 60_000;

/** What a person has to know; printed without a stack. */
class Sentence extends Error {}

/**
 * What of an installation is not as the lock file says; nothing when it is.
 *
 * npm writes what it has installed to `node_modules/.package-lock.json`, last of all, so an interrupted
 * installation is recognized as well as an outdated one.
 *
 * @param {string} root
 */
export function outdatedInstallation(root) {
    const wanted = readJson(join(root, "package-lock.json"))?.packages ?? {};
    const installed = readJson(join(root, "node_modules", ".package-lock.json"))?.packages;
    if (installed === undefined) {
        return "nothing is installed";
    }
    for (const [path, entry] of Object.entries(wanted)) {
        const found = installed[path];
        const isRoot = path === "";
        // Optional packages are for other systems than this one.
        if (
            isRoot ||
            (found === undefined && (entry.optional || entry.devOptional || entry.peer))
        ) {
            continue;
        }
        if (found?.version !== entry.version || found?.integrity !== entry.integrity) {
            return `${path} is not as package-lock.json says`;
        }
    }
    return undefined;
}

/**
 * What of `dist` is not built from the present sources; nothing when all is.
 *
 * @param {string} root
 */
export function outdatedBuild(root) {
    if (readText(join(root, "dist", ".sources")) !== fingerprint(root)) {
        return "a source has changed";
    }
    const missing = sourceFiles(root)
        .map((source) => compiled(root, source))
        .find((file) => !existsSync(file));
    return missing === undefined ? undefined : `${relative(root, missing)} is missing`;
}

/** @param {string} root */
function sourceFolders(root) {
    // The list the compiler itself works from; tsconfig.json is kept free of comments for this.
    return readJson(join(root, "tsconfig.json"))?.include ?? [];
}

/** @param {string} root */
function sourceFiles(root) {
    return filesOf(root).filter((file) => file.endsWith(".ts") && !file.endsWith(".d.ts"));
}

/** @param {string} root */
function filesOf(root) {
    return sourceFolders(root)
        .filter((folder) => existsSync(join(root, folder)))
        .flatMap((folder) =>
            readdirSync(join(root, folder), { recursive: true }).map((file) => join(folder, file)),
        )
        .filter((file) => /\.(ts|json)$/.test(file) && !/[\\/]node_modules[\\/]/.test(file))
        .sort();
}

function compiled(root, source) {
    return join(root, "dist", source.replace(/\.ts$/, ".js"));
}

function fingerprint(root) {
    const hash = createHash("sha256");
    // The lock file says which compiler and which types.
    for (const file of ["tsconfig.json", "package-lock.json", ...filesOf(root)]) {
        hash.update(`${file}\0`)
            .update(readFileSync(join(root, file)))
            .update("\0");
    }
    return hash.digest("hex");
}

/** @param {string} root */
function install(root) {
    const started = Date.now();
    const flags = ["ci", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error"];
    let result = npm(root, flags);
    if (result.status !== 0 && /node_modules[\\/]node(\s|$|-bin-setup)/m.test(result.output)) {
        // The package `node` fetches the binary for this system when it is installed. Where that cannot
        // be had, everything else still can, and the present Node may be new enough.
        result = npm(root, [...flags, "--ignore-scripts"]);
    }
    if (result.status !== 0) {
        throw new Sentence(installationProblem(result));
    }
    console.log(`installed the dependencies (${seconds(started)})`);
}

function npm(root, args) {
    // Inside `npm run`, npm says where it is itself; outside, it is looked for on the PATH.
    const script = process.env.npm_execpath?.endsWith(".js") ? process.env.npm_execpath : undefined;
    const result = script
        ? spawnSync(process.execPath, [script, ...args], { cwd: root, encoding: "utf8" })
        : spawnSync("npm", args, {
              cwd: root,
              encoding: "utf8",
              shell: process.platform === "win32",
          });
    return {
        status: result.error ? -1 : result.status,
        error: result.error,
        output: `${result.stdout ?? ""}${result.stderr ?? ""}`,
    };
}

export function installationProblem({ error, output }) {
    if (error?.code === "ENOENT") {
        return "npm is not installed; install Node 22 or newer together with npm, then run this again";
    }
    const again = "then run this again; nothing is lost";
    if (/\bENOSPC\b/.test(output)) {
        return `the disk is full, so the dependencies cannot be installed; free some space, ${again}`;
    }
    const network =
        /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT)\b/;
    if (network.test(output)) {
        const code = network.exec(output)?.[1];
        return (
            `the package registry cannot be reached (${code}), so the dependencies cannot be ` +
            `installed; connect to a network or set npm's registry, ${again}`
        );
    }
    const lines = output.trim().split("\n").slice(-15).join("\n");
    return `the dependencies cannot be installed; npm says:\n${lines}`;
}

/** @param {string} root */
function build(root, node) {
    const started = Date.now();
    removeOrphans(root);
    rmSync(join(root, "dist", ".sources"), { force: true });
    const before = fingerprint(root);
    if (sourceFiles(root).some((source) => !existsSync(compiled(root, source)))) {
        // The compiler trusts its own record of what it has written, even where the files are gone.
        rmSync(join(root, "dist", ".tsbuildinfo"), { force: true });
    }
    const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
    const result = spawnSync(node, [compiler, "-p", "tsconfig.json", "--pretty", "false"], {
        cwd: root,
        encoding: "utf8",
    });
    if (result.status !== 0) {
        const output = `${result.stdout ?? ""}${result.stderr ?? ""}`.trim();
        throw new Sentence(`the sources do not compile:\n${output}`);
    }
    writeFileSync(join(root, "dist", ".sources"), before);
    console.log(`compiled the sources (${seconds(started)})`);
}

/** A module whose source is gone must not be found by an import that should fail. */
function removeOrphans(root) {
    const dist = join(root, "dist");
    if (!existsSync(dist)) {
        return;
    }
    for (const file of readdirSync(dist, { recursive: true })) {
        const [, stem] = /^(.*?)(?:\.js|\.js\.map|\.d\.ts|\.d\.ts\.map)$/.exec(file) ?? [];
        if (stem !== undefined && !existsSync(join(root, `${stem}.ts`))) {
            rmSync(join(dist, file), { force: true });
        }
    }
}

/** Node 24 from the npm package, else the present one where it is new enough. */
function chooseNode(root) {
    const name = process.platform === "win32" ? "node.exe" : "node";
    const own = join(root, "node_modules", "node", "bin", name);
    if (existsSync(own) && spawnSync(own, ["--version"]).status === 0) {
        return own;
    }
    const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
    if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) {
        return process.execPath;
    }
    throw new Sentence(
        `Node ${process.versions.node} is too old and the npm package "node" could not be installed ` +
            `here; install Node ${OLDEST_NODE.join(".")} or newer, then run this again`,
    );
}

/** Only one process at a time installs and compiles; a second one waits and finds the work done. */
async function alone(root, work) {
    const lock = join(root, ".kubefabric", "preparing");
    mkdirSync(dirname(lock), { recursive: true });
    const giveUp = Date.now() + PREPARING_AT_MOST_MS;
    for (;;) {
        try {
            writeFileSync(lock, String(process.pid), { flag: "wx" });
            break;
        } catch (error) {
            if (error.code !== "EEXIST") {
                throw error;
            }
        }
        const owner = Number(readText(lock));
        if (!isAlive(owner) && ageOf(lock) > 1000) {
            rmSync(lock, { force: true });
        } else if (Date.now() > giveUp) {
            throw new Sentence(
                `process ${owner} has been preparing this folder for too long; end it and run this again`,
            );
        } else {
            await new Promise((resolve) => setTimeout(resolve, 200));
        }
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

function readText(path) {
    try {
        return readFileSync(path, "utf8");
    } catch {
        return undefined;
    }
}

function readJson(path) {
    try {
        return JSON.parse(readText(path) ?? "");
    } catch {
        return undefined;
    }
}

function ageOf(path) {
    try {
        return Date.now() - statSync(path).mtimeMs;
    } catch {
        return 0;
    }
}

function seconds(since) {
    return `${((Date.now() - since) / 1000).toFixed(1)} s`;
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

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
    main(process.argv.slice(2)).catch(fail);
}
