import assert from "node:assert/strict";

import * as fc from "fast-check";

import {
    daysLeft,
    renewalDue,
    VALIDITY_DEFAULTS,
    validityProblems,
} from "kubefabric/internal/fabric/identities";

import { later, makeCa, makeCertificate, NOW } from "./authorities.ts";

describe("validityProblems", () => {
    it("takes the defaults, and a certificate as long as its CA", () => {
        assert.deepEqual(validityProblems({}), []);
        assert.deepEqual(validityProblems(VALIDITY_DEFAULTS), []);
        assert.deepEqual(validityProblems({ caValidityDays: 30, certificateValidityDays: 30 }), []);
    });

    const wrong: [unknown, RegExp][] = [
        [0, /^0 would end a certificate before it begins; write a number of days such as /],
        [-1, /^-1 would end a certificate before it begins/],
        [NaN, /^NaN is not a number/],
        [Infinity, /^Infinity is not a number/],
        ["365", /^"365" is not a number/],
        [0.5, /^0.5 is less than a day/],
        [36_501, /^36501 is more than a hundred years/],
    ];
    for (const [days, reason] of wrong) {
        it(`fails on ${JSON.stringify(days) ?? days} days (${String(days)}), for each argument`, () => {
            for (const path of ["caValidityDays", "certificateValidityDays"] as const) {
                const [problem, ...others] = validityProblems({ [path]: days as number });
                assert.equal(problem?.path, path);
                assert.match(problem.reason, reason);
                assert.deepEqual(others, []);
            }
        });
    }

    it("reports both arguments at once", () => {
        const found = validityProblems({ caValidityDays: 0, certificateValidityDays: NaN });
        assert.deepEqual(
            found.map(({ path }) => path),
            ["caValidityDays", "certificateValidityDays"],
        );
    });

    it("fails where a certificate outlives its CA, on the argument that was written", () => {
        assert.deepEqual(validityProblems({ caValidityDays: 365 }), [
            {
                path: "caValidityDays",
                reason:
                    "365 is less than the 1095 days of a certificate, which would outlive its CA; " +
                    "write 1095 or more, or set certificateValidityDays too",
            },
        ]);
        assert.deepEqual(validityProblems({ caValidityDays: 30, certificateValidityDays: 31 }), [
            {
                path: "certificateValidityDays",
                reason:
                    "31 outlives its CA, which is valid for 30 days; write 30 or less, or raise " +
                    "caValidityDays",
            },
        ]);
    });

    it("takes any two lifetimes in order, and no two out of order", () => {
        const days = fc.integer({ min: 1, max: 36_500 });
        fc.assert(
            fc.property(days, days, (caValidityDays, certificateValidityDays) => {
                const found = validityProblems({ caValidityDays, certificateValidityDays });
                assert.equal(found.length, certificateValidityDays > caValidityDays ? 1 : 0);
            }),
        );
    });
});

describe("renewalDue", () => {
    it("is false until the last third of a certificate's life and true from then on", async () => {
        const ca = await makeCa("ca");
        const certificate = await makeCertificate({ ca, validityDays: 30 });
        const justBefore = new Date(later(20).getTime() - 2 * 60 * 1000);
        assert.equal(renewalDue(certificate, NOW), false);
        assert.equal(renewalDue(certificate, justBefore), false);
        assert.equal(renewalDue(certificate, later(20)), true);
        assert.equal(renewalDue(certificate, later(31)), true);
    });

    it("leaves a certificate alone that ends with its CA, as a renewal would gain nothing", async () => {
        const ca = await makeCa("ca", { validityDays: 40 });
        const clamped = await makeCertificate({ ca, validityDays: 60 });
        assert.equal(renewalDue(clamped, later(39), ca.certificatePem), false);
        assert.equal(renewalDue(clamped, later(39)), true);
        const shorter = await makeCertificate({ ca, validityDays: 30 });
        assert.equal(renewalDue(shorter, later(25), ca.certificatePem), true);
    });
});

describe("daysLeft", () => {
    it("counts whole days, and goes below zero", async () => {
        const certificate = await makeCertificate({ ca: await makeCa("ca"), validityDays: 30 });
        assert.equal(daysLeft(certificate, NOW), 30);
        assert.equal(daysLeft(certificate, new Date(NOW.getTime() + 1)), 29);
        assert.equal(daysLeft(certificate, later(30)), 0);
        assert.equal(daysLeft(certificate, later(31.5)), -2);
    });
});
