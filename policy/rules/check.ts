import { findingsOf } from "./guards";
import { RULES, SHARING_RULE } from "./index";
import type { Finding, Resource } from "./resource";
import type { Rule } from "./rule";
import { SHARED_SETTINGS, type Settings } from "./settings";
import { World } from "./world";

/** How much a policy counts. */
export type Level = "mandatory" | "advisory" | "disabled";

/** Settings and level of each policy, by its name; `all` is the level of those that say none. */
export interface Configuration {
    readonly [policy: string]: (Settings & { readonly level?: Level }) | undefined;
}

/** Something that a rule found, and how much it counts in the end. */
export interface Violation {
    readonly rule: Rule;
    readonly resource: Resource;
    readonly path: string;
    readonly reason: string;
    readonly level: "mandatory" | "advisory";
}

/** Runs every rule over resources that are all there: documents of files, entries of a state. */
export function checkAll(
    resources: readonly Resource[],
    configuration: Configuration = {},
): Violation[] {
    const world = new World();
    resources.forEach((resource) => world.add(resource));
    world.isComplete = true;
    const active = RULES.map((rule) => ({
        rule,
        level: levelOf(rule, configuration),
        settings: settingsOf(rule, configuration),
    })).filter(({ level }) => level !== "disabled");
    return resources.flatMap((resource) =>
        active.flatMap(({ rule, level, settings }) =>
            rule.concerns(resource.type)
                ? findingsOf(rule, resource, { world, settings }).map((finding) =>
                      violation(rule, finding, level),
                  )
                : [],
        ),
    );
}

function violation(rule: Rule, finding: Finding, level: Level): Violation {
    const { resource, path, reason, verdict } = finding;
    const isAdvice = level === "advisory" || verdict === "advisory";
    return { rule, resource, path, reason, level: isAdvice ? "advisory" : "mandatory" };
}

function levelOf({ name }: Rule, configuration: Configuration): Level {
    return configuration[name]?.level ?? configuration.all?.level ?? "mandatory";
}

/** A policy's own settings, and for the rest the shared ones. */
export function settingsOf(rule: Rule, configuration: Configuration): Settings {
    const shared = configuration[SHARING_RULE.name] ?? {};
    return inherit(configuration[rule.name] ?? {}, shared);
}

/** A policy's settings where it shares those of another. */
export function inherit(own: Settings, shared: Settings): Settings {
    const inherited = SHARED_SETTINGS.filter((name) => shared[name] !== undefined);
    return { ...Object.fromEntries(inherited.map((name) => [name, shared[name]])), ...own };
}
