import type * as pulumi from "@pulumi/pulumi";

import type { Methods, Properties } from "../remoteResource";

/** How the engine writes a value that is not known yet (`unknownValue` in the SDK's `runtime/rpc`). */
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Whether a value, or anything in it, is not known yet, as in a first preview. */
export function isUnknown(value: unknown): boolean {
    if (Array.isArray(value)) {
        return value.some(isUnknown);
    }
    if (typeof value === "object" && value !== null) {
        return Object.values(value).some(isUnknown);
    }
    return value === UNKNOWN;
}

function methodsOf(module: string): Methods {
    // The file name comes from this package's own resources, never from a user.
    return (require(`./${module}`) as { methods: Methods }).methods;
}

/** An `undefined` in an output fails the create inside the SDK, so none leaves this process. */
function withoutUndefined<T>(value: T): T {
    return value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T);
}

export async function check(module: string, olds: Properties, news: Properties) {
    const methods = methodsOf(module);
    const inputs = withoutUndefined((await methods.settle?.(olds, news)) ?? news);
    return { inputs, failures: (await methods.check?.(olds, inputs)) ?? [] };
}

export async function diff(
    module: string,
    olds: Properties,
    news: Properties,
): Promise<pulumi.dynamic.DiffResult> {
    return (await methodsOf(module).diff?.(olds, news)) ?? { changes: false };
}

export async function create(module: string, inputs: Properties) {
    return withoutUndefined(await methodsOf(module).create(inputs));
}

export async function update(module: string, id: string, olds: Properties, news: Properties) {
    const methods = methodsOf(module);
    return { outs: withoutUndefined((await methods.update?.(id, olds, news)) ?? olds) };
}

export async function read(module: string, id: string, outs: Properties) {
    const found = await methodsOf(module).read?.(id, outs);
    return found === undefined
        ? { id, props: outs }
        : { id, props: withoutUndefined(found.outs), inputs: withoutUndefined(found.inputs) };
}

export async function remove(module: string, id: string, outs: Properties): Promise<void> {
    await methodsOf(module).delete?.(id, outs);
}

/** The dynamic provider that the text in the state loads. */
export function provider(module: string): pulumi.dynamic.ResourceProvider {
    return {
        check: (olds: Properties, news: Properties) => check(module, olds, news),
        diff: (_id: string, olds: Properties, news: Properties) => diff(module, olds, news),
        create: (inputs: Properties) => create(module, inputs),
        update: (id: string, olds: Properties, news: Properties) => update(module, id, olds, news),
        delete: (id: string, outs: Properties) => remove(module, id, outs),
        // Without it a refresh asks nobody.
        ...(methodsOf(module).read && {
            read: (id: string, outs: Properties) => read(module, id, outs),
        }),
    };
}
