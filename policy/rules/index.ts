import { dockerEndpointRule } from "./dockerEndpoint";
import { ledgerStorageRule } from "./ledgerStorage";
import { loadBalancerIdleTimeoutRule } from "./loadBalancerIdleTimeout";
import type { Rule } from "./rule";
import { startupOrderRule } from "./startupOrder";
import { volumeAccessModeRule } from "./volumeAccessMode";
import { volumeBindingRule } from "./volumeBinding";
import { volumeRetentionRule } from "./volumeRetention";
import { volumeSizeRule } from "./volumeSize";

/** Every rule of the pack. Settings of the first one hold for the others, unless they have their own. */
export const RULES: readonly Rule[] = [
    volumeAccessModeRule,
    ledgerStorageRule,
    volumeBindingRule,
    volumeSizeRule,
    volumeRetentionRule,
    startupOrderRule,
    dockerEndpointRule,
    loadBalancerIdleTimeoutRule,
];
