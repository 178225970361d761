import assert from "node:assert/strict";

import { volumeSize } from "kubefabric/policy";

import {
    claim,
    ledgerClaim,
    said,
    storageClass,
    UNKNOWN_OBJECT,
    UNKNOWN_TEXT,
    workload,
    type Registered,
} from "../support/policy.ts";

const on = (vendor: string, resources: Registered[], config: Record<string, unknown> = {}) =>
    said(volumeSize, resources, { vendor, ...config });

const sized = (storage: unknown, storageClassName: string, spec: Record<string, unknown> = {}) =>
    claim({ storageClassName, resources: { requests: { storage } }, ...spec });

const TIER = "ibmc-vpc-block-metro-10iops-tier";

describe("volume-size", () => {
    it("passes a size within the limits of the tier", async () => {
        for (const size of ["10Gi", "4800Gi", "1Ti"]) {
            assert.deepEqual(await on("iks-vpc", [sized(size, TIER)]), [], size);
        }
    });

    it("refuses more than the tier has, and less than it begins at", async () => {
        for (const [vendor, className, size, expected] of [
            ["iks-vpc", TIER, "4801Gi", /"4801Gi" is more than .* ends at 4800Gi; write "4800Gi"$/],
            ["iks-vpc", TIER, "5Ti", /"5Ti" is more than/],
            ["iks-classic", "ibmc-block-gold", "19Gi", /"19Gi" is less than .*; write "20Gi"$/],
        ] as const) {
            const [only, ...others] = await on(vendor, [sized(size, className)]);
            assert.deepEqual(others, []);
            assert.match(only!, /^mandatory: .*spec\.resources\.requests\.storage: /);
            assert.match(only!, expected);
        }
    });

    it("only advises where a size is rounded up and paid for", async () => {
        const [files] = await on("aks", [sized("5Gi", "azurefile-csi-premium")]);
        assert.match(files!, /^advisory: .*makes it at least 100Gi; write "100Gi"$/);
        const [billed] = await on("aks", [sized("20Gi", "managed-csi")]);
        assert.match(billed!, /^advisory: .*"20Gi" costs as much as "32Gi"/);
    });

    it("looks at claim templates and at the class in the stack", async () => {
        const template = { metadata: { name: "data" }, spec: sized("5Ti", TIER).spec };
        const set = workload("StatefulSet", {}, { spec: { volumeClaimTemplates: [template] } });
        assert.match(
            (await on("iks-vpc", [set]))[0]!,
            /volumeClaimTemplates\[0\]\.spec\.resources/,
        );
        const tier = storageClass({
            provisioner: "vpc.block.csi.ibm.io",
            parameters: { profile: "10iops-tier" },
        });
        assert.equal((await on("iks-vpc", [tier, sized("5Ti", "fast")])).length, 1);
        assert.equal((await on("iks-vpc", [sized("5Ti", "fast"), tier])).length, 1);
    });

    it("fails on what is no size, on any storage, and on none at all", async () => {
        for (const [size, expected] of [
            ["10GB", /"10GB" .*; write "10Gi"/],
            ["100m", /"100m" .*write/],
            ["10", /"10" is 10 bytes; write "10Gi"/],
            [10, /"10" is 10 bytes; write "10Gi"/],
            [["10Gi"], /is not text with a unit/],
            [undefined, /is missing; write a size, such as "20Gi"/],
        ] as const) {
            for (const storageClassName of ["standard-rwo", "nobody-knows"]) {
                const found = await on("gke", [sized(size, storageClassName)]);
                assert.equal(found.length, 1, String(size));
                assert.match(found[0]!, /^mandatory/);
                assert.match(found[0]!, expected);
            }
            const found = await said(volumeSize, [sized(size, "standard")]);
            assert.match(found[0]!, /^mandatory/, "whoever runs the cluster");
        }
    });

    it("asks no size of a patch, nor of a volume that was made beforehand", async () => {
        const patch = { ...claim({ resources: {} }), kind: "PersistentVolumeClaimPatch" };
        assert.deepEqual(await on("gke", [patch]), []);
        const bound = sized("10", "", { volumeName: "disk" });
        assert.deepEqual(await on("iks-vpc", [bound]), []);
        assert.deepEqual(await on("iks-vpc", [sized("9Gi", TIER, { volumeName: "disk" })]), []);
    });

    it("holds a claim that names no class against the vendor's default", async () => {
        const { storageClassName: _, ...spec } = sized("65Ti", "x").spec;
        const [only] = await on("gke", [{ ...claim(), spec }]);
        assert.match(only!, /^mandatory: .*ends at 64Ti/);
    });

    it("leaves an advice one where only a class's name speaks for its storage", async () => {
        const costs = sized("20Gi", "managed-csi");
        for (const unknownClass of ["advisory", "mandatory"]) {
            const [only] = await said(volumeSize, [costs], { unknownClass });
            assert.match(only!, /^advisory: .*the setting vendor tells/);
        }
        assert.deepEqual(await said(volumeSize, [costs], { unknownClass: "ignore" }), []);
    });

    it("asks no size where no class is wanted, and one where none is written", async () => {
        assert.deepEqual(await on("iks-vpc", [sized("10", "")]), []);
        const { storageClassName: _, ...spec } = sized("10", "x").spec;
        const [only] = await said(volumeSize, [{ ...claim(), spec }]);
        assert.match(only!, /^mandatory: .*"10" is 10 bytes/);
    });

    it("refuses nothing that one of the tiers has that it can be", async () => {
        const unsure = storageClass({ parameters: { type: UNKNOWN_TEXT } });
        assert.deepEqual(await on("gke", [unsure, sized("1Gi", "fast")]), []);
        assert.equal((await on("gke", [unsure, sized("1000Ti", "fast")])).length, 1);
    });

    it("says what a preview does not know, and refuses what no storage has all the same", async () => {
        assert.match(
            (await on("gke", [sized(UNKNOWN_TEXT, "standard-rwo")]))[0]!,
            /^advisory: .*is not known/,
        );
        const resources = claim({ resources: UNKNOWN_OBJECT });
        assert.match((await on("gke", [resources], { onUnknown: "mandatory" }))[0]!, /^mandatory/);
        const found = await on("gke", [sized("10GB", UNKNOWN_TEXT)]);
        assert.ok(found.some((line) => /^mandatory: .*"10GB"/.test(line)));
        assert.ok(found.some((line) => /^advisory: .*storageClassName: is not known/.test(line)));
    });

    it("answers pvc-grow: a ledger grows to the end of its tier, and is told before it is stuck", async () => {
        const ledger = (storage: string) =>
            ledgerClaim({ storageClassName: "fast", resources: { requests: { storage } } });
        assert.deepEqual(await on("gke", [storageClass(), ledger("20Gi")]), []);
        assert.deepEqual(await on("gke", [storageClass(), ledger("40Gi")]), []);
        assert.match(
            (await on("gke", [storageClass(), ledger("65Ti")]))[0]!,
            /^mandatory: .*ends at 64Ti/,
        );
        const { allowVolumeExpansion: _, ...stuck } = storageClass();
        const [advice] = await on("gke", [stuck, ledger("20Gi")]);
        assert.match(advice!, /^advisory: .*write allowVolumeExpansion: true/);
        assert.deepEqual(await on("gke", [stuck, claim({ storageClassName: "fast" })]), []);
        const classic = ledgerClaim({ storageClassName: "ibmc-block-gold" });
        assert.deepEqual(await on("iks-classic", [classic]), [], "there the driver cannot");
    });
});
