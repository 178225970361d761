import assert from "node:assert/strict";

import * as fc from "fast-check";

import { scheduleProblem } from "kubefabric/internal/components/workloads/cronSchedule";

describe("scheduleProblem", () => {
    for (const schedule of [
        "17 3 * * *",
        "*/15 * * * *",
        "0 0-6/2 1,15 * MON-FRI",
        "0 4 1 jan,Jul ?",
        "  5   4 * *  SUN ",
        "59 23 31 12 6",
        "@daily",
        "@weekly",
    ]) {
        it(`takes "${schedule}"`, () => {
            assert.equal(scheduleProblem(schedule), undefined);
        });
    }

    const wrong: [schedule: unknown, reason: RegExp][] = [
        ["", /^"" is not a schedule; write five fields/],
        ["daily", /^"daily" is not a schedule/],
        ["@fortnightly", /^"@fortnightly" is not a schedule/],
        ["* * * *", /is not a schedule/],
        ["0 3 * * * *", /is not a schedule/],
        ["60 3 * * *", /^"60 3 \* \* \*": "60" is no minute \(0-59\); write five fields/],
        ["0 24 * * *", /"24" is no hour \(0-23\)/],
        ["0 3 0 * *", /"0" is no day of month \(1-31\)/],
        ["0 3 * 13 *", /"13" is no month \(1-12\)/],
        ["0 3 * * 7", /"7" is no day of week \(0-6\)/],
        ["0 3 * * MONDAY", /"MONDAY" is no day of week/],
        ["0 3 * MON *", /"MON" is no month/],
        ["*/0 3 * * *", /"\*\/0" is no minute/],
        ["*/ 3 * * *", /"\*\/" is no minute/],
        ["30-10 3 * * *", /"30-10" is no minute/],
        ["1-2-3 3 * * *", /"1-2-3" is no minute/],
        ["1,,2 3 * * *", /"1,,2" is no minute/],
        ["-1 3 * * *", /"-1" is no minute/],
        ["1.5 3 * * *", /"1.5" is no minute/],
        ["TZ=UTC 0 3 * * *", /is not a schedule/],
        [5, /^5 is not a schedule/],
    ];
    for (const [schedule, reason] of wrong) {
        it(`fails on ${JSON.stringify(schedule)}`, () => {
            assert.match(scheduleProblem(schedule as string) ?? "", reason);
        });
    }

    it("fails with every field that is wrong", () => {
        assert.match(scheduleProblem("60 24 * * *") ?? "", /no minute.*, "24" is no hour/);
    });

    it("takes every value in its range and none outside, in every field", () => {
        const ranges = [
            [0, 59],
            [0, 23],
            [1, 31],
            [1, 12],
            [0, 6],
        ] as const;
        fc.assert(
            fc.property(fc.nat(4), fc.nat(70), (field, value) => {
                const fields = ["*", "*", "*", "*", "*"];
                fields[field] = `${value}`;
                const [least, most] = ranges[field]!;
                const fits = value >= least && value <= most;
                assert.equal(scheduleProblem(fields.join(" ")) === undefined, fits);
            }),
        );
    });
});
