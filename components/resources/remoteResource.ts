import * as pulumi from "@pulumi/pulumi";

/** Plain data that crosses into the process that runs dynamic resources. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Properties = Record<string, any>;

/**
 * What a custom resource of this package does. Every method is plain code over plain data: tests call
 * it without an engine. Removing one of these resources leaves the world as it is, unless it has `delete`.
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
    delete?(id: string, outs: Properties): Promise<void>;
}

/** Where `Methods` are found, from the program's own folder, in which the engine runs them. */
const DISPATCH = "kubefabric/internal/components/resources/methods/dispatch";

/**
 * A dynamic resource of Pulumi whose methods load the module of its kind by name when they run
 * (`PrivateKey` has `methods/privateKey`).
 *
 * Pulumi keeps the text of a dynamic provider in the state of each of its resources, twice, and runs the
 * text that is there. `pulumi.dynamic.Resource` makes it of functions and all that they refer to, by
 * loading the TypeScript compiler, with a text of 2 kB that is another one after an upgrade of either.
 * Written out, it is short, the same for ever, and free of values: nothing of this package, and no
 * secret, is in it.
 *
 * @see https://github.com/pulumi/pulumi/blob/v3.250.0/sdk/nodejs/cmd/dynamic-provider/index.ts#L63
 */
export abstract class RemoteResource extends pulumi.CustomResource {
    protected constructor(
        kind: string,
        name: string,
        inputs: pulumi.Inputs,
        opts?: pulumi.CustomResourceOptions,
    ) {
        super(
            `pulumi-nodejs:dynamic/kubefabric:${kind}`,
            name,
            { ...inputs, __provider: providerText(kind) },
            opts,
        );
    }
}

function providerText(kind: string): string {
    const module = `${kind.charAt(0).toLowerCase()}${kind.slice(1)}`;
    return (
        'exports.handler = () => require("node:module").createRequire(process.cwd() + "/package.json")' +
        `("${DISPATCH}").provider("${module}");`
    );
}
