import assert from "node:assert/strict";

import { Ajv } from "ajv";

import { CheckFolder, claimYaml } from "../support/check.ts";

const text = {
    type: "object",
    required: ["text"],
    properties: { text: { type: "string", minLength: 1 } },
};
const level = { enum: ["note", "warning", "error", "none"] };
const location = {
    type: "object",
    required: ["physicalLocation"],
    properties: {
        physicalLocation: {
            type: "object",
            required: ["artifactLocation", "region"],
            properties: {
                artifactLocation: {
                    type: "object",
                    required: ["uri"],
                    properties: { uri: { type: "string", pattern: "^[^\\\\\\s]+$" } },
                },
                region: {
                    type: "object",
                    required: ["startLine"],
                    properties: {
                        startLine: { type: "integer", minimum: 1 },
                        startColumn: { type: "integer", minimum: 1 },
                    },
                },
            },
        },
    },
};

/**
 * What GitHub's code scanning asks of a file.
 *
 * @see https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
 */
const GITHUB = {
    type: "object",
    required: ["$schema", "version", "runs"],
    properties: {
        $schema: { type: "string", pattern: "sarif-2\\.1\\.0\\.json$" },
        version: { const: "2.1.0" },
        runs: {
            type: "array",
            minItems: 1,
            items: {
                type: "object",
                required: ["tool", "results"],
                properties: {
                    tool: {
                        type: "object",
                        required: ["driver"],
                        properties: {
                            driver: {
                                type: "object",
                                required: ["name", "rules"],
                                properties: {
                                    name: { type: "string", minLength: 1 },
                                    rules: {
                                        type: "array",
                                        items: {
                                            type: "object",
                                            required: [
                                                "id",
                                                "shortDescription",
                                                "fullDescription",
                                                "help",
                                                "properties",
                                            ],
                                            properties: {
                                                id: { type: "string", minLength: 1 },
                                                name: { type: "string", maxLength: 255 },
                                                shortDescription: {
                                                    ...text,
                                                    properties: {
                                                        text: { type: "string", maxLength: 1024 },
                                                    },
                                                },
                                                fullDescription: {
                                                    ...text,
                                                    properties: {
                                                        text: { type: "string", maxLength: 1024 },
                                                    },
                                                },
                                                help: { ...text, required: ["text", "markdown"] },
                                                defaultConfiguration: {
                                                    type: "object",
                                                    properties: { level },
                                                },
                                                properties: {
                                                    type: "object",
                                                    required: [
                                                        "tags",
                                                        "precision",
                                                        "problem.severity",
                                                        "security-severity",
                                                    ],
                                                    properties: {
                                                        tags: {
                                                            type: "array",
                                                            items: { type: "string" },
                                                        },
                                                        precision: {
                                                            enum: [
                                                                "very-high",
                                                                "high",
                                                                "medium",
                                                                "low",
                                                            ],
                                                        },
                                                        "problem.severity": {
                                                            enum: [
                                                                "error",
                                                                "warning",
                                                                "recommendation",
                                                            ],
                                                        },
                                                        "security-severity": {
                                                            type: "string",
                                                            pattern: "^(10|[0-9])\\.[0-9]$",
                                                        },
                                                    },
                                                },
                                            },
                                        },
                                    },
                                },
                            },
                        },
                    },
                    results: {
                        type: "array",
                        items: {
                            type: "object",
                            required: [
                                "ruleId",
                                "ruleIndex",
                                "level",
                                "message",
                                "locations",
                                "partialFingerprints",
                            ],
                            properties: {
                                ruleId: { type: "string" },
                                ruleIndex: { type: "integer", minimum: 0 },
                                level,
                                message: text,
                                locations: { type: "array", minItems: 1, items: location },
                                partialFingerprints: {
                                    type: "object",
                                    additionalProperties: { type: "string" },
                                },
                            },
                        },
                    },
                },
            },
        },
    },
};

interface Sarif {
    runs: {
        tool: { driver: { rules: { id: string }[] } };
        invocations: { executionSuccessful: boolean; toolExecutionNotifications: unknown[] }[];
        results: {
            ruleId: string;
            ruleIndex: number;
            level: string;
            message: { text: string };
            partialFingerprints: object;
            locations: {
                physicalLocation: {
                    artifactLocation: { uri: string };
                    region: { startLine: number; startColumn: number };
                };
            }[];
        }[];
    }[];
}

describe("a report in SARIF", function () {
    this.timeout(60_000);
    const validate = new Ajv({ strictTypes: false }).compile(GITHUB);
    let folder: CheckFolder;
    before(() => {
        folder = new CheckFolder();
    });
    after(() => folder.remove());

    const sarif = (...args: string[]) => {
        const { code, output } = folder.check(["--format", "sarif", ...args]);
        const report = JSON.parse(output) as Sarif;
        assert.ok(validate(report), JSON.stringify(validate.errors));
        return { code, run: report.runs[0]! };
    };

    it("has what code scanning asks for, with and without results", () => {
        folder.write("good.yaml", claimYaml("ReadWriteOnce"));
        folder.write("bad.yaml", claimYaml("ReadWriteMany"));
        const good = sarif("good.yaml");
        assert.equal(good.code, 0);
        assert.deepEqual(good.run.results, []);
        const { code, run } = sarif("good.yaml", "bad.yaml");
        assert.equal(code, 1);
        assert.equal(run.results.length, 1);
    });

    it("points at the line of what is wrong, through documents, lists, anchors and flow style", () => {
        const lines = [
            "apiVersion: v1", //
            "kind: List",
            "items:",
            "  - apiVersion: v1",
            "    kind: PersistentVolumeClaim",
            "    metadata: {name: a, namespace: &space x}",
            "    spec: &spec",
            "      storageClassName: standard-rwo",
            "      resources: {requests: {storage: 1Gi}}",
            "      accessModes: [ReadWriteOnce,",
            "        ReadWriteMany]",
            "  - apiVersion: v1",
            "    kind: PersistentVolumeClaim",
            "    metadata: {name: b, namespace: *space}",
            "    spec: *spec",
            "---",
            "apiVersion: v1",
            "kind: PersistentVolumeClaim",
            "metadata: {name: c}",
            "spec:",
            "  storageClassName: standard-rwo",
            "  resources: {requests: {storage: 1Gi}}",
        ];
        folder.write("lines.yaml", lines.join("\n"));
        const places = sarif("lines.yaml").run.results.map(({ message, locations }) => {
            const { startLine, startColumn } = locations[0]!.physicalLocation.region;
            return `${message.text.split(": ")[0]} ${startLine}:${startColumn}`;
        });
        // What is missing is looked for at the object that it is missing in.
        assert.deepEqual(places, [
            "PersistentVolumeClaim/a 11:9",
            "PersistentVolumeClaim/b 11:9",
            "PersistentVolumeClaim/c 20:1",
        ]);
    });

    it("tells results apart that are in one file, and keeps rules and results together", () => {
        const two = `${claimYaml("ReadWriteMany", { name: "a" })}---\n${claimYaml("ReadWriteMany", { name: "b" })}`;
        folder.write("two.yaml", two);
        const { run } = sarif("two.yaml");
        const marks = run.results.map(({ partialFingerprints }) =>
            JSON.stringify(partialFingerprints),
        );
        assert.equal(new Set(marks).size, 2);
        for (const { ruleId, ruleIndex, level } of run.results) {
            assert.equal(run.tool.driver.rules[ruleIndex]!.id, ruleId);
            assert.equal(level, "error");
        }
    });

    it("takes an advice for a note", () => {
        folder.write("advice.yaml", claimYaml("ReadWriteOnce", { className: "nobody-knows" }));
        const { code, run } = sarif("advice.yaml");
        assert.equal(code, 0);
        assert.deepEqual(
            run.results.map(({ level }) => level),
            ["note"],
        );
    });

    it("names files as a repository does, whatever they are called", () => {
        const name = folder.write("deep folder/ä#1.yaml", claimYaml("ReadWriteMany"));
        const { run } = sarif(name);
        const { uri } = run.results[0]!.locations[0]!.physicalLocation.artifactLocation;
        assert.equal(uri, "deep%20folder/%C3%A4%231.yaml");
        const absolute = sarif(`${folder.path}/bad.yaml`).run.results[0]!;
        assert.equal(absolute.locations[0]!.physicalLocation.artifactLocation.uri, "bad.yaml");
    });

    it("says that a file was not readable, and ends with 2", () => {
        folder.write("broken.yaml", "a:\n  b: [");
        const { code, run } = sarif("broken.yaml", "bad.yaml");
        assert.equal(code, 2);
        assert.equal(run.invocations[0]!.executionSuccessful, false);
        assert.match(
            JSON.stringify(run.invocations[0]!.toolExecutionNotifications),
            /is not YAML.*broken\.yaml/,
        );
        assert.equal(run.results.length, 1);
    });
});
