import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

/** Where snapshots are kept: plain files, a fact a line, so that a change reads as a diff. */
const FOLDER = resolve(import.meta.dirname, "../golden");

/** Set, snapshots are written anew instead of compared. */
const RENEW = "KUBEFABRIC_RENEW_SNAPSHOTS";

/** Compares lines, in any order, with those of a snapshot. */
export function assertSnapshot(name: string, lines: readonly string[]): void {
    const file = join(FOLDER, name);
    const sorted = [...lines].sort();
    if (process.env[RENEW]) {
        writeFileSync(file, sorted.join("\n") + "\n");
    }
    const known = readFileSync(file, "utf8").trim().split("\n");
    const without = (all: readonly string[], some: readonly string[]) =>
        all.filter((line) => !some.includes(line));
    assert.deepEqual(
        { gone: without(known, sorted), added: without(sorted, known), count: sorted.length },
        { gone: [], added: [], count: known.length },
        `differs from tests/golden/${name}; if that is meant, renew it with ${RENEW}=1`,
    );
}
