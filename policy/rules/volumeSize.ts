import type { VolumeClaim } from "../../storage/claims";
import { storageSizeProblem } from "../../storage/quantities";
import { sizeProblem } from "../../storage/verdicts";
import { storageOf, type Tier } from "./claimStorage";
import { roleOfClaim } from "./fabricData";
import type { Finding, Resource } from "./resource";
import { notKnownYet, type Context, type Rule } from "./rule";
import { isUnknown, read, textOf } from "./unknown";
import { asSureAs, claimsOf, isWhole, mayClaim } from "./volumeRule";

export const volumeSizeRule: Rule = {
    name: "volume-size",
    description:
        "Checks that a volume has a size that its storage has, and that a ledger can grow.",
    severity: "medium",
    remediation:
        "Write a size within the limits of the tier. That a size is rounded up, and paid for, is an " +
        "advice only; so is a ledger whose class does not let it grow.",
    url: "https://kubernetes.io/docs/concepts/storage/persistent-volumes/#expanding-persistent-volumes-claims",
    settings: ["vendor", "clusters", "storageClasses", "unknownClass", "onUnknown"],
    concerns: mayClaim,
    check: (resource, context) =>
        claimsOf(resource)
            .filter(({ origin }) => origin !== "volume")
            .flatMap((claim) => claimFindings(claim, resource, context)),
};

function claimFindings(claim: VolumeClaim, resource: Resource, context: Context): Finding[] {
    const path = `${claim.path}.resources.requests.storage`;
    const value = read(claim.spec, "resources", "requests", "storage");
    if (isUnknown(value)) {
        return notKnownYet(resource, path, "the size", context);
    }
    if (value === undefined || value === null) {
        const reason = 'is missing; write a size, such as "20Gi"';
        return isWhole(resource) ? [{ resource, path, reason }] : [];
    }
    // YAML has numbers, and Kubernetes takes them.
    const size = typeof value === "number" ? String(value) : value;
    const storage = storageOf(claim, resource, context);
    switch (storage.is) {
        case "not-known-yet":
            return [
                ...amountFindings(size, path, resource),
                ...notKnownYet(resource, `${claim.path}.${storage.path}`, "the size", context),
            ];
        case "unknown-class":
            return context.world.isComplete
                ? amountFindings(size, path, resource)
                : [{ resource, path, reason: "", verdict: "undecided" }];
        case "none":
            return isForVolume(claim) ? [] : amountFindings(size, path, resource);
        case "known":
            return storage.tiers.every(({ isStatic }) => isStatic)
                ? []
                : [
                      ...sizeFindings(size, storage.tiers, path, resource, context),
                      ...growthFindings(claim, storage.tiers, resource),
                  ];
    }
}

/** What is wrong with a size on any storage. */
function amountFindings(size: unknown, path: string, resource: Resource): Finding[] {
    const reason = storageSizeProblem(size);
    return reason === undefined ? [] : [{ resource, path, reason }];
}

function sizeFindings(
    size: unknown,
    tiers: readonly Tier[],
    path: string,
    resource: Resource,
    context: Context,
): Finding[] {
    const wrong = amountFindings(size, path, resource);
    const problems = wrong.length > 0 ? [] : tiers.map(({ row }) => sizeProblem(row, textOf(size)));
    const [first] = problems;
    if (first === undefined || problems.includes(undefined)) {
        return wrong;
    }
    const refused = problems.every((problem) => problem?.level === "refused");
    const reason = `${first.reason}; write "${first.instead}"`;
    const verdict = refused ? "mandatory" : "advisory";
    return asSureAs(tiers, { resource, path, reason, verdict }, context);
}

/** A ledger only grows; where the driver could and the class does not let it, it ends when it is full. */
function growthFindings(claim: VolumeClaim, tiers: readonly Tier[], resource: Resource): Finding[] {
    const role = roleOfClaim(claim);
    const stuck = tiers.every(
        ({ row, expansion }) =>
            row.expansion !== "no" && (expansion === null || expansion === false),
    );
    return role === undefined || !stuck
        ? []
        : [
              {
                  resource,
                  path: `${claim.path}.storageClassName`,
                  reason:
                      "names a class that does not let volumes grow, and a ledger does nothing else; " +
                      "write allowVolumeExpansion: true into the class",
                  verdict: "advisory",
              },
          ];
}

/** Whether a claim is for a volume that was made beforehand: its size is what it is. */
function isForVolume({ spec }: VolumeClaim): boolean {
    return spec.volumeName !== undefined || spec.storageClassName === "";
}
