import assert from "node:assert/strict";
import { join } from "node:path";

import { parseBenchArguments } from "kubefabric/internal/bench/arguments";
import { alternate, median, medians } from "kubefabric/internal/bench/measure";
import { findingLine } from "kubefabric/internal/bench/report";
import { SDKS, typePrograms } from "kubefabric/internal/bench/typePrograms";

describe("npm run bench", () => {
    const known = ["construct", "engine", "policy"];

    it("runs all parts where none is named, else the named ones in its own order", () => {
        assert.deepEqual(parseBenchArguments([], known).parts, known);
        assert.deepEqual(parseBenchArguments(["policy", "construct"], known).parts, [
            "construct",
            "policy",
        ]);
    });

    it("writes a file only where one is named", () => {
        assert.equal(parseBenchArguments([], known).json, undefined);
        assert.equal(parseBenchArguments(["--json", "a.json"], known).json, "a.json");
    });

    it("fails for a part that there is not, and names those that there are", () => {
        assert.throws(
            () => parseBenchArguments(["polcy"], known),
            /^Refusal: "polcy" is not a part; use one of construct, engine, policy$/,
        );
    });

    it("measures in turn, so that what disturbs one disturbs all", async () => {
        const order: string[] = [];
        const work = (name: string) => () => order.push(name);
        const results = await alternate(2, { a: work("a"), b: work("b") });
        assert.deepEqual(order, ["a", "b", "a", "b"]);
        assert.deepEqual(medians(results), { a: 2, b: 3 });
    });

    it("takes the middle figure, and the mean of two middle ones", () => {
        assert.equal(median([9, 1, 5]), 5);
        assert.equal(median([10, 1, 3, 2]), 2.5);
        assert.throws(() => median([]), /no figure/);
    });

    it("says where a goal is missed, from whichever side", () => {
        const line = (figure: number, atLeast: boolean) =>
            findingLine({ what: "start", figure, goal: 5, atLeast });
        assert.match(line(5, false), /5\.00 ×\s+goal ≤ 5\.00 ×$/);
        assert.match(line(5.1, false), /goal ≤ 5\.00 × \(missed\)$/);
        assert.match(line(5, true), /goal ≥ 5\.00 ×$/);
        assert.match(line(4.9, true), /goal ≥ 5\.00 × \(missed\)$/);
    });

    for (const sdk of SDKS) {
        it(`compares one program for ${sdk}: under 60 lines, and the same but for its cluster`, () => {
            const { ours, classes, root } = typePrograms(sdk, join(import.meta.dirname, "../.."));
            const end = (program: string) => program.slice(program.indexOf("const ordererOrg"));
            assert.match(end(ours), /new Channel\(/);
            for (const program of [ours, classes, root]) {
                assert.ok(program.split("\n").length <= 60);
                assert.equal(end(program), end(ours));
            }
            const importsOf = (program: string) =>
                [...program.matchAll(/ from "([^"]+)";/g)].map(([, name]) => name!);
            const ofSdk = (program: string) =>
                importsOf(program).filter((name) => name.startsWith(`@pulumi/${sdk}`));
            assert.deepEqual(ofSdk(ours), []);
            assert.equal(ofSdk(classes).length, 4);
            assert.ok(ofSdk(classes).every((name) => name !== `@pulumi/${sdk}`));
            assert.deepEqual(ofSdk(root), [`@pulumi/${sdk}`]);
            assert.ok(!/(Gke|Aks)Cluster/.test(classes + root));
        });
    }
});
