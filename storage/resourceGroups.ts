import type { StorageRow } from "./capabilities";

/**
 * What is wrong with a resource group for disks, or nothing.
 *
 * @see https://learn.microsoft.com/en-us/azure/azure-resource-manager/management/resource-name-rules#microsoftresources
 */
export function resourceGroupProblem(
    row: StorageRow,
    group: string | undefined,
): string | undefined {
    if (group === undefined) {
        return undefined;
    }
    if (row.resourceGroupParameter === undefined) {
        return `is set, but ${row.title} does not go with the cluster's resource group; take it away`;
    }
    if (!/^(?=.*[A-Za-z0-9])[-\w.()]{0,89}[-\w()]$/.test(group)) {
        return `"${group}" is not the name of a resource group; write one such as "ledgers"`;
    }
    return /^MC_/i.test(group)
        ? `"${group}" is the group of a cluster's nodes, which Azure deletes with the cluster; write one ` +
              "that outlives it"
        : undefined;
}
