import { isGuarded } from "./guards";
import type { Finding, Resource, Verdict } from "./resource";
import type { Settings } from "./settings";
import type { World } from "./world";

/** What a rule may look at, besides the resource. */
export interface Context {
    /** What else there is, as far as it is known. */
    readonly world: World;
    readonly settings: Settings;
}

/** A rule of the pack, free of Pulumi: the engine, mocha and the command line all run these. */
export interface Rule {
    /** Name of its policy. */
    readonly name: string;
    /** One sentence: "Checks that …". */
    readonly description: string;
    readonly severity: "low" | "medium" | "high" | "critical";
    /** What to do about a finding. */
    readonly remediation: string;
    /** Where the fact behind it is written down. */
    readonly url: string;
    /** Names of the settings that it reads. */
    readonly settings: readonly (keyof Settings)[];
    /** Whether it looks at resources of this type; told from the type alone, because it is asked most. */
    concerns(type: string): boolean;
    /** What is wrong with a resource that concerns it. */
    check(resource: Resource, context: Context): Finding[];
}

/**
 * What a rule says where a value is not known yet: what the settings want, never nothing by accident.
 */
export function notKnownYet(
    resource: Resource,
    path: string,
    what: string,
    { settings, world }: Context,
): Finding[] {
    if (isGuarded(resource, world)) {
        return [];
    }
    return withVerdict(settings.onUnknown ?? "advisory", {
        resource,
        path,
        reason:
            `is not known before the update, so ${what} cannot be checked in a preview; ` +
            "give it as a plain value, or let the update check it",
    });
}

/** A finding that counts as much as a setting says. */
export function withVerdict(verdict: Verdict, finding: Finding): Finding[] {
    return verdict === "ignore" ? [] : [{ ...finding, verdict }];
}
