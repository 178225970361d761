/**
 * Regions of Azure that have no availability zones, as Microsoft listed them on 2025-09-23. Nothing is said of
 * regions of other clouds, such as Azure Government. A region gets zones and never loses them, so a program
 * that names its zones knows better than this list.
 *
 * Disks in three zones (ZRS) are in every region with zones, and in no other.
 *
 * @see https://learn.microsoft.com/en-us/azure/reliability/regions-list
 * @see https://learn.microsoft.com/en-us/azure/virtual-machines/disks-deploy-zrs#regional-availability
 */
export const REGIONS_WITHOUT_ZONES: readonly string[] = [
    "australiacentral",
    "australiacentral2",
    "australiasoutheast",
    "brazilsoutheast",
    "canadaeast",
    "francesouth",
    "germanynorth",
    "koreasouth",
    "northcentralus",
    "norwaywest",
    "southafricawest",
    "southindia",
    "switzerlandwest",
    "uaecentral",
    "ukwest",
    "westcentralus",
    "westindia",
    "westus",
];
