import { configSchema, metadata } from "./describe";
import { validateResource, validateUndecided } from "./enforce";
import { volumeRetentionRule as rule } from "./rules/volumeRetention";
import type { ResourceValidationPolicy, StackValidationPolicy } from "./sdk";

/**
 * Ledgers, their Namespace and their class are protected, and the class keeps the disk. The engine does
 * not show policies whether a resource is retained on deletion: `kubefabric check` on an exported state
 * and the recording monitor look at that.
 *
 * Remediation: Protect and retain what cannot be made again; take a class with reclaimPolicy Retain.
 *
 * @severity critical
 * @link https://kubernetes.io/docs/concepts/storage/persistent-volumes/#reclaiming
 */
export const volumeRetention: ResourceValidationPolicy & StackValidationPolicy = {
    name: "volume-retention",
    description: rule.description,
    configSchema: configSchema(rule),
    enforcementLevel: "mandatory",
    validateResource: validateResource(rule),
    validateStack: validateUndecided(rule),
    ...metadata(rule),
};
