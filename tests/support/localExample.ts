import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { compileFunction } from "node:vm";

import * as pulumi from "@pulumi/pulumi";
import { record, type Recording } from "kubefabric/testing";
import ts from "typescript";
import { parse } from "yaml";

import { KUBECONFIG } from "./network.ts";

const CHECKOUT = resolve(import.meta.dirname, "../..");

/** The root `Pulumi.yaml`, as far as it is read here. */
interface Project {
    name: string;
    main: string;
    config: Record<string, { description?: string; default?: unknown }>;
}

export const PROJECT = parse(readFileSync(join(CHECKOUT, "Pulumi.yaml"), "utf8")) as Project;

/** The file that the engine runs: the `main` of the folder that is the project's `main`. */
export const PROGRAM = ((folder) => {
    const manifest = readFileSync(join(folder, "package.json"), "utf8");
    return join(folder, (JSON.parse(manifest) as { main: string }).main);
})(join(CHECKOUT, PROJECT.main));

/** Compiles and runs the program, as the engine does, and returns what it exports. */
function runProgram(): Record<string, unknown> {
    const { outputText } = ts.transpileModule(readFileSync(PROGRAM, "utf8"), {
        compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
    });
    const exported: Record<string, unknown> = {};
    const parameters = ["require", "exports"];
    const program = compileFunction(outputText, parameters, { filename: PROGRAM });
    (program as (require: NodeJS.Require, exports: object) => void)(
        createRequire(PROGRAM),
        exported,
    );
    return exported;
}

/** Runs the local example's program, with some stack configuration, and records what it registers. */
export async function recordLocalExample(config: Record<string, string> = {}): Promise<Recording> {
    const folder = mkdtempSync(join(tmpdir(), "kubefabric-example-"));
    const kubeconfig = join(folder, "kubeconfig");
    writeFileSync(kubeconfig, KUBECONFIG);
    const settings = { kubeconfig, context: "test", ...config };
    const before = pulumi.runtime.allConfig();
    try {
        return await record(
            () => {
                pulumi.runtime.setAllConfig(
                    Object.fromEntries(
                        Object.entries(settings).map(([key, value]) => [
                            `${PROJECT.name}:${key}`,
                            value,
                        ]),
                    ),
                );
                return runProgram();
            },
            { project: PROJECT.name },
        );
    } finally {
        pulumi.runtime.setAllConfig(before);
        rmSync(folder, { recursive: true, force: true });
    }
}
