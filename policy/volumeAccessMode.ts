import { configSchema, metadata } from "./describe";
import { validateResource, validateUndecided } from "./enforce";
import { volumeAccessModeRule as rule } from "./rules/volumeAccessMode";
import type { ResourceValidationPolicy, StackValidationPolicy } from "./sdk";

/**
 * Every access mode of every claim is one that the claim's storage gives for its volume mode: in a
 * PersistentVolumeClaim, a PersistentVolume, a StatefulSet's claim templates, an ephemeral volume of any
 * workload, and in patches of these.
 *
 * Remediation: Write a mode that the storage gives, or take a class of storage that gives the mode.
 *
 * @severity high
 * @link https://kubernetes.io/docs/concepts/storage/persistent-volumes/#access-modes
 */
export const volumeAccessMode: ResourceValidationPolicy & StackValidationPolicy = {
    name: "volume-access-mode",
    description: rule.description,
    configSchema: configSchema(rule),
    enforcementLevel: "mandatory",
    validateResource: validateResource(rule),
    validateStack: validateUndecided(rule),
    ...metadata(rule),
};
