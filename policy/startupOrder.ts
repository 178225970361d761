import { configSchema, metadata } from "./describe";
import { validateStack } from "./enforce";
import { startupOrderRule as rule } from "./rules/startupOrder";
import type { StackValidationPolicy } from "./sdk";

/**
 * A node waits for its organization and a channel for its nodes. Looks at the whole stack: a single
 * resource does not show what it depends on.
 *
 * Remediation: Let the first child of what comes later depend on `ready` of what comes first.
 *
 * @severity medium
 * @link https://www.pulumi.com/docs/iac/concepts/resources/options/dependson/
 */
export const startupOrder: StackValidationPolicy = {
    name: "startup-order",
    description: rule.description,
    configSchema: configSchema(rule),
    enforcementLevel: "mandatory",
    validateStack: validateStack(rule),
    ...metadata(rule),
};
