import assert from "node:assert/strict";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import type { ResourceValidationPolicy, StackValidationPolicy } from "@pulumi/policy";
import { record, Recording, replay } from "kubefabric/testing";
import * as pulumi from "@pulumi/pulumi";

import { registration, UNKNOWN_TEXT } from "../support/policy.ts";
import { policyServer, type PolicyServer } from "../support/policyServer.ts";

/** Somebody else's pack, with everything that the SDK lets a policy do. */
const PACK = `
const { PolicyPack } = require("@pulumi/policy");
const typed = (type, validate) => Object.assign(validate, { __pulumiType: type });
exports.policies = [
    {
        name: "words", description: "Says a word.", enforcementLevel: "mandatory",
        validateResource: ({ name, props }, report) => {
            if (props.wrong) report("wrong word " + name);
        },
    },
    {
        name: "later", description: "Says it later.", enforcementLevel: "advisory",
        validateResource: async ({ props }, report) => {
            await new Promise((resolve) => setImmediate(resolve));
            if (props.wrong) report("");
        },
    },
    {
        name: "several", description: "Has several.", enforcementLevel: "mandatory",
        validateResource: [
            (_, report) => report("one"),
            ({ opts, provider }, report) => report([opts.protect, opts.parent, provider?.name].join()),
        ],
    },
    {
        name: "typed", description: "Is for one type.", enforcementLevel: "mandatory",
        validateResource: typed("a:b:C", (_, report) => report("typed")),
    },
    {
        name: "nothing", description: "Never applies.", enforcementLevel: "mandatory",
        validateResource: (args) => args.notApplicable("no"),
    },
    {
        name: "configured", description: "Is told.", enforcementLevel: "mandatory",
        configSchema: { properties: { word: { type: "string", default: "default" } } },
        validateResource: ({ getConfig }, report) => report(String(getConfig().word)),
    },
    {
        name: "stack", description: "Sees all.", enforcementLevel: "mandatory",
        validateStack: ({ resources }, report) => {
            for (const { urn, parent, dependencies, props } of resources) {
                report([parent?.name, ...dependencies.map(({ name }) => name), Object.keys(props)].join(), urn);
            }
            report("whole");
        },
    },
    {
        name: "off", description: "Is off.", enforcementLevel: "disabled",
        validateResource: (_, report) => report("never"),
    },
];
if (process.env.PACK_IS_IMPORTED === undefined) {
    new PolicyPack("others", { policies: exports.policies });
}
`;

describe("a replay of recorded registrations", function () {
    this.timeout(60_000);
    let folder: string;
    let server: PolicyServer;
    let policies: (ResourceValidationPolicy | StackValidationPolicy)[];

    before(async () => {
        folder = mkdtempSync(join(tmpdir(), "kubefabric-pack-"));
        symlinkSync(
            resolve(import.meta.dirname, "../../node_modules"),
            join(folder, "node_modules"),
        );
        writeFileSync(join(folder, "index.js"), PACK);
        writeFileSync(
            join(folder, "package.json"),
            JSON.stringify({ name: "others", version: "1.2.3" }),
        );
        server = await policyServer(folder);
        process.env.PACK_IS_IMPORTED = "yes";
        const loaded = createRequire(import.meta.url)(join(folder, "index.js")) as {
            policies: typeof policies;
        };
        policies = loaded.policies;
        delete process.env.PACK_IS_IMPORTED;
    });
    after(() => {
        server.stop();
        rmSync(folder, { recursive: true });
    });

    const parent = registration(
        "pulumi:providers:x",
        "provider",
        {},
        { provider: "", protect: false },
    );
    const resources = [
        parent,
        registration("a:b:C", "first", { wrong: true }, { provider: `${parent.urn}::id` }),
        registration(
            "a:b:D",
            "second",
            { wrong: UNKNOWN_TEXT },
            {
                provider: "",
                parent: parent.urn,
                dependencies: [`urn:pulumi:stack::test::a:b:C::first`],
            },
        ),
    ];
    const recording = new Recording(resources, undefined);

    it("says what the SDK's own server says, of any pack", async () => {
        const expected = [];
        for (const resource of resources) {
            const lines = await server.analyze(resource, recording);
            expected.push(...lines.map((line) => ({ ...line, urn: resource.urn })));
        }
        expected.push(...(await server.analyzeStack(recording)));
        const words = (message: string) => message.replace(/ from policy pack '[^']*'/, "");
        const lines = (all: { policy: string; level: string; message: string; urn: string }[]) =>
            all.map(
                ({ policy, level, message, urn }) => `${policy} ${level} ${words(message)} ${urn}`,
            );
        // Defaults of settings are put in by the engine, which stands before the server.
        const told = (all: string[]) => all.filter((line) => !line.startsWith("configured")).sort();
        const actual = await replay(recording, policies);
        assert.deepEqual(told(lines(actual)), told(lines(expected)));
        assert.ok(actual.length > 10);
    });

    it("takes an unknown value that is read for an advice, as the SDK does", async () => {
        const found = await replay(recording, policies);
        const [only] = found.filter(({ message }) =>
            /can't run policy 'words' during preview/.test(message),
        );
        assert.equal(only?.level, "advisory");
        assert.match(only.urn, /second$/);
    });

    it("gives policies their settings: defaults, what is set, and levels of one or all", async () => {
        const one = new Recording([resources[1]!], undefined);
        const words = async (config: Parameters<typeof replay>[2]) =>
            (
                await replay(
                    one,
                    policies.filter(({ name }) => name === "configured"),
                    config,
                )
            ).map(({ level, message }) => `${level} ${message.split("\n").at(-1)}`);
        assert.deepEqual(await words({}), ["mandatory default"]);
        const config = { configured: { word: "given", enforcementLevel: "advisory" as const } };
        assert.deepEqual(await words({ config }), ["advisory given"]);
        assert.deepEqual(await words({ config: { all: "disabled" } }), []);
        assert.deepEqual(await words({ config: { all: "disabled", configured: "mandatory" } }), [
            "mandatory default",
        ]);
    });

    it("fails where a policy does", async () => {
        const broken: ResourceValidationPolicy = {
            name: "broken",
            description: "Throws.",
            validateResource: () => {
                throw new Error("a mistake in the policy");
            },
        };
        await assert.rejects(replay(recording, [broken]), /a mistake in the policy/);
    });

    it("works on what a program registered", async () => {
        class Thing extends pulumi.CustomResource {
            constructor(name: string, wrong: boolean, opts?: pulumi.CustomResourceOptions) {
                super("a:b:Thing", name, { wrong }, opts);
            }
        }
        const recorded = await record(() => {
            const first = new Thing("first", false);
            new Thing("second", true, { dependsOn: [first], protect: true });
        });
        const found = await replay(
            recorded,
            policies.filter(({ name }) => ["words", "stack"].includes(name)),
        );
        assert.deepEqual(
            found.map(({ policy, message }) => `${policy}: ${message.split("\n").at(-1)}`),
            ["words: wrong word second", "stack: ,wrong", "stack: ,first,wrong", "stack: whole"],
        );
    });
});
