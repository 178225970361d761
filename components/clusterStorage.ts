import type * as pulumi from "@pulumi/pulumi";

import type { Problem } from "../fabric/problem";
import type { ProfileName, Purpose } from "../storage/profiles";
import type { FabricCluster } from "./clusters/fabricCluster";
import type {
    ClusterStorage,
    ClusterStorageArgs,
    LedgerAccessMode,
    LedgerStorage,
} from "./ledgerStorage";
import { LedgerStorageClass } from "./ledgerStorageClass";
import { choiceProblems, storageRules, storageVendorOf, type KnownVendor } from "./nodeLedger";

/**
 * What a cluster offers to ledgers, state databases and CAs. `usual` is what they are kept on where the
 * program says nothing: one class, or the profiles of a vendor.
 */
export function createClusterStorage(
    cluster: FabricCluster & pulumi.Resource,
    args: ClusterStorageArgs & {
        usual: LedgerStorage | KnownVendor;
        accessMode?: LedgerAccessMode;
    },
): ClusterStorage {
    const { usual, accessMode, encryptionKey, resourceGroupName, protection } = args;
    const made = new Map<ProfileName, LedgerStorageClass>();
    const profile = (name: ProfileName): LedgerStorageClass => {
        const storage =
            made.get(name) ??
            new LedgerStorageClass(
                `${cluster.name}-${name}`,
                { cluster, profile: name, encryptionKey, resourceGroupName, protection },
                { parent: cluster },
            );
        made.set(name, storage);
        return storage;
    };
    const storageFor = (purpose: Purpose): LedgerStorage => {
        const choice = args[purpose];
        if (choice !== undefined) {
            return typeof choice === "string" ? profile(choice) : choice;
        }
        if (typeof usual !== "string") {
            return purpose === "ledger" || args.ledger === undefined ? usual : storageFor("ledger");
        }
        const name = storageRules().defaultProfiles(usual, cluster.machineTypes)[purpose];
        const { storageClassName, driver, parameters } = profile(name);
        return { storageClassName, driver, parameters, accessMode, isDefault: true };
    };
    const [ledger, stateDatabase] = [storageFor("ledger"), storageFor("stateDatabase")];
    return {
        ledger,
        stateDatabase,
        // Its class is made when a CA server asks for it: most networks have none.
        get ca() {
            return storageFor("ca");
        },
        get classes() {
            return [...made.values()];
        },
        resourceGroupName,
        profile,
    };
}

/**
 * Everything wrong with what a cluster is told of its storage; `usesProfiles` where what it is not told
 * is the vendor's.
 */
export function clusterStorageProblems(
    args: ClusterStorageArgs,
    cluster: Pick<FabricCluster, "vendor" | "machineTypes">,
    usesProfiles: boolean,
): Problem[] {
    const vendor = storageVendorOf(cluster.vendor);
    const { encryptionKey, resourceGroupName } = args;
    const chosen = PURPOSES.flatMap((purpose) => {
        const choice = args[purpose];
        return choice === undefined ? [] : choiceProblems(`storage.${purpose}`, choice, cluster);
    });
    const told = encryptionKey !== undefined || resourceGroupName !== undefined;
    const beyond = resourceGroupName === undefined ? [] : beyondReach(args, vendor, usesProfiles);
    if (vendor === undefined || (!usesProfiles && !told)) {
        return [...chosen, ...beyond];
    }
    const { defaultProfiles, profileProblems } = storageRules();
    const { machineTypes } = cluster;
    const usual = profileProblems(vendor, defaultProfiles(vendor, machineTypes).ledger, {
        encryptionKey,
        resourceGroupName,
        machineTypes: usesProfiles && args.ledger === undefined ? machineTypes : [],
    });
    return [
        ...chosen,
        ...usual.map(({ path, reason }) => ({
            path: path === "profile" ? "machineTypes" : `storage.${path}`,
            reason,
        })),
        ...(usual.some(({ path }) => path === "resourceGroupName") ? [] : beyond),
    ];
}

const PURPOSES = ["ledger", "stateDatabase", "ca"] as const;

/** A resource group that would not be the one of all disks: whoever wrote it takes all of them for safe. */
function beyondReach(
    args: ClusterStorageArgs,
    vendor: KnownVendor | undefined,
    usesProfiles: boolean,
): Problem[] {
    const path = "storage.resourceGroupName";
    if (vendor === undefined) {
        const reason = "is set, and the cluster's vendor is not known; set its vendor";
        return [{ path, reason: `${reason}, or take it away` }];
    }
    const own = PURPOSES.filter((purpose) =>
        args[purpose] === undefined ? !usesProfiles : typeof args[purpose] !== "string",
    );
    const reason =
        `is set, and a class of your own, which ${own.join(", ")} would be on, says itself where its disks ` +
        `are; write profiles, as in storage: { ${own.map((purpose) => `${purpose}: "premium-zrs"`).join(", ")} }`;
    return own.length === 0 ? [] : [{ path, reason }];
}
