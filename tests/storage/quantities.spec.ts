import assert from "node:assert/strict";

import * as fc from "fast-check";

import {
    bytesOf,
    cpuProblem,
    cpusOf,
    memoryProblem,
    resourceProblems,
    storageSizeProblem,
} from "kubefabric/internal/storage/quantities";

type Check = (value: unknown) => string | undefined;

/** What a reason tells its reader to write. */
function instead(reason: string): string[] {
    const [, list] = /; write ("[^"]+"(?: or "[^"]+")*)$/.exec(reason) ?? [];
    assert.ok(list !== undefined, `${reason} offers nothing`);
    return list.split(" or ").map((one) => one.slice(1, -1));
}

/** Text like sizes that people write, numbers, and anything else. */
const sizes = fc.oneof(
    fc.stringMatching(
        /^[+-]?[0-9]{1,4}([.,][0-9]{1,3})? ?([kKmMgGtTpPeE]?i?[bB]?|bytes|cores|e[0-9])$/,
    ),
    fc.string({ unit: fc.constantFrom(..."0123456789.,-+ eEkKmMgGiIbBun"), maxLength: 12 }),
    fc.stringMatching(/^[0-9]{15,60}(\.[0-9]{30,400})?(E|Ei|e99|e-99)?$/),
    fc.double(),
    fc.anything(),
);

function offersOnlyWhatItTakes(check: Check): void {
    it("offers for everything it refuses something that it takes", () => {
        fc.assert(
            fc.property(sizes, (value) => {
                const reason = check(value);
                for (const better of reason === undefined ? [] : instead(reason)) {
                    assert.equal(check(better), undefined, `${reason}`);
                }
            }),
            { numRuns: 2000 },
        );
    });
}

function refusals(check: Check, cases: [unknown, RegExp, ...string[]][]): void {
    for (const [value, why, ...better] of cases) {
        const shown = typeof value === "string" ? `"${value}"` : String(value);
        it(`fails on ${shown} and offers ${better.join(" or ")}`, () => {
            const reason = check(value) ?? "";
            assert.match(reason, why);
            assert.ok(reason.startsWith(shown), "the value comes first");
            assert.deepEqual(instead(reason), better);
        });
    }
}

describe("bytesOf", () => {
    const known: [string, number][] = [
        ["0", 0],
        ["1", 1],
        ["1k", 1000],
        ["1Ki", 1024],
        ["10G", 10_000_000_000],
        ["10Gi", 10_737_418_240],
        ["1.5Gi", 1_610_612_736],
        [".5Gi", 536_870_912],
        ["1.Gi", 1_073_741_824],
        ["1e3", 1000],
        ["1E3", 1000],
        ["2.5e1", 25],
        ["1E", 1e18],
        ["1Ei", 2 ** 60],
        ["100m", 1],
        ["1500m", 2],
        ["1e-3", 1],
        ["-1Ki", -1024],
        ["+1Ki", 1024],
    ];
    for (const [quantity, bytes] of known) {
        it(`reads ${quantity} as ${bytes}`, () => {
            assert.equal(bytesOf(quantity), bytes);
        });
    }

    it("orders sizes by what they are, not by how they are written", () => {
        const size = fc.tuple(fc.integer({ min: 1, max: 999 }), fc.constantFrom("Mi", "Gi", "Ti"));
        const factors = { Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 };
        fc.assert(
            fc.property(size, ([number, unit]) => {
                assert.equal(bytesOf(`${number}${unit}`), number * factors[unit as "Mi"]);
            }),
        );
    });

    it("fails on what is no quantity", () => {
        for (const text of ["", "Gi", "10GB", "1 Gi", "1e", "0x10", "1_000", "10Gi\n"]) {
            assert.throws(() => bytesOf(text), /is not a quantity of Kubernetes/);
        }
    });
});

describe("cpusOf", () => {
    it("reads whole CPUs and shares of one", () => {
        assert.equal(cpusOf("2"), 2);
        assert.equal(cpusOf("0.5"), 0.5);
        assert.equal(cpusOf("1500m"), 1.5);
        assert.equal(cpusOf("100u"), 0.0001);
    });
});

describe("storageSizeProblem", () => {
    it("takes sizes of Kubernetes from a mebibyte on", () => {
        for (const size of ["1Mi", "10Gi", "10G", "1.5Ti", "1e12", "7Ei", "+10Gi", "1048576"]) {
            assert.equal(storageSizeProblem(size), undefined);
        }
    });

    refusals(storageSizeProblem, [
        ["10GB", /ends in "GB", which is no unit in Kubernetes/, "10Gi", "10G"],
        ["10gb", /ends in "gb"/, "10Gi", "10G"],
        ["500MB", /ends in "MB"/, "500Mi", "500M"],
        ["10 Gi", /ends in " Gi"/, "10Gi"],
        ["10GiB", /ends in "GiB"/, "10Gi"],
        ["10gi", /ends in "gi"/, "10Gi"],
        ["10g", /ends in "g"/, "10Gi"],
        ["10,5Gi", /is not an amount of bytes/, "10.5Gi"],
        ["100m", /means thousandths of a byte \("m" is milli\)/, "100Mi", "100Gi"],
        ["0", /is nothing/, "10Gi"],
        ["0Gi", /is nothing/, "10Gi"],
        ["-1Gi", /is negative/, "1Gi"],
        ["10", /is 10 bytes/, "10Gi"],
        ["1023Ki", /is 1047552 bytes/, "10Gi"],
        [10, /is not text with a unit/, "10Gi"],
        [NaN, /is not text with a unit/, "10Gi"],
        [undefined, /is not text with a unit/, "10Gi"],
        ["", /is not an amount of bytes/, "10Gi"],
        ["ten", /is not an amount of bytes/, "10Gi"],
        ["8Ei", /is more than Kubernetes can count/, "10Gi"],
    ]);

    it("fails on what is neither text nor number, without printing it", () => {
        for (const value of [{ secret: "x" }, ["10Gi"], null, true, 10n]) {
            const reason = `${typeof value} is not text with a unit; write "10Gi"`;
            assert.equal(storageSizeProblem(value), reason);
        }
    });

    offersOnlyWhatItTakes(storageSizeProblem);
});

describe("memoryProblem", () => {
    it("takes what a machine can have", () => {
        for (const memory of ["64Mi", "1Gi", "1.5Gi", "2G", "64Ti"]) {
            assert.equal(memoryProblem(memory), undefined);
        }
    });

    refusals(memoryProblem, [
        ["512m", /means thousandths of a byte/, "512Mi", "512Gi"],
        ["512MB", /ends in "MB"/, "512Mi", "512M"],
        ["512", /is 512 bytes/, "512Mi"],
        [512, /is not text with a unit/, "512Mi"],
        ["0", /is nothing/, "512Mi"],
        ["65Ti", /is more memory than any machine has/, "512Mi"],
    ]);

    offersOnlyWhatItTakes(memoryProblem);
});

describe("cpuProblem", () => {
    it("takes CPUs and thousandths of them", () => {
        for (const cpu of ["1", "0.5", ".5", "1m", "500m", "1500m", "96", "999"]) {
            assert.equal(cpuProblem(cpu), undefined);
        }
    });

    refusals(cpuProblem, [
        ["0", /is no CPU at all/, "500m"],
        ["-1", /is negative/, "1"],
        ["2 cores", /ends in " cores"/, "2"],
        ["500 m", /ends in " m"/, "500m"],
        ["500M", /has a unit of bytes/, "500m"],
        ["2Gi", /has a unit of bytes/, "2"],
        ["1000", /is 1000 CPUs, more than any machine has/, "1000m"],
        ["0.5m", /is less than a thousandth of a CPU/, "500m"],
        ["100u", /is less than a thousandth of a CPU/, "500m"],
        [2, /is not text/, "2"],
        ["", /is not a number of CPUs/, "500m"],
    ]);

    offersOnlyWhatItTakes(cpuProblem);
});

describe("resourceProblems", () => {
    it("takes requests up to their limits, either without the other, and neither", () => {
        const cpu = "1";
        const memory = "1Gi";
        for (const resources of [
            {},
            { requests: { cpu, memory } },
            { limits: { cpu, memory } },
            { requests: { cpu: "1000m", memory: "1024Mi" }, limits: { cpu, memory } },
        ]) {
            assert.deepEqual(resourceProblems(resources), []);
        }
    });

    it("fails on a request above its limit, and names both", () => {
        const limits = { cpu: "1500m", memory: "1G" };
        assert.deepEqual(resourceProblems({ requests: { cpu: "2", memory: "1Gi" }, limits }), [
            {
                path: "requests.cpu",
                reason:
                    '"2" is more than the limit "1500m", and Kubernetes refuses such a Pod; write ' +
                    '"1500m" or less, or raise limits.cpu',
            },
            {
                path: "requests.memory",
                reason:
                    '"1Gi" is more than the limit "1G", and Kubernetes refuses such a Pod; write ' +
                    '"1G" or less, or raise limits.memory',
            },
        ]);
    });

    it("fails on every wrong amount at once, and compares only right ones", () => {
        const found = resourceProblems({
            requests: { cpu: "2 cores", memory: "512m" },
            limits: { cpu: "1", memory: "0" },
        });
        assert.deepEqual(
            found.map(({ path }) => path),
            ["requests.cpu", "requests.memory", "limits.memory"],
        );
    });
});
