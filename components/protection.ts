import type * as pulumi from "@pulumi/pulumi";

/** Whether what cannot be made again is kept. */
export type Protection = (typeof PROTECTIONS)[number];

export const PROTECTIONS = ["protect", "none"] as const;

/**
 * Options of a child that cannot be made again: a ledger, a key, what they live in. Protected, so that
 * no update removes it; retained, so that even a removal that was allowed leaves it in the cluster.
 */
export function keepOptions(
    protection: Protection,
    parent: pulumi.Resource,
): pulumi.CustomResourceOptions {
    return protection === "none" ? { parent } : { parent, protect: true, retainOnDelete: true };
}
