import { dockerEndpointRule } from "./dockerEndpoint";
import { ledgerStorageRule } from "./ledgerStorage";
import { loadBalancerIdleTimeoutRule } from "./loadBalancerIdleTimeout";
import type { Rule } from "./rule";
import { startupOrderRule } from "./startupOrder";
import { volumeAccessModeRule } from "./volumeAccessMode";
import { volumeBindingRule } from "./volumeBinding";
import { volumeRetentionRule } from "./volumeRetention";
import { volumeSizeRule } from "./volumeSize";

/**
 * Every rule of the pack. The one that has to see the whole stack comes first: what the others have left
 * to advise at the end is then said in the same go.
 */
export const RULES: readonly Rule[] = [
    startupOrderRule,
    volumeAccessModeRule,
    ledgerStorageRule,
    volumeBindingRule,
    volumeSizeRule,
    volumeRetentionRule,
    dockerEndpointRule,
    loadBalancerIdleTimeoutRule,
];

/** The rule whose settings hold for all others, unless they have their own. */
export const SHARING_RULE: Rule = volumeAccessModeRule;
