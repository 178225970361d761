// Compiles `sdks/ibm`, which a registry would deliver compiled, for the sources that import it. Part of
// the build, and like `checkout.mjs` plain JavaScript for Node 20: it also runs before anything is built.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { argv, execPath, exit } from "node:process";
import { fileURLToPath } from "node:url";

const FOLDER = join("sdks", "ibm");

/**
 * What the compiler says against the SDK; nothing when it has compiled it.
 *
 * @param {string} root
 * @param {string} node
 */
export function compileLocalSdk(root, node) {
    const folder = join(root, FOLDER);
    if (!existsSync(folder)) {
        return undefined;
    }
    const bin = join(folder, "bin");
    const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
    const record = join(bin, ".tsbuildinfo");
    if (missingLocalSdkFile(root) !== undefined) {
        // The compiler trusts its own record of what it has written, even where the files are gone.
        rmSync(record, { force: true });
    }
    const flags = ["--pretty", "false", "--incremental", "--tsBuildInfoFile", record];
    const result = spawnSync(node, [compiler, "-p", folder, ...flags], {
        cwd: root,
        encoding: "utf8",
    });
    if (result.status !== 0) {
        return `${result.stdout ?? ""}${result.stderr ?? ""}`.trim();
    }
    // The SDK asks for its version beside itself.
    mkdirSync(bin, { recursive: true });
    cpSync(join(folder, "package.json"), join(bin, "package.json"));
    return undefined;
}

/**
 * Sources of the SDK as its own `tsconfig.json` lists them, relative to the checkout.
 *
 * @param {string} root
 */
export function localSdkSources(root) {
    const settings = join(root, FOLDER, "tsconfig.json");
    if (!existsSync(settings)) {
        return [];
    }
    const [, list = ""] = /"files":\s*\[([^\]]*)\]/.exec(readFileSync(settings, "utf8")) ?? [];
    const files = [...list.matchAll(/"([^"]+)"/g)].map(([, file]) => file);
    return ["package.json", "tsconfig.json", ...files].map((file) => join(FOLDER, file));
}

/**
 * A compiled file of the SDK that is missing; nothing when all are there.
 *
 * @param {string} root
 */
export function missingLocalSdkFile(root) {
    return localSdkSources(root)
        .filter((file) => !file.endsWith("tsconfig.json"))
        .map((file) => file.replace(FOLDER, join(FOLDER, "bin")).replace(/\.ts$/, ".js"))
        .map((file) => join(root, file))
        .find((file) => !existsSync(file));
}

const self = realpathSync(fileURLToPath(import.meta.url));
if (argv[1] !== undefined && realpathSync(argv[1]) === self) {
    const problem = compileLocalSdk(dirname(dirname(self)), execPath);
    if (problem !== undefined) {
        console.error(problem);
        exit(1);
    }
}
