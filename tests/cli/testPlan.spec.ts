import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";

import { exitCodeOf, specsOf, totalLine } from "kubefabric/internal/cli/testPlan";

describe("the files of a suite", () => {
    let root: string;
    before(() => {
        root = mkdtempSync(join(tmpdir(), "kubefabric-cli-"));
        for (const file of [
            "storage/claims.spec.ts",
            "fabric/deep/x509.spec.ts",
            "fabric/authorities.ts",
            "engine/up.spec.ts",
            "support/helper.spec.ts",
        ]) {
            mkdirSync(join(root, "tests", file, ".."), { recursive: true });
            writeFileSync(join(root, "tests", file), "");
        }
    });
    after(() => rmSync(root, { recursive: true }));

    it("are those of every folder that is no other suite's, so that none is forgotten", () => {
        const names = specsOf(root, "unit").map((file) => relative(join(root, "tests"), file));
        assert.deepEqual(names, ["fabric/deep/x509.spec.ts", "storage/claims.spec.ts"]);
    });

    it("are those of its own folder, or none", () => {
        assert.equal(specsOf(root, "engine").length, 1);
        assert.deepEqual(specsOf(root, "network"), []);
    });
});

describe("the result of a run", () => {
    const counts = (passed: number, failed: number, skipped: number) => ({
        passed,
        failed,
        skipped,
    });

    it("is one line with the sums of all suites", () => {
        assert.equal(
            totalLine([counts(3, 0, 1), counts(2, 1, 4)]),
            "5 passed, 1 failed, 5 skipped",
        );
    });

    it("is a success where something passed and nothing failed", () => {
        assert.equal(exitCodeOf([counts(1, 0, 0), counts(0, 0, 9)]), 0);
        assert.equal(exitCodeOf([counts(9, 0, 0), counts(0, 1, 0)]), 1);
    });

    it("is no success where nothing was tested", () => {
        assert.equal(exitCodeOf([counts(0, 0, 9)]), 1);
        assert.equal(exitCodeOf([]), 1);
    });
});
