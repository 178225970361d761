import { StorageClass } from "@pulumi/kubernetes/storage/v1/storageClass";
import * as pulumi from "@pulumi/pulumi";

import { labelFrom } from "../fabric/names";
import type { Problem } from "../fabric/problem";
import type { ProfileName } from "../storage/profiles";
import type { FabricCluster } from "./clusters/fabricCluster";
import type { ClusterStorage, LedgerAccessMode, LedgerStorage } from "./ledgerStorage";
import { placeProblems, storageRules, storageVendorOf } from "./nodeLedger";
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
     * Resource group that its disks are in; on AKS only.
     *
     * @default - that of the cluster's storage.
     */
    resourceGroupName?: string;
    /**
     * Name of the class in the cluster. Nobody can change what a class says of its disks: another key or
     * resource group is another class, with another name.
     *
     * @default - `kubefabric-PROFILE`; with a key `-encrypted`, with a resource group `-in-GROUP` after it.
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
                parameters: parametersOf(args),
            },
            {
                ...keepOptions(protection, this),
                deletedWith: cluster.managedCluster,
                dependsOn: [cluster.ready],
            },
        );
        // Where the program makes the cluster, a first preview knows no output of what is in it; a URN it
        // knows, and so the policies know the class.
        this.storageClassName = this.storageClass.urn.apply(() => classNameOf(args));
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
        resourceGroupName: groupOf(args),
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
    const group = groupOf(args);
    const keyed = encryptionKey === undefined ? "" : "-encrypted";
    const grouped = group === undefined ? "" : `-in-${labelFrom(group, { limit: 90 })}`;
    return storageClassName ?? `kubefabric-${profile}${keyed}${grouped}`;
}

function parametersOf(args: LedgerStorageClassArgs) {
    const { profile, encryptionKey } = args;
    const resourceGroupName = groupOf(args);
    const parametersWith = (encryptionKey?: string) =>
        storageRules().storageProfile(profile, { encryptionKey, resourceGroupName }).storageClass
            .parameters;
    return encryptionKey === undefined
        ? parametersWith()
        : pulumi.output(encryptionKey).apply(parametersWith);
}

/** The cluster has no storage yet where the class is one of its own. */
function groupOf({ resourceGroupName, cluster }: LedgerStorageClassArgs): string | undefined {
    return resourceGroupName ?? (cluster.storage as ClusterStorage | undefined)?.resourceGroupName;
}
