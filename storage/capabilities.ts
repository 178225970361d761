import type { AccessMode } from "./accessModes";
import table from "./capabilities.json";

/** Whose storage a row describes. `any` is storage that one brings along: Portworx, NFS, a local disk. */
export type StorageVendor = "gke" | "aks" | "iks-vpc" | "iks-classic" | "local" | "any";

/** How a volume is mounted: with a file system, or as a raw device. */
export type VolumeMode = "Filesystem" | "Block";

/** When a claim gets its volume. */
export type BindingMode = "Immediate" | "WaitForFirstConsumer";

/** How a fact is known: read in the driver's source, on a page of the vendor, or neither. */
export type Verified = "source" | "vendor-page" | "unverified";

/** What storage is underneath. A ledger needs a disk of its own. */
export type StorageKind = "disk" | "file" | "object" | "host";

/**
 * What must be true for an access mode to work, in a form that a program can check.
 * `sharedFileSystemPath` and its like are settings of a provisioner that no manifest shows.
 */
export type Condition =
    | { kind: "dataSource" }
    | { kind: "staticVolume" }
    | { kind: "parameter"; name: string; values?: readonly string[]; atLeast?: number }
    | { kind: "machineSeries"; values: readonly string[] }
    | { kind: "driverVersion"; atLeast: string }
    | { kind: "kubernetesVersion"; atLeast: string }
    | { kind: "provisionerSetting"; name: string }
    | { kind: "anyOf"; of: readonly Condition[] }
    | { kind: "allOf"; of: readonly Condition[] };

/** Whether a driver gives an access mode: always, never, or only if a condition holds. */
export type ModeRule =
    | { verdict: "always" }
    | { verdict: "never"; reason: string }
    | { verdict: "only-if"; condition: Condition; sentence: string };

/** A StorageClass that the vendor itself puts into its clusters. */
export interface KnownClass {
    name: string;
    binding: BindingMode;
    reclaim: "Delete" | "Retain";
    expansion: boolean;
    /** Whether it is the cluster's default class. */
    isDefault?: boolean;
    /** Clusters or versions that have it, where not all of the vendor's do. */
    where?: string;
}

/** Where a volume can be mounted. */
export interface Topology {
    reach: "zonal" | "regional" | "host" | "network";
    note: string;
    /** Parameters of the class that spread the volume over the zones of its region. */
    regionalWith?: Readonly<Record<string, readonly string[]>>;
}

/** Sizes that a tier has. */
export interface SizeRule {
    /** Smallest volume, a quantity; absent where the storage has no least. */
    min?: string;
    /** What happens to a smaller request. */
    below?: "refused" | "rounded-up";
    /** Largest volume, a quantity. */
    max?: string;
    /** Sizes are whole multiples of this; others are rounded up. */
    step?: string;
    /** Sizes that are paid for, ascending; a size between two costs as much as the next one. */
    billed?: readonly string[];
    /** What else there is to say. */
    note?: string;
}

/** How well a ledger lives on a tier. */
export type LedgerFit =
    /** What to choose. */
    | "recommended"
    /** Safe, but slow, dear or short-lived. */
    | "possible"
    /** For tests on one's own machine. */
    | "tests-only"
    /** It destroys ledgers, or loses them. */
    | "never";

/** How well a ledger lives somewhere, and why. */
export interface LedgerVerdict {
    fit: LedgerFit;
    reason: string;
}

/** One tier of one driver: what it can give, and how that is known. */
export interface StorageRow {
    /** `vendor/tier`. */
    id: string;
    title: string;
    vendors: readonly StorageVendor[];
    /** Provisioners of its classes, the present name first. */
    provisioners: readonly string[];
    /** Whether the driver speaks CSI. */
    csi: boolean;
    kind: StorageKind;
    /**
     * Parameters of a StorageClass that select this tier: each of them has one of the values, `""`
     * where it may be absent. Compared without regard to case, as most drivers do.
     */
    parameters: Readonly<Record<string, readonly string[]>>;
    /** Whether a class without these parameters gets this tier. */
    isDefaultTier: boolean;
    /** Fields of a PersistentVolume's spec that hold such a volume, beside `csi`. */
    volumeSources: readonly string[];
    classes: readonly KnownClass[];
    accessModes: Readonly<Record<VolumeMode, Readonly<Record<AccessMode, ModeRule>>>>;
    /** Binding mode that a class of one's own should have. */
    binding: BindingMode;
    /** Whether a volume can grow: while mounted, only unmounted, or not at all. */
    expansion: "online" | "offline" | "no";
    size: SizeRule;
    /** Volumes that a node can have attached. */
    volumesPerNode: { limit?: number; note: string };
    topology: Topology;
    /** `shared` is of volumes that several machines mount, where those are something else. */
    ledger: LedgerVerdict & { shared?: LedgerVerdict };
    /** Series of machines that can have it attached, such as `n4`; absent where all can. */
    machineSeries?: readonly string[];
    /** Parameter of the class that takes a key of one's own, where there is one. */
    encryptionKeyParameter?: string;
    /**
     * Parameter of the class that takes the resource group of its disks, where the group that they are in
     * otherwise goes with the cluster, and every disk with it.
     */
    resourceGroupParameter?: string;
    /** Present where the provisioner refuses a claim with more than one access mode. */
    oneModePerClaim?: true;
    /** What else is worth knowing. */
    note?: string;
    sources: readonly string[];
    verified: Verified;
    /** What in the row is not verified. */
    unverified: readonly string[];
}

/** A row as the file has it: access modes and sources by the name they have in the file. */
type WrittenRow = Omit<StorageRow, "accessModes" | "sources"> & {
    accessModes: string;
    sources: readonly string[];
};

interface WrittenTable {
    sources: Readonly<Record<string, string>>;
    accessModes: Readonly<Record<string, StorageRow["accessModes"]>>;
    rows: readonly WrittenRow[];
}

/** Other names of parameters, in lower case. */
const PARAMETER_ALIASES: Readonly<Record<string, string>> = { storageaccounttype: "skuname" };

/** Every tier of every driver that this package knows, in the order of the page `docs/storage.md`. */
export const STORAGE_ROWS: readonly StorageRow[] = rowsOf(table as unknown as WrittenTable);

/** The rows of a vendor, its own first, then what works anywhere. */
export function rowsFor(vendor: StorageVendor): StorageRow[] {
    const own = STORAGE_ROWS.filter((row) => row.vendors.includes(vendor));
    return vendor === "any" ? own : [...own, ...rowsFor("any")];
}

/** The row with an identifier such as `gke/pd-balanced`. */
export function rowOfId(id: string): StorageRow | undefined {
    return STORAGE_ROWS.find((row) => row.id === id);
}

/**
 * The row of a class that the vendor itself puts into its clusters. `standard` of a local cluster is
 * kind's, which refuses what minikube's of the same name only seems to give.
 */
export function rowOfClass(vendor: StorageVendor, className: string): StorageRow | undefined {
    return rowsFor(vendor).find((row) => knownClass(row, className) !== undefined);
}

/** What is known of a row's class. */
export function knownClass(row: StorageRow, className: string): KnownClass | undefined {
    return row.classes.find(({ name }) => name === className);
}

/** All rows of a provisioner, for a class whose parameters are not known. */
export function rowsOfProvisioner(provisioner: string, vendor?: StorageVendor): StorageRow[] {
    const rows = vendor === undefined ? STORAGE_ROWS : rowsFor(vendor);
    return rows.filter((row) => row.provisioners.includes(provisioner));
}

/**
 * The row of a StorageClass, by its provisioner and parameters. A parameter that the driver reads by
 * another name too is known by both: `storageAccountType` of Azure is `skuName`.
 */
export function rowOfProvisioner(
    provisioner: string,
    parameters: Readonly<Record<string, string>> = {},
    vendor?: StorageVendor,
): StorageRow | undefined {
    const rows = rowsOfProvisioner(provisioner, vendor);
    const given = Object.fromEntries(
        Object.entries(parameters).map(([name, value]) => [
            PARAMETER_ALIASES[lower(name)] ?? lower(name),
            value,
        ]),
    );
    const tier = rows.flatMap((row) => Object.keys(row.parameters)).map(lower);
    const names = tier.some((name) => name in given);
    return names
        ? rows.find((row) => hasParameters(row.parameters, given))
        : rows.find((row) => row.isDefaultTier);
}

/** The row of a PersistentVolume that is no CSI volume, by the field that holds it: `nfs`, `hostPath`. */
export function rowOfVolumeSource(field: string): StorageRow | undefined {
    return STORAGE_ROWS.find((row) => row.volumeSources.includes(field));
}

/** Whether every parameter that is asked for has one of its values; `""` stands for none given. */
export function hasParameters(
    asked: Readonly<Record<string, readonly string[]>>,
    given: Readonly<Record<string, string>>,
): boolean {
    const values = new Map(Object.entries(given).map(([name, value]) => [lower(name), value]));
    return Object.entries(asked).every(([name, accepted]) =>
        accepted.map(lower).includes(lower(values.get(lower(name)) ?? "")),
    );
}

function lower(text: string): string {
    return text.toLowerCase();
}

function rowsOf({ rows, accessModes, sources }: WrittenTable): StorageRow[] {
    return rows.map((row) => ({
        ...row,
        accessModes: named(accessModes, row.accessModes),
        sources: row.sources.map((name) => named(sources, name)),
    }));
}

function named<T>(all: Readonly<Record<string, T>>, name: string): T {
    const found = all[name];
    if (found === undefined) {
        throw new Error(`storage/capabilities.json names ${name} and does not say what it is`);
    }
    return found;
}
