import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import * as automation from "@pulumi/pulumi/automation/index.js";

import { claimYaml } from "../support/check.ts";
import { changes, engineEnvironment, needsEngine, removeNamespaces } from "../support/engine.ts";
import { MANIFEST, PackedPackage } from "../support/installed.ts";
import { policyServer } from "../support/policyServer.ts";

/** Sub-paths of `exports` that a program imports, such as `kubefabric/testing`. */
const ALL_ENTRY_POINTS = Object.keys(MANIFEST.exports)
    .filter((subPath) => !/\*|\.json$/.test(subPath))
    .map((subPath) => subPath.replace(/^\./, "kubefabric"));

/** Those that need the SDK of a cloud, which whoever uses none does not install. */
const CLOUDS = ALL_ENTRY_POINTS.filter((name) => /\/(gke|aks|iks)$/.test(name));
const ENTRY_POINTS = ALL_ENTRY_POINTS.filter((name) => !CLOUDS.includes(name));

describe("the package, installed in an empty folder", function () {
    this.timeout(300_000);
    let installed: PackedPackage;
    before(() => {
        installed = new PackedPackage();
        installed.install();
        cpSync(join(import.meta.dirname, "installed"), installed.folder, { recursive: true });
        compile("--module", "nodenext", "--skipLibCheck", "network.ts", "recording.ts");
    });
    after(() => installed.forget());

    function compile(...options: string[]): void {
        const compiler = join(installed.folder, "node_modules/typescript/bin/tsc");
        try {
            execFileSync(
                process.execPath,
                [compiler, "--strict", "--target", "es2022", ...options],
                {
                    cwd: installed.folder,
                    encoding: "utf8",
                },
            );
        } catch (error) {
            assert.fail((error as { stdout: string }).stdout);
        }
    }

    function run(...args: string[]): string {
        return execFileSync(process.execPath, args, { cwd: installed.folder, encoding: "utf8" });
    }

    /** Compiles a program that imports all of these. */
    function importAll(names: readonly string[], ...options: string[]): void {
        const imports = names.map((name, index) => `export * as m${index} from "${name}";`);
        writeFileSync(join(installed.folder, "entryPoints.ts"), imports.join("\n"));
        compile("--noEmit", ...options, "entryPoints.ts");
    }

    it("has types for every entry point, with either way of resolving modules", () => {
        // Its own declarations are checked too, which a program leaves out with skipLibCheck.
        importAll(ENTRY_POINTS, "--module", "nodenext");
        importAll(ENTRY_POINTS, "--module", "preserve", "--moduleResolution", "bundler");
    });

    it("checks files with its command, without an engine", () => {
        const bad = claimYaml("ReadWriteMany");
        writeFileSync(join(installed.folder, "claim.yaml"), bad);
        const command = join(installed.folder, "node_modules", ".bin", "kubefabric");
        const { status, stdout } = spawnSync(command, ["check", "--vendor", "gke", "claim.yaml"], {
            cwd: installed.folder,
            encoding: "utf8",
        });
        assert.equal(status, 1);
        assert.match(stdout, /^claim\.yaml: PersistentVolumeClaim\/data: spec\.accessModes\[0\]: /);
    });

    it("starts its policy pack where it is installed", async () => {
        const folder = join(installed.folder, "node_modules", "kubefabric", "dist", "policy");
        const server = await policyServer(folder);
        const { name, version } = (await server.info()) as { name: string; version: string };
        server.stop();
        assert.deepEqual([name, version], ["kubefabric", MANIFEST.version]);
    });

    /** Holds that each can be required, and that an `import` sees the same. */
    function loadEach(names: readonly string[]): void {
        for (const name of names) {
            const exportsOf = (script: string) => JSON.parse(run("-e", script)) as string[];
            const required = exportsOf(
                `console.log(JSON.stringify(Object.keys(require(${JSON.stringify(name)}))))`,
            );
            const imported = exportsOf(
                `import(${JSON.stringify(name)}).then((m) => console.log(JSON.stringify(Object.keys(m))))`,
            );
            assert.ok(required.length > 0, name);
            assert.deepEqual(
                required.filter((each) => !imported.includes(each)),
                [],
                `${name}: a module with "import" sees what "require" sees`,
            );
        }
    }

    it("can be required and imported", () => loadEach(ENTRY_POINTS));

    it("has every dependency that one of its modules loads, late ones included", () => {
        const modules = [...installed.files().keys()]
            // What is run in a process of its own (the command, the pack, the daily check's program), and
            // what needs a cloud's SDK.
            .filter((file) =>
                /^dist\/(?!cli\/|policy\/index|clients\/certificateCheck\/main|components\/clusters\/(gke|aks|iks)).*\.js$/.test(
                    file,
                ),
            )
            .map((file) => file.replace(/^dist\/(.*)\.js$/, "kubefabric/internal/$1"));
        assert.ok(modules.some((name) => name.endsWith("resources/methods/clusterAccess")));
        run("-e", `for (const name of ${JSON.stringify(modules)}) require(name)`);
    });

    for (const command of Object.keys(MANIFEST.bin ?? {})) {
        it(`has the command ${command}, which says how it is used`, () => {
            assert.match(run(join("node_modules/.bin", command), "--help"), /\S/);
        });
    }

    it("records what a program registers", () => {
        const recorded = JSON.parse(run("recording.js")) as string[];
        assert.ok(recorded.includes("kubefabric:index:FabricOrg org1"), recorded.join("\n"));
        assert.ok(recorded.includes("pulumi-nodejs:dynamic/kubefabric:PrivateKey org1-admin-key"));
    });

    describe("beside the SDKs of the clouds", () => {
        before(() => installed.installPeers());

        it("has types for every cloud's cluster", () => {
            // What the SDKs declare is theirs to check.
            importAll(CLOUDS, "--module", "nodenext", "--skipLibCheck");
        });

        it("can be required and imported with every cloud's cluster", () => loadEach(CLOUDS));
    });

    describe("on the real engine", function () {
        needsEngine(this);
        const namespace = `t${randomBytes(3).toString("hex")}-installed`;
        let stack: automation.Stack;
        before(async () => {
            const kubeconfig = process.env.KUBEFABRIC_ENGINE_KUBECONFIG!;
            const workDir = installed.folder;
            stack = await automation.LocalWorkspace.createStack(
                { stackName: "test", workDir },
                {
                    envVars: engineEnvironment(workDir),
                    projectSettings: { name: "installed", runtime: "nodejs", main: "network.js" },
                },
            );
            await stack.setAllConfig({
                kubeconfig: { value: kubeconfig },
                namespace: { value: namespace },
            });
        });
        after(() => removeNamespaces(namespace));

        it("runs the program, keys and certificates included, and then changes nothing", async () => {
            const { outputs, summary } = await stack.up({ color: "never" });
            assert.deepEqual(Object.keys(changes(summary)), ["create"]);
            assert.equal(outputs.endpoint?.value, `peer0.${namespace}.svc:7051`);
            assert.match(outputs.signingCa?.value as string, /^-----BEGIN CERTIFICATE-----/);
            const second = await stack.up({ color: "never" });
            assert.deepEqual(changes(second.summary), {});
        });

        it("takes down what it made", async () => {
            await stack.destroy({ color: "never" });
            const { deployment } = await stack.exportStack();
            assert.equal((deployment as { resources?: unknown[] }).resources, undefined);
        });
    });
});
