import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { USUAL_VM_SIZE } from "kubefabric/internal/components/clusters/aksClusterArgs";
import { USUAL_MACHINE_TYPE } from "kubefabric/internal/components/clusters/gkeClusterArgs";
import { USUAL_FLAVORS } from "kubefabric/internal/components/clusters/iksClusterArgs";

import { EXAMPLE_NAMES, EXAMPLES, exampleIn } from "../support/examples.ts";

/** Machines of the nodes where nothing is said, by the setting that says it. */
const MACHINES: Record<string, Record<string, string>> = {
    gke: { machineType: USUAL_MACHINE_TYPE },
    aks: { vmSize: USUAL_VM_SIZE },
    iks: { flavor: USUAL_FLAVORS.vpc },
};
const HOURS_A_MONTH = 730;

const PAGES = readdirSync(EXAMPLES, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".md") && !file.includes("node_modules"))
    .map((file) => join(EXAMPLES, file));

const pageOf = (example: string) => readFileSync(join(EXAMPLES, example, "README.md"), "utf8");
const INDEX = readFileSync(join(EXAMPLES, "README.md"), "utf8");

/** Cells of the rows of the table whose first header is this. */
function tableOf(page: string, header: string): string[][] {
    const lines = page.split("\n");
    const begin = lines.findIndex((line) => new RegExp(`^\\| ${header} +\\|`).test(line));
    assert.notEqual(begin, -1, `a table of ${header}`);
    const rest = lines.slice(begin + 2);
    const end = rest.findIndex((line) => !line.startsWith("|"));
    return rest.slice(0, end).map((line) =>
        line
            .split("|")
            .slice(1, -1)
            .map((cell) => cell.trim()),
    );
}

const dollars = (cell: string) => Number(/\$([\d.]+)/.exec(cell)?.[1]);

/** What a row costs in a month, of its count, its unit price and the size that its first cell names. */
function reckoned([what = "", count = "", price = ""]: string[]): number {
    const hours = price.endsWith("an hour") ? HOURS_A_MONTH : 1;
    const unit = / (GiB|GB)$/.exec(price)?.[1];
    const size = unit === undefined ? 1 : Number(new RegExp(`(\\d+) ${unit}`).exec(what)?.[1]);
    return Number(count) * dollars(price) * hours * size;
}

/** Anchors of a page's headings, as GitHub makes them. */
function anchorsOf(page: string): string[] {
    return [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
        heading
            .toLowerCase()
            .replace(/[^\p{L}\p{N} _-]/gu, "")
            .replaceAll(" ", "-"),
    );
}

describe("the pages of the examples", () => {
    for (const page of PAGES) {
        it(`lead to files that there are: ${page.slice(EXAMPLES.length + 1)}`, () => {
            const text = readFileSync(page, "utf8");
            const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link);
            const inside = links.filter((link) => !/^https:/.test(link));
            assert.ok(inside.length > 3, inside.join());
            for (const link of inside) {
                const [path = "", anchor] = link.split("#");
                const target = join(dirname(page), path);
                assert.ok(existsSync(target), link);
                if (anchor !== undefined) {
                    assert.ok(anchorsOf(readFileSync(target, "utf8")).includes(anchor), link);
                }
            }
        });
    }

    it("are listed in one index, cheapest first, with what their own pages say they cost", () => {
        const rows = tableOf(INDEX, "example").map(([link = "", ...cells]) => ({
            name: /^\[(\w+)\]/.exec(link)?.[1] ?? link,
            cost: dollars(cells.at(-1)!),
        }));
        assert.deepEqual(rows.map(({ name }) => name).sort(), EXAMPLE_NAMES);
        const costs = rows.map(({ cost }) => cost);
        assert.deepEqual(
            costs,
            [...costs].sort((one, other) => one - other),
        );
        assert.equal(rows[0]!.name, "local");
        assert.equal(rows[0]!.cost, 0);
        for (const { name, cost } of rows.slice(1)) {
            assert.equal(cost, dollars(tableOf(pageOf(name), "what").at(-1)!.at(-1)!), name);
        }
    });
});

describe("the page of the example over three clouds", () => {
    const page = pageOf("consortium");
    const { config } = exampleIn(join("examples", "consortium")).project;

    it("reckons its costs of what it lists, and says when, and that it is no quote", () => {
        const rows = tableOf(page, "what");
        const sum = dollars(rows.pop()![3]!);
        for (const row of rows) {
            assert.ok(Math.abs(reckoned(row) - dollars(row[3]!)) <= 1, row.join(" | "));
        }
        const total = rows.reduce((all, row) => all + dollars(row[3]!), 0);
        assert.ok(Math.abs(total - sum) <= 5, `${total}`);
        assert.match(
            page,
            new RegExp(`Roughly ${sum} US dollars a month, reckoned in 2026-11\\. `),
        );
        assert.match(page, /These are rough list prices, not a quote\./);
    });

    it("lists the settings of its Pulumi.yaml and their defaults, and sets what is required", () => {
        const listed = tableOf(page, "setting").map(([key, , value]) => [
            key!.replaceAll("`", ""),
            value!.replaceAll("`", ""),
        ]);
        assert.deepEqual(
            listed,
            Object.entries(config).map(([key, { default: value }]) => [
                key,
                value === undefined ? "none: required" : String(value as string | boolean),
            ]),
        );
        const set = [...page.matchAll(/^pulumi config set (\w+) /gm)].map(([, key]) => key);
        const required = Object.keys(config).filter((key) => config[key]!.default === undefined);
        assert.deepEqual(new Set(set), new Set([...required, "deleteLedgers"]));
    });
});

describe("the page of the three companies", () => {
    const page = pageOf("consortium/companies");
    const companies = ["founder", "gke-member", "aks-member"].map(
        (name) => exampleIn(join("examples", "consortium", "companies", name)).project.config,
    );

    it("sets what each company has to, and nothing that there is not", () => {
        const blocks = [...page.matchAll(/```sh\n([^`]+)```/g)].map(([, text = ""]) =>
            [...text.matchAll(/^pulumi config set (\w+) /gm)].map(([, key]) => key!),
        );
        for (const [index, config] of companies.entries()) {
            const required = Object.keys(config).filter(
                (key) => config[key]!.default === undefined,
            );
            assert.deepEqual(blocks[index], required);
        }
        assert.deepEqual(blocks.slice(3), [["makeChannel"], ["joinChannel"]]);
        assert.ok("makeChannel" in companies[0]!);
        assert.ok("joinChannel" in companies[1]! && "joinChannel" in companies[2]!);
    });

    it("has the steps of docs/consortium.md, with its commands, word by word", () => {
        const docs = readFileSync(join(EXAMPLES, "..", "docs", "consortium.md"), "utf8");
        const steps = (text: string) => text.match(/^## \d\. .+$/gm);
        assert.equal(steps(page)?.length, 3);
        assert.deepEqual(steps(page), steps(docs));
        const commands = docs.match(/^pulumi .+$/gm)!;
        assert.ok(commands.length > 4);
        for (const command of new Set(commands)) {
            assert.ok(page.includes(`\n${command}\n`), command);
        }
    });
});

for (const [name, machines] of Object.entries(MACHINES)) {
    describe(`the page of the example for ${name}`, () => {
        const page = pageOf(name);
        const { config } = exampleIn(join("examples", name)).project;

        it("reckons its costs of what it lists, and says when, and that it is no quote", () => {
            const rows = tableOf(page, "what");
            const sum = rows.pop()!;
            for (const row of rows) {
                assert.ok(Math.abs(reckoned(row) - dollars(row[3]!)) <= 1, row.join(" | "));
            }
            const total = rows.reduce((all, row) => all + dollars(row[3]!), 0);
            assert.ok(Math.abs(total - dollars(sum[3]!)) <= 5, `${total}: ${sum.join(" | ")}`);
            const said = new RegExp(
                `Roughly ${dollars(sum[3]!)} US dollars a month, reckoned in 2026-11\\. ` +
                    "These are rough list prices, not a quote\\.",
            );
            assert.match(page, said);
        });

        it("counts the nodes and ledgers that it pays for as the program makes them", () => {
            const size = String(config.ledgerSize!.default).replace("Gi", "");
            const rows = tableOf(page, "what");
            const [ledgers] = rows.filter(([what = ""]) => what.startsWith("ledger"));
            assert.match(ledgers![0]!, new RegExp(`^ledger of ${size} Gi?B\\b`));
            assert.equal(ledgers![1], "5");
            const [machine] = Object.values(machines);
            const [nodes] = rows.filter(([what]) => what === `node \`${machine}\``);
            // Azure has one more, for what it runs itself.
            assert.equal(nodes![1], name === "aks" ? "4" : "3");
        });

        it("lists the settings of its Pulumi.yaml, and their defaults", () => {
            const listed = tableOf(page, "setting").map(([key, , value]) => [
                key!.replaceAll("`", ""),
                value!.replaceAll("`", ""),
            ]);
            const described = Object.entries(config).map(([key, { default: value }]) => [
                key,
                machines[key] ??
                    (value === undefined
                        ? "none: required"
                        : String(value as string | number | boolean)),
            ]);
            assert.deepEqual(listed, described);
        });

        it("sets nothing but what there is to be set, and what is required", () => {
            const set = [...page.matchAll(/^pulumi config set (\S+)/gm)].map(([, key = ""]) => key);
            const own = set.filter((key) => !key.includes(":"));
            assert.deepEqual(
                own.filter((key) => !(key in config)),
                [],
            );
            for (const [key, { default: value }] of Object.entries(config)) {
                assert.ok(value !== undefined || own.includes(key), key);
            }
        });

        it("says what it makes, costs and needs, how to look at it, and how to be rid of it", () => {
            assert.deepEqual(
                [...page.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading),
                [
                    "What it makes",
                    "What it costs",
                    "What you need",
                    "Deploy",
                    "Look at it",
                    "Take it down, and keep the ledgers",
                    "Delete everything, ledgers included",
                ],
            );
        });
    });
}
