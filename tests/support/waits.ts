import type { RecordedResource, Recording } from "kubefabric/testing";

/** URNs of everything that a resource waits for, its provider included, directly or through others. */
export function waitsOf(recording: Recording, resource: RecordedResource): Set<string> {
    return behind(recording, [resource], ({ dependencies, provider }) => [
        ...dependencies,
        urnOfReference(provider),
    ]);
}

/**
 * URNs of what `pulumi destroy --exclude-protected` leaves alone: what is protected, and what that cannot
 * be without.
 *
 * @see https://github.com/pulumi/pulumi/blob/v3.250.0/pkg/resource/graph/dependency_graph.go#L262
 */
export function keptByDestroy(recording: Recording): Set<string> {
    const isProtected = recording.resources.filter(({ protect }) => protect);
    const needed = behind(recording, isProtected, (resource) => [
        ...resource.dependencies,
        ...[urnOfReference(resource.provider), resource.parent, resource.deletedWith],
    ]);
    return new Set([...isProtected.map(({ urn }) => urn), ...needed]);
}

/** URNs of what is below a component, at any depth, the component included. */
export function within(recording: Recording, component: RecordedResource): Set<string> {
    const below = new Set([component.urn]);
    for (const { urn, parent } of recording.resources) {
        // A parent is registered before its children.
        if (below.has(parent)) {
            below.add(urn);
        }
    }
    return below;
}

/** What resources lead to, directly or through others. */
function behind(
    { resources }: Recording,
    from: readonly RecordedResource[],
    next: (resource: RecordedResource) => readonly string[],
): Set<string> {
    const byUrn = new Map(resources.map((each) => [each.urn, each]));
    const seen = new Set<string>();
    const visit = (resource: RecordedResource) => {
        for (const urn of next(resource)) {
            const found = byUrn.get(urn);
            if (found !== undefined && !seen.has(urn)) {
                seen.add(urn);
                visit(found);
            }
        }
    };
    from.forEach(visit);
    return seen;
}

/** The URN in a reference of a provider, `urn::id`. */
function urnOfReference(reference: string): string {
    return reference.split("::").slice(0, 4).join("::");
}
