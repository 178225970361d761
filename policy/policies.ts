import { dockerEndpoint } from "./dockerEndpoint";
import { ledgerStorage } from "./ledgerStorage";
import { loadBalancerIdleTimeout } from "./loadBalancerIdleTimeout";
import { startupOrder } from "./startupOrder";
import { volumeAccessMode } from "./volumeAccessMode";
import { volumeBinding } from "./volumeBinding";
import { volumeRetention } from "./volumeRetention";
import { volumeSize } from "./volumeSize";
import type { ResourceValidationPolicy, StackValidationPolicy } from "./sdk";

export {
    dockerEndpoint,
    ledgerStorage,
    loadBalancerIdleTimeout,
    startupOrder,
    volumeAccessMode,
    volumeBinding,
    volumeRetention,
    volumeSize,
};
export type { ClassSetting, Settings, VendorSetting } from "./rules/settings";

/**
 * All policies, for a pack of one's own. Settings of `volume-access-mode` hold for the others as well,
 * unless they have their own, so it stands before them.
 *
 * @example
 * new PolicyPack("our-rules", { policies: [...policies, ourOwnPolicy] });
 */
export const policies: (ResourceValidationPolicy | StackValidationPolicy)[] = [
    startupOrder,
    volumeAccessMode,
    ledgerStorage,
    volumeBinding,
    volumeSize,
    volumeRetention,
    dockerEndpoint,
    loadBalancerIdleTimeout,
];
