import { configSchema, metadata } from "./describe";
import { validateResource, validateUndecided } from "./enforce";
import { volumeSizeRule as rule } from "./rules/volumeSize";
import type { ResourceValidationPolicy, StackValidationPolicy } from "./sdk";

/**
 * Sizes are within the limits of their tier. A size that is rounded up, and paid for, is an advice; so
 * is a ledger whose class does not let it grow.
 *
 * Remediation: Write a size within the limits of the tier.
 *
 * @severity medium
 * @link https://kubernetes.io/docs/concepts/storage/persistent-volumes/#expanding-persistent-volumes-claims
 */
export const volumeSize: ResourceValidationPolicy & StackValidationPolicy = {
    name: "volume-size",
    description: rule.description,
    configSchema: configSchema(rule),
    enforcementLevel: "mandatory",
    validateResource: validateResource(rule),
    validateStack: validateUndecided(rule),
    ...metadata(rule),
};
