import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import * as fc from "fast-check";

import { parseGoDuration } from "kubefabric/internal/fabric/goDuration";

/** What Go's `time.ParseDuration` made of a text; null where it failed. */
interface Parsed {
    text: string;
    nanoseconds: string | null;
}

const GOLDEN = JSON.parse(
    readFileSync(new URL("../golden/durations.json", import.meta.url), "utf8"),
) as Parsed[];

const UNITS = { ns: 1n, us: 1000n, ms: 1_000_000n, s: 10n ** 9n, m: 60n * 10n ** 9n };

describe("parseGoDuration", () => {
    for (const { text, nanoseconds } of GOLDEN) {
        const verb = nanoseconds === null ? "fails on" : "reads";
        it(`${verb} ${JSON.stringify(text)} as Go does`, () => {
            assert.equal(parseGoDuration(text)?.toString() ?? null, nanoseconds);
        });
    }

    it("adds up numbers with units, whatever their order", () => {
        const part = fc.tuple(
            fc.integer({ min: 0, max: 1_000_000 }),
            fc.constantFrom(...(Object.keys(UNITS) as (keyof typeof UNITS)[])),
        );
        fc.assert(
            fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), (parts) => {
                const text = parts.map(([count, unit]) => `${count}${unit}`).join("");
                const sum = parts.reduce(
                    (all, [count, unit]) => all + BigInt(count) * UNITS[unit],
                    0n,
                );
                assert.equal(parseGoDuration(text), sum);
                assert.equal(parseGoDuration(`-${text}`), -sum);
            }),
        );
    });

    it("fails on any text without a digit", () => {
        fc.assert(
            fc.property(
                fc.string().filter((text) => !/[0-9]/.test(text)),
                (text) => {
                    assert.equal(parseGoDuration(text), undefined);
                },
            ),
        );
    });
});
