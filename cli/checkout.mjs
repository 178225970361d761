// Brings a checkout up to date: its dependencies, its compiled sources, and the Node that runs them.
// Plain JavaScript for Node 20, like `bootstrap.mjs`, because it runs before anything is installed.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";

import { compileLocalSdk, localSdkSources, missingLocalSdkFile } from "./localSdk.mjs";
import { copyPolicyFiles, missingPolicyFile } from "./policyFiles.mjs";

/** The oldest Node for the compiled sources: undici, below the Kubernetes client, asks for it. */
const OLDEST_NODE = [22, 19];

/** What a person has to know; printed without a stack. */
export class Sentence extends Error {}

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
    const missing =
        missingPolicyFile(root) ??
        missingLocalSdkFile(root) ??
        sourceFiles(root)
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
        .filter((file) => /\.(ts|json|yaml)$/.test(file) && !/[\\/]node_modules[\\/]/.test(file))
        .sort();
}

function compiled(root, source) {
    return join(root, "dist", source.replace(/\.ts$/, ".js"));
}

function fingerprint(root) {
    const hash = createHash("sha256");
    // The lock file says which compiler and which types.
    const files = [...localSdkSources(root), ...filesOf(root)];
    for (const file of ["tsconfig.json", "package-lock.json", ...files]) {
        hash.update(`${file}\0`)
            .update(readFileSync(join(root, file)))
            .update("\0");
    }
    return hash.digest("hex");
}

/** @param {string} root */
export function install(root) {
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
export function build(root, node) {
    const started = Date.now();
    removeOrphans(root);
    rmSync(join(root, "dist", ".sources"), { force: true });
    const before = fingerprint(root);
    if (sourceFiles(root).some((source) => !existsSync(compiled(root, source)))) {
        // The compiler trusts its own record of what it has written, even where the files are gone.
        rmSync(join(root, "dist", ".tsbuildinfo"), { force: true });
    }
    const problem = compileLocalSdk(root, node);
    if (problem !== undefined) {
        throw new Sentence(`the sources do not compile:\n${problem}`);
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
    copyPolicyFiles(root);
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
export function chooseNode(root) {
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

export function readText(path) {
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

function seconds(since) {
    return `${((Date.now() - since) / 1000).toFixed(1)} s`;
}
