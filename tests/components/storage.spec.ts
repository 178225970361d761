import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";
import {
    ExistingCluster,
    LedgerStorageClass,
    OrdererService,
    PeerNode,
    type ExistingClusterArgs,
    type LedgerStorage,
    type PeerNodeArgs,
    type ProfileName,
} from "kubefabric";
import type { RecordedResource, Recording } from "kubefabric/testing";

import { recordNetwork, testCluster, testOrg } from "../support/network.ts";

/** A vendor's cluster, as a program makes it. */
class VendorCluster extends pulumi.CustomResource {
    constructor(name: string) {
        super("test:index:Cluster", name, {});
    }
}

/** One peer on a cluster. */
function onePeer(
    cluster: Partial<ExistingClusterArgs> = {},
    peer: Partial<PeerNodeArgs> = {},
): Promise<Recording> {
    return recordNetwork(() => {
        const org = testOrg({ cluster: testCluster(cluster) });
        new PeerNode("org1-peer0", { org, ...peer });
    });
}

/** Class and access modes that a claim asks for. */
function claimed(recording: Recording, name = "org1-peer0-ledger"): [unknown, unknown] {
    const { spec } = recording.find("PersistentVolumeClaim", name).inputs as {
        spec: { storageClassName: string; accessModes: string[] };
    };
    return [spec.storageClassName, spec.accessModes];
}

const inputsOf = ({ inputs }: RecordedResource) => {
    const { metadata, ...rest } = inputs as { metadata: { name: string } };
    const { apiVersion: _version, kind: _kind, ...spec } = rest as Record<string, unknown>;
    return { name: metadata.name, ...spec };
};

const RWOP = ["ReadWriteOncePod"];
const RWO = ["ReadWriteOnce"];

describe("the storage of a cluster whose vendor is known", () => {
    const vendors: [ExistingClusterArgs["vendor"], ProfileName, string[], object][] = [
        [
            "gke",
            "pd-balanced",
            RWOP,
            {
                provisioner: "pd.csi.storage.gke.io",
                parameters: { type: "pd-balanced", "csi.storage.k8s.io/fstype": "ext4" },
            },
        ],
        [
            "aks",
            "premium-zrs",
            RWOP,
            {
                provisioner: "disk.csi.azure.com",
                parameters: { skuName: "Premium_ZRS", "csi.storage.k8s.io/fstype": "ext4" },
            },
        ],
        [
            "iks",
            "10iops-tier",
            RWOP,
            {
                provisioner: "vpc.block.csi.ibm.io",
                parameters: {
                    profile: "10iops-tier",
                    "csi.storage.k8s.io/fstype": "ext4",
                    billingType: "hourly",
                },
            },
        ],
        [
            "iks-classic",
            "classic-gold",
            RWO,
            {
                provisioner: "ibm.io/ibmc-block",
                parameters: {
                    iopsPerGB: "10",
                    sizeRange: "[20-4000]Gi",
                    type: "Endurance",
                    billingType: "hourly",
                    classVersion: "2",
                    fsType: "ext4",
                },
            },
        ],
    ];
    for (const [vendor, profile, modes, storageClass] of vendors) {
        it(`is a class of its own on ${vendor}, made once, for ledgers and state databases`, async () => {
            const recording = await onePeer({ vendor }, { stateDatabase: "CouchDB" });
            const classes = recording.ofKind("StorageClass");
            assert.deepEqual(classes.map(inputsOf), [
                {
                    name: `kubefabric-${profile}`,
                    ...storageClass,
                    volumeBindingMode: "WaitForFirstConsumer",
                    allowVolumeExpansion: true,
                    reclaimPolicy: "Retain",
                },
            ]);
            assert.equal(classes[0]!.name, `cluster-${profile}`);
            const expected = [`kubefabric-${profile}`, modes];
            assert.deepEqual(claimed(recording), expected);
            assert.deepEqual(claimed(recording, "org1-peer0-state"), expected);
        });
    }

    it("is kept when the network goes, as its ledgers are", async () => {
        const recording = await onePeer({ vendor: "gke" });
        const { protect, retainOnDelete } = recording.ofKind("StorageClass")[0]!;
        assert.deepEqual([protect, retainOnDelete], [true, true]);
    });

    it("goes with the network where the program gives its protection up", async () => {
        const recording = await onePeer({ vendor: "gke", storage: { protection: "none" } });
        const { protect, retainOnDelete } = recording.ofKind("StorageClass")[0]!;
        assert.deepEqual([protect, retainOnDelete], [false, false]);
    });

    it("is there before the ledgers, and after the cluster was asked", async () => {
        const recording = await onePeer({ vendor: "aks" });
        const before = (name: string) =>
            recording.dependenciesOf(recording.find("LedgerGuard", name));
        assert.ok(before("org1-peer0-ledger-guard").includes("StorageClass cluster-premium-zrs"));
        const [storageClass] = recording.ofKind("StorageClass");
        assert.ok(recording.dependenciesOf(storageClass!).includes("ClusterAccess cluster-access"));
    });

    it("needs no default class of the cluster", async () => {
        const access = async (args: Partial<ExistingClusterArgs>) =>
            (await onePeer(args)).ofKind("ClusterAccess")[0]!.inputs;
        assert.equal((await access({ vendor: "gke" })).makesClasses, true);
        assert.equal("makesClasses" in (await access({ vendor: "local" })), false);
        const named = await access({ vendor: "gke", storageClassName: "standard-rwo" });
        assert.equal("makesClasses" in named, false);
    });

    it("is Hyperdisk where GKE's machines have no other disk", async () => {
        const recording = await onePeer({ vendor: "gke", machineTypes: ["n4-standard-4"] });
        assert.deepEqual(claimed(recording), ["kubefabric-hyperdisk-balanced", RWOP]);
    });

    for (const [what, key] of [
        ["", "projects/p/keys/k"],
        [" that is known later", pulumi.output("projects/p/keys/k")],
    ] as const) {
        it(`is encrypted with a key of one's own${what}, on a class of its own`, async () => {
            const recording = await onePeer({ vendor: "gke", storage: { encryptionKey: key } });
            const [storageClass] = recording.ofKind("StorageClass").map(inputsOf);
            assert.equal(storageClass?.name, "kubefabric-pd-balanced-encrypted");
            assert.deepEqual((storageClass as { parameters?: object }).parameters, {
                type: "pd-balanced",
                "csi.storage.k8s.io/fstype": "ext4",
                "disk-encryption-kms-key": "projects/p/keys/k",
            });
        });
    }

    it("is what the program chooses for each purpose", async () => {
        const mine = { storageClassName: "mine", driver: "pd.csi.storage.gke.io" };
        const storage = { ledger: "pd-ssd", stateDatabase: mine } as const;
        const recording = await onePeer({ vendor: "gke", storage }, { stateDatabase: "CouchDB" });
        assert.deepEqual(claimed(recording), ["kubefabric-pd-ssd", RWOP]);
        assert.deepEqual(claimed(recording, "org1-peer0-state"), ["mine", RWOP]);
        assert.equal(recording.ofKind("StorageClass").length, 1);
    });

    it("has a class for CAs from the moment that one asks for it", async () => {
        let ca: LedgerStorage | undefined;
        const recording = await recordNetwork(() => {
            ca = testCluster({ vendor: "aks" }).storage.ca;
        });
        assert.equal(ca?.driver, "disk.csi.azure.com");
        const names = recording.ofKind("StorageClass").map(({ name }) => name);
        assert.deepEqual(names, ["cluster-premium-zrs", "cluster-standard-ssd-zrs"]);
    });

    it("is the vendor's own class where it is named, with one Pod where its driver speaks CSI", async () => {
        for (const [vendor, storageClassName, modes] of [
            ["gke", "premium-rwo", RWOP],
            ["aks", "managed-csi-premium", RWOP],
            ["iks", "ibmc-vpc-block-metro-retain-10iops-tier", RWOP],
            ["iks-classic", "ibmc-block-retain-gold", RWO],
            ["gke", "mine", RWO],
        ] as const) {
            const recording = await onePeer({ vendor, storageClassName });
            assert.deepEqual(recording.ofKind("StorageClass"), []);
            assert.deepEqual(claimed(recording), [storageClassName, modes]);
        }
    });

    it("keeps an access mode that the program names", async () => {
        const recording = await onePeer({ vendor: "gke", ledgerAccessMode: "ReadWriteOnce" });
        assert.deepEqual(claimed(recording), ["kubefabric-pd-balanced", RWO]);
    });
});

describe("the storage of a cluster of anybody's", () => {
    for (const vendor of ["local", "other", undefined] as const) {
        it(`is the cluster's default class, for one node, on ${vendor ?? "one of which nothing is said"}`, async () => {
            const recording = await onePeer({ vendor }, { stateDatabase: "CouchDB" });
            assert.deepEqual(recording.ofKind("StorageClass"), []);
            assert.deepEqual(claimed(recording), ["placeholder-class", RWO]);
            assert.deepEqual(claimed(recording, "org1-peer0-state"), ["placeholder-class", RWO]);
        });
    }

    it("can be a class with its driver, which then decides the access mode", async () => {
        for (const [driver, modes] of [
            ["disk.csi.azure.com", RWOP],
            ["ebs.csi.aws.com", RWO],
            ["ibm.io/ibmc-block", RWO],
        ] as const) {
            const storage = { ledger: { storageClassName: "mine", driver } };
            assert.deepEqual(claimed(await onePeer({ storage })), ["mine", modes]);
        }
    });

    it("of one's own machine can be a profile that keeps its directories", async () => {
        const recording = await onePeer({ vendor: "local", storage: { ledger: "local-path" } });
        assert.deepEqual(claimed(recording), ["kubefabric-local-path", RWO]);
        const [storageClass] = recording.ofKind("StorageClass").map(inputsOf);
        assert.deepEqual(storageClass, {
            name: "kubefabric-local-path",
            provisioner: "rancher.io/local-path",
            parameters: {},
            volumeBindingMode: "WaitForFirstConsumer",
            allowVolumeExpansion: false,
            reclaimPolicy: "Retain",
        });
    });
});

describe("the storage of a node", () => {
    it("is a profile by its name, whose class is made once for all who name it", async () => {
        const recording = await recordNetwork(() => {
            const org = testOrg({ cluster: testCluster({ vendor: "gke" }) });
            for (const name of ["org1-peer0", "org1-peer1"]) {
                new PeerNode(name, { org, storage: "pd-ssd" });
            }
            new OrdererService("orderer", { org, nodes: 1, storage: "pd-ssd" });
        });
        for (const name of ["org1-peer0", "org1-peer1", "orderer-0"]) {
            assert.deepEqual(claimed(recording, `${name}-ledger`), ["kubefabric-pd-ssd", RWOP]);
        }
        const names = recording.ofKind("StorageClass").map(({ name }) => name);
        assert.deepEqual(names, ["cluster-pd-balanced", "cluster-pd-ssd"]);
    });

    it("is a LedgerStorageClass of the program's own", async () => {
        const recording = await recordNetwork(() => {
            const cluster = testCluster({ vendor: "iks" });
            const storage = new LedgerStorageClass("fast", {
                cluster,
                profile: "10iops-tier",
                encryptionKey: "crn:v1:key",
                storageClassName: "org1.fast",
                accessMode: "ReadWriteOnce",
                protection: "none",
            });
            new PeerNode("org1-peer0", { org: testOrg({ cluster }), storage });
        });
        assert.deepEqual(claimed(recording), ["org1.fast", RWO]);
        const fast = recording.find("StorageClass", "fast");
        assert.deepEqual((fast.inputs as { parameters?: object }).parameters, {
            profile: "10iops-tier",
            "csi.storage.k8s.io/fstype": "ext4",
            billingType: "hourly",
            encrypted: "true",
            encryptionKey: "crn:v1:key",
        });
        assert.equal(fast.protect, false);
        assert.equal(recording.resources.find(({ urn }) => urn === fast.parent)?.name, "fast");
    });

    it("is its CouchDB's too, unless that has storage of its own", async () => {
        const storage = { storageClassName: "mine", driver: "disk.csi.azure.com" };
        const peer = { storage, stateDatabase: "CouchDB" } as const;
        const same = await onePeer({ vendor: "aks" }, peer);
        assert.deepEqual(claimed(same, "org1-peer0-state"), ["mine", RWOP]);
        const couchDb = { storage: "premium-lrs", size: "40Gi" } as const;
        const own = await onePeer({ vendor: "aks" }, { ...peer, couchDb });
        assert.deepEqual(claimed(own), ["mine", RWOP]);
        assert.deepEqual(claimed(own, "org1-peer0-state"), ["kubefabric-premium-lrs", RWOP]);
    });

    it("tells its guard what nobody chose, and whether it grows", async () => {
        const guard = async (...args: Parameters<typeof onePeer>) => {
            const recording = await onePeer(...args);
            const { inputs } = recording.find("LedgerGuard", "org1-peer0-ledger-guard");
            return [inputs.leftOpen, inputs.grows];
        };
        assert.deepEqual(await guard({ vendor: "gke" }), [
            ["accessMode", "storageClassName"],
            true,
        ]);
        assert.deepEqual(await guard({ vendor: "local" }), [["accessMode"], undefined]);
        assert.deepEqual(await guard({ vendor: "gke" }, { storage: "pd-ssd" }), [
            ["accessMode"],
            true,
        ]);
        assert.deepEqual(await guard({ vendor: "gke", ledgerAccessMode: "ReadWriteOnce" }), [
            ["storageClassName"],
            true,
        ]);
        const storage = {
            storageClassName: "mine",
            driver: "rancher.io/local-path",
            accessMode: "ReadWriteOnce",
        } as const;
        assert.deepEqual(await guard({}, { storage }), [[], false]);
    });
});

describe("storage that a ledger cannot live on", () => {
    /** What a program that makes this is told; nothing of the component may have been registered. */
    async function refusal(
        cluster: Partial<ExistingClusterArgs>,
        peer?: Partial<PeerNodeArgs>,
    ): Promise<string[]> {
        let error: unknown;
        const recording = await recordNetwork(() => {
            try {
                const org = testOrg({ cluster: testCluster(cluster) });
                new PeerNode("org1-peer0", { org, ...peer });
            } catch (caught) {
                error = caught;
            }
        });
        assert.ok(error instanceof Error, "it was refused");
        const kind = peer === undefined ? "ExistingCluster" : "PeerNode";
        assert.deepEqual(recording.ofKind(kind), []);
        const [head, ...lines] = error.message.split("\n");
        assert.match(head!, new RegExp(`^${kind} ".*" has invalid arguments$`));
        return lines.map((line) => line.trim());
    }

    const many = "ReadWriteMany" as "ReadWriteOnce";
    const cases: [
        string,
        Partial<ExistingClusterArgs>,
        Partial<PeerNodeArgs> | undefined,
        RegExp,
    ][] = [
        [
            "many writers, wherever",
            {},
            { storage: { storageClassName: "mine", accessMode: many } },
            /^storage\.accessMode: "ReadWriteMany" lets more than one node have the volume.*; write "ReadWriteOncePod" or "ReadWriteOnce"$/,
        ],
        [
            "many writers on the whole cluster",
            { ledgerAccessMode: many },
            undefined,
            /^ledgerAccessMode: "ReadWriteMany" lets more than one node/,
        ],
        [
            "one Pod where the driver is not CSI",
            {
                vendor: "iks-classic",
                ledgerAccessMode: "ReadWriteOncePod",
                storageClassName: "ibmc-block-gold",
            },
            undefined,
            /^ledgerAccessMode: "ReadWriteOncePod" is not given by Classic block storage.*; write "ReadWriteOnce"$/,
        ],
        [
            "SMB by the name of the vendor's class",
            { vendor: "aks", storageClassName: "azurefile-csi" },
            undefined,
            /^storageClassName: "azurefile-csi" is Azure Files over SMB, standard, and no ledger lives on it: SMB: .*write profile "premium-zrs", or take a class such as "default"$/,
        ],
        [
            "NFS by its driver",
            { vendor: "gke" },
            { storage: { storageClassName: "mine", driver: "filestore.csi.storage.gke.io" } },
            /^storage\.driver: "filestore.csi.storage.gke.io" is Filestore.*no ledger lives on it: a network file system/,
        ],
        [
            "a driver that is not the class's",
            { vendor: "gke" },
            { storage: { storageClassName: "premium-rwo", driver: "disk.csi.azure.com" } },
            /^storage\.driver: "disk.csi.azure.com" is not the driver of class "premium-rwo"/,
        ],
        [
            "another vendor's profile",
            { vendor: "aks" },
            { storage: "pd-ssd" },
            /^storage: "pd-ssd" is no profile of aks; write one of "premium-zrs"/,
        ],
        [
            "a profile where nobody knows the vendor",
            {},
            { storage: "pd-ssd" },
            /^storage: "pd-ssd" is a vendor's profile, and the cluster's vendor is not known; set its vendor, or write/,
        ],
        [
            "a profile for the cluster that is none",
            { vendor: "gke", storage: { stateDatabase: "gold" as "pd-ssd" } },
            undefined,
            /^storage\.stateDatabase: "gold" is no profile of gke/,
        ],
        [
            "a disk that the machines cannot have",
            { vendor: "gke", machineTypes: ["n4-standard-4"] },
            { storage: "pd-ssd" },
            /^storage: "pd-ssd": machines of type "n4-standard-4" have no Persistent Disk, SSD; write "hyperdisk-balanced"$/,
        ],
        [
            "machines that have no disk in common",
            { vendor: "gke", machineTypes: ["n4-standard-4", "e2-standard-4"] },
            undefined,
            /^machineTypes: "hyperdisk-balanced": machines of type "e2-standard-4" have no Hyperdisk Balanced/,
        ],
        [
            "a size above the tier's largest",
            { vendor: "iks" },
            { ledgerSize: "5000Gi" },
            /^ledgerSize: "5000Gi" is more than VPC block storage, 10 IOPS per GB has.*; write "4800Gi"$/,
        ],
        [
            "a size below the tier's least",
            { vendor: "iks-classic" },
            { ledgerSize: "10Gi" },
            /^ledgerSize: "10Gi" is less than .*begins at 20Gi; write "20Gi"$/,
        ],
        [
            "a size of CouchDB that its storage does not have",
            { vendor: "gke" },
            { stateDatabase: "CouchDB", couchDb: { storage: "hyperdisk-balanced", size: "2Gi" } },
            /^couchDb\.size: "2Gi" is less than Hyperdisk Balanced has/,
        ],
        [
            "storage of CouchDB that is none",
            { vendor: "aks" },
            { stateDatabase: "CouchDB", couchDb: { storage: "gold" as "premium-lrs" } },
            /^couchDb\.storage: "gold" is no profile of aks/,
        ],
        ["a size that is none", {}, { ledgerSize: "10GB" }, /^ledgerSize: "10GB" ends in "GB"/],
        [
            "a key where the driver takes none",
            { vendor: "iks-classic", storage: { encryptionKey: "k" } },
            undefined,
            /^storage\.encryptionKey: is set, but Classic block storage.* takes no key/,
        ],
        [
            "two classes for one purpose",
            { vendor: "gke", storageClassName: "premium-rwo", storage: { ledger: "pd-ssd" } },
            undefined,
            /^storageClassName: is set, and so is storage\.ledger/,
        ],
    ];
    for (const [what, cluster, peer, why] of cases) {
        it(`fails on ${what}`, async () => {
            const lines = await refusal(cluster, peer);
            assert.equal(lines.length, 1, lines.join("\n"));
            assert.match(lines[0]!, why);
        });
    }

    it("fails on everything at once", async () => {
        const storage = {
            storageClassName: "azurefile",
            driver: "nfs.csi.k8s.io",
            accessMode: many,
        };
        const lines = await refusal({ vendor: "aks" }, { storage, ledgerSize: "0" });
        assert.deepEqual(
            lines.map((line) => line.split(":")[0]),
            ["storage.driver", "storage.driver", "storage.accessMode", "ledgerSize"],
        );
    });

    it("fails on an ordering service as on a peer", async () => {
        let message = "";
        await recordNetwork(() => {
            const org = testOrg({ cluster: testCluster({ vendor: "iks" }) });
            try {
                new OrdererService("orderer", { org, ledgerSize: "9Ti" });
            } catch (error) {
                ({ message } = error as Error);
            }
        });
        assert.match(message, /^OrdererService "orderer" .*\n {2}ledgerSize: "9Ti" is more than/);
    });

    it("fails on a StorageClass that no cluster can have", async () => {
        let message = "";
        await recordNetwork(() => {
            const cluster = testCluster({ vendor: "gke" });
            const args = { cluster, profile: "premium-zrs", storageClassName: "Fast_1" } as const;
            try {
                new LedgerStorageClass("fast", { ...args, accessMode: many });
            } catch (error) {
                ({ message } = error as Error);
            }
        });
        assert.deepEqual(
            message.split("\n").map((line) => line.trim().split(" ")[0]),
            ["LedgerStorageClass", "profile:", "storageClassName:", "accessMode:"],
        );
    });

    it("says so in under a second, the table and all", () => {
        const started = performance.now();
        assert.throws(
            () =>
                new ExistingCluster("cluster", {
                    kubeconfig: "",
                    vendor: "aks",
                    storageClassName: "azurefile",
                }),
            /no ledger lives on it/,
        );
        assert.ok(performance.now() - started < 1000);
    });
});

describe("the class of a cluster that this program makes", () => {
    it("goes when the cluster goes", async () => {
        const recording = await recordNetwork(() => {
            const managedCluster = new VendorCluster("managed");
            const cluster = { ...testCluster({ vendor: "local" }), managedCluster };
            new LedgerStorageClass("fast", { cluster, profile: "local-path" });
        });
        const { deletedWith } = recording.find("StorageClass", "fast");
        assert.match(deletedWith, /test:index:Cluster::managed$/);
    });
});
