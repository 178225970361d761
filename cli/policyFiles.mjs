// Puts the files that the engine wants beside the compiled policy pack, and lets the command run. Part of the build, and like
// `checkout.mjs` plain JavaScript for Node 20: it also runs before anything is installed.
import { chmodSync, cpSync, existsSync, mkdirSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";

const FILES = ["PulumiPolicy.yaml", "package.json"];

/** @param {string} root */
export function copyPolicyFiles(root) {
    for (const [source, target] of copies(root)) {
        mkdirSync(dirname(target), { recursive: true });
        cpSync(source, target);
    }
    // The compiler makes no file that can be run.
    const command = join(root, "dist", "cli", "kubefabric.js");
    if (existsSync(command)) {
        chmodSync(command, 0o755);
    }
}

/**
 * A file of the pack that has not been copied; nothing when all have.
 *
 * @param {string} root
 */
export function missingPolicyFile(root) {
    return copies(root)
        .map(([, target]) => target)
        .find((file) => !existsSync(file));
}

/** @param {string} root */
function copies(root) {
    return FILES.map((file) => [
        join(root, "policy", file),
        join(root, "dist", "policy", file),
    ]).filter(([source]) => existsSync(source));
}

const self = realpathSync(fileURLToPath(import.meta.url));
if (argv[1] !== undefined && realpathSync(argv[1]) === self) {
    copyPolicyFiles(dirname(dirname(self)));
}
