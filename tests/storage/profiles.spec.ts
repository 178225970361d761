import assert from "node:assert/strict";

import {
    bindingProblem,
    defaultProfiles,
    machineProblem,
    machineSeriesOf,
    profileNames,
    profileProblems,
    rowOfId,
    rowOfProvisioner,
    sizeProblem,
    STORAGE_ROWS,
    storageProfile,
    type ProfileName,
    type Purpose,
} from "kubefabric/storage";
import { nodeNameProblem } from "kubefabric/internal/fabric/names";

const VENDORS = ["gke", "aks", "iks-vpc", "iks-classic", "local"] as const;
const PURPOSES: Purpose[] = ["ledger", "stateDatabase", "ca"];
const ALL = VENDORS.flatMap((vendor) => profileNames(vendor).map((name) => ({ vendor, name })));

describe("storage profiles", () => {
    it("are these, by vendor", () => {
        const names = Object.fromEntries(VENDORS.map((vendor) => [vendor, profileNames(vendor)]));
        assert.deepEqual(names, {
            gke: ["pd-balanced", "pd-ssd", "hyperdisk-balanced"],
            aks: [
                "premium-zrs",
                "premium-lrs",
                "premium-v2",
                "standard-ssd-zrs",
                "standard-ssd-lrs",
            ],
            "iks-vpc": ["10iops-tier", "5iops-tier", "general-purpose"],
            "iks-classic": ["classic-gold", "classic-silver", "classic-bronze"],
            local: ["local-path"],
        });
        assert.deepEqual(profileNames("any"), []);
    });

    for (const { vendor, name } of ALL) {
        const profile = storageProfile(name);

        it(`"${name}" has a class that the table knows as the tier it means`, () => {
            const { provisioner, parameters } = profile.storageClass;
            assert.equal(rowOfProvisioner(provisioner, parameters, vendor), profile.row);
        });

        it(`"${name}" keeps its disk, binds where the Pod runs, and grows where the driver can`, () => {
            const { reclaimPolicy, volumeBindingMode, allowVolumeExpansion } = profile.storageClass;
            assert.equal(reclaimPolicy, "Retain");
            assert.equal(volumeBindingMode, "WaitForFirstConsumer");
            assert.equal(bindingProblem(profile.row, { binding: volumeBindingMode }), undefined);
            assert.equal(allowVolumeExpansion, profile.row.expansion !== "no");
        });

        it(`"${name}" gives new claims to one Pod where the driver speaks CSI`, () => {
            const expected = profile.row.csi ? "ReadWriteOncePod" : "ReadWriteOnce";
            assert.equal(profile.accessMode, expected);
            const rule = profile.row.accessModes.Filesystem[profile.accessMode];
            assert.equal(rule.verdict, "always");
        });

        it(`"${name}" is fit for a ledger, of the usual size too`, () => {
            const fit = vendor === "local" ? "tests-only" : "recommended";
            assert.equal(profile.row.ledger.fit, fit);
            assert.notEqual(sizeProblem(profile.row, "20Gi")?.level, "refused");
            assert.equal(profile.sizeStep, profile.row.size.step);
        });

        it(`"${name}" can be part of a StorageClass's name`, () => {
            assert.equal(nodeNameProblem(`kubefabric-${name}`), undefined);
        });

        it(`"${name}" encrypts with a given key where its driver can`, () => {
            const key = profile.row.encryptionKeyParameter;
            const keyed = storageProfile(name, { encryptionKey: "my-key" }).storageClass.parameters;
            const plain = profile.storageClass.parameters;
            if (key === undefined) {
                assert.deepEqual(keyed, plain);
            } else {
                assert.equal(keyed[key], "my-key");
                assert.equal(key in plain, false);
                assert.equal(keyed.encrypted, vendor === "iks-vpc" ? "true" : undefined);
            }
        });
    }

    it("say the resource group of their disks where those go with it, and the key besides", () => {
        for (const name of profileNames("aks")) {
            const { parameters } = storageProfile(name).storageClass;
            const resourceGroupName = "ledgers";
            const grouped = storageProfile(name, { resourceGroupName }).storageClass;
            assert.deepEqual(grouped.parameters, { ...parameters, resourceGroup: "ledgers" });
            const both = storageProfile(name, { resourceGroupName, encryptionKey: "k" });
            assert.deepEqual(both.storageClass.parameters, {
                ...grouped.parameters,
                diskEncryptionSetID: "k",
            });
        }
        for (const name of VENDORS.filter((one) => one !== "aks").flatMap(profileNames)) {
            const { parameters } = storageProfile(name).storageClass;
            const grouped = storageProfile(name, { resourceGroupName: "ledgers" }).storageClass;
            assert.deepEqual(grouped.parameters, parameters);
        }
    });

    it("of IBM's VPC name no parameter that the driver does not know", () => {
        const known = [
            "profile",
            "csi.storage.k8s.io/fstype",
            "billingType",
            "encrypted",
            "encryptionKey",
        ];
        for (const name of profileNames("iks-vpc")) {
            const names = Object.keys(
                storageProfile(name, { encryptionKey: "crn:key" }).storageClass.parameters,
            );
            assert.deepEqual(
                names.filter((one) => !known.includes(one)),
                [],
            );
        }
    });

    it("of Premium SSD v2 have no host cache, which that disk does not take", () => {
        assert.equal(storageProfile("premium-v2").storageClass.parameters.cachingMode, "None");
    });
});

describe("defaultProfiles", () => {
    it("has one for ledger, state database and CA of every vendor", () => {
        const defaults = Object.fromEntries(
            VENDORS.map((vendor) => [
                vendor,
                PURPOSES.map((purpose) => defaultProfiles(vendor)[purpose]),
            ]),
        );
        assert.deepEqual(defaults, {
            gke: ["pd-balanced", "pd-balanced", "pd-balanced"],
            aks: ["premium-zrs", "premium-zrs", "standard-ssd-zrs"],
            "iks-vpc": ["10iops-tier", "10iops-tier", "general-purpose"],
            "iks-classic": ["classic-gold", "classic-gold", "classic-bronze"],
            local: ["local-path", "local-path", "local-path"],
        });
    });

    it("takes no profile of another vendor", () => {
        for (const vendor of VENDORS) {
            for (const name of Object.values(defaultProfiles(vendor))) {
                assert.deepEqual(profileProblems(vendor, name), []);
            }
        }
    });

    const machines: [string, ProfileName][] = [
        ["e2-standard-4", "pd-balanced"],
        ["n1-standard-4", "pd-balanced"],
        ["custom-4-8192", "pd-balanced"],
        ["n2-standard-4", "pd-balanced"],
        ["n2d-custom-4-8192", "pd-balanced"],
        ["c3-standard-4", "pd-balanced"],
        ["n4-standard-4", "hyperdisk-balanced"],
        ["c4-standard-8", "hyperdisk-balanced"],
        ["c4a-standard-8", "hyperdisk-balanced"],
        ["c4d-highcpu-8", "hyperdisk-balanced"],
        ["n9-standard-8", "hyperdisk-balanced"],
    ];
    for (const [type, ledger] of machines) {
        it(`takes ${ledger} on ${type}`, () => {
            assert.equal(defaultProfiles("gke", [type]).ledger, ledger);
            assert.equal(defaultProfiles("gke", [type]).stateDatabase, ledger);
            assert.deepEqual(profileProblems("gke", ledger, { machineTypes: [type] }), []);
        });
    }

    it("takes Hyperdisk where one of two pools needs it and the other has it", () => {
        const machineTypes = ["c3-standard-4", "n4-standard-4"];
        assert.equal(defaultProfiles("gke", machineTypes).ledger, "hyperdisk-balanced");
    });

    it("looks at machines on GKE only", () => {
        assert.equal(defaultProfiles("aks", ["n4-standard-4"]).ledger, "premium-zrs");
    });
});

describe("profileProblems", () => {
    it("fails on a name that is none, and lists the vendor's", () => {
        assert.deepEqual(profileProblems("gke", "gold"), [
            {
                path: "profile",
                reason:
                    '"gold" is no profile of gke; write one of "pd-balanced", "pd-ssd", ' +
                    '"hyperdisk-balanced"',
            },
        ]);
        assert.equal(
            profileProblems("any", "pd-ssd")[0]!.reason,
            "\"pd-ssd\" is a vendor's profile, and the cluster's vendor is not known; set its " +
                "vendor, or write a StorageClass with its driver",
        );
        assert.equal(profileProblems("gke", "toString").length, 1);
    });

    it("fails on another vendor's", () => {
        for (const { vendor, name } of ALL) {
            for (const other of VENDORS.filter((one) => one !== vendor)) {
                assert.equal(profileProblems(other, name).length, 1, `${name} on ${other}`);
            }
            assert.deepEqual(profileProblems(vendor, name), []);
        }
    });

    it("fails on machines that cannot have the disk, each of them, with the profile that works", () => {
        const machineTypes = ["n4-standard-4", "c3-standard-4", "c4-standard-8"];
        assert.deepEqual(
            profileProblems("gke", "pd-balanced", { machineTypes }).map(({ reason }) => reason),
            ["n4-standard-4", "c4-standard-8"].map(
                (type) =>
                    `"pd-balanced": machines of type "${type}" have no Persistent Disk, balanced; ` +
                    'write "hyperdisk-balanced"',
            ),
        );
        const [old] = profileProblems("gke", "hyperdisk-balanced", { machineTypes: ["e2-small"] });
        assert.match(old!.reason, /write "pd-balanced" or "pd-ssd"$/);
    });

    it("fails on a key where the driver takes none", () => {
        const [problem] = profileProblems("iks-classic", "classic-gold", { encryptionKey: "k" });
        assert.equal(problem?.path, "encryptionKey");
        assert.deepEqual(profileProblems("aks", "premium-zrs", { encryptionKey: "k" }), []);
    });
});

describe("machineProblem", () => {
    it("says nothing of a machine that is newer than the table, nor of storage for all machines", () => {
        assert.equal(machineProblem(rowOfId("gke/pd-ssd")!, "n9-standard-4"), undefined);
        assert.equal(machineProblem(rowOfId("gke/filestore-zonal")!, "n4-standard-4"), undefined);
    });

    it("reads the series before the first dash", () => {
        assert.equal(machineSeriesOf("N4-standard-8"), "n4");
        assert.equal(machineSeriesOf("custom-2-4096"), "n1");
        assert.equal(machineSeriesOf("g1-small"), "g1");
    });

    it("leaves every series that is known a disk for its ledgers", () => {
        const series = new Set(STORAGE_ROWS.flatMap(({ machineSeries = [] }) => machineSeries));
        const without = [...series].filter((one) =>
            profileNames("gke").every((name) =>
                machineProblem(storageProfile(name).row, `${one}-standard-4`),
            ),
        );
        assert.deepEqual(without, []);
    });

    it("fails on a resource group where disks are in none that goes with the cluster", () => {
        for (const vendor of VENDORS.filter((one) => one !== "aks")) {
            const { ledger } = defaultProfiles(vendor);
            const problems = profileProblems(vendor, ledger, { resourceGroupName: "ledgers" });
            assert.deepEqual(
                problems.map(({ path }) => path),
                ["resourceGroupName"],
            );
        }
        const asked = { resourceGroupName: "ledgers" };
        assert.deepEqual(profileProblems("aks", "premium-zrs", asked), []);
    });
});
