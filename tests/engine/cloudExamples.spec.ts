import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir, tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";

import { cloudAnswers } from "../support/clouds.ts";
import { engineStack, needsEngine } from "../support/engine.ts";
import {
    exampleIn,
    namesOf,
    recordExample,
    runProgram,
    type Example,
} from "../support/examples.ts";
import { INSTALLED_PACK, pathWithoutHost } from "../support/policyEngine.ts";

const PLUGIN = resolve(import.meta.dirname, "../support/cloudPlugin.ts");

interface Cloud {
    name: string;
    location: string;
    sdk: string;
    /** Settings besides the program's own. */
    settings: Record<string, string>;
    /** Variable that a plugin cannot do without: an account is behind it. */
    account: string;
}

const CLOUDS: readonly Cloud[] = [
    {
        name: "gke",
        location: "europe-west4",
        sdk: "@pulumi/gcp",
        settings: {},
        account: "GOOGLE_PROJECT",
    },
    {
        name: "aks",
        location: "westeurope",
        sdk: "@pulumi/azure-native",
        settings: {},
        account: "ARM_SUBSCRIPTION_ID",
    },
    {
        name: "iks",
        location: "eu-de",
        sdk: "@pulumi/ibm",
        settings: { "ibm:region": "eu-de" },
        account: "IC_API_KEY",
    },
];

/** Name and version of the plugin that an SDK asks for. */
function pluginOf({ sdk }: Cloud): { name: string; version: string } {
    const file = createRequire(import.meta.url).resolve(`${sdk}/package.json`);
    const { version, pulumi } = JSON.parse(readFileSync(file, "utf8")) as {
        version: string;
        pulumi: { name?: string; version?: string };
    };
    return { name: pulumi.name ?? dirname(file), version: pulumi.version ?? version };
}

/** Where the person who runs the tests has plugins of the engine. */
const PLUGINS = join(process.env.PULUMI_HOME ?? join(homedir(), ".pulumi"), "plugins");

/** Whether the engine would find the plugin of a cloud without a download. */
function isPresent(cloud: Cloud): boolean {
    const { name } = pluginOf(cloud);
    const onPath = (process.env.PATH ?? "")
        .split(delimiter)
        .some((folder) => existsSync(join(folder, `pulumi-resource-${name}`)));
    const cached = existsSync(PLUGINS) ? readdirSync(PLUGINS) : [];
    return onPath || cached.some((folder) => folder.startsWith(`resource-${name}-v`));
}

interface Previewed {
    /** Names of everything that would be created, without providers that the engine adds by itself. */
    created: string[];
    /** Names of what else would be done something to. */
    others: string[];
    /** What the policy pack said. */
    said: string[];
}

/** Lets the engine preview an example, judged by the pack where there is one. */
async function previewed(
    example: Example,
    cloud: Cloud,
    env: Record<string, string>,
    policyPacks: string[] = [],
): Promise<Previewed> {
    const { name, config } = example.project;
    const engine = await engineStack(name, env, config);
    try {
        const { location, settings } = cloud;
        await engine.stack.setAllConfig(
            Object.fromEntries(
                Object.entries({ location, ...settings }).map(([key, value]) => [key, { value }]),
            ),
        );
        const created: string[] = [];
        const others: string[] = [];
        const said: string[] = [];
        await engine.stack.preview({
            program: async () => runProgram(example),
            policyPacks,
            onEvent: ({ resourcePreEvent, policyEvent }) => {
                if (policyEvent !== undefined) {
                    const { enforcementLevel, policyName, message } = policyEvent;
                    said.push(`${enforcementLevel} ${policyName}: ${message}`);
                }
                const { op, urn = "" } = resourcePreEvent?.metadata ?? {};
                if (op !== undefined) {
                    (op === "create" ? created : others).push(urn.split("::").slice(2).join("::"));
                }
            },
        });
        const added = /^pulumi:(pulumi:Stack|providers:[\w-]+)::(default|kubefabric-)/;
        return { created: created.filter((urn) => !added.test(urn)).sort(), others, said };
    } finally {
        engine.forget();
    }
}

async function recordedNames(example: Example, { location }: Cloud): Promise<string[]> {
    const recording = await recordExample(example, { location }, { outputs: cloudAnswers });
    return namesOf(recording).sort();
}

for (const cloud of CLOUDS) {
    describe(`the example for ${cloud.name}, previewed by the engine`, function () {
        needsEngine(this);
        this.timeout(180_000);
        const example = exampleIn(join("examples", cloud.name));
        const { name: plugin, version } = pluginOf(cloud);

        describe("with a stand-in for the cloud's plugin", () => {
            let folder: string;
            let env: { PATH: string };
            before(() => {
                folder = mkdtempSync(join(tmpdir(), "kubefabric-plugin-"));
                const script = `#!/bin/sh\nexec "${process.execPath}" "${PLUGIN}" ${version} "$@"\n`;
                writeFileSync(join(folder, `pulumi-resource-${plugin}`), script, { mode: 0o755 });
                env = { PATH: [folder, pathWithoutHost(folder)].join(delimiter) };
            });
            after(() => rmSync(folder, { recursive: true, force: true }));

            it("would create what the recording has, with the defaults of its Pulumi.yaml", async () => {
                const packs = [INSTALLED_PACK];
                const { created, others, said } = await previewed(example, cloud, env, packs);
                const names = await recordedNames(example, cloud);
                assert.ok(names.length > 100);
                assert.deepEqual(created, names);
                assert.deepEqual(others, []);
                assert.deepEqual(said, []);
            });

            if (cloud.name === "aks") {
                it("would hear of a ledger whose size is paid for and not had, in a first preview", async () => {
                    const small = { ...cloud, settings: { ledgerSize: "20Gi" } };
                    const { said } = await previewed(example, small, env, [INSTALLED_PACK]);
                    const ledgers = said.map((line) => /Claim\/([\w-]+)/.exec(line)?.[1]);
                    assert.equal(new Set(ledgers).size, 5, ledgers.join());
                    assert.ok(said.every((line) => /"20Gi" costs as much as "32Gi"/.test(line)));
                });
            }
        });

        const missing = [
            ...(isPresent(cloud) ? [] : [`no plugin ${plugin} here`]),
            ...(process.env[cloud.account] ? [] : [`${cloud.account} is not set`]),
        ];
        const title = "with the cloud's own plugin, would create the same";
        if (missing.length > 0) {
            it.skip(`${title} (skipped: ${missing.join(", ")})`);
        } else {
            it(title, async () => {
                const env = { PULUMI_HOME: dirname(PLUGINS) };
                const { created } = await previewed(example, cloud, env);
                assert.deepEqual(created, await recordedNames(example, cloud));
            });
        }
    });
}
