import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { storagePage } from "kubefabric/internal/cli/storagePage";
import { ACCESS_MODES, profileNames, STORAGE_ROWS } from "kubefabric/storage";

describe("docs/storage.md", () => {
    const page = storagePage();
    const written = readFileSync(new URL("../../docs/storage.md", import.meta.url), "utf8");

    it("is what the table says now; `npm run docs` makes it anew", () => {
        assert.equal(written, page);
    });

    it("describes every row once, and leads to it from its vendors' tables", () => {
        for (const { id, vendors, title } of STORAGE_ROWS) {
            const anchor = id.replace("/", "-");
            assert.equal(page.split(`<a id="${anchor}">`).length, 2, id);
            assert.equal(page.split(`](#${anchor})`).length, vendors.length + 1, id);
            assert.ok(page.includes(`### ${title}`), id);
        }
    });

    it("names every profile, class, source and everything that is not verified", () => {
        for (const vendor of ["gke", "aks", "iks-vpc", "iks-classic", "local"] as const) {
            profileNames(vendor).forEach((name) => assert.ok(page.includes(`| \`${name}\` |`)));
        }
        for (const { classes, sources, unverified } of STORAGE_ROWS) {
            const texts = [...classes.map(({ name }) => `\`${name}\``), ...unverified];
            texts.forEach((text) => assert.ok(page.includes(text), text));
            sources.forEach((source) => assert.ok(page.includes(`]: ${source}\n`), source));
        }
    });

    it("says why of every mode that is not always given", () => {
        for (const row of STORAGE_ROWS) {
            for (const rules of Object.values(row.accessModes)) {
                for (const mode of Object.keys(ACCESS_MODES)) {
                    const rule = rules[mode as keyof typeof ACCESS_MODES];
                    const text =
                        rule.verdict === "never"
                            ? rule.reason
                            : rule.verdict === "only-if"
                              ? rule.sentence
                              : "";
                    assert.ok(page.includes(text), `${row.id} ${mode}`);
                }
            }
        }
    });

    it("has tables whose lines have as many cells as their heads", () => {
        const widths = page
            .split("\n\n")
            .filter((block) => block.startsWith("|"))
            .map((block) => new Set(block.split("\n").map((line) => line.split(" | ").length)));
        assert.ok(widths.length >= 11);
        widths.forEach((width) => assert.equal(width.size, 1));
    });
});
