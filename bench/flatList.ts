import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { Properties } from "../components/resources/remoteResource";
import type { RecordedResource } from "../testing";

/** A resource as somebody would write it down who uses no component. */
export interface RawResource {
    type: string;
    name: string;
    inputs: Record<string, unknown>;
    /** What others name it by. */
    urn?: string;
    /** URNs of those that it waits for, which stand before it. */
    dependencies?: string[];
}

const DYNAMIC = /^pulumi-nodejs:dynamic\/(\w+):(\w+)$/;
const KUBERNETES = /^kubernetes:(.+):(\w+)$/;
const PROVIDER = "pulumi:providers:kubernetes";

/** The resources below all components of a recording. */
export function rawResources(resources: readonly RecordedResource[]): RawResource[] {
    return resources
        .filter(({ custom }) => custom)
        .map(({ type, name, inputs }) => {
            // The SDK's own class writes the text of a dynamic provider.
            const { __provider: _provider, ...rest } = inputs;
            return { type, name, inputs: rest };
        });
}

/** Registers them one after the other, with the classes of the SDKs and nothing else. */
export function registerFlat(resources: readonly RawResource[]): void {
    let provider: k8s.Provider | undefined;
    const made = new Map<string, pulumi.Resource>();
    for (const { type, name, inputs, urn = "", dependencies = [] } of resources) {
        const dependsOn = dependencies.flatMap((each) => made.get(each) ?? []);
        const [, module = "", dynamicKind] = DYNAMIC.exec(type) ?? [];
        const [, group = "", kind] = KUBERNETES.exec(type) ?? [];
        if (dynamicKind !== undefined) {
            made.set(urn, new Dynamic(name, inputs, module, dynamicKind, { dependsOn }));
        } else if (kind !== undefined) {
            const { metadata, ...rest } = inputs;
            const Kind = kubernetesClass(group, kind);
            made.set(urn, new Kind(name, { metadata, ...rest }, { provider, dependsOn }));
        } else if (type === PROVIDER) {
            provider = new k8s.Provider(name, inputs);
        } else {
            throw new Error(`there is no class for ${type} ${name}`);
        }
    }
}

/** A dynamic resource with one provider for all of a kind, as the SDK's documentation has it. */
class Dynamic extends pulumi.dynamic.Resource {
    constructor(
        name: string,
        inputs: Record<string, unknown>,
        module: string,
        kind: string,
        opts: pulumi.CustomResourceOptions,
    ) {
        const known = PROVIDERS.get(kind) ?? dynamicProvider(kind);
        PROVIDERS.set(kind, known);
        super(known, name, { ...inputs }, opts, module, kind);
    }
}

const PROVIDERS = new Map<string, pulumi.dynamic.ResourceProvider>();

/* eslint-disable @typescript-eslint/no-unsafe-assignment, @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-return, @typescript-eslint/no-require-imports, @typescript-eslint/require-await -- its functions are serialized, so each is complete in itself */
function dynamicProvider(kind: string): pulumi.dynamic.ResourceProvider {
    const dispatch = "kubefabric/internal/components/resources/methods/dispatch";
    const module = kind.charAt(0).toLowerCase() + kind.slice(1);
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
/* eslint-enable */

type KubernetesClass = new (
    name: string,
    inputs: object,
    options: pulumi.CustomResourceOptions,
) => pulumi.CustomResource;

/** The class of a type such as `apps/v1` and `StatefulSet`. */
function kubernetesClass(group: string, kind: string): KubernetesClass {
    const [name = "", version = ""] = group.split("/");
    // Of `networking.k8s.io` the SDK calls it `networking`.
    const [short = ""] = name.split(".");
    const groups = k8s as unknown as Record<
        string,
        Record<string, Record<string, KubernetesClass>> | undefined
    >;
    const found = groups[short]?.[version]?.[kind];
    if (found === undefined) {
        throw new Error(`the SDK has no class for ${group} ${kind}`);
    }
    return found;
}
