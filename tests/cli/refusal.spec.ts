import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";

import { isDiskFull } from "kubefabric/internal/cli/refusal";

const REFUSAL = createRequire(import.meta.url).resolve("kubefabric/internal/cli/refusal");

/** What a command that fails so prints, and what it ends with. */
function ending(failure: string): { status: number | null; printed: string } {
    const script = `
        const { runToEnd, Refusal, Interrupted } = require(${JSON.stringify(REFUSAL)});
        runToEnd(async () => { ${failure} });`;
    const { status, stderr } = spawnSync(process.execPath, ["-e", script], { encoding: "utf8" });
    return { status, printed: stderr };
}

describe("a command that cannot go on", () => {
    it("fails with the sentence that says why, and no stack", () => {
        assert.deepEqual(ending('throw new Refusal("no cluster is there; start one")'), {
            status: 1,
            printed: "no cluster is there; start one\n",
        });
        assert.equal(ending('throw new Refusal("wrong argument", 2)').status, 2);
    });

    it("fails with one sentence where the disk is full, whoever found out", () => {
        for (const failure of [
            'throw Object.assign(new Error("write"), { code: "ENOSPC" })',
            'throw new Error("write state.json: no space left on device")',
            'throw new Error("stderr: ENOSPC: no space left on device, write")',
        ]) {
            assert.deepEqual(ending(failure), {
                status: 1,
                printed:
                    "the disk is full; free some space and run the same command again: nothing is lost, it goes on\n",
            });
        }
    });

    it("fails with 130 where it was asked to stop, and says that nothing is lost", () => {
        assert.deepEqual(ending("throw new Interrupted()"), {
            status: 130,
            printed: "stopped; nothing is lost, the same command goes on from here\n",
        });
    });

    it("fails with the stack of what nobody foresaw", () => {
        const { status, printed } = ending('throw new TypeError("x is not a function")');
        assert.equal(status, 1);
        assert.match(printed, /TypeError: x is not a function\n\s+at /);
    });

    it("tells a full disk from other failures", () => {
        assert.ok(isDiskFull(Object.assign(new Error("write"), { code: "ENOSPC" })));
        for (const other of [new Error("EACCES"), undefined, "space", { code: "EDQUOT" }]) {
            assert.equal(isDiskFull(other), false);
        }
    });
});
