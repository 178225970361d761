import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";

import { endOrphans, RUN_MARK } from "kubefabric/internal/cli/orphans";

describe("what a killed run has left running", () => {
    const children: ChildProcess[] = [];
    afterEach(() => children.splice(0).forEach((child) => child.kill("SIGKILL")));

    async function wait(folder: string): Promise<ChildProcess> {
        const script = 'console.log("up"); setTimeout(() => {}, 60_000)';
        const child = spawn(process.execPath, ["-e", script], {
            env: { ...process.env, [RUN_MARK]: folder },
        });
        children.push(child);
        await new Promise((done) => child.stdout.once("data", done));
        return child;
    }

    it("is ended, and nothing of another checkout", async function () {
        if (!existsSync("/proc/self/environ")) {
            this.skip();
        }
        const [mine, other] = [await wait("/a/.kubefabric"), await wait("/a/.kubefabric-b")];
        const ended = new Promise((done) => mine.once("exit", (_code, signal) => done(signal)));
        assert.equal(endOrphans("/a/.kubefabric"), 1);
        assert.equal(await ended, "SIGKILL");
        assert.equal(other.exitCode ?? other.signalCode, null);
        assert.equal(endOrphans("/nowhere"), 0);
    });
});
