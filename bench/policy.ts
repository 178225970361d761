import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

import { stringify } from "yaml";

import { record, Recording, type RecordedResource } from "../testing";
import { NOWHERE } from "./construct";
import { alternate, median, medians, timed } from "./measure";
import type { Bench, Part } from "./part";
import { PACK, policyServer, port, requestFor, startPack } from "./policyServer";
import { network } from "./program";
import { msText } from "./report";

const run = promisify(execFile);
const MANIFESTS = 1000;

export const policy: Part = {
    name: "policy",
    title: "the policy pack as the CLI starts and asks it, and kubefabric check",
    run: async (bench) => {
        await start(bench);
        const recording = await record(() => network({ organizations: 2, kubeconfig: NOWHERE }));
        await check(bench, recording);
        await oneRuleMore(bench, many(recording, 1000));
        await eachResource(bench, many(recording, 1000));
        await eachResource(bench, many(recording, 10_000));
    },
};

/** How long a pack takes to print its port. */
async function untilReady(pack: string, env: Record<string, string> = {}): Promise<number> {
    const begin = performance.now();
    const child = startPack(pack, env);
    await port(child);
    const ms = performance.now() - begin;
    child.kill();
    await once(child, "exit");
    return ms;
}

async function start(bench: Bench): Promise<void> {
    const typescript = typescriptPack(bench);
    const nothing = emptyPack(bench, "start");
    const results = await alternate(3, {
        node: async () => (await timed(() => run(process.execPath, ["-e", "0"])))[1],
        empty: () => untilReady(nothing),
        compiled: () => untilReady(PACK),
        // ts-node keeps what it has compiled; a machine that was made for one run has nothing kept.
        typescript: () => untilReady(typescript, { TS_NODE_CACHE: "false" }),
        again: () => untilReady(typescript),
    });
    const { node, empty, compiled, typescript: slow, again } = medians(results);
    bench.finding({
        what: "start of the pack beyond node's own",
        figure: (compiled - node) / 1000,
        unit: "s",
        goal: 0.45,
        detail: `${msText(compiled)}, node alone ${msText(node)}`,
    });
    bench.finding({
        what: "start of the pack / node's own start",
        figure: compiled / node,
    });
    bench.finding({
        what: "start of the pack / start of one without policies",
        figure: compiled / empty,
        detail: msText(empty),
    });
    bench.finding({
        what: "start through ts-node / compiled",
        figure: slow / compiled,
        goal: 5,
        atLeast: true,
        detail: `${msText(slow)}; with what it has kept of earlier runs ${msText(again)}`,
    });
}

/** The same pack from its sources, for the ts-node that the SDK brings along. */
function typescriptPack({ scratch, root }: Bench): string {
    const compilerOptions = {
        ...{ target: "es2022", lib: ["es2023"], module: "nodenext", moduleResolution: "nodenext" },
        ...{ strict: true, skipLibCheck: true, resolveJsonModule: true, types: ["node"] },
        typeRoots: [join(root, "node_modules", "@types")],
    };
    const source = join(root, "policy", "index");
    return makePack(scratch, root, "typescript", {
        "index.ts": `import ${JSON.stringify(source)};\n`,
        "tsconfig.json": JSON.stringify({ compilerOptions }),
    });
}

/** The compiled policies, and `more` of those for single resources again under other names. */
function packWith({ scratch, root }: Bench, more: number): string {
    const policies = JSON.stringify(join(PACK, "policies.js"));
    return makePack(scratch, root, `with-${more}-more`, {
        "index.js": `const { policies } = require(${policies});
const { PolicyPack } = require("@pulumi/policy");
const single = policies.filter(({ validateResource }) => validateResource !== undefined);
const again = single.slice(0, ${more}).map((one) => ({ ...one, name: one.name + "-again" }));
new PolicyPack("bench", { policies: [...policies, ...again] });
`,
    });
}

function makePack(
    scratch: string,
    root: string,
    name: string,
    files: Record<string, string>,
): string {
    const folder = join(scratch, name);
    mkdirSync(folder);
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
    const manifest = { name: `bench-${name}`, version: "0.0.1", type: "commonjs" };
    const all = {
        "PulumiPolicy.yaml": "runtime: nodejs\n",
        "package.json": JSON.stringify(manifest),
        ...files,
    };
    for (const [file, content] of Object.entries(all)) {
        writeFileSync(join(folder, file), content);
    }
    return folder;
}

/** So many resources: those of the recording over and over, as if of other networks. */
function many({ resources }: Recording, count: number): Recording {
    const more = Array.from({ length: count }, (_, index): RecordedResource => {
        const round = Math.floor(index / resources.length);
        const resource = resources[index % resources.length]!;
        const renamed = (urn: string) => (round === 0 || urn === "" ? urn : `${urn}-${round}`);
        return {
            ...resource,
            urn: renamed(resource.urn),
            name: renamed(resource.name),
            parent: renamed(resource.parent),
            dependencies: resource.dependencies.map(renamed),
        };
    });
    return new Recording(more, undefined);
}

/** Milliseconds a resource takes: both calls of the engine, then the one for the stack. */
async function judged(pack: string, recording: Recording): Promise<{ both: number; all: number }> {
    const server = await policyServer(pack);
    const { length } = recording.resources;
    try {
        await server.configure({ "volume-access-mode": { vendor: "local" } });
        const requests = recording.resources.map((resource) => requestFor(resource, recording));
        const [, both] = await timed(async () => {
            for (const request of requests) {
                await server.ask(request);
            }
        });
        const [, stack] = await timed(() => server.analyzeStack(recording));
        return { both: both / length, all: (both + stack) / length };
    } finally {
        server.stop();
    }
}

async function eachResource(bench: Bench, recording: Recording): Promise<void> {
    const { length } = recording.resources;
    const rounds = length > 1000 && !bench.full ? 1 : 3;
    const packs = { floor: emptyPack(bench, length), ours: PACK };
    const { floor, ours } = await alternate(rounds, {
        floor: () => judged(packs.floor, recording),
        ours: () => judged(packs.ours, recording),
    });
    const both = median(ours.map((run) => run.both));
    const empty = median(floor.map((run) => run.both));
    bench.finding({
        what: `both calls a resource, ${length} resources`,
        figure: both,
        unit: "ms",
        goal: 0.5,
        detail: `an empty pack ${msText(empty)}; with the stack's call ${msText(median(ours.map((run) => run.all)))}`,
    });
    bench.finding({
        what: `both calls, pack / empty pack, ${length} resources`,
        figure: both / empty,
        goal: 1.25,
    });
}

/** What the protocol alone costs. */
function emptyPack({ scratch, root }: Bench, mark: number | string): string {
    return makePack(scratch, root, `empty-${mark}`, {
        "index.js": `const { PolicyPack } = require("@pulumi/policy");
new PolicyPack("empty", { policies: [] });
`,
    });
}

async function oneRuleMore(bench: Bench, recording: Recording): Promise<void> {
    const [as, more] = [packWith(bench, 0), packWith(bench, 1)];
    const { eight, nine } = await alternate(3, {
        eight: () => judged(as, recording),
        nine: () => judged(more, recording),
    });
    const middle = (runs: { all: number }[]) => median(runs.map((run) => run.all));
    bench.finding({
        what: "one rule more / as it is, all calls",
        figure: middle(nine) / middle(eight),
        goal: 1.1,
        detail: `${msText(middle(nine))}, ${msText(middle(eight))} a resource`,
    });
}

async function check(bench: Bench, recording: Recording): Promise<void> {
    const file = join(bench.scratch, "manifests.yaml");
    const manifests = recording.resources.filter(({ inputs }) => "apiVersion" in inputs);
    const documents = Array.from({ length: MANIFESTS }, (_, index) => {
        const { metadata, ...rest } = manifests[index % manifests.length]!.inputs;
        const named = metadata as Record<string, unknown>;
        const round = Math.floor(index / manifests.length);
        return stringify({
            ...rest,
            metadata: { ...named, name: `${String(named.name)}-${round}` },
        });
    });
    writeFileSync(file, documents.join("---\n"));
    const command = join(__dirname, "..", "cli", "kubefabric.js");
    const parse =
        `const all = require("yaml").parseAllDocuments(require("fs").readFileSync(${JSON.stringify(file)}, "utf8"));` +
        "all.forEach((one) => one.toJS());";
    const elapsed = async (args: string[]) =>
        // What the rules find is another matter.
        (await timed(() => run(process.execPath, args, { cwd: bench.root }).catch(onlyFound)))[1];
    const { checked, parsed } = medians(
        await alternate(5, {
            checked: () => elapsed([command, "check", "--vendor", "local", file]),
            parsed: () => elapsed(["-e", parse]),
        }),
    );
    bench.finding({
        what: `check / only parsing, ${MANIFESTS} manifests, whole processes`,
        figure: checked / parsed,
        goal: 1.5,
        detail: `${msText(checked)}, ${msText(parsed)}`,
    });
}

/** Exit code 1 says that something was found; every other one is a failure of the measurement. */
function onlyFound(error: unknown): void {
    if ((error as { code?: unknown }).code !== 1) {
        throw error;
    }
}
