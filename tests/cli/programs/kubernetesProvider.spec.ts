import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";

import {
    type ProviderSurroundings,
    resolveKubernetesProvider,
} from "kubefabric/internal/cli/programs/kubernetesProvider";

import { putProgram } from "./workshop.ts";

const NAME = "pulumi-resource-kubernetes";

describe("the Kubernetes provider", () => {
    let folder: string;
    let lines: string[];
    let surroundings: ProviderSurroundings;

    beforeEach(async () => {
        folder = await fs.mkdtemp(path.join(os.tmpdir(), "provider-"));
        lines = [];
        const main = path.join(folder, "it's main.js");
        await fs.writeFile(main, "console.log(process.argv.slice(2).join('|'));\n");
        surroundings = {
            env: { PATH: path.join(folder, "bin"), HOME: folder },
            version: "4.34.2",
            pulumi: undefined,
            answers: () => Promise.resolve(false),
            standIn: { folder: path.join(folder, "stand in"), node: process.execPath, main },
            log: (line) => lines.push(line),
        };
    });
    afterEach(() => fs.rm(folder, { recursive: true, force: true }));

    const resolve = () => resolveKubernetesProvider(surroundings);
    const plugin = (version: string, home = path.join(folder, ".pulumi")) =>
        putProgram(path.join(home, "plugins", `resource-kubernetes-v${version}`), NAME, "exit 1");

    it("is the one on the PATH", async () => {
        const file = await putProgram(path.join(folder, "bin"), NAME, "exit 1");
        assert.deepEqual(await resolve(), { path: file, standIn: false });
    });

    it("is the installed one of the SDK's version, found by the engine without help", async () => {
        await plugin("4.35.0");
        const file = await plugin("4.34.2");
        assert.deepEqual(await resolve(), { path: file, standIn: false });
    });

    it("is the newest installed one that fits, which the engine takes from the PATH only", async () => {
        await plugin("4.9.0");
        await plugin("4.30.0");
        await plugin("5.0.0");
        const file = await plugin("4.31.1");
        assert.deepEqual(await resolve(), {
            path: file,
            folder: path.dirname(file),
            standIn: false,
        });
    });

    it("is looked for where PULUMI_HOME says", async () => {
        surroundings.env = { ...surroundings.env, PULUMI_HOME: path.join(folder, "home") };
        await plugin("4.34.2");
        assert.equal((await resolve()).standIn, true);
        const file = await plugin("4.34.2", path.join(folder, "home"));
        assert.deepEqual(await resolve(), { path: file, standIn: false });
    });

    it("is not one whose installation was interrupted", async () => {
        const file = await plugin("4.34.2");
        await fs.writeFile(`${path.dirname(file)}.partial`, "");
        assert.equal((await resolve()).standIn, true);
    });

    it("is downloaded by the CLI where there is a network", async () => {
        surroundings.answers = () => Promise.resolve(true);
        const target = path.join(folder, ".pulumi", "plugins", "resource-kubernetes-v4.34.2");
        surroundings.pulumi = await putProgram(
            path.join(folder, "cli"),
            "pulumi",
            `[ "$*" = "plugin install resource kubernetes 4.34.2" ] || exit 1
            /bin/mkdir -p ${target}; /bin/cp "$0" ${target}/${NAME}`,
        );
        assert.deepEqual(await resolve(), { path: path.join(target, NAME), standIn: false });
        assert.match(
            lines[0] ?? "",
            /^downloading the Kubernetes provider 4\.34\.2 \(about 30 s\)/,
        );
        assert.match(lines[1] ?? "", /^downloaded the Kubernetes provider in \d+ s$/);
    });

    it("is the stand-in where the download fails", async () => {
        surroundings.answers = () => Promise.resolve(true);
        surroundings.pulumi = await putProgram(path.join(folder, "cli"), "pulumi", "exit 1");
        assert.equal((await resolve()).standIn, true);
        assert.match(lines[1] ?? "", /^the Kubernetes provider could not be downloaded/);
    });

    it("is the stand-in, without the CLI being asked, where nothing answers", async () => {
        const asked = path.join(folder, "asked");
        surroundings.pulumi = await putProgram(path.join(folder, "cli"), "pulumi", `: > ${asked}`);
        const provider = await resolve();
        assert.equal(provider.standIn, true);
        assert.equal(provider.folder, surroundings.standIn.folder);
        assert.equal(provider.path, path.join(surroundings.standIn.folder, NAME));
        assert.ok(!(await fs.readdir(folder)).includes("asked"));
        assert.match(lines.join("\n"), /a small stand-in of this project is used/);
    });

    it("is a stand-in that passes its arguments on, whatever the names of its folders", async () => {
        const { path: file } = await resolve();
        const { stdout } = await promisify(execFile)(file, ["127.0.0.1:1234", "a b"]);
        assert.equal(stdout, "127.0.0.1:1234|a b\n");
    });

    it("is not taken for the real one when the stand-in is on the PATH", async () => {
        const { path: file } = await resolve();
        surroundings.env = { ...surroundings.env, PATH: path.dirname(file) };
        assert.equal((await resolve()).standIn, true);
    });

    it("is written anew where the checkout has moved", async () => {
        const { path: file } = await resolve();
        surroundings.standIn.main = path.join(folder, "moved.js");
        await fs.writeFile(surroundings.standIn.main, "console.log('moved');\n");
        await resolve();
        assert.equal((await promisify(execFile)(file)).stdout, "moved\n");
        assert.deepEqual(await fs.readdir(path.dirname(file)), [NAME]);
    });

    it("fails with the command to type where the stand-in is not compiled", async () => {
        surroundings.standIn.main = path.join(folder, "absent.js");
        await assert.rejects(resolve(), {
            name: "Refusal",
            message: /absent\.js" is missing, .*; compile it with "npm run build"$/,
        });
    });
});
