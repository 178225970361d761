import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { compileFunction } from "node:vm";

import * as pulumi from "@pulumi/pulumi";
import { record, type Outputs, type Recording } from "kubefabric/testing";
import ts from "typescript";
import { parse } from "yaml";

const CHECKOUT = resolve(import.meta.dirname, "../..");

/** The folder of all examples. */
export const EXAMPLES = join(CHECKOUT, "examples");

/** Names of the folders with a program of this package; what runs on its networks is beside them. */
export const EXAMPLE_NAMES = readdirSync(EXAMPLES, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .filter((name) => "kubefabric" in manifestIn(join(EXAMPLES, name)).dependencies)
    .sort();

/** A `Pulumi.yaml`, as far as it is read here. */
export interface Project {
    name: string;
    main?: string;
    config: Record<string, { description?: string; default?: unknown }>;
}

/** A `package.json`, as far as it is read here. */
export interface Manifest {
    name: string;
    version?: string;
    main?: string;
    scripts?: Record<string, string>;
    dependencies: Record<string, string>;
    devDependencies?: Record<string, string>;
}

/** An example as the engine finds it. */
export interface Example {
    project: Project;
    manifest: Manifest;
    /** Path of the file that the engine runs. */
    program: string;
    /** Its text. */
    source: string;
}

export function manifestIn(folder: string): Manifest {
    return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
}

/** The example whose `Pulumi.yaml` is in a folder of the checkout. */
export function exampleIn(folder: string): Example {
    const text = readFileSync(join(CHECKOUT, folder, "Pulumi.yaml"), "utf8");
    const project = parse(text) as Project;
    const programFolder = join(CHECKOUT, folder, project.main ?? ".");
    const manifest = manifestIn(programFolder);
    if (manifest.main === undefined) {
        throw new Error(`${folder}: without "main", the engine runs the package instead`);
    }
    const program = join(programFolder, manifest.main);
    return { project, manifest, program, source: readFileSync(program, "utf8") };
}

/** Keys of the stack configuration that a program reads. */
export function settingsReadBy({ source }: Example): string[] {
    const read = [...source.matchAll(/config\.\w+(?:<\w+>)?\("(\w+)"\)/g)].map(([, key]) => key!);
    return [...new Set(read)].sort();
}

/** Compiles and runs a program, as the engine does, and returns what it exports. */
export function runProgram({ program, source }: Example): Record<string, unknown> {
    const { outputText } = ts.transpileModule(source, {
        compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
    });
    const exported: Record<string, unknown> = {};
    const compiled = compileFunction(outputText, ["require", "exports"], { filename: program });
    (compiled as (require: NodeJS.Require, exports: object) => void)(
        createRequire(program),
        exported,
    );
    return exported;
}

/** Runs a program in a folder, where it finds files; the engine runs it in its own. */
export function runProgramIn(folder: string, example: Example): Record<string, unknown> {
    const before = process.cwd();
    process.chdir(folder);
    try {
        return runProgram(example);
    } finally {
        process.chdir(before);
    }
}

/** Runs an example's program, with some stack configuration, and records what it registers. */
export async function recordExample(
    example: Example,
    config: Record<string, string>,
    { folder, ...options }: { preview?: boolean; outputs?: Outputs; folder?: string } = {},
): Promise<Recording> {
    const { name, config: described } = example.project;
    // The engine hands the defaults to the program, like settings of the stack.
    const defaults = Object.entries(described).flatMap(([key, { default: value }]) =>
        value === undefined ? [] : [[key, String(value as string | number | boolean)] as const],
    );
    const settings = { ...Object.fromEntries(defaults), ...config };
    const before = pulumi.runtime.allConfig();
    try {
        return await record(
            () => {
                pulumi.runtime.setAllConfig(
                    Object.fromEntries(
                        Object.entries(settings).map(([key, value]) => [`${name}:${key}`, value]),
                    ),
                );
                return folder === undefined ? runProgram(example) : runProgramIn(folder, example);
            },
            { project: name, ...options },
        );
    } finally {
        pulumi.runtime.setAllConfig(before);
    }
}

/** How many resources of each kind were registered. */
export function countsOf({ resources }: Recording): Record<string, number> {
    const counted: Record<string, number> = {};
    for (const { type } of resources) {
        const kind = type.split(":").at(-1)!;
        counted[kind] = (counted[kind] ?? 0) + 1;
    }
    return counted;
}

/** The parts of URNs that stay when project and stack have other names. */
export function namesOf({ resources }: Recording): string[] {
    return resources.map(({ urn }) => urn.split("::").slice(2).join("::"));
}
