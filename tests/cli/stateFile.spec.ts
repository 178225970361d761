import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { mendStateFile } from "kubefabric/internal/cli/stateFile";

describe("a state file", () => {
    const written = (now: string | undefined, before: string | undefined): string => {
        const path = join(mkdtempSync(join(tmpdir(), "kubefabric-state-")), "local.json");
        if (now !== undefined) {
            writeFileSync(path, now);
        }
        if (before !== undefined) {
            writeFileSync(`${path}.bak`, before);
        }
        return path;
    };

    it("that was cut off is replaced by the one before it", () => {
        for (const half of ["", '{"version":3,"depl']) {
            const path = written(half, '{"version":3}');
            assert.equal(mendStateFile(path), true);
            assert.equal(readFileSync(path, "utf8"), '{"version":3}');
        }
    });

    it("that is whole stays as it is", () => {
        const path = written('{"version":3,"new":1}', '{"version":3}');
        assert.equal(mendStateFile(path), false);
        assert.equal(readFileSync(path, "utf8"), '{"version":3,"new":1}');
    });

    it("is left alone where the one before it is no better", () => {
        for (const before of [undefined, "", "{"]) {
            const path = written("{", before);
            assert.equal(mendStateFile(path), false);
            assert.equal(readFileSync(path, "utf8"), "{");
        }
        assert.equal(mendStateFile(written(undefined, "{}")), false);
    });
});
