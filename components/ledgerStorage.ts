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
    /** Resource group that the disks of its profiles are in, where it is not the usual one. */
    readonly resourceGroupName?: string;
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
     * Resource group that the disks of profiles are in; on AKS only. Azure puts them into the group of the
     * cluster's nodes otherwise, **which it deletes with the cluster, and every disk in it, also those that
     * Kubernetes retains: the ledgers**. Write the name of one that outlives the cluster, in the same
     * subscription: one that is there already, or that the program makes under this name.
     *
     * The cluster's identity needs the role Contributor on it, or every claim waits for ever; whoever runs
     * the program may not be allowed to grant it:
     *
     *     new authorization.RoleAssignment("ledgers", {
     *         scope: group.id,
     *         principalId: cluster.cluster.identity.apply((identity) => identity!.principalId),
     *         principalType: "ServicePrincipal",
     *         // Contributor
     *         roleDefinitionId: `/subscriptions/${id}/providers/Microsoft.Authorization/roleDefinitions/b24988ac-6180-42a0-ab88-20f7382dd24c`,
     *     });
     *
     * It is part of the class, which cannot change. Where there are ledgers already, Pulumi refuses another
     * group, because the class is protected: `pulumi state unprotect URN` lets the next update make a second
     * class. The first stays in the cluster, and so do the ledgers that are on it; their disks stay where
     * they are, too. A node that chose its profile has to name the first class then, as in
     * `storage: { storageClassName: "kubefabric-premium-lrs" }`. New ledgers are in the group: to move one,
     * add a node, wait until it has caught up, and remove the old one.
     *
     * @default - the group of the cluster's nodes.
     * @see https://github.com/kubernetes-sigs/azuredisk-csi-driver/blob/master/docs/driver-parameters.md
     * @see https://learn.microsoft.com/en-us/azure/aks/faq
     */
    resourceGroupName?: string;
    /**
     * Whether the profiles' StorageClasses are kept when the network is taken down.
     *
     * @default "protect"
     */
    protection?: Protection;
}
