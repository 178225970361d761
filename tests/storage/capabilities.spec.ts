import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { Ajv } from "ajv";
import {
    ACCESS_MODES,
    knownClass,
    rowOfClass,
    rowOfId,
    rowOfProvisioner,
    rowOfVolumeSource,
    rowsFor,
    rowsOfProvisioner,
    STORAGE_ROWS,
    type AccessMode,
    type Condition,
    type StorageVendor,
    type VolumeMode,
} from "kubefabric/storage";

const read = (file: string) =>
    JSON.parse(readFileSync(new URL(`../../storage/${file}`, import.meta.url), "utf8"));
const written = read("capabilities.json");

const MODES = Object.keys(ACCESS_MODES) as AccessMode[];
const VOLUME_MODES: VolumeMode[] = ["Filesystem", "Block"];
const VENDORS: StorageVendor[] = ["gke", "aks", "iks-vpc", "iks-classic", "local", "any"];

describe("the table of storage", () => {
    const validate = new Ajv({ allErrors: true, strict: true }).compile(
        read("capabilities.schema.json"),
    );

    it("has the form that its schema says", () => {
        assert.ok(validate(written), JSON.stringify(validate.errors, undefined, 2));
    });

    const broken: [string, (table: typeof written) => void][] = [
        ["a row without a source", (table) => (table.rows[0].sources = [])],
        ["a row that does not say how it is known", (table) => delete table.rows[0].verified],
        [
            "a driver without a verdict for one mode",
            (table) => delete table.accessModes["csi-files"].Block.ReadWriteMany,
        ],
        [
            "a verdict without its reason",
            (table) => (table.accessModes["csi-files"].Block.ReadWriteMany = { verdict: "never" }),
        ],
        [
            "a condition that no program can check",
            (table) =>
                (table.accessModes["csi-files"].Filesystem.ReadOnlyMany = {
                    verdict: "only-if",
                    condition: { kind: "goodWeather" },
                    sentence: "only in good weather",
                }),
        ],
        ["a field that nobody reads", (table) => (table.rows[0].speed = "fast")],
        ["a size in other words", (table) => (table.rows[0].size.max = "64 TiB")],
        ["a source that is no address", (table) => (table.sources["pd-modes"] = "utils.go")],
    ];
    for (const [what, breakIt] of broken) {
        it(`fails on ${what}`, () => {
            const table = structuredClone(written);
            breakIt(table);
            assert.equal(validate(table), false);
        });
    }

    it("has a verdict for all four modes and both volume modes in every row", () => {
        for (const { id, accessModes } of STORAGE_ROWS) {
            assert.deepEqual(Object.keys(accessModes).sort(), [...VOLUME_MODES].sort(), id);
            for (const volumeMode of VOLUME_MODES) {
                assert.deepEqual(Object.keys(accessModes[volumeMode]).sort(), [...MODES].sort());
            }
        }
    });

    it("names an address for every row, and none that no row needs", () => {
        for (const { id, sources } of STORAGE_ROWS) {
            assert.ok(sources.length > 0, id);
            for (const source of sources) {
                assert.match(source, /^https:\/\//, id);
            }
        }
        const used = new Set(STORAGE_ROWS.flatMap(({ sources }) => sources));
        assert.deepEqual(
            Object.values<string>(written.sources as Record<string, string>).filter(
                (source) => !used.has(source),
            ),
            [],
        );
    });

    it("reads source code at a commit where a row says that it was read", () => {
        for (const { id, verified, sources } of STORAGE_ROWS) {
            const atCommit = sources.filter((source) => /\/blob\/[0-9a-f]{40}\//.test(source));
            assert.equal(verified !== "source" || atCommit.length > 0, true, id);
        }
    });

    it("says of every row that is not verified what is not", () => {
        for (const { id, verified, unverified } of STORAGE_ROWS) {
            assert.equal(verified === "unverified" && unverified.length === 0, false, id);
        }
    });

    it("has every row once, and every class of a vendor in one row", () => {
        const ids = STORAGE_ROWS.map(({ id }) => id);
        assert.equal(new Set(ids).size, ids.length);
        for (const vendor of VENDORS.filter((one) => one !== "local")) {
            const names = rowsFor(vendor).flatMap(({ classes }) => classes.map(({ name }) => name));
            assert.deepEqual(
                names.filter((name, index) => names.indexOf(name) !== index),
                [],
                vendor,
            );
        }
    });

    it("gives ReadWriteOncePod on every CSI driver, and else only on local-path, which checks it", () => {
        for (const { id, csi, accessModes } of STORAGE_ROWS) {
            const { verdict } = accessModes.Filesystem.ReadWriteOncePod;
            assert.equal(verdict, csi || id === "local/local-path" ? "always" : "never", id);
        }
    });

    it("lets every storage be mounted by one node, with a file system", () => {
        for (const { id, accessModes } of STORAGE_ROWS) {
            assert.equal(accessModes.Filesystem.ReadWriteOnce.verdict, "always", id);
        }
    });

    it("calls no storage fit for a ledger that is not a disk or a directory of one's own machine", () => {
        for (const { id, kind, ledger } of STORAGE_ROWS) {
            const isShared = kind === "file" || kind === "object";
            assert.equal(isShared ? ledger.fit : "else", isShared ? "never" : "else", id);
            assert.equal(ledger.fit === "recommended" && kind !== "disk", false, id);
        }
    });

    it("asks for a parameter only by a name that a class can have", () => {
        const names = (condition: Condition): string[] =>
            "of" in condition
                ? condition.of.flatMap(names)
                : condition.kind === "parameter"
                  ? [condition.name]
                  : [];
        const rules = STORAGE_ROWS.flatMap(({ accessModes }) =>
            VOLUME_MODES.flatMap((volumeMode) => Object.values(accessModes[volumeMode])),
        );
        const asked = rules.flatMap((rule) =>
            rule.verdict === "only-if" ? names(rule.condition) : [],
        );
        assert.deepEqual([...new Set(asked)].sort(), ["maxShares"]);
    });

    it("bills in sizes that ascend and end with the largest", () => {
        for (const { id, size } of STORAGE_ROWS) {
            if (size.billed !== undefined) {
                assert.equal(size.billed.at(-1), size.max, id);
            }
        }
    });
});

describe("rowsFor", () => {
    it("gives every vendor rows of its own, and what works anywhere behind them", () => {
        for (const vendor of VENDORS.filter((one) => one !== "any")) {
            const rows = rowsFor(vendor);
            const own = rows.filter(({ vendors }) => vendors.includes(vendor));
            assert.ok(own.length >= 3, vendor);
            assert.deepEqual(rows, [...own, ...rowsFor("any")]);
        }
    });

    it("loses no row", () => {
        const all = new Set(VENDORS.flatMap((vendor) => rowsFor(vendor)));
        assert.equal(all.size, STORAGE_ROWS.length);
    });
});

describe("rowOfClass", () => {
    const known: [StorageVendor, string, string][] = [
        ["gke", "standard-rwo", "gke/pd-balanced"],
        ["gke", "premium-rwo", "gke/pd-ssd"],
        ["gke", "standard", "gke/pd-standard"],
        ["gke", "enterprise-multishare-rwx", "gke/filestore-multishare"],
        ["aks", "default", "aks/azure-disk-standard-ssd"],
        ["aks", "managed-csi-premium", "aks/azure-disk-premium-ssd"],
        ["aks", "azurefile-csi", "aks/azure-files-smb-standard"],
        ["iks-vpc", "ibmc-vpc-block-metro-retain-10iops-tier", "iks-vpc/block-10iops-tier"],
        ["iks-vpc", "ibmc-vpcblock-odf-ret-general", "iks-vpc/block-general-purpose"],
        ["iks-vpc", "ibmc-vpc-file-metro-retain-500-iops", "iks-vpc/file-dp2"],
        ["iks-classic", "ibmc-block-retain-gold", "iks-classic/block-gold"],
        ["iks-classic", "ibmc-s3fs-vault-regional", "iks/cos-s3fs"],
        ["local", "standard", "local/local-path"],
        ["local", "local-path", "local/local-path"],
        ["local", "hostpath", "local/docker-desktop"],
        ["gke", "px-csi-db", "any/portworx"],
    ];
    for (const [vendor, name, id] of known) {
        it(`knows "${name}" of ${vendor}`, () => {
            assert.equal(rowOfClass(vendor, name)?.id, id);
        });
    }

    it("knows no class of another vendor, and none that nobody makes", () => {
        assert.equal(rowOfClass("aks", "standard-rwo"), undefined);
        assert.equal(rowOfClass("gke", "gold"), undefined);
    });

    it("knows how IBM's classes bind: at once, but for those of a metro", () => {
        for (const row of rowsFor("iks-vpc")) {
            for (const { name, binding, reclaim } of row.classes.filter(({ name }) =>
                /^ibmc-vpc-(block|file)-(?!regional)/.test(name),
            )) {
                const metro = name.includes("-metro-");
                assert.equal(binding, metro ? "WaitForFirstConsumer" : "Immediate", name);
                assert.equal(reclaim, name.includes("-retain-") ? "Retain" : "Delete", name);
            }
        }
    });
});

describe("knownClass", () => {
    it("says what is known of a class of the row, and nothing of another's", () => {
        const row = rowOfId("gke/pd-balanced")!;
        assert.equal(knownClass(row, "standard-rwo")?.isDefault, true);
        assert.equal(knownClass(row, "premium-rwo"), undefined);
    });
});

describe("rowOfProvisioner", () => {
    const known: [string, Record<string, string>, string | undefined][] = [
        ["pd.csi.storage.gke.io", { type: "pd-ssd" }, "gke/pd-ssd"],
        ["pd.csi.storage.gke.io", { TYPE: "PD-SSD" }, "gke/pd-ssd"],
        ["pd.csi.storage.gke.io", {}, "gke/pd-standard"],
        ["pd.csi.storage.gke.io", { "replication-type": "regional-pd" }, "gke/pd-standard"],
        ["pd.csi.storage.gke.io", { type: "pd-future" }, undefined],
        ["kubernetes.io/gce-pd", { type: "pd-balanced" }, "gke/pd-balanced"],
        ["disk.csi.azure.com", {}, "aks/azure-disk-standard-ssd"],
        ["disk.csi.azure.com", { skuName: "Premium_ZRS" }, "aks/azure-disk-premium-ssd"],
        ["disk.csi.azure.com", { skuname: "premiumv2_lrs" }, "aks/azure-disk-premium-ssd-v2"],
        [
            "kubernetes.io/azure-disk",
            { storageaccounttype: "Premium_LRS" },
            "aks/azure-disk-premium-ssd",
        ],
        ["disk.csi.azure.com", { skuName: "Standard_LRS" }, "aks/azure-disk-standard-hdd"],
        ["file.csi.azure.com", {}, "aks/azure-files-smb-standard"],
        ["file.csi.azure.com", { protocol: "smb" }, "aks/azure-files-smb-standard"],
        ["file.csi.azure.com", { skuName: "Premium_LRS" }, "aks/azure-files-smb-premium"],
        ["file.csi.azure.com", { protocol: "nfs" }, "aks/azure-files-nfs"],
        ["file.csi.azure.com", { protocol: "nfs", skuName: "Premium_LRS" }, "aks/azure-files-nfs"],
        ["filestore.csi.storage.gke.io", { tier: "enterprise" }, "gke/filestore-enterprise"],
        [
            "filestore.csi.storage.gke.io",
            { tier: "enterprise", multishare: "true" },
            "gke/filestore-multishare",
        ],
        ["filestore.csi.storage.gke.io", { network: "default" }, "gke/filestore-basic-hdd"],
        ["vpc.block.csi.ibm.io", { profile: "5iops-tier" }, "iks-vpc/block-5iops-tier"],
        ["vpc.block.csi.ibm.io", {}, undefined],
        ["ibm.io/ibmc-block", { type: "Endurance", iopsPerGB: "10" }, "iks-classic/block-gold"],
        ["ibm.io/ibmc-block", { type: "Performance" }, "iks-classic/block-custom"],
        ["rancher.io/local-path", { nodePath: "/data" }, "local/local-path"],
        ["nfs.csi.k8s.io", { server: "nfs.example.com", share: "/" }, "any/nfs-csi"],
        ["ebs.csi.aws.com", { type: "gp3" }, undefined],
    ];
    for (const [provisioner, parameters, id] of known) {
        it(`finds ${id ?? "nothing"} for ${provisioner} with ${JSON.stringify(parameters)}`, () => {
            assert.equal(rowOfProvisioner(provisioner, parameters)?.id, id);
        });
    }

    it("keeps to a vendor's storage where the vendor is named", () => {
        assert.equal(rowOfProvisioner("pd.csi.storage.gke.io", {}, "aks"), undefined);
        assert.equal(rowOfProvisioner("nfs.csi.k8s.io", {}, "aks")?.id, "any/nfs-csi");
    });

    it("finds every tier again by the first of its own parameters", () => {
        for (const { id, provisioners, parameters } of STORAGE_ROWS) {
            const [provisioner] = provisioners;
            if (provisioner !== undefined) {
                const given = Object.fromEntries(
                    Object.entries(parameters).flatMap(([name, values]) =>
                        values[0] === "" ? [] : [[name, values[0]!]],
                    ),
                );
                assert.equal(rowOfProvisioner(provisioner, given)?.id, id, id);
            }
        }
    });

    it("gives all tiers of a driver where parameters are not known", () => {
        assert.equal(rowsOfProvisioner("vpc.block.csi.ibm.io").length, 5);
        assert.deepEqual(rowsOfProvisioner("vpc.block.csi.ibm.io", "gke"), []);
    });
});

describe("rowOfVolumeSource", () => {
    it("finds the storage of a volume that was made beforehand without CSI", () => {
        assert.equal(rowOfVolumeSource("nfs")?.id, "any/nfs");
        assert.equal(rowOfVolumeSource("hostPath")?.id, "any/host-path");
        assert.equal(rowOfVolumeSource("local")?.id, "any/local-static");
        assert.equal(rowOfVolumeSource("gcePersistentDisk")?.id, "gke/pd-standard");
        assert.equal(rowOfVolumeSource("csi"), undefined);
    });
});
