import assert from "node:assert/strict";

import * as fc from "fast-check";
import {
    ACCESS_MODES,
    accessModeProblems,
    accessModeVerdict,
    bindingProblem,
    bytesOf,
    expansionProblem,
    ledgerFit,
    rowOfClass,
    rowOfId,
    sizeProblem,
    STORAGE_ROWS,
    type AccessMode,
    type StorageFacts,
    type StorageRow,
    type VolumeMode,
} from "kubefabric/storage";

const MODES = Object.keys(ACCESS_MODES) as AccessMode[];
const row = (id: string): StorageRow => rowOfId(id) ?? assert.fail(`${id} is not in the table`);

/**
 * What the drivers do, written down beside their sources and not from the table: for RWO, RWOP, ROX and
 * RWX with a file system, then the same as a raw device. `y` yes, `n` no, `s` with a data source or a
 * volume made beforehand, `m` on some machines, `h` with maxShares, `p` where the
 * provisioner is set up so.
 */
const DRIVERS: Record<string, string> = {
    "gke/pd-standard": "yysn yysn",
    "gke/pd-balanced": "yysn yysn",
    "gke/pd-ssd": "yysn yysm",
    "gke/pd-extreme": "yysn yysn",
    "gke/hyperdisk-balanced": "yynn yynm",
    "gke/hyperdisk-balanced-high-availability": "yynn yynm",
    "gke/hyperdisk-extreme": "yynn yynn",
    "gke/hyperdisk-throughput": "yynn yynn",
    "gke/hyperdisk-ml": "yyyn yyyn",
    "gke/filestore-": "yyyy nnnn",
    "gke/gcsfuse": "yyyy nnnn",
    "gke/managed-lustre": "yyyy nnnn",
    "gke/parallelstore": "yyyy nnnn",
    "aks/azure-disk-standard-hdd": "yynn yynn",
    "aks/azure-disk-": "yynn yyhh",
    "aks/azure-files-": "yyyy nnnn",
    "aks/azure-blob": "yyyy nnnn",
    "aks/container-storage-local": "yynn yynn",
    "iks-vpc/block-": "yynn yynn",
    "iks-vpc/file-": "yyny nnnn",
    "iks-classic/file-": "ynyy nnnn",
    "iks-classic/block-": "ynnn nnnn",
    "iks/cos-s3fs": "ynyy nnnn",
    "local/local-path": "yypp nnnn",
    "local/minikube": "ynyy nnnn",
    "local/docker-desktop": "ynyy nnnn",
    "local/csi-host-path": "yyyy yyyy",
    "any/portworx": "yyny yynn",
    "any/nfs-csi": "yyyy nnnn",
    "any/nfs": "ynyy nnnn",
    "any/local-static": "ynnn ynnn",
    "any/host-path": "ynnn nnnn",
};

/** Facts under which each kind of condition holds, and under which it does not. */
const CONDITIONS: Record<string, { met: StorageFacts[]; unmet: StorageFacts[] }> = {
    s: {
        met: [{ dataSource: true }, { staticVolume: true, dataSource: false }],
        unmet: [{ dataSource: false, staticVolume: false }],
    },
    m: { met: [], unmet: [{ machineSeries: "e2" }, { machineSeries: "t2d" }] },
    h: {
        met: [{ parameters: { maxShares: "2" } }, { parameters: { maxshares: "5" } }],
        unmet: [{ parameters: {} }, { parameters: { maxShares: "1" } }],
    },
    p: {
        met: [{ provisionerSettings: ["sharedFileSystemPath"] }],
        unmet: [{ provisionerSettings: [] }],
    },
};

function expected({ id }: StorageRow, mode: AccessMode, volumeMode: VolumeMode): string {
    const [, codes = ""] =
        Object.entries(DRIVERS).find(([prefix]) => id === prefix) ??
        Object.entries(DRIVERS).find(([prefix]) => id.startsWith(prefix)) ??
        assert.fail(`no expectation for ${id}`);
    const order: AccessMode[] = [
        "ReadWriteOnce",
        "ReadWriteOncePod",
        "ReadOnlyMany",
        "ReadWriteMany",
    ];
    return codes.charAt(order.indexOf(mode) + (volumeMode === "Block" ? 5 : 0));
}

describe("accessModeVerdict", () => {
    for (const volumeMode of ["Filesystem", "Block"] as const) {
        for (const mode of MODES) {
            it(`is the driver's own for ${mode} as ${volumeMode}, in every row`, () => {
                for (const each of STORAGE_ROWS) {
                    const code = expected(each, mode, volumeMode);
                    const verdictOf = (facts?: StorageFacts) =>
                        accessModeVerdict(each, { mode, volumeMode, facts }).verdict;
                    const label = `${each.id} ${mode} ${volumeMode}`;
                    if (code === "y" || code === "n") {
                        const always = code === "y" ? "ok" : "refused";
                        for (const { met, unmet } of Object.values(CONDITIONS)) {
                            for (const facts of [undefined, {}, ...met, ...unmet]) {
                                assert.equal(verdictOf(facts), always, label);
                            }
                        }
                        continue;
                    }
                    const { met, unmet } = CONDITIONS[code]!;
                    assert.equal(verdictOf(), "depends", label);
                    met.forEach((facts) => assert.equal(verdictOf(facts), "ok", label));
                    unmet.forEach((facts) => assert.equal(verdictOf(facts), "refused", label));
                }
            });
        }
    }

    it("takes the file system for meant where no volume mode is said", () => {
        const files = row("gke/filestore-zonal");
        assert.equal(accessModeVerdict(files, { mode: "ReadWriteMany" }).verdict, "ok");
    });

    it("knows the machines that share a disk among writers", () => {
        const ssd = { mode: "ReadWriteMany", volumeMode: "Block" } as const;
        const verdictOf = (id: string, machineSeries: string) =>
            accessModeVerdict(row(id), { ...ssd, facts: { machineSeries } }).verdict;
        assert.equal(verdictOf("gke/pd-ssd", "n2"), "ok");
        assert.equal(verdictOf("gke/pd-ssd", "n4"), "refused");
        assert.equal(verdictOf("gke/hyperdisk-balanced", "n4"), "ok");
        assert.equal(verdictOf("gke/hyperdisk-balanced", "n2"), "refused");
    });

    it("fails with the driver's words, the modes and a class that would work", () => {
        const verdict = accessModeVerdict(rowOfClass("aks", "managed-csi")!, {
            mode: "ReadWriteMany",
        });
        assert.deepEqual(verdict, {
            verdict: "refused",
            reason:
                '"ReadWriteMany" is not given by Azure Disk, Standard SSD for volumeMode ' +
                "Filesystem: Azure Disk refuses it with a file system, shared disk or not: " +
                '"mountVolume is not supported for access mode"',
            remedy: 'write "ReadWriteOnce" or "ReadWriteOncePod", or take a class such as "azurefile"',
            instead: {
                modes: ["ReadWriteOnce", "ReadWriteOncePod"],
                classes: [
                    "azurefile",
                    "azurefile-csi",
                    "azurefile-premium",
                    "azurefile-csi-premium",
                    "azureblob-fuse-premium",
                    "azureblob-nfs-premium",
                ],
            },
        });
    });

    it("fails on a raw device of file storage with the volume mode that works", () => {
        const verdict = accessModeVerdict(row("iks-classic/file-gold"), {
            mode: "ReadWriteOnce",
            volumeMode: "Block",
        });
        assert.ok(verdict.verdict === "refused");
        assert.equal(verdict.remedy, "write volumeMode Filesystem");
    });

    it("offers instead only what it takes itself", () => {
        for (const each of STORAGE_ROWS) {
            for (const volumeMode of ["Filesystem", "Block"] as const) {
                for (const mode of MODES) {
                    const verdict = accessModeVerdict(each, { mode, volumeMode });
                    if (verdict.verdict === "ok") {
                        continue;
                    }
                    for (const better of verdict.instead.modes) {
                        const again = accessModeVerdict(each, { mode: better, volumeMode });
                        assert.equal(again.verdict, "ok", `${each.id} ${better}`);
                    }
                    for (const name of verdict.instead.classes) {
                        const other = rowOfClass(each.vendors[0]!, name)!;
                        const again = accessModeVerdict(other, { mode, volumeMode });
                        assert.equal(again.verdict, "ok", `${each.id} ${name}`);
                    }
                }
            }
        }
    });
});

describe("accessModeProblems", () => {
    const disk = row("gke/pd-balanced");

    it("finds nothing in modes that are all given", () => {
        assert.deepEqual(accessModeProblems(disk, { modes: ["ReadWriteOnce"] }), []);
        const files = row("gke/filestore-zonal");
        const modes = ["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany"] as const;
        assert.deepEqual(accessModeProblems(files, { modes }), []);
    });

    it("fails on every mode of the list that is not given, not on the first alone", () => {
        const found = accessModeProblems(disk, {
            modes: ["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany"],
            facts: { dataSource: false, staticVolume: false },
        });
        assert.deepEqual(
            found.map(({ reason }) => /^"(\w+)"/.exec(reason)?.[1]),
            ["ReadOnlyMany", "ReadWriteMany"],
        );
    });

    it("fails on ReadWriteOncePod beside another mode, on any storage", () => {
        for (const each of STORAGE_ROWS) {
            const [first] = accessModeProblems(each, {
                modes: ["ReadWriteOnce", "ReadWriteOncePod"],
            });
            assert.match(first?.reason ?? "", /^"ReadWriteOncePod" stands beside other modes/);
        }
    });

    it("finds as much in a list as in its modes one by one, and one more for company", () => {
        const question = fc.record({
            row: fc.constantFrom(...STORAGE_ROWS),
            modes: fc.uniqueArray(fc.constantFrom(...MODES)),
            volumeMode: fc.constantFrom<VolumeMode>("Filesystem", "Block"),
            facts: fc.constantFrom<StorageFacts>({}, { dataSource: true }, { staticVolume: false }),
        });
        fc.assert(
            fc.property(question, ({ row, modes, volumeMode, facts }) => {
                const single = modes.filter(
                    (mode) => accessModeVerdict(row, { mode, volumeMode, facts }).verdict !== "ok",
                );
                const company = modes.length > 1 && modes.includes("ReadWriteOncePod") ? 1 : 0;
                const found = accessModeProblems(row, { modes, volumeMode, facts });
                const isList = modes.length > 1 && row.oneModePerClaim && !facts.staticVolume;
                assert.equal(found.length, single.length + company + (isList ? 1 : 0));
            }),
        );
    });
});

describe("sizeProblem", () => {
    const cases: [string, string, "refused" | "costs" | undefined, RegExp?, string?][] = [
        ["gke/pd-balanced", "20Gi", undefined],
        ["gke/pd-balanced", "64Ti", undefined],
        ["gke/pd-balanced", "65Ti", "refused", /is more than .* ends at 64Ti/, "64Ti"],
        ["gke/pd-balanced", "500Mi", "costs", /makes it at least 1Gi/, "1Gi"],
        ["gke/pd-balanced", "1500Mi", "costs", /in steps of 1Gi/, "2Gi"],
        ["gke/pd-balanced", "20G", "costs", /is made "19Gi"/, "19Gi"],
        ["gke/pd-balanced", "10GB", "refused", /which is no unit in Kubernetes/],
        ["gke/hyperdisk-balanced", "3Gi", "refused", /which begins at 4Gi/, "4Gi"],
        ["gke/hyperdisk-throughput", "1Ti", "refused", /which begins at 2Ti/, "2Ti"],
        ["aks/azure-disk-premium-ssd", "20Gi", "costs", /costs as much as "32Gi"/, "32Gi"],
        ["aks/azure-disk-premium-ssd", "32Gi", undefined],
        ["aks/azure-disk-premium-ssd", "32768Gi", "refused", /ends at 32767Gi/, "32767Gi"],
        ["aks/azure-disk-premium-ssd-v2", "20Gi", undefined],
        ["aks/azure-disk-premium-ssd-v2", "64Ti", undefined],
        ["aks/azure-files-smb-premium", "5Gi", "costs", /makes it at least 100Gi/, "100Gi"],
        ["iks-vpc/block-10iops-tier", "4800Gi", undefined],
        ["iks-vpc/block-10iops-tier", "4801Gi", "refused", /ends at 4800Gi/, "4800Gi"],
        ["iks-vpc/block-10iops-tier", "5Gi", "costs", /makes it at least 10Gi/, "10Gi"],
        ["iks-classic/block-gold", "10Gi", "refused", /begins at 20Gi/, "20Gi"],
        ["local/local-path", "1Mi", undefined],
        ["local/local-path", "100m", "refused", /milli/],
    ];
    for (const [id, size, level, why, instead] of cases) {
        it(`says of ${size} on ${id}: ${level ?? "right"}`, () => {
            const problem = sizeProblem(row(id), size);
            assert.equal(problem?.level, level);
            if (why !== undefined) {
                assert.match(problem?.reason ?? "", why);
                assert.ok(problem?.reason.startsWith(`"${size}"`));
            }
            if (instead !== undefined) {
                assert.equal(problem?.instead, instead);
            }
        });
    }

    it("offers a size instead that it does not refuse itself, and makes none smaller", () => {
        const size = fc
            .tuple(fc.integer({ min: 1, max: 200_000 }), fc.constantFrom("Mi", "Gi", "G", "Ti"))
            .map(([number, unit]) => `${number}${unit}`);
        fc.assert(
            fc.property(fc.constantFrom(...STORAGE_ROWS), size, (each, asked) => {
                const problem = sizeProblem(each, asked);
                if (problem !== undefined) {
                    assert.notEqual(sizeProblem(each, problem.instead)?.level, "refused");
                    const isMore = bytesOf(problem.instead) >= bytesOf(asked);
                    assert.ok(
                        problem.level === "refused" || isMore,
                        `${asked} => ${problem.instead}`,
                    );
                }
            }),
            { numRuns: 1000 },
        );
    });
});

describe("bindingProblem", () => {
    it("fails on a zonal disk that is made before its Pod has a node, said or not", () => {
        for (const id of ["gke/pd-balanced", "aks/azure-disk-premium-ssd", "iks-vpc/block-sdp"]) {
            for (const binding of ["Immediate", undefined] as const) {
                const problem = bindingProblem(row(id), { binding }) ?? "";
                assert.match(problem, /^"Immediate" .*; write "WaitForFirstConsumer"$/);
            }
            assert.equal(bindingProblem(row(id), { binding: "WaitForFirstConsumer" }), undefined);
        }
    });

    it("takes Immediate for a disk that is in every zone of its region", () => {
        const disk = row("aks/azure-disk-premium-ssd");
        const parameters = { skuName: "Premium_ZRS" };
        assert.equal(bindingProblem(disk, { binding: "Immediate", parameters }), undefined);
        const zonal = { skuName: "Premium_LRS" };
        assert.ok(bindingProblem(disk, { binding: "Immediate", parameters: zonal }));
    });

    it("takes Immediate for storage that is reached over the network", () => {
        for (const each of STORAGE_ROWS.filter(({ topology }) => topology.reach === "network")) {
            assert.equal(bindingProblem(each, { binding: "Immediate" }), undefined, each.id);
        }
    });

    it("fails on a directory of one node, but not where a cluster has one node only", () => {
        assert.ok(bindingProblem(row("local/local-path"), { binding: "Immediate" }));
        assert.equal(bindingProblem(row("local/minikube"), { binding: "Immediate" }), undefined);
    });
});

describe("ledgerFit and expansionProblem", () => {
    it("say what the row says", () => {
        assert.equal(ledgerFit(row("aks/azure-files-nfs")).fit, "never");
        assert.match(ledgerFit(row("aks/azure-files-nfs")).reason, /network file system/);
        assert.equal(ledgerFit(row("gke/pd-ssd")).fit, "recommended");
        assert.equal(ledgerFit(row("gke/pd-ssd"), ["ReadWriteMany"]).fit, "recommended");
        assert.equal(ledgerFit(row("any/portworx"), ["ReadWriteOncePod"]).fit, "recommended");
        for (const mode of ["ReadWriteMany", "ReadOnlyMany"] as const) {
            assert.equal(ledgerFit(row("any/portworx"), ["ReadWriteOnce", mode]).fit, "never");
        }
        assert.equal(expansionProblem(row("gke/pd-ssd")), undefined);
        assert.match(expansionProblem(row("local/local-path")) ?? "", /do not grow$/);
    });
});
