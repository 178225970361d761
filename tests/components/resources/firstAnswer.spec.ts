import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

import { firstAnswerOf } from "kubefabric/internal/components/resources/methods/access";

describe("the first answer of several nodes", () => {
    /** Nodes by what they do, and who was asked. */
    function nodes(behaviors: Record<string, () => Promise<string | undefined>>) {
        const asked: string[] = [];
        const ask = (name: string) => {
            asked.push(name);
            return behaviors[name]!();
        };
        const first = (nextAfterMs = 10_000) =>
            firstAnswerOf(Object.keys(behaviors), ask, { nextAfterMs });
        return { asked, first };
    }
    const answers = (text: string) => () => Promise.resolve(text);
    const none = () => Promise.resolve(undefined);
    const fails = (text: string) => () => Promise.reject(new Error(text));
    const late = (text: string) => () => sleep(200, text);

    it("is the first one's, and nobody else is asked", async () => {
        const { asked, first } = nodes({ a: answers("from a"), b: answers("from b") });
        assert.equal(await first(), "from a");
        await sleep(20);
        assert.deepEqual(asked, ["a"]);
    });

    it("is the next one's at once where one fails or has none", async () => {
        const { asked, first } = nodes({ a: fails("no"), b: none, c: answers("from c") });
        assert.equal(await first(), "from c");
        assert.deepEqual(asked, ["a", "b", "c"]);
    });

    it("is the next one's after a while where one takes its time", async () => {
        const { asked, first } = nodes({ a: late("from a"), b: answers("from b") });
        assert.equal(await first(30), "from b");
        assert.deepEqual(asked, ["a", "b"]);
    });

    it("is that of the one who takes its time, where no other has one", async () => {
        const { first } = nodes({ a: late("from a"), b: fails("no"), c: none });
        assert.equal(await first(20), "from a");
    });

    it("is none where nobody has one, or nobody is there", async () => {
        assert.equal(await nodes({ a: none, b: none }).first(), undefined);
        assert.equal(await nodes({}).first(), undefined);
    });

    it("fails with what the last one said that failed", async () => {
        const { first } = nodes({ a: fails("first"), b: fails("second"), c: none });
        await assert.rejects(first(), { message: "second" });
    });
});
