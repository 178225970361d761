import type { VolumeClaim } from "../../storage/claims";
import { fieldsOf } from "../../storage/manifests";
import { ownKind, type Finding, type Resource } from "./resource";
import type { Context, Rule } from "./rule";
import { isUnknown } from "./unknown";
import type { World } from "./world";

/**
 * A LedgerGuard stands before the claim of a ledger and decides its class and mode, because it alone
 * knows what was made before. So a preview of a new ledger does not know them in the claim; what the
 * guard was asked for it knows.
 */
export function isGuard(type: string): boolean {
    return ownKind(type) === "LedgerGuard";
}

/** The claim that a guard stands before, as it was asked for. */
export function guardedClaim({ properties }: Resource): VolumeClaim {
    const { claim, storageClassName, accessMode, size, owner } = properties;
    const [namespace, name] = typeof claim === "string" ? claim.split("/") : [];
    return {
        origin: "claim",
        path: "spec",
        name,
        namespace,
        labels: fieldsOf(owner),
        annotations: {},
        spec: {
            storageClassName,
            accessModes: isUnknown(accessMode) ? accessMode : [accessMode],
            resources: { requests: { storage: size } },
        },
    };
}

/**
 * What a rule finds. A guard is looked at in the cluster of its claim, and only as long as the claim
 * itself does not say what it asks for.
 */
export function findingsOf(rule: Rule, resource: Resource, context: Context): Finding[] {
    if (!isGuard(resource.type)) {
        return rule.check(resource, context);
    }
    const cluster = clusterOf(resource, context.world);
    const { namespace, name } = guardedClaim(resource);
    const claim =
        cluster && context.world.find("PersistentVolumeClaim", cluster.id, name, namespace);
    const isSpokenFor = claim !== undefined && !hidesItsStorage(claim);
    return cluster === undefined || isSpokenFor
        ? []
        : rule.check({ ...resource, cluster: cluster.id }, context);
}

/** Whether a guard, who is looked at, says what a claim does not. */
export function isGuarded({ cluster, properties }: Resource, world: World): boolean {
    const { name, namespace } = fieldsOf(properties.metadata);
    return world.guardsOf(name, namespace).some((guard) => clusterOf(guard, world)?.id === cluster);
}

/**
 * The cluster of a guard. Its own provider is that of custom resources, so it is found by the Namespace
 * of the claim, and among several of that name by the kubeconfig.
 */
function clusterOf({ properties }: Resource, world: World): { id: string } | undefined {
    const { kubeconfig, context, claim } = properties;
    const [namespace] = typeof claim === "string" ? claim.split("/") : [];
    const homes = world.namespaces(namespace);
    const own = homes.filter(({ cluster }) => {
        const provider = world.get(cluster)?.properties;
        return provider?.kubeconfig === kubeconfig && provider?.context === context;
    });
    const [found] = homes.length > 1 ? own : homes;
    return found && { id: found.cluster };
}

function hidesItsStorage({ properties }: Resource): boolean {
    const { storageClassName, accessModes } = fieldsOf(properties.spec);
    const modes = Array.isArray(accessModes) ? (accessModes as unknown[]) : [accessModes];
    return [properties.spec, storageClassName, ...modes].some(isUnknown);
}
