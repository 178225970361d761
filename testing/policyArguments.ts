import type { PolicyProviderResource, PolicyResource } from "../policy/sdk";
import type { RecordedResource } from "./recordingMonitor";

/** The tests of a resource's type that the SDK hands to policies. */
export function typeTests(type: string, inputs: unknown) {
    const isType = (resourceClass: unknown) =>
        (resourceClass as { __pulumiType?: string }).__pulumiType === type;
    return {
        isType,
        asType: (resourceClass: unknown) => (isType(resourceClass) ? inputs : undefined) as never,
    };
}

/** Options of a registration, as policies see them. */
export function optionsOf({ protect, parent, aliases, additionalSecretOutputs }: RecordedResource) {
    return {
        protect,
        parent,
        aliases: [...aliases],
        additionalSecretOutputs: [...additionalSecretOutputs],
        ignoreChanges: [],
        customTimeouts: { createSeconds: 0, updateSeconds: 0, deleteSeconds: 0 },
    };
}

/** The provider of a resource; nothing where it has none. */
export function providerOf(
    { provider }: RecordedResource,
    byUrn: ReadonlyMap<string, RecordedResource>,
    shown: (inputs: object) => Record<string, unknown>,
): PolicyProviderResource | undefined {
    const urn = urnOfProvider(provider);
    const [, , type = "", name = ""] = urn.split("::");
    return urn === "" ? undefined : { type, urn, name, props: shown(byUrn.get(urn)?.inputs ?? {}) };
}

/** URN in a provider's reference, `urn::id`. */
export function urnOfProvider(reference: string): string {
    return reference.replace(/::[^:]*$/, "");
}

/** All resources, with parents and dependencies as the resources that they are. */
export function stackOf(
    resources: readonly RecordedResource[],
    byUrn: ReadonlyMap<string, RecordedResource>,
    shown: (inputs: object) => Record<string, unknown>,
): PolicyResource[] {
    const all = new Map<string, PolicyResource>(
        resources.map((resource) => {
            const { type, urn, name, inputs } = resource;
            const made: PolicyResource = {
                type,
                urn,
                name,
                props: shown(inputs),
                opts: optionsOf(resource),
                provider: providerOf(resource, byUrn, shown),
                dependencies: [],
                propertyDependencies: {},
                ...typeTests(type, inputs),
            };
            return [urn, made];
        }),
    );
    for (const { urn, parent, dependencies } of resources) {
        const made = all.get(urn);
        if (made !== undefined) {
            made.parent = all.get(parent);
            made.dependencies = dependencies.flatMap((dependency) => all.get(dependency) ?? []);
        }
    }
    return [...all.values()];
}
