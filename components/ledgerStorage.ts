import type * as pulumi from "@pulumi/pulumi";

import type { LEDGER_ACCESS_MODES } from "../storage/accessModes";
import type { ProfileName } from "../storage/profiles";
import type { LedgerStorageClass } from "./ledgerStorageClass";
import type { Protection } from "./protection";

/** Access modes that a ledger can live with: one writer. */
export type LedgerAccessMode = (typeof LEDGER_ACCESS_MODES)[number];

/** The storage that a ledger's volume claim asks for. */
export interface LedgerStorage {
    /**
     * StorageClass of the claim. Always written into the claim: a cluster's default may change under
     * an existing ledger.
     */
    storageClassName: pulumi.Input<string>;
    /**
     * Provisioner of the class, such as `"disk.csi.azure.com"`. What it cannot give is refused in the
     * preview; where it is not known, a wrong access mode leaves the claim pending.
     *
     * @default - that of the vendor's own class by that name, where the cluster's vendor has one.
     */
    driver?: string;
    /** Parameters of the class: they tell apart the tiers of one driver, which have other sizes. */
    parameters?: Readonly<Record<string, string>>;
    /**
     * Access mode of the claim. `"ReadWriteOncePod"` keeps a second Pod away even on the same
     * machine; it needs a CSI driver. Fixed once the claim exists.
     *
     * @default - `"ReadWriteOncePod"` where the driver is known to speak CSI, else `"ReadWriteOnce"`;
     * a claim that exists keeps what it has.
     */
    accessMode?: LedgerAccessMode;
    /**
     * Whether nobody chose this storage: a ledger that exists then stays on the class that it has.
     *
     * @default false
     */
    isDefault?: boolean;
}

/** A profile of the cluster's vendor by its name, or a StorageClass that is there already. */
export type StorageChoice = ProfileName | LedgerStorage;

/** Where a cluster keeps things, unless a node says otherwise. */
export interface ClusterStorage {
    readonly ledger: LedgerStorage;
    readonly stateDatabase: LedgerStorage;
    readonly ca: LedgerStorage;
    /** StorageClasses that were made for it. */
    readonly classes: readonly LedgerStorageClass[];
    /** Storage of a profile; its StorageClass is made when it is first asked for, once. */
    profile(name: ProfileName): LedgerStorage;
}

/** What a cluster is told of its storage. */
export interface ClusterStorageArgs {
    /**
     * Storage of ledgers.
     *
     * @default - the vendor's profile for ledgers; on `"local"` and `"other"` the cluster's default class.
     */
    ledger?: StorageChoice;
    /**
     * Storage of CouchDB.
     *
     * @default - the vendor's profile for state databases; on `"local"` and `"other"` as ledgers.
     */
    stateDatabase?: StorageChoice;
    /**
     * Storage of CA servers.
     *
     * @default - the vendor's profile for CAs; on `"local"` and `"other"` as ledgers.
     */
    ca?: StorageChoice;
    /** Key of your own that the disks of profiles are encrypted with, as the vendor names it. */
    encryptionKey?: pulumi.Input<string>;
    /**
     * Whether the profiles' StorageClasses are kept when the network is taken down.
     *
     * @default "protect"
     */
    protection?: Protection;
}
