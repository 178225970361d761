import { StorageClass } from "@pulumi/kubernetes/storage/v1/storageClass";
import * as pulumi from "@pulumi/pulumi";

import type { Problem } from "../fabric/problem";
import type { ProfileName, Purpose } from "../storage/profiles";
import type { FabricCluster } from "./clusters/fabricCluster";
import type {
    ClusterStorage,
    ClusterStorageArgs,
    LedgerAccessMode,
    LedgerStorage,
} from "./ledgerStorage";
import {
    choiceProblems,
    placeProblems,
    storageRules,
    storageVendorOf,
    type KnownVendor,
} from "./nodeLedger";
import { keepOptions, type Protection } from "./protection";
import { rejectInvalid } from "./validation";

/** Arguments of a `LedgerStorageClass`. */
export interface LedgerStorageClassArgs {
    /** Cluster to make it in. */
    cluster: FabricCluster;
    /** Profile of the cluster's vendor; `docs/storage.md` lists them. */
    profile: ProfileName;
    /** Key of your own that its disks are encrypted with, as the vendor names it. */
    encryptionKey?: pulumi.Input<string>;
    /**
     * Name of the class in the cluster.
     *
     * @default - `kubefabric-PROFILE`, with a key `kubefabric-PROFILE-encrypted`.
     */
    storageClassName?: string;
    /**
     * Access mode of the ledgers on it.
     *
     * @default - `"ReadWriteOncePod"` where the driver speaks CSI, else `"ReadWriteOnce"`; a claim
     * that exists keeps what it has.
     */
    accessMode?: LedgerAccessMode;
    /**
     * Whether it is kept when the network is taken down.
     *
     * @default "protect"
     */
    protection?: Protection;
}

/**
 * A StorageClass for ledgers, made once in a cluster: it binds where the Pod runs, keeps the disk when
 * the claim goes, and grows where the driver can. A node takes it as its `storage`.
 *
 * @example
 * const fast = new LedgerStorageClass("fast", { cluster, profile: "pd-ssd" });
 * const peer0 = new PeerNode("org1-peer0", { org: org1, storage: fast });
 */
export class LedgerStorageClass extends pulumi.ComponentResource implements LedgerStorage {
    public readonly storageClassName: pulumi.Output<string>;
    public readonly driver: string;
    public readonly parameters: Readonly<Record<string, string>>;
    public readonly accessMode?: LedgerAccessMode;
    public readonly storageClass: StorageClass;
    /** What comes after it depends on this: its only child. */
    public readonly ready: pulumi.Resource;

    /** @throws pulumi.ResourceError listing every problem of the arguments. */
    constructor(
        name: string,
        args: LedgerStorageClassArgs,
        opts?: pulumi.ComponentResourceOptions,
    ) {
        rejectInvalid("LedgerStorageClass", name, checkLedgerStorageClassArgs(args));
        const { cluster, profile, accessMode, protection = "protect" } = args;
        super(
            "kubefabric:index:LedgerStorageClass",
            name,
            { profile, accessMode, protection },
            pulumi.mergeOptions({ providers: [cluster.provider] }, opts),
        );

        const { storageClass } = storageRules().storageProfile(profile);
        this.driver = storageClass.provisioner;
        this.parameters = storageClass.parameters;
        this.accessMode = accessMode;
        this.storageClass = new StorageClass(
            name,
            {
                metadata: { name: classNameOf(args), labels: CLASS_LABELS },
                ...storageClass,
                parameters: withKey(profile, args.encryptionKey),
            },
            {
                ...keepOptions(protection, this),
                deletedWith: cluster.managedCluster,
                dependsOn: [cluster.ready],
            },
        );
        this.storageClassName = this.storageClass.metadata.name;
        this.ready = this.storageClass;

        this.registerOutputs({ storageClassName: this.storageClassName });
    }
}

/** A class is nobody's: organizations share it. */
const CLASS_LABELS = {
    "app.kubernetes.io/part-of": "kubefabric",
    "app.kubernetes.io/managed-by": "pulumi",
};

/** Everything wrong with the arguments that can be known without asking the cluster. */
export function checkLedgerStorageClassArgs(args: LedgerStorageClassArgs): Problem[] {
    const { cluster, profile, encryptionKey, accessMode } = args;
    const { profileProblems, storageProfile } = storageRules();
    const { vendor, machineTypes } = cluster;
    const problems = profileProblems(storageVendorOf(vendor) ?? "any", profile, {
        encryptionKey,
        machineTypes,
    });
    const isProfile = problems.every(({ path }) => path !== "profile");
    const { provisioner: driver, parameters } = isProfile
        ? storageProfile(profile).storageClass
        : { provisioner: undefined, parameters: undefined };
    const storageClassName = classNameOf(args);
    return [
        ...problems,
        ...placeProblems({ storageClassName, driver, parameters, accessMode }, vendor),
    ];
}

function classNameOf(args: LedgerStorageClassArgs): string {
    const { storageClassName, profile, encryptionKey } = args;
    const ending = encryptionKey === undefined ? "" : "-encrypted";
    return storageClassName ?? `kubefabric-${profile}${ending}`;
}

function withKey(profile: ProfileName, encryptionKey: pulumi.Input<string> | undefined) {
    const parametersWith = (key?: string) =>
        storageRules().storageProfile(profile, key).storageClass.parameters;
    return encryptionKey === undefined
        ? parametersWith()
        : pulumi.output(encryptionKey).apply(parametersWith);
}

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
    const { usual, accessMode, encryptionKey, protection } = args;
    const made = new Map<ProfileName, LedgerStorageClass>();
    const profile = (name: ProfileName): LedgerStorageClass => {
        const storage =
            made.get(name) ??
            new LedgerStorageClass(
                `${cluster.name}-${name}`,
                { cluster, profile: name, encryptionKey, protection },
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
    const { encryptionKey } = args;
    const chosen = (["ledger", "stateDatabase", "ca"] as const).flatMap((purpose) => {
        const choice = args[purpose];
        return choice === undefined ? [] : choiceProblems(`storage.${purpose}`, choice, cluster);
    });
    if (vendor === undefined || (!usesProfiles && encryptionKey === undefined)) {
        return chosen;
    }
    const { defaultProfiles, profileProblems } = storageRules();
    const { machineTypes } = cluster;
    const usual = profileProblems(vendor, defaultProfiles(vendor, machineTypes).ledger, {
        encryptionKey,
        machineTypes: usesProfiles && args.ledger === undefined ? machineTypes : [],
    });
    const paths = { profile: "machineTypes", encryptionKey: "storage.encryptionKey" };
    return [
        ...chosen,
        ...usual.map(({ path, reason }) => ({ path: paths[path as keyof typeof paths], reason })),
    ];
}
