import assert from "node:assert/strict";

import { volumeBinding } from "kubefabric/policy";

import {
    claim,
    ledgerClaim,
    said,
    storageClass,
    UNKNOWN_TEXT,
    workload,
    type Registered,
} from "../support/policy.ts";

const on = (vendor: string, resources: Registered[], config: Record<string, unknown> = {}) =>
    said(volumeBinding, resources, { vendor, ...config });

const OURS = { "app.kubernetes.io/part-of": "kubefabric" };

/** A claim without a class; where it has one, `storageClassName: undefined` would still be written. */
function withoutClass<T extends { spec: Record<string, unknown> }>(object: T): T {
    const { storageClassName: _, ...spec } = object.spec;
    return { ...object, spec };
}

describe("volume-binding", () => {
    it("passes a claim that names a class of disks made where the Pod runs", async () => {
        assert.deepEqual(await on("gke", [ledgerClaim()]), []);
        const metro = "ibmc-vpc-block-metro-retain-10iops-tier";
        assert.deepEqual(await on("iks-vpc", [ledgerClaim({ storageClassName: metro })]), []);
    });

    it("refuses a claim that names no class, and names the vendor's", async () => {
        for (const object of [withoutClass(claim()), withoutClass(ledgerClaim())]) {
            const [only] = await on("gke", [object]);
            assert.match(
                only!,
                /^mandatory: .*spec\.storageClassName: is missing, .*such as "standard-rwo", or ""/,
            );
        }
        const template = { metadata: { name: "data" }, spec: withoutClass(claim()).spec };
        const set = workload("StatefulSet", {}, { spec: { volumeClaimTemplates: [template] } });
        assert.match(
            (await on("gke", [set]))[0]!,
            /volumeClaimTemplates\[0\]\.spec\.storageClassName/,
        );
        assert.match(
            (await said(volumeBinding, [withoutClass(claim())]))[0]!,
            /write the class, or ""/,
        );
    });

    it("takes no class at all for a decision, and asks no patch and no volume for one", async () => {
        assert.deepEqual(await on("gke", [claim({ storageClassName: "" })]), []);
        const patch = { ...withoutClass(claim()), kind: "PersistentVolumeClaimPatch" };
        assert.deepEqual(await on("gke", [patch]), []);
        const volume = { ...withoutClass(claim()), kind: "PersistentVolume" };
        assert.deepEqual(await on("gke", [volume]), []);
    });

    it("fails on a class that is no text", async () => {
        const [only] = await on("gke", [claim({ storageClassName: 7 })]);
        assert.match(only!, /^mandatory: .*7 is not a class; write its name$/);
    });

    it("refuses a ledger on a zone's disk that is made at once", async () => {
        for (const [vendor, storageClassName] of [
            ["gke", "standard"],
            ["iks-vpc", "ibmc-vpc-block-retain-10iops-tier"],
        ] as const) {
            const found = await on(vendor, [ledgerClaim({ storageClassName })]);
            assert.equal(found.length, 1);
            assert.match(
                found[0]!,
                /^mandatory: .*"Immediate" makes the volume .*write "WaitForFirstConsumer"/,
            );
        }
    });

    it("only advises where the claim is not Fabric's", async () => {
        const found = await on("gke", [claim({ storageClassName: "standard" })]);
        assert.equal(found.length, 1);
        assert.match(found[0]!, /^advisory/);
    });

    it("does not mind storage that is not tied to a zone", async () => {
        const files = claim({ storageClassName: "azurefile-csi" });
        assert.deepEqual(await on("aks", [files]), []);
    });

    it("refuses a class for ledgers that binds at once, advises on others, says it once", async () => {
        const atOnce = { volumeBindingMode: "Immediate" };
        const ledger = ledgerClaim({ storageClassName: "fast" });
        const ours = { ...storageClass(atOnce), metadata: { name: "fast", labels: OURS } };
        const found = await on("gke", [ours, ledger]);
        assert.equal(found.length, 1);
        assert.match(found[0]!, /^mandatory: StorageClass\/fast: volumeBindingMode: /);
        const others = await on("gke", [storageClass(atOnce), claim({ storageClassName: "fast" })]);
        assert.equal(others.length, 1);
        assert.match(others[0]!, /^advisory: StorageClass\/fast/);
        const borrowed = await on("gke", [storageClass(atOnce), ledger]);
        assert.ok(borrowed.some((line) => /^mandatory: PersistentVolumeClaim/.test(line)));
    });

    it("passes a ledger on a class in the stack that binds where its Pod runs", async () => {
        const ledger = ledgerClaim({ storageClassName: "fast" });
        assert.deepEqual(await on("gke", [storageClass(), ledger]), []);
        assert.deepEqual(await on("gke", [ledger, storageClass()]), []);
        const late = storageClass({ volumeBindingMode: "Immediate" });
        const found = await on("gke", [ledger, late]);
        assert.ok(
            found.some((line) => /^mandatory: PersistentVolumeClaim\/peer0-ledger/.test(line)),
        );
    });

    it("says nothing of a class whose binding nobody knows", async () => {
        const config = { storageClasses: { made: { provisioner: "pd.csi.storage.gke.io" } } };
        const ledger = ledgerClaim({ storageClassName: "made" });
        assert.deepEqual(await on("gke", [ledger], config), []);
        assert.deepEqual(await on("gke", [ledger]), []);
        const parameters = { type: "pd-ssd" };
        const made = config.storageClasses.made;
        const known = { ...made, parameters, volumeBindingMode: "Immediate" };
        const [only] = await on("gke", [ledger], { storageClasses: { made: known } });
        assert.match(only!, /^mandatory: .*"Immediate"/);
    });

    it("takes a class that says nothing for one that binds at once, as Kubernetes does", async () => {
        const { volumeBindingMode: _, ...silent } = storageClass();
        assert.match((await on("gke", [silent]))[0]!, /^advisory: StorageClass\/fast/);
    });

    it("does not mind a disk that every zone of a region reaches, nor one made beforehand", async () => {
        const zoneRedundant = (skuName: string) =>
            storageClass({
                provisioner: "disk.csi.azure.com",
                volumeBindingMode: "Immediate",
                parameters: { skuName },
            });
        const ledger = ledgerClaim({ storageClassName: "fast" });
        assert.deepEqual(await on("aks", [zoneRedundant("Premium_ZRS"), ledger]), []);
        assert.equal((await on("aks", [zoneRedundant("Premium_LRS"), ledger])).length, 2);
        const bound = ledgerClaim({ storageClassName: "standard", volumeName: "disk" });
        assert.deepEqual(await on("gke", [bound]), []);
    });

    it("says what a preview does not know", async () => {
        const unsure = ledgerClaim({ storageClassName: UNKNOWN_TEXT });
        assert.match((await on("gke", [unsure]))[0]!, /^advisory: .*is not known/);
        assert.match((await on("gke", [unsure], { onUnknown: "mandatory" }))[0]!, /^mandatory/);
        const binding = storageClass({ volumeBindingMode: UNKNOWN_TEXT });
        assert.match((await on("gke", [binding]))[0]!, /volumeBindingMode: is not known/);
    });

    it("answers storage-class-missing: refused before anything waits for a claim", async () => {
        const [only, ...others] = await on("aks", [withoutClass(ledgerClaim())]);
        assert.deepEqual(others, []);
        assert.match(
            only!,
            /^mandatory: PersistentVolumeClaim\/peer0-ledger: spec\.storageClassName: is missing/,
        );
    });
});
