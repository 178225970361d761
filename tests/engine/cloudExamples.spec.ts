import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir, tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";

import { cloudAnswers } from "../support/clouds.ts";
import { COMPANIES, CONSORTIUM_CONFIG } from "../support/consortium.ts";
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
    sdk: string;
    /** Variable that its plugin cannot do without: an account is behind it. */
    account: string;
}

const GKE: Cloud = { sdk: "@pulumi/gcp", account: "GOOGLE_PROJECT" };
const AKS: Cloud = { sdk: "@pulumi/azure-native", account: "ARM_SUBSCRIPTION_ID" };
const IKS: Cloud = { sdk: "@pulumi/ibm", account: "IC_API_KEY" };
const CLOUD_OF: Record<string, Cloud> = { founder: IKS, "gke-member": GKE, "aks-member": AKS };

/** A program that is previewed. */
interface Previewed {
    /** Its folder among the examples. */
    folder: string;
    clouds: readonly Cloud[];
    /** Settings of the program that have no default. */
    settings: Record<string, string>;
    /** Settings of the clouds' providers. */
    ofProviders?: Record<string, string>;
    /** It registers more than this. */
    moreThan: number;
}

const IBM_REGION = { "ibm:region": "eu-de" };

const PROGRAMS: readonly Previewed[] = [
    { folder: "gke", clouds: [GKE], settings: { location: "europe-west4" }, moreThan: 100 },
    { folder: "aks", clouds: [AKS], settings: { location: "westeurope" }, moreThan: 100 },
    {
        folder: "iks",
        clouds: [IKS],
        settings: { location: "eu-de" },
        ofProviders: IBM_REGION,
        moreThan: 100,
    },
    {
        folder: "consortium",
        clouds: [IKS, GKE, AKS],
        settings: CONSORTIUM_CONFIG,
        ofProviders: IBM_REGION,
        moreThan: 150,
    },
    ...COMPANIES.map(({ folder, config }) => ({
        folder: join("consortium", "companies", folder),
        clouds: [CLOUD_OF[folder]!],
        settings: config,
        ofProviders: folder === "founder" ? IBM_REGION : undefined,
        moreThan: 40,
    })),
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

interface Preview {
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
    { settings, ofProviders }: Previewed,
    env: Record<string, string>,
    policyPacks: string[] = [],
): Promise<Preview> {
    const { name, config } = example.project;
    const engine = await engineStack(name, env, config);
    try {
        await engine.stack.setAllConfig(
            Object.fromEntries(
                Object.entries({ ...settings, ...ofProviders }).map(([key, value]) => [
                    key,
                    { value },
                ]),
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

async function recordedNames(example: Example, { settings }: Previewed): Promise<string[]> {
    const recording = await recordExample(example, settings, { outputs: cloudAnswers });
    return namesOf(recording).sort();
}

for (const program of PROGRAMS) {
    describe(`the example in ${program.folder}, previewed by the engine`, function () {
        needsEngine(this);
        this.timeout(180_000);
        const example = exampleIn(join("examples", program.folder));

        describe("with a stand-in for each cloud's plugin", () => {
            let folder: string;
            let env: { PATH: string };
            before(() => {
                folder = mkdtempSync(join(tmpdir(), "kubefabric-plugin-"));
                for (const { name, version } of program.clouds.map(pluginOf)) {
                    const script = `#!/bin/sh\nexec "${process.execPath}" "${PLUGIN}" ${version} "$@"\n`;
                    writeFileSync(join(folder, `pulumi-resource-${name}`), script, { mode: 0o755 });
                }
                env = { PATH: [folder, pathWithoutHost(folder)].join(delimiter) };
            });
            after(() => rmSync(folder, { recursive: true, force: true }));

            it("would create what the recording has, with the defaults of its Pulumi.yaml", async () => {
                const packs = [INSTALLED_PACK];
                const { created, others, said } = await previewed(example, program, env, packs);
                const names = await recordedNames(example, program);
                assert.ok(names.length > program.moreThan);
                assert.deepEqual(created, names);
                assert.deepEqual(others, []);
                assert.deepEqual(said, []);
            });

            if (program.folder === "aks") {
                it("would hear of a ledger whose size is paid for and not had, in a first preview", async () => {
                    const settings = { ...program.settings, ledgerSize: "20Gi" };
                    const small = { ...program, settings };
                    const { said } = await previewed(example, small, env, [INSTALLED_PACK]);
                    const ledgers = said.map((line) => /Claim\/([\w-]+)/.exec(line)?.[1]);
                    assert.equal(new Set(ledgers).size, 5, ledgers.join());
                    assert.ok(said.every((line) => /"20Gi" costs as much as "32Gi"/.test(line)));
                });
            }
        });

        const missing = program.clouds.flatMap((cloud) => [
            ...(isPresent(cloud) ? [] : [`no plugin ${pluginOf(cloud).name} here`]),
            ...(process.env[cloud.account] ? [] : [`${cloud.account} is not set`]),
        ]);
        const title = "with the clouds' own plugins, would create the same";
        if (missing.length > 0) {
            it.skip(`${title} (skipped: ${missing.join(", ")})`);
        } else {
            it(title, async () => {
                const env = { PULUMI_HOME: dirname(PLUGINS) };
                const { created } = await previewed(example, program, env);
                assert.deepEqual(created, await recordedNames(example, program));
            });
        }
    });
}
