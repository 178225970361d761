import { shown, type Problem } from "../../fabric/problem";
import { storageRules } from "../nodeLedger";
import { USUAL_VM_SIZE, zonesOf, type AksClusterArgs } from "./aksClusterArgs";
import { REGIONS_WITHOUT_ZONES } from "./aksRegions";
import { writtenAt } from "./clusterProblems";

/** What is wrong with the zones of nodes and of the disks that nobody chose, or nothing. */
export function aksZonesProblem(args: AksClusterArgs): string | undefined {
    const zones = zonesOf(args);
    if (zones.some((zone) => !/^[1-9]$/.test(zone)) || new Set(zones).size < zones.length) {
        return `${shown(zones)} are not zones of Azure, each once; write them as ["1", "2", "3"]`;
    }
    const inZones = usualDisks(args).filter(isZoneRedundant);
    const [first] = inZones;
    const instead = first === undefined ? "" : storageOf(inZones, elsewhere);
    if (args.zones === undefined && isWithoutZones(args)) {
        const storage = instead === "" ? "" : `, and ${instead}`;
        return (
            `is not set, and ${shown(args.location)} has no zones; write zones: []${storage}, or the zones, ` +
            "should it have some by now"
        );
    }
    return first === undefined || zones.length > 0
        ? undefined
        : `[] is no zone, and the usual disks, such as ${shown(first.profile)}, are in three; write ${instead}`;
}

/** Everything wrong with the disks that the program chose, where it is about the place they would be in. */
export function aksDiskProblems(args: AksClusterArgs): Problem[] {
    const inZones =
        isWithoutZones(args) && !isZonal(args) ? chosenDisks(args).filter(isZoneRedundant) : [];
    return [
        ...inZones.map((disk) => ({
            path: `storage.${disk.purpose}`,
            reason:
                `${shown(disk.profile)} is in three zones, and ${shown(args.location)} has none; write ` +
                shown(elsewhere(disk)),
        })),
        ...nodeGroupProblems(args),
    ];
}

/** The group of the nodes goes with the cluster. */
function nodeGroupProblems({ storage, clusterArgs }: AksClusterArgs): Problem[] {
    const group = storage?.resourceGroupName;
    const ofNodes = writtenAt(clusterArgs, "nodeResourceGroup");
    const isSame = typeof ofNodes === "string" && ofNodes.toLowerCase() === group?.toLowerCase();
    const reason =
        `${shown(group)} is the group of the cluster's nodes, too (clusterArgs.nodeResourceGroup), which ` +
        "Azure deletes with the cluster; write one that outlives it";
    return isSame ? [{ path: "storage.resourceGroupName", reason }] : [];
}

/** Whether nodes are in zones; a program that names some knows of them. */
function isZonal(args: AksClusterArgs): boolean {
    return args.zones === undefined ? !isWithoutZones(args) : args.zones.length > 0;
}

function isWithoutZones({ location }: AksClusterArgs): boolean {
    return REGIONS_WITHOUT_ZONES.includes(location);
}

function isZoneRedundant({ sku }: Disk): boolean {
    return /ZRS/.test(sku);
}

/** The same disk in one place. */
function elsewhere({ profile }: Disk): string {
    return profile.replace("zrs", "lrs");
}

const PURPOSES = ["ledger", "stateDatabase", "ca"] as const;

interface Disk {
    purpose: (typeof PURPOSES)[number];
    profile: string;
    sku: string;
}

/** The disks that nobody chose. */
function usualDisks({ storage }: AksClusterArgs): Disk[] {
    const usual = storageRules().defaultProfiles("aks");
    return PURPOSES.filter((purpose) => storage?.[purpose] === undefined).map((purpose) =>
        diskOf(purpose, usual[purpose]),
    );
}

/** The disks that are chosen by their profile, where it is one of Azure's. */
function chosenDisks({ storage }: AksClusterArgs): Disk[] {
    return PURPOSES.flatMap((purpose) => {
        const choice = storage?.[purpose];
        const isProfile =
            typeof choice === "string" &&
            storageRules().profileProblems("aks", choice, {}).length === 0;
        return isProfile ? [diskOf(purpose, choice)] : [];
    });
}

function diskOf(
    purpose: Disk["purpose"],
    profile: Parameters<ReturnType<typeof storageRules>["storageProfile"]>[0],
): Disk {
    const { parameters } = storageRules().storageProfile(profile).storageClass;
    return { purpose, profile, sku: parameters?.skuName ?? "" };
}

/** Family, CPUs, features, accelerator and version of a size. */
const VM_SIZE = /^Standard_([A-Z]+)\d+(?:-\d+)?([a-z]*)(_[A-Za-z0-9]+)*$/;

/**
 * What is wrong with a size, or nothing. Its name says whether it takes Premium SSDs.
 *
 * @see https://learn.microsoft.com/en-us/azure/virtual-machines/vm-naming-conventions
 */
export function vmSizeProblem(args: AksClusterArgs): string | undefined {
    const { vmSize = USUAL_VM_SIZE } = args;
    const [whole, family = "", features = ""] = VM_SIZE.exec(vmSize) ?? [];
    if (whole === undefined) {
        return `${shown(vmSize)} is not a size of virtual machines; write one such as ${shown(USUAL_VM_SIZE)}`;
    }
    if (family.startsWith("B") && args.nodePoolArgs?.mode === undefined) {
        return (
            `${shown(vmSize)} is of the B series, on which Azure runs none of its own Pods; write ` +
            `${shown(USUAL_VM_SIZE)}, or nodePoolArgs: { mode: "User" }`
        );
    }
    const isPremium = features.includes("s") || ["DS", "GS"].includes(family);
    const premium = isPremium
        ? []
        : [...chosenDisks(args), ...usualDisks(args)].filter(({ sku }) => /^Premium/.test(sku));
    const [first] = premium;
    return first === undefined
        ? undefined
        : `${shown(vmSize)} takes no Premium SSD (no "s" after the CPUs), and ${first.purpose} is on ` +
              `${shown(first.profile)}; write a size such as ${shown(USUAL_VM_SIZE)}, or ` +
              storageOf(premium, () => (isZonal(args) ? "standard-ssd-zrs" : "standard-ssd-lrs"));
}

/** What a program writes to have other disks. */
function storageOf(disks: readonly Disk[], profileFor: (disk: Disk) => string): string {
    const choices = disks.map((disk) => `${disk.purpose}: ${shown(profileFor(disk))}`);
    return `storage: { ${choices.join(", ")} }`;
}
