import type * as pulumi from "@pulumi/pulumi";

/** Plain data that crosses into the process that runs dynamic resources. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Properties = Record<string, any>;

/**
 * What a custom resource of this package does. Every method is plain code over plain data: tests call
 * it without an engine. Removing one of these resources leaves the world as it is.
 */
export interface Methods {
    /** The inputs as the state is to have them: what a program leaves open is filled in. */
    settle?(olds: Properties, news: Properties): Promise<Properties>;
    check?(olds: Properties, news: Properties): Promise<pulumi.dynamic.CheckFailure[]>;
    diff?(olds: Properties, news: Properties): Promise<pulumi.dynamic.DiffResult>;
    create(inputs: Properties): Promise<{ id: string; outs: Properties }>;
    update?(id: string, olds: Properties, news: Properties): Promise<Properties>;
    /**
     * Asks the network. What it finds goes into the inputs as well as the outputs, so that the next
     * preview shows how the program differs from it. The engine gives it the outputs of the last run,
     * so a resource that is read keeps in them what it needs to reach its node.
     */
    read?(id: string, outs: Properties): Promise<{ inputs: Properties; outs: Properties }>;
}

/**
 * A dynamic provider whose methods load `module` of this package by name when they run.
 *
 * Pulumi writes the text of a dynamic provider into the state of each of its resources, twice. Loading
 * by name keeps that text short and free of values: nothing of this package, and no secret, is
 * serialized. The name is looked up from the program's own folder, where the engine runs it.
 */
export function remoteMethods(module: string): pulumi.dynamic.ResourceProvider {
    return shared(module, () => methodsByName(module));
}

/** `remoteMethods` of a resource that a refresh asks the network about. */
export function readableMethods(module: string): pulumi.dynamic.ResourceProvider {
    return shared(module, () => readableByName(module));
}

/**
 * The SDK keeps the text that it made of a provider with the object. Making it is most of the work of
 * registering a resource, so all resources of a module share one.
 */
const providers = new Map<string, pulumi.dynamic.ResourceProvider>();

function shared(
    module: string,
    make: () => pulumi.dynamic.ResourceProvider,
): pulumi.dynamic.ResourceProvider {
    const known = providers.get(module) ?? make();
    providers.set(module, known);
    return known;
}

function methodsByName(module: string): pulumi.dynamic.ResourceProvider {
    const dispatch = "kubefabric/internal/components/resources/methods/dispatch";
    return {
        async check(olds: Properties, news: Properties) {
            const load = require("node:module").createRequire(process.cwd() + "/package.json");
            return load(dispatch).check(module, olds, news);
        },
        async diff(id: string, olds: Properties, news: Properties) {
            const load = require("node:module").createRequire(process.cwd() + "/package.json");
            return load(dispatch).diff(module, olds, news);
        },
        async create(inputs: Properties) {
            const load = require("node:module").createRequire(process.cwd() + "/package.json");
            return load(dispatch).create(module, inputs);
        },
        async update(id: string, olds: Properties, news: Properties) {
            const load = require("node:module").createRequire(process.cwd() + "/package.json");
            return load(dispatch).update(module, id, olds, news);
        },
    };
}

function readableByName(module: string): pulumi.dynamic.ResourceProvider {
    const dispatch = "kubefabric/internal/components/resources/methods/dispatch";
    return {
        ...methodsByName(module),
        async read(id: string, outs: Properties) {
            const load = require("node:module").createRequire(process.cwd() + "/package.json");
            return load(dispatch).read(module, id, outs);
        },
    };
}
