import type { AccessMode } from "../../storage/accessModes";
import { type StorageRow } from "../../storage/capabilities";
import { volumeClaims, type VolumeClaim } from "../../storage/claims";
import { fieldsOf, listOf, podSpecOf, valueAt, type PodSpec } from "../../storage/manifests";
import { ledgerFit } from "../../storage/verdicts";
import { storageOf } from "./claimStorage";
import { dataMounts, ROLE_NAMES, roleOf, roleOfClaim, type FabricRole } from "./fabricData";
import { mountsOfVolume } from "./mounts";
import { manifestsOf, type Finding, type Resource } from "./resource";
import { notKnownYet, type Context, type Rule } from "./rule";
import { isUnknown } from "./unknown";
import { isLocal, vendorsOf } from "./vendors";
import { asSureAs, claimsOf, mayClaim } from "./volumeRule";
import { writerFindings } from "./writers";

export const ledgerStorageRule: Rule = {
    name: "ledger-storage",
    description: "Checks that Fabric's data has a disk of its own, and one writer.",
    severity: "critical",
    remediation:
        "Give every peer, ordering node, CA and CouchDB a claim of its own on block storage. Shared " +
        "file systems lose locks and synchronization, and with them ledgers; hostPath is for tests.",
    url: "https://hyperledger-fabric.readthedocs.io/en/latest/deploypeer/peerchecklist.html",
    settings: ["vendor", "clusters", "storageClasses", "unknownClass", "onUnknown"],
    concerns: mayClaim,
    check: (resource, context) => [
        ...claimsOf(resource).flatMap((claim) => claimFindings(claim, resource, context)),
        ...manifestsOf(resource).flatMap((manifest) => {
            const pod = podSpecOf(manifest);
            const labels = fieldsOf(valueAt(manifest.object, "metadata", "labels"));
            return pod === undefined
                ? []
                : podFindings(pod, labels, resource, manifest.object, context);
        }),
    ],
};

/** Whether a claim that holds Fabric's data is on storage that Fabric can live on. */
function claimFindings(claim: VolumeClaim, resource: Resource, context: Context): Finding[] {
    const role = roleOfClaim(claim);
    if (role === undefined) {
        return [];
    }
    const isVolume = claim.origin === "volume";
    const path = isVolume ? claim.path : `${claim.path}.storageClassName`;
    return storageFindings(claim, role, path, resource, resource, context);
}

/** A Pod's own volumes, and the claims that only its containers show to be Fabric's. */
function podFindings(
    pod: PodSpec,
    labels: Readonly<Record<string, unknown>>,
    resource: Resource,
    object: Readonly<Record<string, unknown>>,
    context: Context,
): Finding[] {
    const namespace = valueAt(object, "metadata", "namespace");
    const mounts = dataMounts(pod, () => true);
    const own = roleOf(labels) ?? roleOf(pod.labels);
    return [
        ...hostPathFindings(pod, own, resource, context),
        ...mounts.flatMap(({ role, volume, fields }) => {
            const name = valueAt(fields, "persistentVolumeClaim", "claimName");
            const path = `${pod.path}.volumes[${volume}]`;
            if (isUnknown(name)) {
                const at = `${path}.persistentVolumeClaim.claimName`;
                return notKnownYet(resource, at, "the storage of Fabric's data", context);
            }
            const claim = claimNamed(resource, name, namespace, context);
            // A claim that says itself what it holds has been looked at as such.
            const isNew = claim !== undefined && roleOfClaim(claim.claim) === undefined;
            return isNew
                ? storageFindings(
                      claim.claim,
                      role,
                      `${path}.persistentVolumeClaim.claimName`,
                      resource,
                      claim.resource,
                      context,
                  )
                : networkFindings(fields, role, path, resource);
        }),
        ...writerFindings(pod, own, namespace, resource, context),
    ];
}

function claimNamed(resource: Resource, name: unknown, namespace: unknown, { world }: Context) {
    const found =
        name === undefined
            ? undefined
            : world.find("PersistentVolumeClaim", resource.cluster, name, namespace);
    const claim =
        found &&
        manifestsOf(found)
            .flatMap(volumeClaims)
            .find((one) => one.name === name);
    return found && claim ? { resource: found, claim } : undefined;
}

/** `claimed` is the resource that the claim stands in; what is found is said of `resource`. */
function storageFindings(
    claim: VolumeClaim,
    role: FabricRole,
    path: string,
    resource: Resource,
    claimed: Resource,
    context: Context,
): Finding[] {
    const storage = storageOf(claim, claimed, context);
    switch (storage.is) {
        case "none":
            return [];
        case "not-known-yet":
            return notKnownYet(resource, path, "whether a ledger can live there", context);
        case "unknown-class":
            return context.world.isComplete
                ? []
                : [{ resource, path, reason: "", verdict: "undecided" }];
        case "known": {
            const problems = storage.tiers.map(({ row }) =>
                fitProblem(row, claim, role, resource, context),
            );
            const [first] = problems;
            return first === undefined || problems.includes(undefined)
                ? []
                : asSureAs(storage.tiers, { resource, path, ...first }, context);
        }
    }
}

function fitProblem(
    row: StorageRow,
    { spec }: VolumeClaim,
    role: FabricRole,
    { cluster }: Resource,
    context: Context,
): Pick<Finding, "reason" | "verdict"> | undefined {
    const { fit, reason } = ledgerFit(row, listOf(spec.accessModes) as AccessMode[]);
    const what = `puts ${ROLE_NAMES[role]} on ${row.title}, where it does not live: ${reason}`;
    const instead = "; take a class of block storage";
    switch (fit) {
        case "never":
            return row.kind === "host" && isLocal(cluster, context)
                ? undefined
                : { reason: `${what}${instead}` };
        case "tests-only":
            return isLocal(cluster, context)
                ? undefined
                : {
                      reason: `puts ${ROLE_NAMES[role]} on ${row.title}, which is for tests: ${reason}${instead}`,
                      verdict: vendorsOf(cluster, context).length > 0 ? "mandatory" : "advisory",
                  };
        default:
            return undefined;
    }
}

/** A directory of the machine as a volume: gone with the machine. */
function hostPathFindings(
    pod: PodSpec,
    own: FabricRole | undefined,
    resource: Resource,
    context: Context,
): Finding[] {
    if (isLocal(resource.cluster, context)) {
        return [];
    }
    const holdsData = new Set(dataMounts(pod, () => true).map(({ volume }) => volume));
    return listOf(pod.spec.volumes).flatMap((volume, index) => {
        const path = valueAt(volume, "hostPath", "path");
        const isSocket = typeof path === "string" && path.endsWith(".sock");
        const writes = mountsOfVolume(pod, volume).some(({ readOnly }) => !readOnly);
        const concerned = holdsData.has(index) || (own !== undefined && writes && !isSocket);
        return path === undefined || !concerned
            ? []
            : [
                  {
                      resource,
                      path: `${pod.path}.volumes[${index}].hostPath`,
                      reason:
                          "keeps Fabric's data in a directory of one machine, and loses it with the " +
                          "machine; write a persistentVolumeClaim",
                  },
              ];
    });
}

/** A network file system that a Pod mounts without a claim. */
function networkFindings(
    volume: Readonly<Record<string, unknown>>,
    role: FabricRole,
    path: string,
    resource: Resource,
): Finding[] {
    const kind = ["nfs", "azureFile", "cephfs", "glusterfs"].find((one) => one in volume);
    return kind === undefined
        ? []
        : [
              {
                  resource,
                  path: `${path}.${kind}`,
                  reason:
                      `puts ${ROLE_NAMES[role]} on a network file system, where locks and ` +
                      "synchronization are not kept; write a persistentVolumeClaim on block storage",
              },
          ];
}
