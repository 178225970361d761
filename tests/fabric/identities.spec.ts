import assert from "node:assert/strict";

import * as fc from "fast-check";

import {
    CA_WARNING_DAYS,
    caWarning,
    type CertificateLife,
    daysUntil,
    endInWords,
    lifeOf,
    lifeOfCa,
    type Remedy,
    remedyDue,
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
        const dueAt = (now: Date) => renewalDue(certificate, now, ca.certificatePem);
        const justBefore = new Date(later(20).getTime() - 2 * 60 * 1000);
        assert.equal(dueAt(NOW), false);
        assert.equal(dueAt(justBefore), false);
        assert.equal(dueAt(later(20)), true);
        assert.equal(dueAt(later(31)), true);
    });

    it("leaves a certificate alone that ends with its CA, as a renewal would gain nothing", async () => {
        const ca = await makeCa("ca", { validityDays: 40 });
        const clamped = await makeCertificate({ ca, validityDays: 60 });
        assert.equal(renewalDue(clamped, later(39), ca.certificatePem), false);
        const shorter = await makeCertificate({ ca, validityDays: 30 });
        assert.equal(renewalDue(shorter, later(25), ca.certificatePem), true);
    });
});

describe("lifeOf", () => {
    it("has the begin and end of a certificate and the end of its CA", async () => {
        const ca = await makeCa("ca", { validityDays: 40 });
        const certificate = await makeCertificate({ ca, validityDays: 30 });
        assert.deepEqual(lifeOf(certificate, ca.certificatePem), {
            notBefore: "2027-03-01T11:55:00.000Z",
            notAfter: "2027-03-31T12:00:00.000Z",
            caNotAfter: "2027-04-10T12:00:00.000Z",
        });
    });
});

describe("lifeOfCa", () => {
    it("ends with the first of the CA's certificate and those above it", async () => {
        const pemOf = async (validityDays: number) =>
            (await makeCa("ca", { validityDays })).certificatePem;
        const [long, middle, short] = [await pemOf(5000), await pemOf(3000), await pemOf(100)];
        const endOf = (...chain: [string, ...string[]]) => {
            const { notBefore, notAfter, caNotAfter } = lifeOfCa(...chain);
            assert.equal(notBefore, "2027-03-01T11:55:00.000Z");
            assert.equal(caNotAfter, notAfter);
            return daysUntil(notAfter, NOW);
        };
        assert.equal(endOf(long), 5000, "a root");
        assert.equal(endOf(middle, long), 3000, "an intermediate");
        assert.equal(endOf(long, middle), 3000, "an intermediate that would outlive its root");
        assert.equal(endOf(long, middle, short), 100);
    });

    it("is never renewed by an update, also of an intermediate in its last third", async () => {
        const [root, intermediate] = [
            await makeCa("root", { validityDays: 9000 }),
            await makeCa("intermediate", { validityDays: 3000 }),
        ];
        const life = lifeOfCa(intermediate.certificatePem, root.certificatePem);
        assert.equal(remedyDue(life, later(2500)), undefined);
        assert.equal(remedyDue(life, later(2636)), "newCa");
    });
});

describe("remedyDue", () => {
    const life = (from: number, until: number, ca: number): CertificateLife => ({
        notBefore: later(from).toISOString(),
        notAfter: later(until).toISOString(),
        caNotAfter: later(ca).toISOString(),
    });

    const table: [what: string, life: CertificateLife, day: number, due?: Remedy][] = [
        ["a fresh certificate", life(0, 900, 5000), 0],
        ["a certificate before its last third", life(0, 900, 5000), 599],
        ["a certificate in its last third", life(0, 900, 5000), 600, "renewal"],
        ["a certificate that has ended", life(0, 900, 5000), 901, "renewal"],
        ["a root with more than a year left", life(0, 5000, 5000), 4634],
        ["a root with exactly a year left", life(0, 5000, 5000), 4635],
        ["a root with less than a year left", life(0, 5000, 5000), 4636, "newCa"],
        ["a root that has ended", life(0, 5000, 5000), 5001, "newCa"],
        ["a certificate that ends with its CA", life(4000, 5000, 5000), 4636, "newCa"],
        ["one of its last third that ends with its CA", life(0, 2000, 2000), 1500],
    ];
    for (const [what, of, day, due] of table) {
        it(`says ${due ?? "nothing"} of ${what}`, () => {
            assert.equal(remedyDue(of, later(day)), due);
        });
    }

    it("agrees with what an update does, whatever the lives and the day", () => {
        const days = fc.integer({ min: 1, max: 6000 });
        fc.assert(
            fc.property(days, days, days, (until, ca, day) => {
                const end = Math.min(until, ca);
                const renews = end < ca && day * 3 >= end * 2;
                const due = remedyDue(life(0, end, ca), later(day));
                assert.equal(due === "renewal", renews);
                assert.equal(due === "newCa", end === ca && end - day < CA_WARNING_DAYS);
            }),
        );
    });
});

describe("daysUntil", () => {
    it("counts whole days, and goes below zero", () => {
        const end = later(30).toISOString();
        assert.equal(daysUntil(end, NOW), 30);
        assert.equal(daysUntil(end, new Date(NOW.getTime() + 1)), 29);
        assert.equal(daysUntil(end, later(30)), 0);
        assert.equal(daysUntil(end, later(31.5)), -2);
    });
});

describe("endInWords", () => {
    it("tells the day and how far it is", () => {
        const end = later(30).toISOString();
        assert.equal(endInWords(end, NOW), "ends on 2027-03-31, in 30 days");
        assert.equal(endInWords(end, later(28.5)), "ends on 2027-03-31, in 1 day");
        assert.equal(endInWords(end, later(29.5)), "ends on 2027-03-31, within a day");
        assert.equal(endInWords(end, later(30)), "ended on 2027-03-31");
        assert.equal(endInWords(end, later(300)), "ended on 2027-03-31");
    });
});

describe("caWarning", () => {
    it("says which CA ends and when, from a year before", async () => {
        const { certificatePem } = await makeCa("ca", { validityDays: 3650 });
        const life = lifeOfCa(certificatePem);
        assert.equal(caWarning("org1-tls-ca", life, later(3285)), undefined);
        assert.equal(
            caWarning("org1-tls-ca", life, later(3285.5)),
            "the CA org1-tls-ca ends on 2037-02-26, in 364 days, and every certificate that it signed " +
                "ends with it; no update renews a CA: a root that channels know is replaced by an " +
                "update of each channel's configuration, see docs/certificates.md of kubefabric",
        );
    });

    it("goes on once the CA has ended", async () => {
        const { certificatePem } = await makeCa("ca", { validityDays: 30 });
        assert.match(
            caWarning("x", lifeOfCa(certificatePem), later(31)) ?? "",
            /^the CA x ended on 2027-03-31, /,
        );
    });
});
