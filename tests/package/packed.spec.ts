import assert from "node:assert/strict";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

import { CHECKOUT, MANIFEST, PackedPackage } from "../support/installed.ts";

/** What the compiler makes of a source. */
const COMPILED = [".js", ".js.map", ".d.ts"] as const;

/** Sources of a folder, as paths in the checkout. */
function sourcesIn(folder: string): string[] {
    return readdirSync(join(CHECKOUT, folder), { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(".ts"))
        .map((file) => join(folder, file));
}

/** The file of the checkout that a file of the package is made from. */
function sourceOf(packed: string): string {
    const path = packed.replace(/^dist\//, "");
    const compiled = COMPILED.find((ending) => path.endsWith(ending));
    return compiled ? path.slice(0, -compiled.length) + ".ts" : path;
}

/** Every target that `exports` names, with the sub-path. */
function exportTargets(): [string, string][] {
    return Object.entries(MANIFEST.exports).flatMap(([subPath, target]) =>
        (typeof target === "string" ? [target] : Object.values(target)).map(
            (each): [string, string] => [subPath, each.replace(/^\.\//, "")],
        ),
    );
}

describe("the package that npm packs", () => {
    let files: ReturnType<PackedPackage["files"]>;
    before(() => {
        const packed = new PackedPackage();
        files = packed.files();
        packed.forget();
    });

    it("holds every target of its exports", () => {
        for (const [subPath, target] of exportTargets()) {
            const [before, after] = target.split("*") as [string, string?];
            const found = [...files.keys()].some((file) =>
                after === undefined
                    ? file === target
                    : file.startsWith(before) && file.endsWith(after),
            );
            assert.ok(found, `${subPath}: ${target}`);
        }
    });

    for (const [command, target] of Object.entries(MANIFEST.bin ?? {})) {
        it(`holds the command ${command}, ready to be run`, () => {
            assert.ok(files.get(target.replace(/^\.\//, ""))?.executable, target);
        });
    }

    it("holds what the engine wants beside the policy pack", () => {
        for (const file of ["PulumiPolicy.yaml", "package.json", "index.js"]) {
            assert.ok(files.has(`dist/policy/${file}`), file);
        }
    });

    it("holds of the commands only the one that it is published with", () => {
        const commands = [...files.keys()].filter((file) => file.startsWith("dist/cli/"));
        assert.ok(commands.includes("dist/cli/kubefabric.js"));
        assert.deepEqual(
            commands.filter(
                (file) =>
                    !/^dist\/cli\/((kubefabric|check\w*|refusal)\.|(updates|network)\/)/.test(file),
            ),
            [],
        );
    });

    it("holds what the compiler makes of every source of its folders", () => {
        const folders = MANIFEST.files
            .filter((entry) => entry.startsWith("dist/") && !entry.includes("*"))
            .map((entry) => entry.replace(/^dist\//, ""))
            .filter((folder) => statSync(join(CHECKOUT, folder)).isDirectory());
        assert.ok(folders.includes("components") && folders.includes("testing"));
        for (const source of folders.flatMap(sourcesIn)) {
            for (const ending of COMPILED) {
                const expected = join("dist", source.replace(/\.ts$/, ending));
                assert.ok(files.has(expected), expected);
            }
        }
    });

    it("holds nothing that has no source in this checkout, as a stale build does", () => {
        const stale = [...files.keys()].filter(
            (file) => !existsSync(join(CHECKOUT, sourceOf(file))),
        );
        assert.deepEqual(stale, [], "remove the folder dist and build again");
    });

    it("holds no tests, tools, sources or files of a build", () => {
        const foreign =
            /(^|\/)(tests?|tools|sdks|bench|examples|\.kubefabric)\/|\.spec\.|tsbuildinfo|^Pulumi|(?<!\.d)\.ts$/;
        assert.deepEqual(
            [...files.keys()].filter((file) => foreign.test(file)),
            [],
        );
    });

    it("says what it is, what was verified and under which license", () => {
        for (const file of ["README.md", "LICENSE", "SUPPORTED.md", "CHANGELOG.md"]) {
            assert.ok(files.has(file), file);
        }
    });
});
