import type { Rule } from "./rules/rule";
import { SETTING_SCHEMAS } from "./rules/settings";
import type { Policy, PolicyConfigSchema } from "./sdk";

/** The settings that a rule's policy takes. What is not set is documented in `docs/policy.md`. */
export function configSchema({ settings }: Rule): PolicyConfigSchema {
    const properties = settings.map((name) => [name, SETTING_SCHEMAS[name]]);
    return { properties: Object.fromEntries(properties) as PolicyConfigSchema["properties"] };
}

/** What the engine and its consoles show of a rule besides its name and description. */
export function metadata({ name, severity, remediation, url }: Rule): Partial<Policy> {
    const words = name.replaceAll("-", " ");
    return {
        displayName: `${words.charAt(0).toUpperCase()}${words.slice(1)}`,
        severity,
        tags: ["hyperledger-fabric", "kubernetes"],
        remediationSteps: remediation,
        url,
    };
}
