import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import {
    cpSync,
    existsSync,
    mkdirSync,
    mkdtempSync,
    readFileSync,
    rmSync,
    symlinkSync,
    writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";

// Plain JavaScript without declarations, because it runs before anything is compiled.
const sources = ["bootstrap.mjs", "checkout.mjs", "localSdk.mjs", "policyFiles.mjs"].map((file) =>
    resolve(import.meta.dirname, "../../cli", file),
);
const { installationProblem, outdatedBuild, outdatedInstallation } = (await import(
    sources[1]!
)) as {
    installationProblem: (result: { error?: { code: string }; output: string }) => string;
    outdatedBuild: (root: string) => string | undefined;
    outdatedInstallation: (root: string) => string | undefined;
};

const TSCONFIG = {
    compilerOptions: {
        target: "es2023",
        // The smallest library, for a compiler that starts quickly.
        lib: ["es5"],
        module: "commonjs",
        rootDir: ".",
        outDir: "dist",
        types: [],
        incremental: true,
        tsBuildInfoFile: "dist/.tsbuildinfo",
    },
    include: ["cli"],
};

describe("the first command on a fresh machine", () => {
    let root: string;
    const write = (file: string, content: string | object) => {
        mkdirSync(join(root, file, ".."), { recursive: true });
        writeFileSync(
            join(root, file),
            typeof content === "string" ? content : JSON.stringify(content),
        );
    };
    const run = (...args: string[]) =>
        spawnSync(process.execPath, [join(root, "cli", "bootstrap.mjs"), ...args], {
            encoding: "utf8",
            env: { ...process.env, npm_execpath: "" },
        });

    /** A checkout in which everything is installed and nothing is compiled. */
    beforeEach(() => {
        root = mkdtempSync(join(tmpdir(), "kubefabric-bootstrap-"));
        const packages = { "node_modules/x": { version: "1.0.0", integrity: "sha512-x" } };
        write("package-lock.json", { packages: { "": {}, ...packages } });
        write("node_modules/.package-lock.json", { packages });
        write("tsconfig.json", TSCONFIG);
        write("cli/up.ts", 'console.log("up", ...process.argv.slice(2));');
        // Instead of the types of Node, which take the compiler a second to read.
        write("cli/node.d.ts", "declare const console: any, process: any, setTimeout: any;");
        sources.forEach((source) => cpSync(source, join(root, "cli", basename(source))));
        const compiler = resolve(import.meta.dirname, "../../node_modules/typescript");
        symlinkSync(compiler, join(root, "node_modules", "typescript"));
    });
    afterEach(() => rmSync(root, { recursive: true }));

    it("installs where packages are missing, other than locked, or cut off in the middle", () => {
        assert.equal(outdatedInstallation(root), undefined);
        const lock = (packages: object) => write("package-lock.json", { packages });
        lock({ "node_modules/x": { version: "1.0.1", integrity: "sha512-y" } });
        assert.match(outdatedInstallation(root) ?? "", /node_modules\/x/);
        lock({ "node_modules/y": { version: "1.0.0" } });
        assert.match(outdatedInstallation(root) ?? "", /node_modules\/y/);
        lock({ "node_modules/other-system": { version: "1.0.0", optional: true } });
        assert.equal(outdatedInstallation(root), undefined);
        rmSync(join(root, "node_modules/.package-lock.json"));
        assert.match(outdatedInstallation(root) ?? "", /nothing is installed/);
    });

    it("compiles once, passes arguments on, and compiles again when a source has changed", () => {
        const first = run("up", "--context", "a b");
        assert.equal(first.stderr, "");
        assert.match(first.stdout, /^compiled the sources \([\d.]+ s\)\nup --context a b\n$/);
        assert.equal(run("up").stdout, "up\n");
        write("cli/up.ts", 'console.log("changed");');
        assert.match(run("up").stdout, /^compiled the sources .*\nchanged\n$/);
    }).timeout(60_000);

    it("never runs an outdated build: a module without source goes, a missing one comes back", () => {
        write("cli/other.ts", "export const a = 1;");
        run("up");
        assert.equal(outdatedBuild(root), undefined);
        rmSync(join(root, "dist/cli/up.js"));
        assert.match(outdatedBuild(root) ?? "", /up\.js is missing/);
        rmSync(join(root, "cli/other.ts"));
        assert.match(run("up").stdout, /\nup\n$/);
        assert.ok(!existsSync(join(root, "dist/cli/other.js")));
    }).timeout(60_000);

    it("compiles the SDK that is on no registry, and again when it has changed or a file is gone", () => {
        const compilerOptions = { ...TSCONFIG.compilerOptions, outDir: "bin" };
        write("sdks/ibm/tsconfig.json", { compilerOptions, files: ["index.ts"] });
        write("sdks/ibm/package.json", { version: "1.0.0" });
        write("sdks/ibm/index.ts", "export const a = 1;");
        const bin = (file: string) => join(root, "sdks/ibm/bin", file);
        run("up");
        assert.equal(outdatedBuild(root), undefined);
        assert.ok(existsSync(bin("package.json")));
        rmSync(bin("index.js"));
        assert.match(outdatedBuild(root) ?? "", /index\.js is missing/);
        write("sdks/ibm/index.ts", "export const a = 2;");
        assert.equal(outdatedBuild(root), "a source has changed");
        run("up");
        assert.match(readFileSync(bin("index.js"), "utf8"), /a = 2/);
        write("sdks/ibm/index.ts", "export const a: number = 'x';");
        assert.match(
            run("up").stderr,
            /^the sources do not compile:\nsdks\/ibm\/index\.ts\(1,14\)/,
        );
    }).timeout(60_000);

    it("fails with the compiler's words where a source does not compile, again and again", () => {
        write("cli/up.ts", "const a: number = 'x'; console.log(a);");
        for (let attempt = 0; attempt < 2; attempt++) {
            const { status, stdout, stderr } = run("up");
            assert.equal(status, 1);
            assert.match(stderr, /^the sources do not compile:\ncli\/up\.ts\(1,7\)/);
            assert.equal(stdout, "");
        }
    }).timeout(60_000);

    it("fails on an unknown command with exit code 2", () => {
        const { status, stderr } = run("start");
        assert.equal(status, 2);
        assert.equal(stderr, '"start" is not a command; use one of up, down, test, bench\n');
    });

    it("ends as the command ends", () => {
        write("cli/up.ts", "process.exit(7);");
        assert.equal(run("up").status, 7);
    }).timeout(60_000);

    it("hands a signal on once, however often it comes at the same moment", async () => {
        const log = join(root, "signals");
        write(
            "cli/up.ts",
            `const { appendFileSync } = process.getBuiltinModule("fs");
            process.on("SIGINT", () => appendFileSync(${JSON.stringify(log)}, "x"));
            console.log("listening");
            setTimeout(() => {}, 3000);`,
        );
        run("down");
        const child = spawn(process.execPath, [join(root, "cli", "bootstrap.mjs"), "up"], {
            env: { ...process.env, npm_execpath: "" },
        });
        await new Promise<void>((done) =>
            child.stdout.on("data", (text) => String(text).includes("listening") && done()),
        );
        for (let count = 0; count < 3; count++) {
            child.kill("SIGINT");
            await new Promise((done) => setTimeout(done, 30));
        }
        const code = await new Promise((done) => child.once("exit", done));
        assert.equal(code, 0);
        assert.equal(readFileSync(log, "utf8"), "x");
    }).timeout(60_000);

    it("waits for another run that prepares the checkout, and takes over from a dead one", () => {
        const { pid } = spawnSync(process.execPath, ["--version"]);
        write(".kubefabric/preparing", String(pid));
        const { status, stdout } = run("up");
        assert.equal(status, 0);
        assert.match(stdout, new RegExp(`^waiting for process ${pid}, [^]*\nup\n$`));
        assert.ok(!existsSync(join(root, ".kubefabric/preparing")));
    }).timeout(60_000);

    it("says in a sentence that npm, the network or disk space is missing", () => {
        const said = (output: string, code?: string) =>
            installationProblem({ output, ...(code ? { error: { code } } : {}) });
        assert.match(said("", "ENOENT"), /^npm is not installed; /);
        assert.match(
            said("npm error code EAI_AGAIN\nnpm error request failed"),
            /^the package registry cannot be reached \(EAI_AGAIN\)/,
        );
        assert.match(said("npm error ENOSPC: no space left"), /^the disk is full/);
        assert.match(said("npm error E404"), /npm says:\nnpm error E404$/);
    });
});
