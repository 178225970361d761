import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir, tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";

import { cloudAnswers } from "../support/clouds.ts";
import { engineEnvironment, engineStack, needsEngine } from "../support/engine.ts";
import {
    exampleIn,
    namesOf,
    recordExample,
    runProgram,
    type Example,
} from "../support/examples.ts";

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

/** Names of everything that the engine would create, without providers that it adds by itself. */
async function previewed(
    example: Example,
    cloud: Cloud,
    env: Record<string, string>,
): Promise<{ created: string[]; others: string[] }> {
    const { name, config } = example.project;
    const { stack, forget } = await engineStack(name, env, config);
    try {
        const { location, settings } = cloud;
        await stack.setAllConfig(
            Object.fromEntries(
                Object.entries({ location, ...settings }).map(([key, value]) => [key, { value }]),
            ),
        );
        const created: string[] = [];
        const others: string[] = [];
        await stack.preview({
            program: async () => runProgram(example),
            onEvent: ({ resourcePreEvent }) => {
                const { op, urn = "" } = resourcePreEvent?.metadata ?? {};
                if (op !== undefined) {
                    (op === "create" ? created : others).push(urn.split("::").slice(2).join("::"));
                }
            },
        });
        const added = /^pulumi:(pulumi:Stack|providers:[\w-]+)::(default|kubefabric-)/;
        return { created: created.filter((urn) => !added.test(urn)).sort(), others };
    } finally {
        forget();
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
            before(() => {
                folder = mkdtempSync(join(tmpdir(), "kubefabric-plugin-"));
                const script = `#!/bin/sh\nexec "${process.execPath}" "${PLUGIN}" ${version} "$@"\n`;
                writeFileSync(join(folder, `pulumi-resource-${plugin}`), script, { mode: 0o755 });
            });
            after(() => rmSync(folder, { recursive: true, force: true }));

            it("would create what the recording has, with the defaults of its Pulumi.yaml", async () => {
                const { PATH } = engineEnvironment(folder);
                const env = { PATH: [folder, PATH].join(delimiter) };
                const { created, others } = await previewed(example, cloud, env);
                const names = await recordedNames(example, cloud);
                assert.ok(names.length > 100);
                assert.deepEqual(created, names);
                assert.deepEqual(others, []);
            });
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
