import assert from "node:assert/strict";

import {
    LEDGER_ACCESS_MODES,
    ledgerAccessMode,
    ledgerGrows,
    ledgerPlaceProblems,
    ledgerRows,
    ledgerSizeProblem,
    rowsFor,
    STORAGE_ROWS,
    storageProfile,
    profileNames,
    type LedgerPlace,
} from "kubefabric/storage";

const ids = (place: LedgerPlace) => ledgerRows(place).map(({ id }) => id);

describe("ledgerRows", () => {
    it("is the one tier that a vendor's class means", () => {
        assert.deepEqual(ids({ vendor: "gke", storageClassName: "premium-rwo" }), ["gke/pd-ssd"]);
    });

    it("is the tier of driver and parameters, whoever runs the cluster", () => {
        const driver = "pd.csi.storage.gke.io";
        const parameters = { type: "pd-ssd" };
        for (const vendor of ["gke", undefined, "aks"] as const) {
            const place = { vendor, storageClassName: "mine", driver, parameters };
            assert.deepEqual(ids(place), ["gke/pd-ssd"]);
        }
        assert.deepEqual(ids({ driver, parameters: { type: "unheard-of" } }), []);
    });

    it("is every tier of a driver without its parameters", () => {
        const place = { storageClassName: "mine", driver: "vpc.block.csi.ibm.io" };
        assert.equal(ledgerRows(place).length, 5);
        assert.equal(ledgerRows({ ...place, vendor: "iks-vpc" }).length, 5);
    });

    it("is the class's own tier where driver and class say the same", () => {
        const place = {
            vendor: "aks",
            storageClassName: "managed-csi-premium",
            driver: "disk.csi.azure.com",
        } as const;
        assert.deepEqual(ids(place), ["aks/azure-disk-premium-ssd"]);
    });

    it("is nothing where nothing is known", () => {
        assert.deepEqual(ids({}), []);
        assert.deepEqual(ids({ storageClassName: "standard-rwo" }), []);
        assert.deepEqual(ids({ vendor: "gke", storageClassName: "mine" }), []);
        assert.deepEqual(ids({ driver: "ebs.csi.aws.com", parameters: {} }), []);
    });
});

describe("ledgerAccessMode", () => {
    it("is one Pod where the driver speaks CSI, one node where it does not or is not known", () => {
        assert.equal(ledgerAccessMode([]), "ReadWriteOnce");
        for (const row of STORAGE_ROWS) {
            assert.equal(
                ledgerAccessMode([row]),
                row.csi ? "ReadWriteOncePod" : "ReadWriteOnce",
                row.id,
            );
        }
    });

    it("is never one that the storage does not give", () => {
        for (const row of STORAGE_ROWS) {
            const rule = row.accessModes.Filesystem[ledgerAccessMode([row])];
            assert.equal(rule.verdict, "always", row.id);
        }
    });
});

describe("ledgerPlaceProblems", () => {
    const aks = { vendor: "aks", storageClassName: "managed-csi-premium" } as const;

    it("finds nothing in any profile with its own access mode", () => {
        for (const vendor of ["gke", "aks", "iks-vpc", "iks-classic", "local"] as const) {
            for (const name of profileNames(vendor)) {
                const { storageClass, accessMode } = storageProfile(name);
                const { provisioner: driver, parameters } = storageClass;
                const place = { vendor, storageClassName: "mine", driver, parameters, accessMode };
                assert.deepEqual(ledgerPlaceProblems(place), [], name);
            }
        }
    });

    it("finds nothing in a class that is not known, with a mode of a ledger", () => {
        for (const accessMode of LEDGER_ACCESS_MODES) {
            assert.deepEqual(ledgerPlaceProblems({ storageClassName: "mine", accessMode }), []);
        }
    });

    for (const accessMode of ["ReadWriteMany", "ReadOnlyMany"]) {
        it(`fails on ${accessMode}, known storage or not, and offers what works there`, () => {
            const why = `"${accessMode}" lets more than one node have the volume, and two writers destroy a ledger`;
            const csi = `${why}; write "ReadWriteOncePod" or "ReadWriteOnce"`;
            assert.deepEqual(ledgerPlaceProblems({ ...aks, accessMode }), [
                { path: "accessMode", reason: csi },
            ]);
            assert.deepEqual(ledgerPlaceProblems({ storageClassName: "mine", accessMode }), [
                { path: "accessMode", reason: csi },
            ]);
            const classic = { vendor: "iks-classic", storageClassName: "ibmc-block-gold" } as const;
            assert.deepEqual(ledgerPlaceProblems({ ...classic, accessMode }), [
                { path: "accessMode", reason: `${why}; write "ReadWriteOnce"` },
            ]);
        });
    }

    it("fails on what is no access mode", () => {
        for (const accessMode of ["RWO", "readwriteonce", "", "toString"]) {
            const [problem] = ledgerPlaceProblems({ accessMode });
            assert.equal(
                problem?.reason,
                `"${accessMode}" is no access mode; write "ReadWriteOncePod" or "ReadWriteOnce"`,
            );
        }
    });

    it("fails on one Pod where the driver is not CSI, and offers one node", () => {
        const classic = { vendor: "iks-classic", storageClassName: "ibmc-block-gold" } as const;
        const [problem] = ledgerPlaceProblems({ ...classic, accessMode: "ReadWriteOncePod" });
        assert.equal(problem?.path, "accessMode");
        assert.match(
            problem?.reason ?? "",
            /^"ReadWriteOncePod" is not given by Classic block storage.*CSI.*; write "ReadWriteOnce"$/,
        );
    });

    it("fails on every storage that the table calls unfit, and on no other", () => {
        for (const vendor of ["gke", "aks", "iks-vpc", "iks-classic", "local"] as const) {
            for (const row of rowsFor(vendor)) {
                for (const { name: storageClassName } of row.classes) {
                    const place = { vendor, storageClassName };
                    const unfit = ledgerRows(place).every(({ ledger }) => ledger.fit === "never");
                    const found = ledgerPlaceProblems(place).map(({ path }) => path);
                    assert.deepEqual(found, unfit ? ["storageClassName"] : [], storageClassName);
                }
            }
        }
    });

    it("fails on shared files with the profile and the class that work", () => {
        const place = { vendor: "aks", storageClassName: "azurefile-csi" } as const;
        const [problem] = ledgerPlaceProblems(place);
        assert.match(
            problem?.reason ?? "",
            /^"azurefile-csi" is Azure Files over SMB, standard, and no ledger lives on it: SMB: .*; write profile "premium-zrs", or take a class such as "default"$/,
        );
    });

    it("fails on a driver of shared files, where no tier of it is a disk", () => {
        const place = { storageClassName: "mine", driver: "nfs.csi.k8s.io" };
        const [problem] = ledgerPlaceProblems(place);
        assert.equal(problem?.path, "driver");
        assert.match(
            problem?.reason ?? "",
            /^"nfs.csi.k8s.io" is NFS .*class such as "px-csi-db"$/,
        );
    });

    it("fails on a driver that is not the class's, and on nothing but that", () => {
        const place = { ...aks, driver: "pd.csi.storage.gke.io", parameters: { type: "pd-ssd" } };
        assert.deepEqual(ledgerPlaceProblems(place), [
            {
                path: "driver",
                reason:
                    '"pd.csi.storage.gke.io" is not the driver of class "managed-csi-premium"; ' +
                    'write "disk.csi.azure.com" or "kubernetes.io/azure-disk", or nothing',
            },
        ]);
    });

    it("finds everything at once", () => {
        const place = {
            vendor: "aks",
            storageClassName: "azurefile",
            driver: "nfs.csi.k8s.io",
            accessMode: "ReadWriteMany",
        } as const;
        assert.deepEqual(
            ledgerPlaceProblems(place).map(({ path }) => path),
            ["driver", "driver", "accessMode"],
        );
    });
});

describe("ledgerSizeProblem", () => {
    it("fails on what every tier refuses, with the size to write", () => {
        assert.equal(
            ledgerSizeProblem(
                { vendor: "iks-classic", storageClassName: "ibmc-block-gold" },
                "10Gi",
            ),
            '"10Gi" is less than Classic block storage, 10 IOPS per GB has, which begins at 20Gi; ' +
                'write "20Gi"',
        );
    });

    it("takes what one of several tiers takes, and what only costs more", () => {
        const ibm = { driver: "vpc.block.csi.ibm.io" };
        assert.equal(ledgerSizeProblem(ibm, "10000Gi"), undefined);
        assert.match(ledgerSizeProblem(ibm, "40000Gi") ?? "", /; write "4800Gi"$/);
        const aks = { vendor: "aks", storageClassName: "managed-csi" } as const;
        assert.equal(ledgerSizeProblem(aks, "20Gi"), undefined);
    });

    it("says nothing of storage that is not known", () => {
        assert.equal(ledgerSizeProblem({ storageClassName: "mine" }, "900Ti"), undefined);
    });
});

describe("ledgerGrows", () => {
    it("is known where all tiers agree", () => {
        assert.equal(ledgerGrows({ vendor: "gke", storageClassName: "standard-rwo" }), true);
        assert.equal(ledgerGrows({ vendor: "local", storageClassName: "standard" }), false);
        assert.equal(ledgerGrows({ driver: "vpc.block.csi.ibm.io" }), true);
        assert.equal(ledgerGrows({ storageClassName: "mine" }), undefined);
    });
});
