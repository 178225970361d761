import { configSchema, metadata } from "./describe";
import { validateResource, validateUndecided } from "./enforce";
import { volumeBindingRule as rule } from "./rules/volumeBinding";
import type { ResourceValidationPolicy, StackValidationPolicy } from "./sdk";

/**
 * Every claim names its class, and a disk that is tied to a zone is made where its Pod can run. For
 * storage that is not Fabric's, the second is an advice.
 *
 * Remediation: Write storageClassName; take a class with volumeBindingMode WaitForFirstConsumer.
 *
 * @severity high
 * @link https://kubernetes.io/docs/concepts/storage/storage-classes/#volume-binding-mode
 */
export const volumeBinding: ResourceValidationPolicy & StackValidationPolicy = {
    name: "volume-binding",
    description: rule.description,
    configSchema: configSchema(rule),
    enforcementLevel: "mandatory",
    validateResource: validateResource(rule),
    validateStack: validateUndecided(rule),
    ...metadata(rule),
};
