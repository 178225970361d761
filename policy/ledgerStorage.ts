import { configSchema, metadata } from "./describe";
import { validateResource, validateUndecided } from "./enforce";
import { ledgerStorageRule as rule } from "./rules/ledgerStorage";
import type { ResourceValidationPolicy, StackValidationPolicy } from "./sdk";

/**
 * Data of peers, ordering nodes, CAs and CouchDB is on block storage and has one writer; outside a local
 * cluster it is in no directory of a machine.
 *
 * Remediation: Give every process a claim of its own on block storage.
 *
 * @severity critical
 * @link https://hyperledger-fabric.readthedocs.io/en/latest/deploypeer/peerchecklist.html
 */
export const ledgerStorage: ResourceValidationPolicy & StackValidationPolicy = {
    name: "ledger-storage",
    description: rule.description,
    configSchema: configSchema(rule),
    enforcementLevel: "mandatory",
    validateResource: validateResource(rule),
    validateStack: validateUndecided(rule),
    ...metadata(rule),
};
