import * as pulumi from "@pulumi/pulumi";

/** Plain data that crosses into the process that runs dynamic resources. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Properties = Record<string, any>;

/**
 * What a custom resource of this package does. Every method is plain code over plain data: tests call
 * it without an engine.
 */
export interface Methods {
    check?(olds: Properties, news: Properties): Promise<pulumi.dynamic.CheckFailure[]>;
    diff?(olds: Properties, news: Properties): Promise<pulumi.dynamic.DiffResult>;
    create(inputs: Properties): Promise<{ id: string; outs: Properties }>;
    read?(id: string, props: Properties): Promise<pulumi.dynamic.ReadResult>;
    update?(id: string, olds: Properties, news: Properties): Promise<Properties>;
    delete?(id: string, props: Properties): Promise<void>;
}

/**
 * A dynamic provider whose methods load `module` of this package by name when they run.
 *
 * Pulumi writes the text of a dynamic provider into the state of each of its resources. Loading by
 * name keeps that text under two kilobytes and free of values: nothing of this package, and no secret,
 * is serialized. The name is looked up from the program's own folder, where the engine runs it.
 */
export function remoteMethods(module: string): pulumi.dynamic.ResourceProvider {
    return {
        async check(olds: Properties, news: Properties) {
            const { createRequire } = require("node:module");
            const load = createRequire(process.cwd() + "/package.json");
            return load("kubefabric/internal/components/resources/methods/dispatch").check(
                module,
                olds,
                news,
            );
        },
        async diff(id: string, olds: Properties, news: Properties) {
            const { createRequire } = require("node:module");
            const load = createRequire(process.cwd() + "/package.json");
            return load("kubefabric/internal/components/resources/methods/dispatch").diff(
                module,
                olds,
                news,
            );
        },
        async create(inputs: Properties) {
            const { createRequire } = require("node:module");
            const load = createRequire(process.cwd() + "/package.json");
            return load("kubefabric/internal/components/resources/methods/dispatch").create(
                module,
                inputs,
            );
        },
        async read(id: string, props: Properties) {
            const { createRequire } = require("node:module");
            const load = createRequire(process.cwd() + "/package.json");
            return load("kubefabric/internal/components/resources/methods/dispatch").read(
                module,
                id,
                props,
            );
        },
        async update(id: string, olds: Properties, news: Properties) {
            const { createRequire } = require("node:module");
            const load = createRequire(process.cwd() + "/package.json");
            return load("kubefabric/internal/components/resources/methods/dispatch").update(
                module,
                id,
                olds,
                news,
            );
        },
        async delete(id: string, props: Properties) {
            const { createRequire } = require("node:module");
            const load = createRequire(process.cwd() + "/package.json");
            return load("kubefabric/internal/components/resources/methods/dispatch").remove(
                module,
                id,
                props,
            );
        },
    };
}
