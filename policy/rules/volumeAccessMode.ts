import { ACCESS_MODES, type AccessMode } from "../../storage/accessModes";
import type { StorageRow, VolumeMode } from "../../storage/capabilities";
import type { VolumeClaim } from "../../storage/claims";
import type { StorageFacts } from "../../storage/conditions";
import {
    accessModeVerdict,
    listVerdict,
    togetherProblem,
    type ModeVerdict,
} from "../../storage/verdicts";
import { factsOf, storageOf, type ClaimStorage } from "./claimStorage";
import type { Finding, Resource, Verdict } from "./resource";
import { notKnownYet, withVerdict, type Context, type Rule } from "./rule";
import { isUnknown, textOf } from "./unknown";
import { asSureAs, claimsOf, hiddenClaims, isWhole, mayClaim, shown } from "./volumeRule";

type Refusal = Exclude<ModeVerdict, { verdict: "ok" }>;
type KnownStorage = Extract<ClaimStorage, { is: "known" }>;
type Ask = (row: StorageRow, facts: StorageFacts) => ModeVerdict;

const MODES = Object.keys(ACCESS_MODES) as AccessMode[];
const VOLUME_MODES: readonly VolumeMode[] = ["Filesystem", "Block"];

export const volumeAccessModeRule: Rule = {
    name: "volume-access-mode",
    description: "Checks that a volume's storage gives every access mode that is asked of it.",
    severity: "high",
    remediation:
        "Write a mode that the storage gives, or take a class of storage that gives the mode. " +
        "A list of modes is no choice: the storage has to give all of them.",
    url: "https://kubernetes.io/docs/concepts/storage/persistent-volumes/#access-modes",
    settings: ["vendor", "clusters", "storageClasses", "unknownClass", "onUnknown", "facts"],
    concerns: mayClaim,
    check: (resource, context) => [
        ...hiddenClaims(resource, context),
        ...claimsOf(resource).flatMap((claim) => claimFindings(claim, resource, context)),
    ],
};

function claimFindings(claim: VolumeClaim, resource: Resource, context: Context): Finding[] {
    const { spec, path } = claim;
    const { accessModes, volumeMode = "Filesystem" } = spec;
    const modesPath = `${path}.accessModes`;
    const wrong = (at: string, reason: string): Finding[] => [{ resource, path: at, reason }];
    if (isUnknown(volumeMode)) {
        return notKnownYet(resource, `${path}.volumeMode`, "its access modes", context);
    }
    if (!VOLUME_MODES.includes(volumeMode as VolumeMode)) {
        return wrong(
            `${path}.volumeMode`,
            `${shown(volumeMode)} is not a volume mode; write "Filesystem" or "Block"`,
        );
    }
    if (isUnknown(accessModes)) {
        return notKnownYet(resource, modesPath, "the access modes", context);
    }
    if (accessModes === undefined || accessModes === null) {
        return isWhole(resource) ? wrong(modesPath, `is missing; write ["ReadWriteOnce"]`) : [];
    }
    if (!Array.isArray(accessModes)) {
        return wrong(
            modesPath,
            `${shown(accessModes)} is not a list; write ${listMeant(accessModes)}`,
        );
    }
    const modes = accessModes as unknown[];
    if (modes.length === 0 && isWhole(resource)) {
        return wrong(modesPath, `[] names no access mode; write ["ReadWriteOnce"]`);
    }
    const known = modes.filter(isMode);
    return [
        ...modes.flatMap((mode, index) =>
            valueFindings(mode, `${modesPath}[${index}]`, resource, context),
        ),
        ...togetherFindings(known, modesPath, resource),
        ...storageFindings(claim, storageOf(claim, resource, context), resource, context),
    ];
}

/** What is wrong with a mode whatever the storage. */
function valueFindings(
    mode: unknown,
    path: string,
    resource: Resource,
    context: Context,
): Finding[] {
    if (isUnknown(mode)) {
        return notKnownYet(resource, path, "the access mode", context);
    }
    return isMode(mode)
        ? []
        : [
              {
                  resource,
                  path,
                  reason: `${shown(mode)} is not an access mode; write ${modeMeant(mode)}`,
              },
          ];
}

function togetherFindings(modes: AccessMode[], path: string, resource: Resource): Finding[] {
    const problem = togetherProblem(modes);
    return problem === undefined || problem.verdict === "ok"
        ? []
        : [{ resource, path, reason: `${problem.reason}; ${problem.remedy}` }];
}

/** What is wrong with the modes on the claim's own storage. */
function storageFindings(
    claim: VolumeClaim,
    storage: ClaimStorage,
    resource: Resource,
    context: Context,
): Finding[] {
    switch (storage.is) {
        case "none":
            return [];
        case "not-known-yet":
            return notKnownYet(
                resource,
                `${claim.path}.${storage.path}`,
                "the access modes",
                context,
            );
        case "unknown-class":
            return context.world.isComplete
                ? unknownClass(claim, storage.className, resource, context)
                : [{ resource, path: claim.path, reason: "", verdict: "undecided" }];
        case "known":
            return knownStorageFindings(claim, storage, resource, context);
    }
}

function knownStorageFindings(
    claim: VolumeClaim,
    storage: KnownStorage,
    resource: Resource,
    context: Context,
): Finding[] {
    const path = `${claim.path}.accessModes`;
    const modes = claim.spec.accessModes as unknown[];
    const volumeMode = (claim.spec.volumeMode ?? "Filesystem") as VolumeMode;
    const findings = (at: string, ask: Ask): Finding[] => {
        const refusal = refusalOf(ask, claim, storage, context);
        if (refusal === undefined) {
            return [];
        }
        const reason = `${refusal.reason}; ${refusal.remedy}`;
        return withVerdict(refusal.verdict, { resource, path: at, reason }).flatMap((finding) =>
            asSureAs(storage.tiers, finding, context),
        );
    };
    return [
        ...findings(path, (row, facts) => listVerdict(row, { modes: modes.filter(isMode), facts })),
        ...modes.flatMap((mode, index) =>
            isMode(mode)
                ? findings(`${path}[${index}]`, (row, facts) =>
                      accessModeVerdict(row, { mode, volumeMode, facts }),
                  )
                : [],
        ),
    ];
}

/** Why something is not given, and how sure that is. */
function refusalOf(
    ask: Ask,
    claim: VolumeClaim,
    { tiers, unsureUntilUpdate }: KnownStorage,
    context: Context,
): { reason: string; remedy: string; verdict: Verdict } | undefined {
    const { onUnknown = "advisory", unknownClass = "advisory" } = context.settings;
    const verdicts = tiers.map((tier) => ask(tier.row, factsOf(claim, tier, context)));
    const refusals = verdicts.filter((verdict): verdict is Refusal => verdict.verdict !== "ok");
    const [first] = refusals;
    if (first === undefined) {
        return undefined;
    }
    const { reason, remedy } = first;
    if (refusals.length < tiers.length) {
        const verdict = unsureUntilUpdate ? onUnknown : unknownClass;
        const which = unsureUntilUpdate
            ? "the update knows which"
            : "the setting vendor tells which";
        return { reason: `${reason} (if that is its storage: ${which})`, remedy, verdict };
    }
    if (refusals.every(({ verdict }) => verdict === "refused")) {
        return { reason, remedy, verdict: "mandatory" };
    }
    return {
        reason,
        remedy: `${remedy}, or say in the setting facts that it holds`,
        verdict: unsureUntilUpdate ? onUnknown : "mandatory",
    };
}

function unknownClass(
    claim: VolumeClaim,
    className: string,
    resource: Resource,
    { settings }: Context,
): Finding[] {
    const vendor = settings.vendor ?? "its vendor";
    return withVerdict(settings.unknownClass ?? "advisory", {
        resource,
        path: `${claim.path}.storageClassName`,
        reason:
            `"${className}" is neither a StorageClass among these resources nor one that clusters of ` +
            `${vendor} have, so its access modes cannot be checked; make the class in the same stack, ` +
            "or name its provisioner in the setting storageClasses",
    });
}

function isMode(value: unknown): value is AccessMode {
    return typeof value === "string" && Object.hasOwn(ACCESS_MODES, value);
}

/** The mode that was meant, where it can be guessed. */
function modeMeant(value: unknown): string {
    const text = textOf(value).toLowerCase();
    const meant = MODES.find((mode) =>
        [mode, ACCESS_MODES[mode].short].some((name) => name.toLowerCase() === text),
    );
    return meant === undefined ? MODES.map((mode) => `"${mode}"`).join(", ") : `"${meant}"`;
}

function listMeant(value: unknown): string {
    return isMode(value) ? `["${value}"]` : `["ReadWriteOnce"]`;
}
