import assert from "node:assert/strict";

import { ExistingCluster, FabricOrg, LedgerStorageClass, PeerNode } from "kubefabric";
import { AksCluster, type AksClusterArgs } from "kubefabric/aks";
import { checkAksClusterArgs } from "kubefabric/internal/components/clusters/aksClusterProblems";
import { REGIONS_WITHOUT_ZONES } from "kubefabric/internal/components/clusters/aksRegions";
import { checkRecording, type Recording } from "kubefabric/testing";

import { recordAks } from "../support/aks.ts";
import { KUBECONFIG, recordNetwork } from "../support/network.ts";

/** What a program is told that makes something; nothing more may have been registered. */
async function refusal(make: () => unknown, before: () => unknown = () => {}): Promise<string[]> {
    let message = "";
    const alone = await recordNetwork(before);
    const recording = await recordNetwork(() => {
        before();
        try {
            make();
        } catch (error) {
            ({ message } = error as Error);
        }
    });
    assert.equal(recording.resources.length, alone.resources.length);
    const [, ...lines] = message.split("\n");
    return lines.map((line) => line.trim());
}

const refused = (args: Partial<AksClusterArgs>) =>
    refusal(() => new AksCluster("prod", { location: "westeurope", ...args }));

/** Name and parameters of the classes that were made. */
function classesOf(recording: Recording): Record<string, Record<string, string>> {
    const made = recording.ofKind("StorageClass").map(({ inputs }) => {
        const { metadata, parameters } = inputs as {
            metadata: { name: string };
            parameters: Record<string, string>;
        };
        return [metadata.name, parameters] as const;
    });
    return Object.fromEntries(made);
}

describe("disks of an AKS cluster in a region without zones", () => {
    const LRS = {
        ledger: "premium-lrs",
        stateDatabase: "premium-lrs",
        ca: "standard-ssd-lrs",
    } as const;

    it("fail to be what they usually are, with what to write", async () => {
        assert.deepEqual(await refused({ location: "westus" }), [
            'zones: is not set, and "westus" has no zones; write zones: [], and storage: ' +
                '{ ledger: "premium-lrs", stateDatabase: "premium-lrs", ca: "standard-ssd-lrs" }, or the ' +
                "zones, should it have some by now",
        ]);
        assert.deepEqual(await refused({ location: "westus", storage: LRS }), [
            'zones: is not set, and "westus" has no zones; write zones: [], or the zones, should it have ' +
                "some by now",
        ]);
    });

    it("fail to be in three zones by choice", async () => {
        const storage = { ...LRS, ledger: "premium-zrs", ca: "standard-ssd-zrs" } as const;
        assert.deepEqual(await refused({ location: "westus", zones: [], storage }), [
            'storage.ledger: "premium-zrs" is in three zones, and "westus" has none; write "premium-lrs"',
            'storage.ca: "standard-ssd-zrs" is in three zones, and "westus" has none; write "standard-ssd-lrs"',
        ]);
    });

    it("fail on machines without Premium SSDs, with disks that the region has", async () => {
        const [line] = await refused({ location: "westus", zones: [], vmSize: "Standard_D4_v5" });
        assert.match(line!, /^zones: /);
        const asked = { vmSize: "Standard_D4_v5", storage: LRS };
        const [size, ...more] = await refused({ location: "westus", zones: [], ...asked });
        assert.match(
            size!,
            /^vmSize: .*storage: { ledger: "standard-ssd-lrs", stateDatabase: "standard-ssd-lrs" }$/,
        );
        assert.deepEqual(more, []);
    });

    const right: Partial<AksClusterArgs>[] = [
        { location: "westus", zones: [], storage: LRS },
        // Azure may have built zones since the list was written.
        { location: "westus", zones: ["1", "2", "3"] },
        { location: "westus", zones: ["1"], storage: { ...LRS, ledger: "premium-zrs" } },
        // Nothing is known of other clouds of Azure.
        { location: "usgovtexas" },
        // In a region with zones, a disk of three zones is attached to nodes outside of all, too.
        { location: "westeurope", zones: [], storage: { ...LRS, ledger: "premium-zrs" } },
        { location: "westeurope", zones: [], storage: { ...LRS, ledger: "premium-v2" } },
    ];
    for (const args of right) {
        it(`may be ${JSON.stringify(args)}`, async () => {
            const { recording } = await recordAks(args);
            assert.equal(recording.ofKind("AksCluster").length, 1);
        });
    }

    it("are in regions as Azure's templates write them, each once", () => {
        assert.equal(new Set(REGIONS_WITHOUT_ZONES).size, REGIONS_WITHOUT_ZONES.length);
        for (const location of REGIONS_WITHOUT_ZONES) {
            assert.deepEqual(
                checkAksClusterArgs("prod", { location, zones: [], storage: LRS }),
                [],
            );
        }
        for (const location of ["westeurope", "eastus", "germanywestcentral", "westus2"]) {
            assert.ok(!REGIONS_WITHOUT_ZONES.includes(location), location);
        }
    });
});

describe("disks of an AKS cluster in a resource group that outlives it", () => {
    const GROUP = "Ledgers_EU";

    /** A cluster with a peer, its CouchDB and a class of the program's own. */
    const network = (storage: AksClusterArgs["storage"]) =>
        recordNetwork(() => {
            const cluster = new AksCluster("prod", { location: "westeurope", storage });
            const org = new FabricOrg("org1", { cluster, mspId: "Org1MSP" });
            new PeerNode("org1-peer0", { org, stateDatabase: "CouchDB" });
            new PeerNode("org1-peer1", { org, storage: "premium-lrs" });
            const own = new LedgerStorageClass("own", { cluster, profile: "premium-v2" });
            new PeerNode("org1-peer2", { org, storage: own });
        });
    const classOf = (recording: Recording, claim: string) =>
        (recording.find("PersistentVolumeClaim", claim).inputs as { spec: Record<string, unknown> })
            .spec.storageClassName;

    it("are there whatever class they are of", async () => {
        const recording = await network({ resourceGroupName: GROUP });
        const classes = classesOf(recording);
        assert.deepEqual(Object.keys(classes).sort(), [
            "kubefabric-premium-lrs-in-ledgers-eu",
            "kubefabric-premium-v2-in-ledgers-eu",
            "kubefabric-premium-zrs-in-ledgers-eu",
        ]);
        for (const [name, parameters] of Object.entries(classes)) {
            assert.equal(parameters.resourceGroup, GROUP, name);
        }
        assert.deepEqual(
            ["peer0-ledger", "peer0-state", "peer1-ledger", "peer2-ledger"].map((claim) =>
                classOf(recording, `org1-${claim}`),
            ),
            ["zrs", "zrs", "lrs", "v2"].map((tier) => `kubefabric-premium-${tier}-in-ledgers-eu`),
        );
        const worse = checkRecording(recording).filter(({ level }) => level !== "advisory");
        assert.deepEqual(worse, []);
    });

    it("are in the group of the nodes where none is written, as before", async () => {
        const classes = classesOf(await network(undefined));
        assert.deepEqual(Object.keys(classes).sort(), [
            "kubefabric-premium-lrs",
            "kubefabric-premium-v2",
            "kubefabric-premium-zrs",
        ]);
        for (const [name, parameters] of Object.entries(classes)) {
            assert.equal("resourceGroup" in parameters, false, name);
        }
    });

    it("are encrypted with a key, too, on a class that says both", async () => {
        const encryptionKey = "/subscriptions/s/diskEncryptionSets/k";
        const { recording } = await recordAks({
            storage: { encryptionKey, resourceGroupName: "ledgers" },
        });
        const classes = classesOf(recording);
        const [name, ...more] = Object.keys(classes);
        assert.deepEqual([name, ...more], ["kubefabric-premium-zrs-encrypted-in-ledgers"]);
        const { diskEncryptionSetID, resourceGroup, skuName } = classes[name!]!;
        assert.deepEqual(
            [diskEncryptionSetID, resourceGroup, skuName],
            [encryptionKey, "ledgers", "Premium_ZRS"],
        );
    });

    it("can be of a class that says another group, or has another name", async () => {
        const recording = await recordNetwork(() => {
            const storage = { resourceGroupName: "ledgers" };
            const cluster = new AksCluster("prod", { location: "westeurope", storage });
            const more = { resourceGroupName: "others", storageClassName: "mine" };
            new LedgerStorageClass("own", { cluster, profile: "premium-v2", ...more });
        });
        assert.equal(classesOf(recording).mine?.resourceGroup, "others");
    });

    it("are there in a cluster that is there already, too", async () => {
        const recording = await recordNetwork(() => {
            const storage = { resourceGroupName: "ledgers" };
            new ExistingCluster("prod", { kubeconfig: KUBECONFIG, vendor: "aks", storage });
        });
        const classes = classesOf(recording);
        assert.equal(classes["kubefabric-premium-zrs-in-ledgers"]?.resourceGroup, "ledgers");
    });

    it("have a class that stays the same resource: another group is refused, it is protected", async () => {
        const classIn = async (storage: AksClusterArgs["storage"]) =>
            (await recordAks({ storage })).recording.find("StorageClass", "prod-premium-zrs");
        const [before, after] = [
            await classIn(undefined),
            await classIn({ resourceGroupName: "l" }),
        ];
        assert.equal(after.urn, before.urn);
        assert.deepEqual([before.protect, before.retainOnDelete], [true, true]);
        assert.notDeepEqual(after.inputs.metadata, before.inputs.metadata);
    });

    const path = /^storage\.resourceGroupName: /;
    const cases: [string, Partial<AksClusterArgs>, RegExp][] = [
        [
            "of the nodes by its name",
            { storage: { resourceGroupName: "mc_group_prod_westeurope" } },
            /"mc_group_prod_westeurope" is the group of a cluster's nodes, which Azure deletes with the cluster; write one that outlives it$/,
        ],
        [
            "of the nodes by choice",
            {
                storage: { resourceGroupName: "Nodes" },
                clusterArgs: { nodeResourceGroup: "nodes" },
            },
            /"Nodes" is the group of the cluster's nodes, too \(clusterArgs\.nodeResourceGroup\), which Azure deletes with the cluster; write one/,
        ],
        ...["", "a b", "ledgers.", "()", "x".repeat(91)].map(
            (resourceGroupName): [string, Partial<AksClusterArgs>, RegExp] => [
                `named ${JSON.stringify(resourceGroupName)}`,
                { storage: { resourceGroupName } },
                /is not the name of a resource group; write one such as "ledgers"$/,
            ],
        ),
        [
            "where a class of one's own is elsewhere",
            {
                storage: {
                    resourceGroupName: "ledgers",
                    stateDatabase: { storageClassName: "mine" },
                    ledger: { storageClassName: "mine" },
                },
            },
            /is set, and a class of your own, which ledger, stateDatabase would be on, says itself where its disks are; write profiles, as in storage: { ledger: "premium-zrs", stateDatabase: "premium-zrs" }$/,
        ],
    ];
    for (const [what, args, why] of cases) {
        it(`fail on a group ${what}`, async () => {
            const [line, ...more] = await refused(args);
            assert.match(line ?? "", path);
            assert.match(line ?? "", why);
            assert.deepEqual(more, []);
        });
    }

    it("may be in groups with any name that Azure takes", async () => {
        for (const resourceGroupName of ["l", "x".repeat(90), "a.b-c_d(e)", "1"]) {
            const { recording } = await recordAks({ storage: { resourceGroupName } });
            const [name] = Object.keys(classesOf(recording));
            assert.match(name!, /^kubefabric-premium-zrs-in-[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
        }
    });

    const storage = { resourceGroupName: "ledgers" };
    const elsewhere: [string, object, RegExp][] = [
        [
            "in a cluster of GKE",
            { vendor: "gke", storage },
            /is set, but Persistent Disk, balanced does not go with the cluster's resource group; take it/,
        ],
        [
            "in one of anybody's",
            { storage },
            /is set, and the cluster's vendor is not known; set its/,
        ],
        [
            "on one class for all",
            { vendor: "aks", storageClassName: "managed-csi-premium", storage },
            /which ledger, stateDatabase, ca would be on, says itself/,
        ],
    ];
    for (const [where, args, why] of elsewhere) {
        it(`fail ${where}`, async () => {
            const [line, ...more] = await refusal(
                () => new ExistingCluster("prod", { kubeconfig: KUBECONFIG, ...args }),
            );
            assert.match(line ?? "", path);
            assert.match(line ?? "", why);
            assert.deepEqual(more, []);
        });
    }

    it("fail as a class of the program's own where there is no such group", async () => {
        let cluster!: ExistingCluster;
        const [line, ...more] = await refusal(
            () =>
                new LedgerStorageClass("own", {
                    cluster,
                    profile: "pd-ssd",
                    resourceGroupName: "ledgers",
                }),
            () => {
                cluster = new ExistingCluster("prod", { kubeconfig: KUBECONFIG, vendor: "gke" });
            },
        );
        assert.match(
            line ?? "",
            /^resourceGroupName: is set, but Persistent Disk, SSD does not go/,
        );
        assert.deepEqual(more, []);
    });
});
