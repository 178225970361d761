import type { Problem } from "../fabric/problem";
import {
    rowOfId,
    STORAGE_ROWS,
    type BindingMode,
    type StorageRow,
    type StorageVendor,
} from "./capabilities";
import type { LEDGER_ACCESS_MODES } from "./accessModes";
import { resourceGroupProblem } from "./resourceGroups";

/** Name of a profile, as a program writes it. */
export type ProfileName = keyof typeof PROFILES;

/** What is kept on a volume. A ledger and a state database write all the time, a CA hardly ever. */
export type Purpose = "ledger" | "stateDatabase" | "ca";

/** What a profile is: a tier of the table, and what a StorageClass says to get it. */
interface WrittenProfile {
    /** Identifier of the tier. */
    readonly row: string;
    readonly parameters: Readonly<Record<string, string>>;
    /** Parameters that are there only together with a key. */
    readonly withKey?: Readonly<Record<string, string>>;
}

const EXT4 = { "csi.storage.k8s.io/fstype": "ext4" };
const IKS_VPC = { ...EXT4, billingType: "hourly" };
const IKS_CLASSIC = { type: "Endurance", billingType: "hourly", classVersion: "2", fsType: "ext4" };
const WITH_KEY = { encrypted: "true" };

/** The profiles, by vendor; whatever else a vendor has is used through a class of one's own. */
const PROFILES = {
    "pd-balanced": { row: "gke/pd-balanced", parameters: { type: "pd-balanced", ...EXT4 } },
    "pd-ssd": { row: "gke/pd-ssd", parameters: { type: "pd-ssd", ...EXT4 } },
    "hyperdisk-balanced": {
        row: "gke/hyperdisk-balanced",
        parameters: { type: "hyperdisk-balanced", ...EXT4 },
    },
    "premium-zrs": {
        row: "aks/azure-disk-premium-ssd",
        parameters: { skuName: "Premium_ZRS", ...EXT4 },
    },
    "premium-lrs": {
        row: "aks/azure-disk-premium-ssd",
        parameters: { skuName: "Premium_LRS", ...EXT4 },
    },
    "premium-v2": {
        row: "aks/azure-disk-premium-ssd-v2",
        parameters: { skuName: "PremiumV2_LRS", cachingMode: "None", ...EXT4 },
    },
    "standard-ssd-zrs": {
        row: "aks/azure-disk-standard-ssd",
        parameters: { skuName: "StandardSSD_ZRS", ...EXT4 },
    },
    "standard-ssd-lrs": {
        row: "aks/azure-disk-standard-ssd",
        parameters: { skuName: "StandardSSD_LRS", ...EXT4 },
    },
    "10iops-tier": {
        row: "iks-vpc/block-10iops-tier",
        parameters: { profile: "10iops-tier", ...IKS_VPC },
        withKey: WITH_KEY,
    },
    "5iops-tier": {
        row: "iks-vpc/block-5iops-tier",
        parameters: { profile: "5iops-tier", ...IKS_VPC },
        withKey: WITH_KEY,
    },
    "general-purpose": {
        row: "iks-vpc/block-general-purpose",
        parameters: { profile: "general-purpose", ...IKS_VPC },
        withKey: WITH_KEY,
    },
    "classic-gold": {
        row: "iks-classic/block-gold",
        parameters: { iopsPerGB: "10", sizeRange: "[20-4000]Gi", ...IKS_CLASSIC },
    },
    "classic-silver": {
        row: "iks-classic/block-silver",
        parameters: { iopsPerGB: "4", sizeRange: "[20-12000]Gi", ...IKS_CLASSIC },
    },
    "classic-bronze": {
        row: "iks-classic/block-bronze",
        parameters: { iopsPerGB: "2", sizeRange: "[20-12000]Gi", ...IKS_CLASSIC },
    },
    "local-path": { row: "local/local-path", parameters: {} },
} as const satisfies Record<string, WrittenProfile>;

/** What each vendor's networks are kept on where nothing else is said. */
const DEFAULTS: Readonly<Record<Exclude<StorageVendor, "any">, Record<Purpose, ProfileName>>> = {
    gke: { ledger: "pd-balanced", stateDatabase: "pd-balanced", ca: "pd-balanced" },
    aks: { ledger: "premium-zrs", stateDatabase: "premium-zrs", ca: "standard-ssd-zrs" },
    "iks-vpc": { ledger: "10iops-tier", stateDatabase: "10iops-tier", ca: "general-purpose" },
    "iks-classic": { ledger: "classic-gold", stateDatabase: "classic-gold", ca: "classic-bronze" },
    local: { ledger: "local-path", stateDatabase: "local-path", ca: "local-path" },
};

/** The one disk of the newer machine series of GKE. */
const HYPERDISK: Record<Purpose, ProfileName> = {
    ledger: "hyperdisk-balanced",
    stateDatabase: "hyperdisk-balanced",
    ca: "hyperdisk-balanced",
};

/** A tier to keep ledgers on, and the StorageClass that gives it. */
export interface StorageProfile {
    readonly name: ProfileName;
    readonly row: StorageRow;
    /** Access mode of new claims: one Pod where the driver knows that, else one node. */
    readonly accessMode: (typeof LEDGER_ACCESS_MODES)[number];
    /** Sizes are multiples of this quantity; absent where any size is given. */
    readonly sizeStep?: string;
    readonly storageClass: {
        readonly provisioner: string;
        readonly parameters: Readonly<Record<string, string>>;
        readonly volumeBindingMode: BindingMode;
        readonly allowVolumeExpansion: boolean;
        /** A disk outlives its claim: deleting it is an act of its own. */
        readonly reclaimPolicy: "Retain";
    };
}

/** Names of a vendor's profiles, the better ones first. */
export function profileNames(vendor: StorageVendor): ProfileName[] {
    const names = Object.keys(PROFILES) as ProfileName[];
    return names.filter((name) => rowOfProfile(name).vendors.includes(vendor));
}

/** What a class of a profile is told besides; the driver has to have a parameter for it. */
export interface ProfileOptions {
    /** Key of one's own that the disks are encrypted with. */
    encryptionKey?: string;
    /** Resource group that the disks are in. */
    resourceGroupName?: string;
}

/** A profile by its name. With a key of one's own, the class encrypts with it. */
export function storageProfile(name: ProfileName, options: ProfileOptions = {}): StorageProfile {
    const { parameters, withKey }: WrittenProfile = PROFILES[name];
    const row = rowOfProfile(name);
    const { encryptionKeyParameter: key, resourceGroupParameter: group } = row;
    const { encryptionKey, resourceGroupName } = options;
    const keyed = key !== undefined && encryptionKey !== undefined;
    const grouped = group !== undefined && resourceGroupName !== undefined;
    return {
        name,
        row,
        accessMode: row.csi ? "ReadWriteOncePod" : "ReadWriteOnce",
        sizeStep: row.size.step,
        storageClass: {
            provisioner: row.provisioners[0] ?? "",
            parameters: {
                ...parameters,
                ...(keyed ? { ...withKey, [key]: encryptionKey } : {}),
                ...(grouped ? { [group]: resourceGroupName } : {}),
            },
            volumeBindingMode: row.binding,
            allowVolumeExpansion: row.expansion !== "no",
            reclaimPolicy: "Retain",
        },
    };
}

/**
 * The profiles that a vendor's networks are kept on where nothing else is said. On GKE they depend on
 * the machines: newer series take Hyperdisk only, older ones Persistent Disk only. A series that is
 * not known is newer than this package.
 */
export function defaultProfiles(
    vendor: Exclude<StorageVendor, "any">,
    machineTypes: readonly string[] = [],
): Readonly<Record<Purpose, ProfileName>> {
    const usual = DEFAULTS[vendor];
    const takesUsual = (type: string) => canHave(rowOfProfile(usual.ledger), type) === true;
    return vendor === "gke" && !machineTypes.every(takesUsual) ? HYPERDISK : usual;
}

/** Everything wrong with the name of a profile and with what is asked of it; paths as in `profile`. */
export function profileProblems(
    vendor: StorageVendor,
    name: string,
    asked: {
        encryptionKey?: unknown;
        resourceGroupName?: string;
        machineTypes?: readonly string[];
    } = {},
): Problem[] {
    const names: readonly string[] = profileNames(vendor);
    if (!names.includes(name)) {
        const known = names.map((one) => `"${one}"`).join(", ");
        const reason =
            known === ""
                ? `"${name}" is a vendor's profile, and the cluster's vendor is not known; set its ` +
                  "vendor, or write a StorageClass with its driver"
                : `"${name}" is no profile of ${vendor}; write one of ${known}`;
        return [{ path: "profile", reason }];
    }
    const row = rowOfProfile(name as ProfileName);
    const machines = (asked.machineTypes ?? []).flatMap((type) => machineProblem(row, type) ?? []);
    const wrongGroup = resourceGroupProblem(row, asked.resourceGroupName);
    const keyless = asked.encryptionKey !== undefined && row.encryptionKeyParameter === undefined;
    return [
        ...machines.map((reason) => ({ path: "profile", reason: `"${name}": ${reason}` })),
        ...(keyless
            ? [
                  {
                      path: "encryptionKey",
                      reason: `is set, but ${row.title} takes no key of one's own; take it away`,
                  },
              ]
            : []),
        ...(wrongGroup === undefined ? [] : [{ path: "resourceGroupName", reason: wrongGroup }]),
    ];
}

/** Why a machine cannot have a disk of this tier; nothing where it can, or where that is not known. */
export function machineProblem(row: StorageRow, machineType: string): string | undefined {
    if (canHave(row, machineType) !== false) {
        return undefined;
    }
    const others = profileNames(row.vendors[0] ?? "any").filter(
        (name) => canHave(rowOfProfile(name), machineType) === true,
    );
    const instead = others.length > 0 ? `"${others.join('" or "')}"` : "a class of your own";
    return `machines of type "${machineType}" have no ${row.title}; write ${instead}`;
}

/** Series of a machine type of Google's: `n4` of `n4-standard-8`. */
export function machineSeriesOf(machineType: string): string {
    const [series = ""] = machineType.toLowerCase().split("-");
    // A custom type that names no series is one of the first.
    return series === "custom" ? "n1" : series;
}

function canHave({ machineSeries }: StorageRow, machineType: string): boolean | undefined {
    const series = machineSeriesOf(machineType);
    const isKnown = STORAGE_ROWS.some((row) => row.machineSeries?.includes(series));
    return machineSeries === undefined || (isKnown ? machineSeries.includes(series) : undefined);
}

function rowOfProfile(name: ProfileName): StorageRow {
    const row = rowOfId(PROFILES[name].row);
    if (row === undefined) {
        throw new Error(`profile ${name} is of ${PROFILES[name].row}, which is not in the table`);
    }
    return row;
}
