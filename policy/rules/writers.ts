import { volumeClaims } from "../../storage/claims";
import { fieldsOf, listOf, valueAt, type PodSpec } from "../../storage/manifests";
import { dataMounts, roleOfClaim, ROLE_NAMES, type FabricRole } from "./fabricData";
import { manifestsOf, type Finding, type Resource } from "./resource";
import { notKnownYet, type Context } from "./rule";
import type { Mount } from "./world";

/**
 * Claims with Fabric's data that more than one Pod writes to: by replicas of one workload, or by two
 * workloads; of these the later one is at fault. Fabric locks its databases, but on some storage two
 * machines both get the lock.
 */
export function writerFindings(
    pod: PodSpec,
    own: FabricRole | undefined,
    namespace: unknown,
    resource: Resource,
    context: Context,
): Finding[] {
    const names = listOf(pod.spec.volumes).map((volume) =>
        valueAt(volume, "persistentVolumeClaim", "claimName"),
    );
    return [...new Set(names)].flatMap((name) => {
        const mounts = context.world
            .mounts(resource.cluster, namespace, name)
            .filter(({ writes }) => writes);
        const mine = mounts.filter((mount) => mount.resource.id === resource.id);
        const role = own ?? roleOn(name, namespace, resource, mounts, context);
        const [first] = mine;
        if (first === undefined || role === undefined) {
            return [];
        }
        if (pod.replicas === undefined) {
            const path = pod.path.replace(/template\.spec$/, "replicas");
            return notKnownYet(resource, path, "how many Pods write to a ledger", context);
        }
        const found = tooMany(first, pod.replicas, mounts);
        return found === undefined
            ? []
            : [
                  {
                      resource,
                      path: first.path,
                      reason:
                          `mounts a claim with ${ROLE_NAMES[role]} ${found}, and a second writer ` +
                          "destroys it; give every process a claim of its own",
                  },
              ];
    });
}

function tooMany(first: Mount, replicas: number, mounts: readonly Mount[]): string | undefined {
    if (replicas > 1) {
        return Number.isFinite(replicas)
            ? `in ${replicas} Pods at once`
            : "in a Pod on every machine";
    }
    const earlier = mounts.slice(0, mounts.indexOf(first));
    const other = earlier.find(({ resource }) => resource.id !== first.resource.id);
    return other === undefined ? undefined : `that ${other.title} writes to as well`;
}

/** What of Fabric is on a claim: as the claim says, or as a container of any of its Pods shows. */
function roleOn(
    name: unknown,
    namespace: unknown,
    { cluster }: Resource,
    mounts: readonly Mount[],
    { world }: Context,
): FabricRole | undefined {
    const claim = world.find("PersistentVolumeClaim", cluster, name, namespace);
    const said = claim && manifestsOf(claim).flatMap(volumeClaims).map(roleOfClaim);
    const shown = mounts.map(({ pod }) =>
        dataMounts(pod, (volume) => {
            const { persistentVolumeClaim } = fieldsOf(volume);
            return fieldsOf(persistentVolumeClaim).claimName === name;
        }).at(0),
    );
    return (
        said?.find((role) => role !== undefined) ?? shown.find((mount) => mount !== undefined)?.role
    );
}
