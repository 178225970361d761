import { CLAIM_KINDS, misfits, volumeClaims, type VolumeClaim } from "../../storage/claims";
import { baseKind } from "../../storage/manifests";
import { isPatch, kubernetesKind, manifestsOf, type Finding, type Resource } from "./resource";
import type { Tier } from "./claimStorage";
import { guardedClaim, isGuard } from "./guards";
import { notKnownYet, withVerdict, type Context } from "./rule";
import { isUnknown } from "./unknown";

/** Whether objects of a type can ask for storage. */
export function mayClaim(type: string): boolean {
    if (isGuard(type)) {
        return true;
    }
    const kind = kubernetesKind(type);
    return (
        (kind !== "" && CLAIM_KINDS.includes(baseKind(kind.replace(/List$/, "")))) ||
        kind === "List"
    );
}

/** Claims of a resource that can be looked at; the others are `hiddenClaims`. */
export function claimsOf(resource: Resource): VolumeClaim[] {
    if (isGuard(resource.type)) {
        return [guardedClaim(resource)];
    }
    return manifestsOf(resource).flatMap((manifest) => {
        const hidden = misfits(manifest).map(({ path }) => path);
        const isHidden = ({ path }: VolumeClaim) =>
            hidden.some(
                (at) =>
                    at === "" ||
                    path === at ||
                    (/^[.[]/.test(path.slice(at.length)) && path.startsWith(at)),
            );
        return volumeClaims(manifest).filter((claim) => !isHidden(claim));
    });
}

/** Whether what a resource does not say is not there; a patch leaves it as it is. */
export function isWhole(resource: Resource): boolean {
    return !isPatch(resource);
}

/** What hides claims: values that are not known yet, and values of the wrong type. */
export function hiddenClaims(resource: Resource, context: Context): Finding[] {
    return manifestsOf(resource)
        .flatMap(misfits)
        .flatMap(({ path, value, expected }) =>
            isUnknown(value)
                ? notKnownYet(resource, path, "the storage it asks for", context)
                : [
                      {
                          resource,
                          path: path === "" ? "object" : path,
                          reason: `${shown(value)} is not ${expected}; write ${expected}`,
                      },
                  ],
        );
}

/**
 * A finding that hangs on a claim's storage, as sure as it is which storage that is: where only the name
 * of a class speaks for it, as sure as of an unknown class.
 */
export function asSureAs(
    tiers: readonly Tier[],
    finding: Finding,
    { settings }: Context,
): Finding[] {
    if (!tiers.some(({ isGuess }) => isGuess)) {
        return [finding];
    }
    const { unknownClass = "advisory" } = settings;
    const reason = `${finding.reason} (if that is its storage: the setting vendor tells)`;
    const isAdvice = finding.verdict === "advisory" && unknownClass === "mandatory";
    return withVerdict(isAdvice ? "advisory" : unknownClass, { ...finding, reason });
}

/** A value at fault, short enough for a line. */
export function shown(value: unknown): string {
    const text = JSON.stringify(value) ?? String(value);
    return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
