import { ORGANIZATION_LABEL } from "../../components/workloads/labels";
import type { VolumeClaim } from "../../storage/claims";
import { fieldsOf, valueAt } from "../../storage/manifests";
import { storageOf, type Tier } from "./claimStorage";
import { isOurs, ROLE_NAMES, roleOfClaim } from "./fabricData";
import { isGuard } from "./guards";
import { isPatch, kubernetesKind, titleOf, type Finding, type Resource } from "./resource";
import { notKnownYet, type Context, type Rule } from "./rule";
import { isUnknown, read } from "./unknown";
import { isLocal } from "./vendors";
import { asSureAs, claimsOf, mayClaim, shown } from "./volumeRule";

export const volumeRetentionRule: Rule = {
    name: "volume-retention",
    description: "Checks that a ledger outlives an update, its Namespace and its claim.",
    severity: "critical",
    remediation:
        "Protect the claim, its Namespace and its class, and retain them on deletion (FabricOrg does it " +
        "with its protection); take a class with reclaimPolicy Retain.",
    url: "https://kubernetes.io/docs/concepts/storage/persistent-volumes/#reclaiming",
    settings: ["vendor", "clusters", "storageClasses", "unknownClass", "onUnknown"],
    concerns: (type) => /^(Namespace|StorageClass)$/.test(kubernetesKind(type)) || mayClaim(type),
    check: (resource, context) =>
        isPatch(resource) || isLocal(resource.cluster, context)
            ? []
            : [
                  ...ownFindings(resource, context),
                  ...claimsOf(resource).flatMap((claim) => claimFindings(claim, resource, context)),
              ],
};

/** What components of ours make for ledgers is looked at itself, once, and not with every ledger. */
function ownFindings(resource: Resource, context: Context): Finding[] {
    switch (isForLedgers(resource) ? kubernetesKind(resource.type) : "") {
        case "Namespace":
            return keptFindings(resource, resource, "the ledgers in it");
        case "StorageClass":
            return [
                ...keptFindings(resource, resource, "the class of ledgers"),
                ...reclaimFindings(
                    resource.properties.reclaimPolicy ?? "Delete",
                    "reclaimPolicy",
                    resource,
                    context,
                ),
            ];
        default:
            return [];
    }
}

/** Whether a Namespace is an organization's, or a class one of this package's. */
function isForLedgers({ type, properties }: Resource): boolean {
    const labels = fieldsOf(read(properties, "metadata", "labels"));
    const isClass = kubernetesKind(type) === "StorageClass";
    return isOurs(labels) && (isClass || labels[ORGANIZATION_LABEL] !== undefined);
}

function claimFindings(claim: VolumeClaim, resource: Resource, context: Context): Finding[] {
    const role = roleOfClaim(claim);
    if (role === undefined) {
        return [];
    }
    switch (claim.origin) {
        case "claim":
            return [
                // A guard is not the ledger.
                ...(isGuard(resource.type)
                    ? []
                    : [
                          ...keptFindings(resource, resource, ROLE_NAMES[role]),
                          ...homeFindings(claim, resource, context),
                      ]),
                ...classFindings(claim, resource, context),
            ];
        case "volume":
            return reclaimFindings(
                claim.spec.persistentVolumeReclaimPolicy ?? "Retain",
                `${claim.path}.persistentVolumeReclaimPolicy`,
                resource,
                context,
            );
        case "template":
            return [
                ...templateFindings(claim, resource),
                ...homeFindings(claim, resource, context),
                ...classFindings(claim, resource, context),
            ];
        case "ephemeral":
            return [
                {
                    resource,
                    path: claim.path.replace(/\.volumeClaimTemplate\.spec$/, ""),
                    reason:
                        `is gone with its Pod, and ${ROLE_NAMES[role]} with it; write a ` +
                        "persistentVolumeClaim",
                },
            ];
    }
}

/**
 * Whether what cannot be made again is kept. Where a source does not show an option, nothing is said:
 * the engine shows policies no `retainOnDelete`, and a manifest shows neither.
 */
function keptFindings(kept: Resource, resource: Resource, what: string): Finding[] {
    const own = kept.id === resource.id;
    const of = own ? "" : `${titleOf(kept)} `;
    return [
        ...(kept.protect === false
            ? [
                  {
                      resource,
                      path: `${of}protect`,
                      reason: `is not set, so an update may delete ${what}; write protect: true`,
                  },
              ]
            : []),
        ...(kept.retainOnDelete === false
            ? [
                  {
                      resource,
                      path: `${of}retainOnDelete`,
                      reason:
                          `is not set, so its removal deletes ${what}; ` +
                          "write retainOnDelete: true",
                  },
              ]
            : []),
    ];
}

/** A deleted Namespace takes its claims along. */
function homeFindings(claim: VolumeClaim, resource: Resource, { world }: Context): Finding[] {
    const home = world.find("Namespace", resource.cluster, claim.namespace);
    return home === undefined || isForLedgers(home)
        ? []
        : keptFindings(home, resource, "the ledgers in it");
}

function classFindings(claim: VolumeClaim, resource: Resource, context: Context): Finding[] {
    const path = `${claim.path}.storageClassName`;
    const storage = storageOf(claim, resource, context);
    switch (storage.is) {
        case "none":
            return [];
        case "not-known-yet":
            return notKnownYet(resource, path, "whether the disk is kept", context);
        case "unknown-class":
            return context.world.isComplete
                ? []
                : [{ resource, path, reason: "", verdict: "undecided" }];
        case "known": {
            const [tier] = storage.tiers;
            return tier === undefined ? [] : tierFindings(tier, path, resource, context);
        }
    }
}

function tierFindings(tier: Tier, path: string, resource: Resource, context: Context): Finding[] {
    const { reclaim, storageClass } = tier;
    if (storageClass !== undefined && isForLedgers(storageClass)) {
        return [];
    }
    const kept =
        storageClass === undefined
            ? []
            : keptFindings(storageClass, resource, "the class of a ledger");
    if (isUnknown(reclaim)) {
        return [...kept, ...notKnownYet(resource, path, "whether the disk is kept", context)];
    }
    const reason =
        "names a class that deletes the disk with the claim; take one with reclaimPolicy Retain";
    const keeps = reclaim === "Retain" || reclaim === undefined;
    return keeps ? kept : [...kept, ...asSureAs([tier], { resource, path, reason }, context)];
}

/** Whether the disk stays when its claim goes. */
function reclaimFindings(
    policy: unknown,
    path: string,
    resource: Resource,
    context: Context,
): Finding[] {
    if (isUnknown(policy)) {
        return notKnownYet(resource, path, "whether the disk is kept", context);
    }
    const reason = `${shown(policy)} deletes the disk with the claim; write "Retain"`;
    return policy === "Retain" ? [] : [{ resource, path, reason }];
}

/** A StatefulSet can be told to delete the claims that it made. */
function templateFindings({ workload }: VolumeClaim, resource: Resource): Finding[] {
    const policy = fieldsOf(
        valueAt(workload?.object, "spec", "persistentVolumeClaimRetentionPolicy"),
    );
    return ["whenDeleted", "whenScaled"].flatMap((when) =>
        policy[when] === "Delete"
            ? [
                  {
                      resource,
                      path: `spec.persistentVolumeClaimRetentionPolicy.${when}`,
                      reason: '"Delete" deletes ledgers with their Pods; write "Retain"',
                  },
              ]
            : [],
    );
}
