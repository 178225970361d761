import { execFileSync } from "node:child_process";
import {
    cpSync,
    mkdtempSync,
    readdirSync,
    readFileSync,
    realpathSync,
    rmSync,
    writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { list } from "tar";

export const CHECKOUT = resolve(import.meta.dirname, "../..");

/** What is read here of a `package.json`. */
interface Manifest {
    version: string;
    files: string[];
    exports: Record<string, string | Record<string, string>>;
    bin?: Record<string, string>;
    peerDependencies: Record<string, string>;
    devDependencies: Record<string, string>;
}

export const MANIFEST = JSON.parse(
    readFileSync(join(CHECKOUT, "package.json"), "utf8"),
) as Manifest;

/** The package as it would be published, and the folders that hold it. */
export class PackedPackage {
    /** An empty folder to install it in; outside the checkout, so that nothing is found by accident. */
    readonly folder = realpathSync(mkdtempSync(join(tmpdir(), "kubefabric-installed-")));
    readonly tarball: string;
    private readonly packed = mkdtempSync(join(tmpdir(), "kubefabric-packed-"));

    constructor() {
        npm(CHECKOUT, "pack", "--ignore-scripts", "--pack-destination", this.packed);
        const [tarball, ...others] = readdirSync(this.packed);
        if (tarball === undefined || others.length > 0) {
            throw new Error(`npm pack made ${readdirSync(this.packed).join(", ") || "nothing"}`);
        }
        this.tarball = join(this.packed, tarball);
    }

    /** Paths in the package, and whether a file may be executed. */
    files(): Map<string, { executable: boolean }> {
        const files = new Map<string, { executable: boolean }>();
        list({
            file: this.tarball,
            sync: true,
            onReadEntry: ({ path, mode = 0 }) => {
                files.set(path.replace(/^package\//, ""), { executable: (mode & 0o111) !== 0 });
            },
        });
        return files;
    }

    /** Installs it with the compiler of the checkout and what else a program of its own needs. */
    install(): void {
        const { typescript, "@types/node": nodeTypes } = MANIFEST.devDependencies;
        writeFileSync(join(this.folder, "package.json"), '{ "private": true }');
        npm(
            this.folder,
            ...["install", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund"],
            ...[this.tarball, `typescript@${typescript}`, `@types/node@${nodeTypes}`],
        );
    }

    /** Installs what is optional: SDKs from where the checkout has them, a local one as a user keeps it. */
    installPeers(): void {
        const peers = Object.keys(MANIFEST.peerDependencies).map((name) => {
            const version = MANIFEST.devDependencies[name] ?? "";
            const local = version.replace(/^file:/, "");
            if (local === version) {
                return `${name}@${version}`;
            }
            cpSync(join(CHECKOUT, local), join(this.folder, local), { recursive: true });
            return version;
        });
        npm(
            this.folder,
            ...["install", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund"],
            ...peers,
        );
    }

    forget(): void {
        for (const folder of [this.folder, this.packed]) {
            rmSync(folder, { recursive: true, force: true });
        }
    }
}

function npm(cwd: string, ...args: string[]): void {
    // Run by `npm test`, this process has what npm says about the checkout in its environment.
    const env = Object.fromEntries(
        Object.entries(process.env).filter(
            ([name]) =>
                !/^(npm_(package|lifecycle)_.*|npm_config_local_prefix|INIT_CWD)$/.test(name),
        ),
    );
    const script = process.env.npm_execpath;
    const [command, before] = script?.endsWith(".js") ? [process.execPath, [script]] : ["npm", []];
    execFileSync(command, [...before, ...args], { cwd, env, stdio: "pipe", encoding: "utf8" });
}
