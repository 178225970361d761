import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { CHECKOUT } from "../support/installed.ts";
import { CommandFolder } from "../support/updateFolder.ts";

describe("docs/commands.md", function () {
    this.timeout(60_000);
    const page = readFileSync(join(CHECKOUT, "docs/commands.md"), "utf8");
    const folder = new CommandFolder();
    after(() => folder.remove());

    it("names every command there is", () => {
        const { output } = folder.run(["--help"]);
        const commands = [...output.matchAll(/^ {2}([a-z]+) \[?/gm)].map(([, name]) => name);
        assert.ok(commands.includes("sign") && commands.includes("topology"), output);
        for (const name of commands.filter((one) => one !== "help")) {
            assert.match(page, new RegExp(`^\\| \\[\`${name}\`\\]`, "m"), name);
        }
    });

    for (const command of ["sign", "show", "merge", "status", "topology"]) {
        it(`names every option of ${command}, and the command says how it ends`, () => {
            const { code, output } = folder.run([command, "--help"]);
            assert.equal(code, 0);
            assert.match(output, /^Ends with 0/m);
            for (const [option] of output.matchAll(/--[a-z-]+/g)) {
                assert.ok(option === "--help" || page.includes(option), option);
            }
        });
    }
});
