import type { types } from "@pulumi/kubernetes";

import { kindSelectorLabels, organizationLabels, type NodeKind } from "./labels";

/**
 * Lets a drain take one node of a kind at a time. A lone node may be drained too: a budget that
 * leaves no room blocks the upgrade of the machine under it for ever.
 */
export function oneAtATime(
    name: string,
    namespace: string,
    mspId: string,
    kind: NodeKind,
): types.input.policy.v1.PodDisruptionBudget {
    return {
        metadata: { name, namespace, labels: organizationLabels(mspId) },
        spec: { maxUnavailable: 1, selector: { matchLabels: kindSelectorLabels(kind) } },
    };
}
