import assert from "node:assert/strict";
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import {
    cpSync,
    existsSync,
    mkdirSync,
    mkdtempSync,
    readFileSync,
    readdirSync,
    realpathSync,
    rmSync,
    symlinkSync,
    writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { needsEngine } from "../support/engine.ts";

const CHECKOUT = resolve(import.meta.dirname, "../..");
const A_CHANGE =
    /[+~-] *[0-9]+ (created|updated|deleted|replaced|to (create|update|delete|replace))/;

/**
 * A program of two nodes, each with a protected ledger and something that runs, in place of the
 * example: resources that only write a line, so that what the commands do is seen without waiting.
 */
const PROGRAM = `
const pulumi = require("@pulumi/pulumi");
const config = new pulumi.Config();
const log = config.require("log");
const provider = {
    async create(inputs) {
        require("node:fs").appendFileSync(inputs.log + ".begun", inputs.name);
        await new Promise((resolve) => setTimeout(resolve, Number(inputs.milliseconds)));
        require("node:fs").appendFileSync(inputs.log, "+" + inputs.name + "\\n");
        return { id: inputs.name, outs: inputs };
    },
    async update(id, olds, news) {
        if (news.broken) {
            throw new Error("no such image");
        }
        require("node:fs").appendFileSync(news.log, "~" + news.name + "\\n");
        return { outs: news };
    },
    async diff(id, olds, news) {
        return { changes: olds.broken !== news.broken };
    },
    async delete(id, inputs) {
        require("node:fs").appendFileSync(inputs.log, "-" + inputs.name + "\\n");
    },
};
class Node extends pulumi.ComponentResource {
    constructor(name, after) {
        super("kubefabric:index:PeerNode", name);
        const milliseconds = config.get("milliseconds") ?? "10";
        const own = { parent: this, dependsOn: after };
        const kept = config.getBoolean("deleteLedgers") !== true;
        const ledger = { name: name + "-ledger", log, milliseconds: "10" };
        new pulumi.dynamic.Resource(provider, name + "-ledger", ledger, {
            ...own,
            protect: kept,
            retainOnDelete: kept,
        });
        const broken = config.get("broken") === name ? "yes" : undefined;
        const pod = { name, log, milliseconds, broken };
        this.pod = new pulumi.dynamic.Resource(provider, name, pod, own);
        this.registerOutputs({ id: this.pod.id });
    }
}
const first = new Node("peer0", []);
const second = new Node("peer1", config.get("chained") ? [first.pod] : []);
exports.endpoints = [{ organization: "org1", node: "peer0", endpoint: first.pod.id }];
`;

/** A stack in a file, as far as it is read here. */
interface Checkpoint {
    checkpoint?: { latest?: { pending_operations?: { resource: { urn: string } }[] } };
}

describe("npm run up and npm run down", function () {
    needsEngine(this);
    this.timeout(180_000);

    let root: string;
    let log: string;

    before(() => {
        root = realpathSync(mkdtempSync(join(tmpdir(), "kubefabric-commands-")));
        log = join(root, "log");
        cpSync(join(CHECKOUT, "dist"), join(root, "dist"), { recursive: true });
        for (const name of ["node_modules", "tools", "package.json", "package-lock.json"]) {
            symlinkSync(join(CHECKOUT, name), join(root, name));
        }
        writeFileSync(
            join(root, "Pulumi.yaml"),
            "name: commands\nruntime: nodejs\nmain: examples/local\n",
        );
        mkdirSync(join(root, "examples", "local"), { recursive: true });
        writeFileSync(join(root, "examples", "local", "index.js"), PROGRAM);
        writeFileSync(join(root, "examples", "local", "package.json"), '{"main": "index.js"}');
    });
    after(async () => {
        await run("down", "--delete-ledgers", "--yes");
        rmSync(root, { recursive: true, force: true });
    });
    beforeEach(() => writeFileSync(log, ""));

    function start(command: "up" | "down", ...args: string[]): ChildProcess {
        const { KUBECONFIG: _unused, ...inherited } = process.env;
        const env = Object.fromEntries(
            Object.entries(inherited).filter(([name]) => !name.startsWith("PULUMI_")),
        );
        return spawn(process.execPath, [join(root, "dist", "cli", `${command}.js`), ...args], {
            env: { ...env, PULUMI_HOME: join(root, "pulumi-home") },
            stdio: ["ignore", "pipe", "pipe"],
            // As the first command starts it: in a group of its own.
            detached: true,
        });
    }
    async function ending(child: ChildProcess): Promise<{ code: number | null; text: string }> {
        let text = "";
        child.stdout!.on("data", (data) => (text += data));
        child.stderr!.on("data", (data) => (text += data));
        const code = await new Promise<number | null>((done) => child.once("close", done));
        return { code, text };
    }
    const run = (command: "up" | "down", ...args: string[]) => ending(start(command, ...args));
    /** Arguments of an `up` in a simulated cluster, with settings of the program. */
    const simulated = (...settings: string[]) => [
        ...["--cluster", "simulated", "--set", `log=${log}`],
        ...settings.flatMap((setting) => ["--set", setting]),
    ];
    /** What was really made (+) and deleted (-). */
    const done = () => readFileSync(log, "utf8").split("\n").filter(Boolean).sort();
    /** What the state notes as begun and not ended. */
    const pending = () => {
        const file = join(root, ".kubefabric/state/.pulumi/stacks/commands/local.json");
        try {
            const { checkpoint } = JSON.parse(readFileSync(file, "utf8")) as Checkpoint;
            return (checkpoint?.latest?.pending_operations ?? []).map(
                ({ resource }) => resource.urn,
            );
        } catch {
            // It is not there yet, or just being written.
            return [];
        }
    };
    /** Processes that an engine of this checkout has started. */
    const marked = () =>
        (existsSync("/proc/self/environ") ? readdirSync("/proc") : []).filter((pid) => {
            try {
                return readFileSync(`/proc/${pid}/environ`, "utf8").includes(
                    `KUBEFABRIC_RUN=${root}/.kubefabric`,
                );
            } catch {
                return false;
            }
        });
    const processes = () =>
        execFileSync("ps", ["-ww", "-eo", "args="], { encoding: "utf8" })
            .split("\n")
            .filter((line) => line.includes(`${root}/.kubefabric/`));
    async function until(condition: () => boolean): Promise<void> {
        for (const deadline = Date.now() + 60_000; !condition();) {
            assert.ok(Date.now() < deadline, "did not come true within a minute");
            await new Promise((resolve) => setTimeout(resolve, 50));
        }
    }

    it("say that nothing is up, before anything was", async () => {
        const { code, text } = await run("down");
        assert.equal(code, 0);
        assert.match(text, /^No network is up here; there is nothing to take down\.\n$/);
    });

    it("go on after everything was killed in the middle, and make nothing twice", async () => {
        const args = simulated("milliseconds=2000", "chained=yes");
        const killed = start("up", ...args);
        await until(() => pending().some((urn) => urn.endsWith("::peer1")));
        process.kill(-killed.pid!, "SIGKILL");
        await ending(killed);
        const left = marked();
        const { code, text } = await run("up", ...args);
        assert.equal(code, 0, text);
        // Neither the program nor the providers of the killed run wait for their engine for ever.
        assert.deepEqual(
            marked().filter((pid) => left.includes(pid)),
            [],
        );
        assert.match(text, /An earlier run was interrupted at .*; going on from there\./);
        assert.equal(done().filter((line) => line === "+peer0").length, 1);
        assert.ok(done().includes("+peer1-ledger") && done().includes("+peer1"), String(done()));
    });

    it("change nothing in a second run, go back to the same cluster, and say “0 changes”", async () => {
        const { code, text } = await run("up");
        assert.equal(code, 0, text);
        assert.match(text, /\n0 changes: all 7 resources are as the program describes them /);
        assert.doesNotMatch(text, A_CHANGE);
        assert.deepEqual(done(), []);
        assert.match(text, /\n {2}org1 {2}peer0 {2}peer0\n/);
        // First and last it is said that containers do not run.
        const lines = text.trim().split("\n");
        assert.equal(lines[0], "SIMULATED CLUSTER: containers do not run here.");
        assert.equal(lines.at(-3), lines[0]);
    });

    it("fails where another cluster is named while the network is in this one", async () => {
        const kubeconfig = join(root, ".kubefabric", "cluster", "kubeconfig");
        const { code, text } = await run("up", "--kubeconfig", kubeconfig);
        assert.equal(code, 1);
        assert.match(
            text,
            /the network is in its own simulated cluster, so it cannot be brought up in/,
        );
    });

    it("fails with what the engine says, and goes on when that is mended", async () => {
        const { code, text } = await run("up", "--set", "broken=peer1");
        assert.equal(code, 1);
        assert.match(text, /"npm run up" failed\n {2}Resource peer1: [^]*no such image/);
        assert.match(text, /it goes on from here\. Nothing is lost\.\nFull log: .*\.log\n/);
        const mended = await run("up", "--set", "broken=", "--set", "chained=");
        assert.equal(mended.code, 0, mended.text);
    });

    it("fails where the passphrase is lost, and makes no new one", async () => {
        const file = join(root, ".kubefabric", "passphrase");
        const passphrase = readFileSync(file);
        rmSync(file);
        const { code, text } = await run("up");
        assert.equal(code, 1);
        assert.match(text, /passphrase file .* is missing, but there is a state/);
        assert.ok(!existsSync(file));
        writeFileSync(file, passphrase, { mode: 0o600 });
    });

    it("keep ledgers when the network is taken down, name them, and stop the cluster", async () => {
        const { code, text } = await run("down");
        assert.equal(code, 0, text);
        assert.deepEqual(done(), ["-peer0", "-peer1"]);
        assert.match(text, /\n2 deleted \(.*\nKept:\n {2}further: peer0-ledger, peer1-ledger\n/);
        assert.deepEqual(processes(), []);
        const again = await run("down");
        assert.match(again.text, /The network is down already\.\nKept:\n/);
        assert.equal(again.code, 0);
    });

    it("stop in an orderly way at Ctrl-C, and go on afterwards", async () => {
        const begun = `${log}.begun`;
        rmSync(begun, { force: true });
        const child = start("up", "--set", "milliseconds=4000");
        const ended = ending(child);
        // What the engine has begun may still wait for a provider that starts, and is given up then.
        await until(() => existsSync(begun));
        process.kill(child.pid!, "SIGINT");
        const { code, text } = await ended;
        assert.equal(code, 130, text);
        assert.match(text, /stopping: what is in flight is finished first/);
        assert.match(text, /stopped; nothing is lost, the same command goes on from here\n/);
        // What was in flight was finished, and recorded.
        assert.deepEqual(pending(), []);
        const made = done();
        assert.ok(made.length > 0);
        const again = await run("up");
        assert.equal(again.code, 0, again.text);
        assert.deepEqual(done(), ["+peer0", "+peer1"]);
    });

    it("fails to delete ledgers where nobody can be asked, and names them", async () => {
        const { code, text } = await run("down", "--delete-ledgers");
        assert.equal(code, 1);
        assert.match(text, /peer0-ledger, peer1-ledger\nNobody can be asked here/);
        assert.deepEqual(done(), []);
    });

    it("delete all with one answer: ledgers, state, passphrase, cluster and its processes", async () => {
        const { code, text } = await run("down", "--delete-ledgers", "--yes");
        assert.equal(code, 0, text);
        assert.deepEqual(done(), ["-peer0", "-peer0-ledger", "-peer1", "-peer1-ledger"]);
        assert.deepEqual(processes(), []);
        assert.deepEqual(
            readdirSync(join(root, ".kubefabric")).filter((name) => name !== "bin"),
            [],
        );
        assert.ok(!existsSync(join(root, "Pulumi.local.yaml")));
    });
});
