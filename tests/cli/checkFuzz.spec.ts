import assert from "node:assert/strict";

import fc from "fast-check";
import { sourceOf } from "kubefabric/internal/cli/checkInput";
import { Unreadable } from "kubefabric/internal/cli/checkSource";
import { checkAll } from "kubefabric/internal/policy/rules/check";
import { stringify } from "yaml";

import { CheckFolder, claimYaml } from "../support/check.ts";
import {
    claim,
    claimed,
    ledgerClaim,
    nodeLabels,
    podWith,
    storageClass,
    workload,
    type KubernetesObject,
} from "../support/policy.ts";

/** What a text comes to: how many violations, or that it cannot be read. Anything else is thrown. */
function judge(text: string): { mandatory: number; resources: number } | "unreadable" {
    try {
        const source = sourceOf("file.yaml", text);
        const found = checkAll(source.resources, {
            "volume-access-mode": { vendor: "gke", unknownClass: "mandatory" },
        });
        for (const { resource, path } of found) {
            const { line, column } = source.locate(resource, path);
            assert.ok(line >= 1 && column >= 1);
        }
        const mandatory = found.filter(({ level }) => level === "mandatory").length;
        return { mandatory, resources: source.resources.length };
    } catch (error) {
        if (error instanceof Unreadable) {
            assert.match(error.message, /^[a-z]/);
            assert.doesNotMatch(error.message, /\n/);
            return "unreadable";
        }
        throw error;
    }
}

/** Whether a text is let through. */
function passes(text: string): boolean {
    const verdict = judge(text);
    return verdict !== "unreadable" && verdict.resources > 0 && verdict.mandatory === 0;
}

const BAD = claimYaml("ReadWriteMany");

const VALID: KubernetesObject[] = [
    claim(),
    ledgerClaim(),
    storageClass(),
    workload("StatefulSet", podWith(claimed("peer0-ledger"), { image: "fabric-peer:3.1.5" }), {
        labels: nodeLabels(),
        spec: {
            replicas: 1,
            volumeClaimTemplates: [{ metadata: { name: "data" }, spec: claim().spec }],
        },
    }),
    workload("CronJob", podWith({ ephemeral: { volumeClaimTemplate: { spec: claim().spec } } })),
    {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "outside", labels: nodeLabels(), annotations: {} },
        spec: { type: "LoadBalancer", selector: {}, ports: [{ port: 7051 }] },
    },
    { apiVersion: "v1", kind: "List", items: [claim()] },
];

/** An object in which one value, somewhere, is replaced. */
const broken = fc
    .tuple(
        fc.constantFrom(...VALID),
        fc.jsonValue({ maxDepth: 2 }),
        fc.array(fc.nat(), { maxLength: 8 }),
    )
    .map(([object, value, way]) => {
        const copy = structuredClone(object) as unknown;
        let at = copy as Record<string, unknown>;
        for (const step of way) {
            const keys = Object.keys(at);
            const key = keys[step % Math.max(keys.length, 1)];
            const below = key === undefined ? undefined : at[key];
            if (key === undefined || typeof below !== "object" || below === null) {
                break;
            }
            at = below as Record<string, unknown>;
        }
        const keys = Object.keys(at);
        const last = keys[(way.at(-1) ?? 0) % Math.max(keys.length, 1)];
        if (last !== undefined) {
            at[last] = value;
        }
        return copy;
    });

describe("kubefabric check on what it was not made for", function () {
    this.timeout(120_000);

    it("reads or refuses any text, and throws nothing else", () => {
        fc.assert(
            fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => void judge(text)),
            { numRuns: 300 },
        );
        fc.assert(
            fc.property(fc.json({ maxDepth: 4 }), (text) => void judge(text)),
            { numRuns: 300 },
        );
    });

    it("judges or refuses any object with any value of any type in it, and throws nothing", () => {
        fc.assert(
            fc.property(broken, (object) => {
                judge(stringify(object));
                judge(JSON.stringify(object));
            }),
            { numRuns: 1000 },
        );
    });

    it("reads or refuses any state with any value in it", () => {
        const state = fc
            .tuple(broken, fc.jsonValue(), fc.jsonValue())
            .map(([inputs, parent, dependencies]) => ({
                version: 3,
                deployment: {
                    resources: [
                        {
                            urn: "a::b",
                            type: "kubernetes:core/v1:PersistentVolumeClaim",
                            inputs,
                            outputs: parent,
                            parent,
                            dependencies,
                            provider: parent,
                        },
                        {
                            urn: "a::c",
                            type: "kubefabric:index:PeerNode",
                            inputs: dependencies,
                            parent: "a::c",
                            dependencies: ["a::c"],
                        },
                    ],
                },
            }));
        fc.assert(
            fc.property(state, (value) => void judge(JSON.stringify(value))),
            { numRuns: 300 },
        );
    });

    it("never lets a wrong claim pass that is cut off somewhere", () => {
        for (let end = 1; end < BAD.length; end++) {
            assert.ok(!passes(BAD.slice(0, end)), BAD.slice(0, end));
        }
    });

    it("never lets a wrong claim pass because of other text before or after it", () => {
        fc.assert(
            fc.property(
                fc.string({ unit: "grapheme-ascii", maxLength: 60 }),
                fc.boolean(),
                (text, first) => {
                    // A comment, or a scalar that swallows what follows, is not in the way of what is read.
                    fc.pre(!/[#|>%"']/.test(text));
                    assert.ok(!passes(first ? `${text}\n---\n${BAD}` : `${BAD}---\n${text}`));
                },
            ),
            { numRuns: 500 },
        );
    });

    it("never lets a wrong claim pass in which one character is another", () => {
        const place = fc.nat(BAD.length - 1);
        const character = fc.constantFrom(..." \t\n:-{}[]&*!|>'\"%@`#,?\\\u0000\u00e9");
        let refused = 0;
        fc.assert(
            fc.property(place, character, (index, other) => {
                const text = BAD.slice(0, index) + other + BAD.slice(index + 1);
                const verdict = judge(text);
                if (passes(text)) {
                    // Only where it is another object now, and one that is read whole.
                    assert.match(text, /^(?!apiVersion: v1\nkind: PersistentVolumeClaim\n)/, text);
                } else {
                    refused += verdict === "unreadable" ? 1 : 0;
                }
            }),
            { numRuns: 2000 },
        );
        assert.ok(refused > 100);
    });

    it("reads yes and on as Kubernetes does", () => {
        for (const yes of ["yes", "on", "true", "Yes"]) {
            const pod = `apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n    - name: a\n      image: docker:dind\n      securityContext: {privileged: ${yes}}\n`;
            assert.ok(!passes(pod), yes);
        }
    });

    describe("and on what is made to hurt", () => {
        let folder: CheckFolder;
        before(() => {
            folder = new CheckFolder();
        });
        after(() => folder.remove());

        const laughs = Array.from({ length: 12 }, (_, index) => {
            const item = index === 0 ? '"ha"' : `*a${index - 1}`;
            return `a${index}: &a${index} [${Array(10).fill(item).join(", ")}]`;
        }).join("\n");
        const merges = Array.from({ length: 40 }, (_, index) =>
            index === 0
                ? "b0: &b0 {x: y}"
                : `b${index}: &b${index} {<<: [*b${index - 1}, *b${index - 1}], k${index}: *b${index - 1}}`,
        ).join("\n");
        for (const [what, text] of [
            ["aliases of aliases", `apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n${laughs}\n`],
            ["merges of merges", `apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n${merges}\n`],
            [
                "an object in itself",
                "&a\napiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {volumes: [*a]}\n",
            ],
            ["a hundred thousand brackets", `a: ${"[".repeat(100_000)}`],
            ["as many of braces, closed", `a: ${'{"a":'.repeat(50_000)}1${"}".repeat(50_000)}`],
            [
                "as many indentations",
                Array.from({ length: 3000 }, (_, depth) => `${" ".repeat(depth)}a:`).join("\n"),
            ],
            [
                "JSON as deep",
                `{"deployment": {"resources": ${"[".repeat(100_000)}${"]".repeat(100_000)}}}`,
            ],
            [
                "a tag of a program",
                "apiVersion: v1\nkind: Pod\nmetadata: {name: !!js/function 'x'}\n",
            ],
            [
                "a value of another language",
                claimYaml("ReadWriteMany").replace("standard-rwo", "!Ref Class"),
            ],
        ] as const) {
            it(`refuses ${what} in a sentence, within seconds`, () => {
                const file = folder.write("file.yaml", text);
                const started = Date.now();
                const { code, notes, output } = folder.check([file]);
                assert.equal(code, 2, notes.slice(0, 300));
                assert.match(
                    notes,
                    /^file\.yaml:\d+: .+\n0 resources checked, 0 violations, 1 file not readable\n$/,
                );
                assert.equal(output, "");
                assert.ok(Date.now() - started < 30_000);
            });
        }

        it("reads a document of twenty megabytes, and ten thousand documents", () => {
            const data = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  x: "${"x".repeat(20_000_000)}"\n`;
            folder.write("large.yaml", `${data}---\n${BAD}`);
            assert.equal(folder.check(["large.yaml"]).lines.length, 1);
            folder.write("many.yaml", Array(10_000).fill(BAD).join("---\n"));
            assert.equal(folder.check(["many.yaml"]).lines.length, 10_000);
        });
    });
});
