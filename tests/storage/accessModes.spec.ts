import assert from "node:assert/strict";

import { ACCESS_MODES, LEDGER_ACCESS_MODES } from "kubefabric/internal/storage/accessModes";

describe("access modes", () => {
    it("are the four of Kubernetes, with their usual short forms", () => {
        const shortForms = Object.entries(ACCESS_MODES).map(([mode, { short }]) => [mode, short]);
        assert.deepEqual(shortForms, [
            ["ReadWriteOnce", "RWO"],
            ["ReadOnlyMany", "ROX"],
            ["ReadWriteMany", "RWX"],
            ["ReadWriteOncePod", "RWOP"],
        ]);
    });

    it("of a ledger never let a second node mount it, and begin with the one of a single writer", () => {
        for (const mode of LEDGER_ACCESS_MODES) {
            assert.notEqual(ACCESS_MODES[mode].mountedBy, "nodes");
        }
        assert.equal(ACCESS_MODES[LEDGER_ACCESS_MODES[0]].singleWriter, true);
    });
});
