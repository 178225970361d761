import assert from "node:assert/strict";

import { volumeRetention } from "kubefabric/policy";
import { checkRecording, Recording } from "kubefabric/testing";

import {
    claim,
    clusterOf,
    ledgerClaim,
    nodeLabels,
    podWith,
    registered,
    said,
    storageClass,
    UNKNOWN_TEXT,
    workload,
    type KubernetesObject,
    type Registered,
} from "../support/policy.ts";

const on = (vendor: string, resources: Registered[], config: Record<string, unknown> = {}) =>
    said(volumeRetention, resources, { vendor, ...config });

/** What the rules find, which see `retainOnDelete`; the policy does not. */
const found = (resources: Registered[], vendor = "gke") =>
    checkRecording(
        new Recording(
            resources.map(
                (each) =>
                    ("urn" in each ? each : registered(each)) as ReturnType<typeof registered>,
            ),
            undefined,
        ),
        {
            all: { level: "disabled" },
            "volume-retention": { vendor: vendor as "gke", level: "mandatory" },
        },
    ).map(({ resource, path, reason }) => `${resource.name}: ${path}: ${reason}`);

const LABELS = nodeLabels();
const ORGANIZATION = {
    "app.kubernetes.io/part-of": "kubefabric",
    "kubefabric.io/organization": "Org1MSP",
};
const namespace = (labels: Record<string, string> = ORGANIZATION): KubernetesObject => ({
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: "org1", labels },
});
const ours = (fields: Record<string, unknown> = {}): KubernetesObject => ({
    ...storageClass(fields),
    metadata: { name: "fast", labels: { "app.kubernetes.io/part-of": "kubefabric" } },
});
const ledger = ledgerClaim({ storageClassName: "fast" });

describe("volume-retention", () => {
    it("passes a ledger that is protected, in a Namespace and on a class that are", async () => {
        assert.deepEqual(await on("gke", [namespace(), ours(), ledger]), []);
        assert.deepEqual(await on("gke", [namespace({}), storageClass(), ledger]), []);
        assert.deepEqual(found([namespace(), ours(), ledger]), []);
    });

    it("refuses a ledger's claim that is not protected", async () => {
        const bare = registered(ledger, { protect: false });
        const [only, ...others] = await on("gke", [storageClass(), bare]);
        assert.deepEqual(others, []);
        assert.match(
            only!,
            /^mandatory: .*protect: is not set, so an update may delete a peer's ledger; write protect: true$/,
        );
    });

    it("refuses an organization's Namespace that is not protected, once", async () => {
        const bare = registered(namespace(), { protect: false });
        const [only, ...others] = await on("gke", [
            bare,
            ours(),
            ledger,
            ledgerClaim({ storageClassName: "fast" }),
        ]);
        assert.deepEqual(others, []);
        assert.match(only!, /^mandatory: Namespace\/org1: protect: /);
    });

    it("refuses a Namespace of others that is not protected, with the ledger in it", async () => {
        const bare = registered(namespace({}), { protect: false });
        const [only] = await on("gke", [bare, storageClass(), ledger]);
        assert.match(
            only!,
            /^mandatory: PersistentVolumeClaim\/peer0-ledger: Namespace\/org1 protect: /,
        );
        assert.deepEqual(
            await on("gke", [bare, storageClass(), claim({ storageClassName: "fast" })]),
            [],
        );
    });

    it("refuses a class that is not protected, or that deletes the disk", async () => {
        const bare = await on("gke", [registered(ours(), { protect: false }), ledger]);
        assert.equal(bare.length, 1);
        assert.match(bare[0]!, /^mandatory: StorageClass\/fast: protect/);
        const borrowed = await on("gke", [registered(storageClass(), { protect: false }), ledger]);
        assert.match(
            borrowed[0]!,
            /PersistentVolumeClaim\/peer0-ledger: StorageClass\/fast protect/,
        );
        const { reclaimPolicy: _, ...silent } = ours();
        for (const deletes of [ours({ reclaimPolicy: "Delete" }), silent]) {
            const [only, ...others] = await on("gke", [deletes, ledger]);
            assert.deepEqual(others, []);
            assert.match(
                only!,
                /^mandatory: StorageClass\/fast: reclaimPolicy: "Delete" deletes the disk/,
            );
        }
        const [only] = await on("gke", [storageClass({ reclaimPolicy: "Delete" }), ledger]);
        assert.match(
            only!,
            /^mandatory: PersistentVolumeClaim.*names a class that deletes the disk/,
        );
    });

    it("refuses a vendor's class that deletes the disk, and passes its class that retains it", async () => {
        const [only] = await on("gke", [ledgerClaim()]);
        assert.match(only!, /^mandatory: .*take one with reclaimPolicy Retain/);
        const retain = "ibmc-vpc-block-metro-retain-10iops-tier";
        assert.deepEqual(await on("iks-vpc", [ledgerClaim({ storageClassName: retain })]), []);
    });

    it("refuses a volume of a ledger that is deleted with its claim", async () => {
        const volume = (persistentVolumeReclaimPolicy?: string) => ({
            ...ledgerClaim({
                persistentVolumeReclaimPolicy,
                csi: { driver: "pd.csi.storage.gke.io" },
            }),
            kind: "PersistentVolume",
        });
        assert.deepEqual(await on("gke", [volume("Retain")]), []);
        assert.match(
            (await on("gke", [volume("Delete")]))[0]!,
            /persistentVolumeReclaimPolicy: "Delete"/,
        );
    });

    it("refuses a ledger on an ephemeral volume, and templates that are deleted with their set", async () => {
        const { spec } = ledger;
        const ephemeral = podWith({ ephemeral: { volumeClaimTemplate: { spec } } });
        const pod = workload("Pod", ephemeral, { labels: LABELS });
        assert.match(
            (await on("gke", [storageClass(), pod]))[0]!,
            /volumes\[0\]\.ephemeral: is gone with its Pod/,
        );
        const set = (policy: Record<string, string>) =>
            workload(
                "StatefulSet",
                {},
                {
                    labels: LABELS,
                    spec: {
                        volumeClaimTemplates: [{ metadata: { name: "data" }, spec }],
                        persistentVolumeClaimRetentionPolicy: policy,
                    },
                },
            );
        assert.deepEqual(await on("gke", [storageClass(), set({ whenDeleted: "Retain" })]), []);
        for (const when of ["whenDeleted", "whenScaled"]) {
            const [only] = await on("gke", [storageClass(), set({ [when]: "Delete" })]);
            assert.match(only!, new RegExp(`^mandatory: .*RetentionPolicy\\.${when}: "Delete"`));
        }
    });

    it("asks nothing of a local cluster, of what is not a ledger, and of patches", async () => {
        const bare = registered(ledger, { protect: false });
        const deletes = storageClass({ reclaimPolicy: "Delete" });
        assert.deepEqual(await on("local", [deletes, bare]), []);
        assert.deepEqual(await said(volumeRetention, [...clusterOf("local"), deletes, bare]), []);
        const other = registered(claim({ storageClassName: "fast" }), { protect: false });
        assert.deepEqual(await on("gke", [deletes, other]), []);
        const patch = registered(
            { ...ledger, kind: "PersistentVolumeClaimPatch" },
            { protect: false },
        );
        assert.deepEqual(await on("gke", [deletes, patch]), []);
    });

    it("says nothing of a class that nobody knows, nor where none is wanted", async () => {
        const lost = ledgerClaim({ storageClassName: "made-elsewhere" });
        assert.deepEqual(await on("gke", [lost]), []);
        assert.deepEqual(await on("gke", [ledgerClaim({ storageClassName: "" })]), []);
        const storageClasses = { "made-elsewhere": { provisioner: "pd.csi.storage.gke.io" } };
        assert.deepEqual(
            await on("gke", [lost], { storageClasses }),
            [],
            "its policy is not known",
        );
        const made = { ...storageClasses["made-elsewhere"], reclaimPolicy: "Delete" };
        const config = { storageClasses: { "made-elsewhere": made } };
        assert.match((await on("gke", [lost], config))[0]!, /^mandatory: .*reclaimPolicy Retain/);
    });

    it("looks at a class that is registered after its ledger", async () => {
        assert.deepEqual(await on("gke", [ledger, storageClass()]), []);
        const [only] = await on("gke", [ledger, storageClass({ reclaimPolicy: "Delete" })]);
        assert.match(
            only!,
            /^mandatory: PersistentVolumeClaim.*names a class that deletes the disk/,
        );
    });

    it("leaves other Namespaces and classes alone", async () => {
        const others = [namespace({}), storageClass({ reclaimPolicy: "Delete" })];
        const bare = others.map((object) => registered(object, { protect: false }));
        assert.deepEqual(await on("gke", bare), []);
    });

    it("says what a preview does not know", async () => {
        const unsure = storageClass({ reclaimPolicy: UNKNOWN_TEXT });
        assert.match(
            (await on("gke", [unsure, ledger]))[0]!,
            /^advisory: .*whether the disk is kept/,
        );
        const [strict] = await on("gke", [unsure, ledger], { onUnknown: "mandatory" });
        assert.match(strict!, /^mandatory/);
        const unnamed = ledgerClaim({ storageClassName: UNKNOWN_TEXT });
        assert.match(
            (await on("gke", [unnamed]))[0]!,
            /^advisory: .*storageClassName: is not known/,
        );
    });
});

describe("volume-retention, where it is shown whether a resource is retained", () => {
    const resources = () => [namespace(), ours(), ledger].map((object) => registered(object));

    for (const [index, expected] of [
        /^org1: retainOnDelete: is not set, so its removal deletes the ledgers in it/,
        /^fast: retainOnDelete: .*write retainOnDelete: true$/,
        /^peer0-ledger: retainOnDelete: is not set, so its removal deletes a peer's ledger/,
    ].entries()) {
        it(`refuses ${["a Namespace", "a class", "a claim"][index]} that is not`, () => {
            const all = resources().map((each, at) => ({ ...each, retainOnDelete: at !== index }));
            const [only, ...others] = found(all);
            assert.deepEqual(others, []);
            assert.match(only!, expected);
        });
    }

    it("says nothing of it as a policy, which the engine does not tell", async () => {
        const all = resources().map((each) => ({ ...each, retainOnDelete: false }));
        assert.deepEqual(await on("gke", all), []);
    });
});
