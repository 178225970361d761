import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

import type { PolicyPackConfig } from "@pulumi/policy";
import { Ajv } from "ajv";
import { PeerNode } from "kubefabric";
import { RULES } from "kubefabric/internal/policy/rules/index";
import { policies } from "kubefabric/policy";
import { Recording, replay } from "kubefabric/testing";
import { parse } from "yaml";

import { network, recordNetwork, testCluster, testOrg } from "../support/network.ts";
import {
    claim,
    clusterOf,
    ledgerClaim,
    registered,
    storageClass,
    UNKNOWN_TEXT,
} from "../support/policy.ts";
import { PACK, policyServer, type PolicyServer } from "../support/policyServer.ts";

const root = resolve(import.meta.dirname, "../..");
const json = (file: string) =>
    JSON.parse(readFileSync(file, "utf8")) as { version: string; main: string; files: string[] };

/** Source files that each hold one policy. */
const FILES = policies.map(({ name }) =>
    name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase()),
);
const source = (file: string) => readFileSync(join(root, "policy", `${file}.ts`), "utf8");

describe("the policy pack", () => {
    it("has the version of the package", () => {
        const { version } = json(join(root, "package.json"));
        assert.equal(json(join(root, "policy", "package.json")).version, version);
        assert.equal(json(join(PACK, "package.json")).version, version);
    });

    it("has the files that the engine wants beside it, and starts where they say", () => {
        const project = parse(readFileSync(join(PACK, "PulumiPolicy.yaml"), "utf8")) as Record<
            string,
            string
        >;
        assert.equal(project.runtime, "nodejs");
        assert.ok(existsSync(join(PACK, project.main!)));
        assert.ok(existsSync(join(PACK, json(join(PACK, "package.json")).main)));
    });

    it("is in the published package, with all that its rules import", () => {
        const { files } = json(join(root, "package.json"));
        for (const folder of ["dist/policy", "dist/storage", "dist/fabric", "dist/components"]) {
            assert.ok(files.includes(folder), folder);
        }
    });

    it("has one policy for each rule, in the same order", () => {
        assert.deepEqual(
            policies.map(({ name }) => name),
            RULES.map(({ name }) => name),
        );
    });

    it("is mandatory, with a severity, a remediation and a link everywhere", () => {
        for (const policy of policies) {
            assert.equal(policy.enforcementLevel, "mandatory", policy.name);
            assert.match(policy.description, /^Checks that .+\.$/);
            assert.ok(["low", "medium", "high", "critical"].includes(policy.severity!));
            assert.match(policy.remediationSteps!, /^[A-Z].+\.$/);
            assert.match(policy.url!, /^https:\/\//);
        }
    });

    it("has its settings in schemas that JSON Schema takes, and none without use", () => {
        const ajv = new Ajv({ strict: true });
        for (const { name, configSchema } of policies) {
            const schema = { type: "object", additionalProperties: false, ...configSchema };
            const validate = ajv.compile(schema);
            assert.equal(validate({ vendor: "eks" }), false, name);
        }
    });
});

describe("a policy's file", () => {
    it("is the only one of its kind", () => {
        const others = ["index", "policies", "enforce", "describe", "sdk"];
        const all = readdirSync(join(root, "policy")).filter((file) => file.endsWith(".ts"));
        assert.deepEqual(all.sort(), [...FILES, ...others].map((file) => `${file}.ts`).sort());
    });

    it("has its keys in one order, and what it is for above them", () => {
        const order = [
            "name",
            "description",
            "configSchema",
            "enforcementLevel",
            "validateResource",
            "validateStack",
            "metadata",
        ];
        for (const [index, file] of FILES.entries()) {
            const text = source(file);
            const keys = [...text.matchAll(/^ {4}(?:\.\.\.)?(\w+)(?::|\()/gm)].map(
                ([, key]) => key!,
            );
            const expected = order.filter((key) => keys.includes(key));
            assert.deepEqual(keys, expected, file);
            const { severity, url } = policies[index]!;
            assert.ok(text.includes(` * @severity ${severity}\n`), file);
            assert.ok(text.includes(` * @link ${url}\n`), file);
            assert.match(text, / \* Remediation: .+/, file);
        }
    });

    it("loads no provider's SDK and starts nothing when it is imported", () => {
        const script = `
            require("kubefabric/policy");
            console.log(JSON.stringify(Object.keys(require.cache)));`;
        const printed = execFileSync(process.execPath, ["-e", script], {
            encoding: "utf8",
            cwd: root,
        });
        const modules = JSON.parse(printed) as string[];
        const others = modules.filter((file) => /node_modules/.test(file));
        assert.deepEqual(others, []);
        assert.ok(modules.length < 60, `${modules.length} modules`);
    });
});

describe("the pack, run as the engine runs it", function () {
    this.timeout(60_000);
    let server: PolicyServer;
    before(async () => {
        server = await policyServer();
    });
    after(() => server.stop());

    const recorded = (...objects: Parameters<typeof registered>[0][]) =>
        new Recording(
            [...clusterOf("gke"), ...objects.map((object) => registered(object))],
            undefined,
        );

    /** What the pack says of everything that was recorded, then of the stack. */
    async function said(recording: Recording) {
        const found = [];
        for (const resource of recording.resources) {
            const lines = await server.analyze(resource, recording);
            found.push(...lines.map((line) => ({ ...line, urn: resource.urn })));
        }
        return [...found, ...(await server.analyzeStack(recording))];
    }

    it("tells the engine its name, version and policies", async () => {
        const { name, version, policiesList } = (await server.info()) as {
            name: string;
            version: string;
            policiesList: { name: string; enforcementlevel: number }[];
        };
        assert.equal(name, "kubefabric");
        assert.equal(version, json(join(root, "package.json")).version);
        assert.deepEqual(
            policiesList.map((policy) => policy.name),
            policies.map((policy) => policy.name),
        );
    });

    it("says what a replay in this process says, levels and unknown values included", async () => {
        const recording = recorded(
            storageClass({ reclaimPolicy: "Delete" }),
            claim({ accessModes: ["ReadWriteMany"] }),
            claim({ storageClassName: UNKNOWN_TEXT }, { name: "unsure" }),
            claim({ storageClassName: "nobody-knows" }, { name: "lost" }),
            ledgerClaim({ storageClassName: "late", resources: { requests: { storage: "65Ti" } } }),
            storageClass({ volumeBindingMode: "Immediate" }, "late"),
        );
        const expected = await replay(recording, policies);
        const sorted = (lines: { policy: string; level: string; message: string; urn: string }[]) =>
            lines
                .map(({ policy, level, message, urn }) => [policy, level, message, urn].join(" | "))
                .sort();
        const actual = await said(recording);
        assert.deepEqual(sorted(actual), sorted(expected));
        assert.ok(actual.length >= 6);
        for (const { message } of actual) {
            assert.match(message, /^Checks that /, "every message begins with the description");
        }
    });

    it("takes settings and levels from the engine", async () => {
        const recording = new Recording(
            [registered(claim({ accessModes: ["ReadWriteMany"] }))],
            undefined,
        );
        const levels = async () =>
            (await said(recording)).map(({ policy, level }) => `${policy} ${level}`);
        await server.configure({
            "volume-access-mode": { vendor: "gke", enforcementLevel: "advisory" },
        });
        assert.deepEqual(await levels(), ["volume-access-mode advisory"]);
        await server.configure({
            "volume-access-mode": { vendor: "gke", enforcementLevel: "disabled" },
        });
        assert.deepEqual(await levels(), []);
    });
});

describe("the pack over a network of this package", () => {
    /** Policies for which the SDK unpacks every resource of the stack. */
    async function unpackedFor(
        program: () => unknown,
        config?: PolicyPackConfig,
    ): Promise<string[]> {
        const recording = await recordNetwork(program);
        const unpacked: string[] = [];
        const watched = policies.map((policy) => {
            if (!("validateStack" in policy)) {
                return policy;
            }
            const { name, validateStack } = policy;
            const watch = (...args: Parameters<typeof validateStack>) => {
                unpacked.push(name);
                return validateStack(...args);
            };
            const get = () => (validateStack as { __pulumiType?: string }).__pulumiType;
            return {
                ...policy,
                validateStack: Object.defineProperty(watch, "__pulumiType", { get }),
            };
        });
        await replay(recording, watched, { config });
        return unpacked;
    }

    it("unpacks the whole stack for one policy only", async () => {
        const unpacked = await unpackedFor(() => {
            new PeerNode("peer0", { org: testOrg({ cluster: testCluster({ vendor: "gke" }) }) });
        });
        assert.deepEqual(unpacked, ["startup-order"]);
    });

    it("unpacks it once, too, where a class stays unknown to the end", async () => {
        assert.deepEqual(await unpackedFor(() => network(1)), ["startup-order"]);
    });

    it("unpacks it for a policy that has more to say than an advice", async () => {
        const unknownClass = { "volume-access-mode": { unknownClass: "mandatory" } };
        assert.deepEqual(await unpackedFor(() => network(1), unknownClass), [
            "startup-order",
            "volume-access-mode",
        ]);
    });

    it("says the same where that policy is not in the pack, or is off", async () => {
        const recording = await recordNetwork(() => network(1));
        const others = policies.filter(({ name }) => name !== "startup-order");
        const all = await replay(recording, policies);
        assert.ok(all.length > 0);
        assert.deepEqual(await replay(recording, others), all);
        const config = { "startup-order": "disabled" as const };
        assert.deepEqual(await replay(recording, policies, { config }), all);
    });
});
