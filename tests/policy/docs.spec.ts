import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { Ajv } from "ajv";
import { readConfiguration } from "kubefabric/internal/cli/checkConfiguration";
import { RULES } from "kubefabric/internal/policy/rules/index";
import { SETTING_SCHEMAS } from "kubefabric/internal/policy/rules/settings";
import { policies } from "kubefabric/policy";
import { parse } from "yaml";

const docs = resolve(import.meta.dirname, "../../docs");
const page = readFileSync(join(docs, "policy.md"), "utf8");
const file = (name: string) => readFileSync(join(docs, "policy", name), "utf8");
const command = resolve(import.meta.dirname, "../../dist/cli/kubefabric.js");

/** Code blocks of the page in a language. */
const blocks = (language: string) =>
    [...page.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, "gs"))].map(([, text]) => text!);

/** First and second cells of the page's tables. */
const rows = new Map(
    [...page.matchAll(/^\| `([\w-]+)` +\| ([^|]*?) *\|/gm)].map(([, name, second]) => [
        name!,
        second!,
    ]),
);

describe("docs/policy.md", () => {
    it("lists every policy with its severity, in the order of the pack", () => {
        const names = RULES.map(({ name }) => name);
        assert.deepEqual(
            [...rows.keys()].filter((name) => names.includes(name)),
            names,
        );
        for (const { name, severity } of RULES) {
            assert.equal(rows.get(name), severity);
        }
    });

    it("lists every setting, and those that only one policy has as such", () => {
        for (const name of Object.keys(SETTING_SCHEMAS)) {
            assert.ok(rows.has(name), name);
            const owners = RULES.filter(({ settings }) => settings.includes(name as never));
            const [only] = owners;
            const isOnly = owners.length === 1 && only?.name === "docker-endpoint";
            assert.equal(/Of `docker-endpoint` only/.test(rows.get(name)!), isOnly, name);
        }
    });

    it("has settings that the command and the engine take", () => {
        const ajv = new Ajv();
        for (const text of [...blocks("json"), file("config.json")]) {
            const all = JSON.parse(text) as Record<string, unknown>;
            readConfiguration(text, "config.json");
            for (const { name, configSchema } of policies) {
                const { enforcementLevel: _, ...own } = Object(all[name]) as Record<
                    string,
                    unknown
                >;
                if (typeof all[name] === "object") {
                    const schema = { type: "object", additionalProperties: false, ...configSchema };
                    assert.ok(ajv.validate(schema, own), `${name}: ${ajv.errorsText()}`);
                }
            }
        }
    });

    it("shows what the command prints, of every example beside it", () => {
        const used = new Set<string>();
        for (const text of blocks("console")) {
            const [, ...runs] = text.split(/^\$ npx kubefabric /m);
            assert.ok(runs.length >= 5);
            for (const run of runs) {
                const [line = "", ...output] = run.trimEnd().split("\n");
                const args = line.split(" ");
                used.add(args.at(-1)!);
                const { stdout } = spawnSync(process.execPath, [command, ...args], {
                    cwd: join(docs, "policy"),
                    encoding: "utf8",
                });
                assert.equal(stdout.trimEnd(), output.join("\n"), line);
            }
        }
        const examples = readdirSync(join(docs, "policy")).filter((name) => name.endsWith(".yaml"));
        assert.deepEqual([...used].sort(), examples.sort());
    });
});

describe("docs/policy/workflow.yml", () => {
    interface Step {
        uses?: string;
        run?: string;
        if?: string;
        with?: Record<string, string>;
    }
    const workflow = parse(file("workflow.yml")) as {
        permissions: Record<string, string>;
        jobs: Record<string, { permissions: Record<string, string>; steps: Step[] }>;
    };
    const steps = (job: string) => workflow.jobs[job]!.steps;

    it("asks for no more permissions than each job needs", () => {
        assert.deepEqual(workflow.permissions, { contents: "read" });
        assert.deepEqual(workflow.jobs.preview!.permissions, {
            contents: "read",
            "id-token": "write",
        });
        assert.deepEqual(workflow.jobs.check!.permissions, {
            contents: "read",
            "security-events": "write",
        });
    });

    it("runs a preview with the pack from the installed package", () => {
        const preview = steps("preview").find(({ uses }) => uses?.startsWith("pulumi/actions@"));
        assert.equal(preview?.with?.command, "preview");
        assert.equal(preview?.with?.policyPacks, "node_modules/kubefabric/dist/policy");
    });

    it("hands over the findings of a command that the command takes", () => {
        const run = steps("check").find((step) => step.run?.includes("kubefabric check"))?.run;
        const [, line = "", target] = /npx kubefabric (.*) > (\S+)/.exec(run ?? "") ?? [];
        const upload = steps("check").find(({ uses }) => uses?.includes("upload-sarif@"));
        assert.equal(upload?.with?.sarif_file, target);
        assert.match(upload?.if ?? "", /!cancelled\(\)/);
        const args = line
            .replace("policy.json", "config.json")
            .replace("manifests/*.yaml", "wrong-access-mode.yaml")
            .split(" ");
        const { status, stdout } = spawnSync(process.execPath, [command, ...args], {
            cwd: join(docs, "policy"),
            encoding: "utf8",
        });
        assert.equal(status, 1);
        assert.equal((JSON.parse(stdout) as { version: string }).version, "2.1.0");
    });
});
