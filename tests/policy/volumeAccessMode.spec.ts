import assert from "node:assert/strict";

import { volumeAccessMode } from "kubefabric/policy";
import type { RecordedResource } from "kubefabric/testing";

import {
    claim,
    clusterOf,
    podWith,
    registered,
    registration,
    said,
    storageClass,
    UNKNOWN_LIST,
    UNKNOWN_OBJECT,
    UNKNOWN_TEXT,
    workload,
    WORKLOADS,
    type KubernetesObject,
    type Registered,
} from "../support/policy.ts";

const gke = (resources: Registered[], config: Record<string, unknown> = {}) =>
    said(volumeAccessMode, resources, { vendor: "gke", ...config });

/** A claim with these modes, on the class `standard-rwo` unless it says otherwise. */
const withModes = (accessModes: unknown, spec: Record<string, unknown> = {}) =>
    claim({ accessModes, ...spec });

const PD_REFUSES_MANY =
    /"ReadWriteMany" is not given by Persistent Disk, balanced .* write "ReadWriteOnce"/;

describe("volume-access-mode", () => {
    it("passes what the storage gives", async () => {
        for (const modes of [["ReadWriteOnce"], ["ReadWriteOncePod"]]) {
            assert.deepEqual(await gke([withModes(modes)]), []);
        }
    });

    it("refuses what it does not give, with a mode and a class that would work", async () => {
        const [only, ...others] = await gke([withModes(["ReadWriteMany"])]);
        assert.deepEqual(others, []);
        assert.match(only!, /^mandatory: PersistentVolumeClaim\/data: spec\.accessModes\[0\]: /);
        assert.match(only!, PD_REFUSES_MANY);
        assert.match(only!, /take a class such as "standard-rwx"$/);
    });

    it("refuses a list of which one mode is not given: a list is no choice", async () => {
        const found = await gke([withModes(["ReadWriteOnce", "ReadWriteMany"])]);
        assert.equal(found.length, 1);
        assert.match(found[0]!, /spec\.accessModes\[1\]/);
    });

    it("refuses a list where the provisioner makes no volume for more than one mode", async () => {
        const onBucket = (accessModes: string[]) =>
            said(
                volumeAccessMode,
                [withModes(accessModes, { storageClassName: "ibmc-s3fs-standard-regional" })],
                { vendor: "iks-classic" },
            );
        assert.deepEqual(await onBucket(["ReadWriteMany"]), []);
        const [only, ...others] = await onBucket(["ReadWriteMany", "ReadWriteOnce"]);
        assert.deepEqual(others, []);
        assert.match(only!, /^mandatory: .*: spec\.accessModes: "ReadWriteMany", "ReadWriteOnce" /);
        assert.match(only!, /more than the one access mode .*; write one of them$/);
    });

    it("refuses ReadWriteOncePod beside another mode, on any storage", async () => {
        for (const storageClassName of ["standard-rwo", "nobody-knows"]) {
            const modes = ["ReadWriteOnce", "ReadWriteOncePod"];
            const found = await gke([withModes(modes, { storageClassName })]);
            assert.ok(
                found.some((line) => /^mandatory: .*write "ReadWriteOncePod" alone$/.test(line)),
                storageClassName,
            );
        }
    });

    it("refuses ReadWriteOncePod where the driver is not CSI", async () => {
        const onClassic = claim({
            storageClassName: "ibmc-block-gold",
            accessModes: ["ReadWriteOncePod"],
        });
        const [only] = await said(volumeAccessMode, [onClassic], { vendor: "iks-classic" });
        assert.match(only!, /^mandatory: .*CSI drivers only/);
        const once = claim({ storageClassName: "ibmc-block-gold" });
        assert.deepEqual(await said(volumeAccessMode, [once], { vendor: "iks-classic" }), []);
    });

    it("looks at the volume mode", async () => {
        const block = { storageClassName: "azurefile-csi", volumeMode: "Block" };
        const [only] = await said(volumeAccessMode, [claim(block)], { vendor: "aks" });
        assert.match(only!, /for volumeMode Block: .*write volumeMode Filesystem/);
        const files = { storageClassName: "azurefile-csi", volumeMode: "Filesystem" };
        assert.deepEqual(await said(volumeAccessMode, [claim(files)], { vendor: "aks" }), []);
    });

    describe("finds a wrong mode in", () => {
        const spec = withModes(["ReadWriteMany"]).spec;
        const template = { metadata: { name: "data" }, spec };
        const sets = { spec: { volumeClaimTemplates: [template] } };
        const ephemeral = podWith({ ephemeral: { volumeClaimTemplate: { spec } } });
        const objects: [string, KubernetesObject][] = [
            ["a claim", withModes(["ReadWriteMany"])],
            ["a template of a StatefulSet", workload("StatefulSet", {}, sets)],
            ...WORKLOADS.map(
                (kind) =>
                    [`an ephemeral volume of a ${kind}`, workload(kind, ephemeral)] as [
                        string,
                        KubernetesObject,
                    ],
            ),
            [
                "a list of claims",
                {
                    apiVersion: "v1",
                    kind: "PersistentVolumeClaimList",
                    items: [withModes(["ReadWriteMany"])],
                },
            ],
            [
                "a list of all kinds",
                { apiVersion: "v1", kind: "List", items: [workload("StatefulSet", {}, sets)] },
            ],
        ];
        for (const [where, object] of objects) {
            it(where, async () => {
                const found = await gke([object]);
                assert.equal(found.length, 1, found.join("\n"));
                assert.match(found[0]!, PD_REFUSES_MANY);
            });
        }
        for (const [where, object] of objects.filter(([, { kind }]) => !kind.endsWith("List"))) {
            it(`a patch of ${where}`, async () => {
                const found = await gke([{ ...object, kind: `${object.kind}Patch` }]);
                assert.equal(found.length, 1, found.join("\n"));
                assert.match(found[0]!, PD_REFUSES_MANY);
            });
        }

        it("no PersistentVolume of a driver that nobody knows", async () => {
            const volume = {
                apiVersion: "v1",
                kind: "PersistentVolume",
                metadata: { name: "disk" },
                spec: { accessModes: ["ReadWriteMany"], csi: { driver: "example.com" } },
            };
            assert.deepEqual(await gke([volume]), []);
        });

        it("a PersistentVolume", async () => {
            const volume = (accessModes: string[]) => ({
                apiVersion: "v1",
                kind: "PersistentVolume",
                metadata: { name: "disk" },
                spec: { accessModes, csi: { driver: "pd.csi.storage.gke.io", volumeHandle: "x" } },
            });
            assert.deepEqual(await gke([volume(["ReadWriteOnce", "ReadOnlyMany"])]), []);
            const [only] = await gke([volume(["ReadWriteMany"])]);
            assert.match(only!, /^mandatory: PersistentVolume\/disk: spec\.accessModes\[0\]/);
        });
    });

    it("leaves alone what a patch does not change", async () => {
        const patch = {
            apiVersion: "v1",
            kind: "PersistentVolumeClaimPatch",
            metadata: { name: "data" },
            spec: {},
        };
        assert.deepEqual(await gke([patch]), []);
    });

    it("fails on values that are no modes: what is missing, no list, empty, no mode", async () => {
        for (const [modes, expected] of [
            [undefined, /spec\.accessModes: is missing; write \["ReadWriteOnce"\]$/],
            ["ReadWriteOnce", /"ReadWriteOnce" is not a list; write \["ReadWriteOnce"\]$/],
            [[], /\[\] names no access mode/],
            [["RWO"], /accessModes\[0\]: "RWO" is not an access mode; write "ReadWriteOnce"$/],
            [["readwritemany"], /"readwritemany" is not an access mode; write "ReadWriteMany"$/],
            [[7], /7 is not an access mode; write "ReadWriteOnce", "ReadOnlyMany"/],
            [[null], /null is not an access mode/],
        ] as const) {
            const found = await gke([withModes(modes)]);
            assert.equal(found.length, 1, String(modes));
            assert.match(found[0]!, expected);
            assert.match(found[0]!, /^mandatory/);
        }
        const [only] = await gke([claim({ volumeMode: "block" })]);
        assert.match(only!, /"block" is not a volume mode; write "Filesystem" or "Block"/);
    });

    it("fails on a specification that is no object, and on a list that is none", async () => {
        const [spec] = await gke([{ ...claim(), spec: "text" }]);
        assert.match(spec!, /^mandatory: .*spec: "text" is not an object; write an object$/);
        const set = workload("StatefulSet", {}, { spec: { volumeClaimTemplates: { a: 1 } } });
        const [list] = await gke([set]);
        assert.match(list!, /^mandatory: .*volumeClaimTemplates: \{"a":1\} is not a list/);
    });
});

describe("volume-access-mode finds the storage of a claim", () => {
    const many = (storageClassName: unknown) => withModes(["ReadWriteMany"], { storageClassName });

    it("by the class in the stack, whatever the vendor has of that name", async () => {
        const files = storageClass(
            { provisioner: "filestore.csi.storage.gke.io", parameters: { tier: "standard" } },
            "standard-rwo",
        );
        assert.deepEqual(await gke([files, many("standard-rwo")]), []);
        assert.equal((await gke([storageClass(), many("fast")])).length, 1);
    });

    it("by the class in the stack even if it is registered after the claim", async () => {
        const found = await gke([many("fast"), storageClass()]);
        assert.equal(found.length, 1);
        assert.match(found[0]!, /^mandatory: .*Persistent Disk, balanced/);
        const files = storageClass({ provisioner: "filestore.csi.storage.gke.io", parameters: {} });
        assert.deepEqual(await gke([many("fast"), files]), []);
    });

    it("by the class of its own cluster only", async () => {
        const other = "urn:pulumi:stack::test::pulumi:providers:kubernetes::other::id";
        const elsewhere = registered(
            storageClass({ provisioner: "filestore.csi.storage.gke.io" }),
            {
                provider: other,
            },
        );
        const [only] = await gke([elsewhere, many("fast")]);
        assert.match(only!, /^advisory: .*"fast" is neither a StorageClass among these resources/);
    });

    it("by the classes that the vendor's clusters have", async () => {
        for (const [vendor, disk, files] of [
            ["gke", "premium-rwo", "standard-rwx"],
            ["aks", "managed-csi", "azurefile-csi"],
            ["iks-vpc", "ibmc-vpc-block-metro-5iops-tier", "ibmc-vpc-file-500-iops"],
            ["iks-classic", "ibmc-block-silver", "ibmc-file-silver"],
        ] as const) {
            const refused = await said(volumeAccessMode, [many(disk)], { vendor });
            assert.equal(refused.length, 1, `${vendor} ${disk}`);
            assert.match(refused[0]!, /^mandatory/);
            assert.deepEqual(await said(volumeAccessMode, [many(files)], { vendor }), [], files);
        }
    });

    it("by the class in the annotation of older manifests", async () => {
        const { storageClassName: _, ...spec } = many("x").spec;
        const annotations = { "volume.beta.kubernetes.io/storage-class": "standard-rwo" };
        const old = { ...claim(), metadata: { name: "data", annotations }, spec };
        assert.equal((await gke([old])).length, 1);
    });

    it("by the vendor's default class where it names none", async () => {
        const [only] = await gke([many(undefined)]);
        assert.match(only!, PD_REFUSES_MANY);
    });

    it("by the volume that it names", async () => {
        const volume = {
            apiVersion: "v1",
            kind: "PersistentVolume",
            metadata: { name: "share" },
            spec: { accessModes: ["ReadWriteMany"], nfs: { server: "nfs", path: "/" } },
        };
        const bound = withModes(["ReadWriteMany"], { storageClassName: "", volumeName: "share" });
        assert.deepEqual(await gke([volume, bound]), []);
        const disk = {
            ...volume,
            spec: { accessModes: ["ReadWriteOnce"], csi: { driver: "disk.csi.azure.com" } },
        };
        assert.equal((await gke([disk, bound])).length, 1);
    });

    it("by the configuration, for a class that was made elsewhere", async () => {
        const config = { storageClasses: { platform: { provisioner: "disk.csi.azure.com" } } };
        const [only] = await gke([many("platform")], config);
        assert.match(only!, /^mandatory: .*Azure Disk/);
    });

    it("by the provisioner that Kubernetes noted on the claim", async () => {
        const noted = {
            ...many("made-elsewhere"),
            metadata: {
                name: "data",
                annotations: { "volume.kubernetes.io/storage-provisioner": "disk.csi.azure.com" },
            },
        };
        const [only] = await gke([noted]);
        assert.match(only!, /^mandatory: .*Azure Disk/);
    });

    it("by a provisioner alone, as far as all its tiers agree", async () => {
        const noted = (provisioner: string, spec: Record<string, unknown>) => ({
            ...claim({ storageClassName: "made-elsewhere", ...spec }),
            metadata: {
                name: "data",
                annotations: { "volume.beta.kubernetes.io/storage-provisioner": provisioner },
            },
        });
        const source = { kind: "VolumeSnapshot", name: "yesterday" };
        const readOnly = noted("pd.csi.storage.gke.io", {
            accessModes: ["ReadOnlyMany"],
            dataSource: source,
        });
        const [advice] = await gke([readOnly]);
        assert.match(advice!, /^advisory: .*the setting vendor tells which/);
        const [strict] = await gke([readOnly], { unknownClass: "mandatory" });
        assert.match(strict!, /^mandatory/);
        const block = { accessModes: ["ReadWriteMany"], volumeMode: "Block" };
        const [shared] = await gke([noted("disk.csi.azure.com", block)]);
        assert.match(shared!, /^mandatory: .*say in the setting facts that it holds$/);
    });

    it("nowhere where it wants none, and then says nothing of modes", async () => {
        assert.deepEqual(await gke([withModes(["ReadWriteMany"], { storageClassName: "" })]), []);
    });

    it("and says so where nobody knows the class, as loud as the configuration wants", async () => {
        const [byDefault, ...others] = await gke([many("made-elsewhere")]);
        assert.deepEqual(others, []);
        assert.match(
            byDefault!,
            /^advisory: .*storageClassName: "made-elsewhere" is neither .* that clusters of gke have/,
        );
        const [strict] = await gke([many("made-elsewhere")], { unknownClass: "mandatory" });
        assert.match(strict!, /^mandatory/);
        assert.deepEqual(await gke([many("made-elsewhere")], { unknownClass: "ignore" }), []);
    });

    it("as an advice where only the name of the class speaks for it", async () => {
        const [only] = await said(volumeAccessMode, [many("standard-rwo")]);
        assert.match(only!, /^advisory: .*the setting vendor tells/);
        const [strict] = await said(volumeAccessMode, [many("standard-rwo")], {
            unknownClass: "mandatory",
        });
        assert.match(strict!, /^mandatory/);
    });
});

describe("volume-access-mode checks conditions and does not assume them", () => {
    const readOnly = (spec: Record<string, unknown> = {}) => withModes(["ReadOnlyMany"], spec);

    it("a data source, for a read-only disk", async () => {
        const [only] = await gke([readOnly()]);
        assert.match(only!, /^mandatory: .*"ReadOnlyMany" is not given .*data source/);
        const source = { kind: "VolumeSnapshot", name: "yesterday" };
        assert.deepEqual(await gke([readOnly({ dataSource: source })]), []);
        assert.deepEqual(await gke([readOnly({ dataSourceRef: source })]), []);
        assert.deepEqual(await gke([readOnly({ volumeName: "made-beforehand" })]), []);
    });

    it("a parameter of the class", async () => {
        const shared = (maxShares: string | undefined) =>
            storageClass({
                provisioner: "disk.csi.azure.com",
                parameters: { skuName: "Premium_LRS", ...(maxShares ? { maxShares } : {}) },
            });
        const block = withModes(["ReadWriteMany"], {
            storageClassName: "fast",
            volumeMode: "Block",
        });
        const check = (storage: ReturnType<typeof storageClass>) =>
            said(volumeAccessMode, [storage, block], { vendor: "aks" });
        assert.deepEqual(await check(shared("2")), []);
        assert.match((await check(shared("1")))[0]!, /^mandatory: .*maxShares of 2 or more/);
        assert.match((await check(shared(undefined)))[0]!, /^mandatory/);
    });

    it("what no manifest shows, where the configuration does not state it", async () => {
        const local = withModes(["ReadWriteMany"], { storageClassName: "local-path" });
        const check = (facts?: Record<string, unknown>) =>
            said(volumeAccessMode, [local], { vendor: "local", ...(facts ? { facts } : {}) });
        assert.match((await check())[0]!, /^mandatory: .*say in the setting facts that it holds$/);
        const stated = { provisionerSettings: ["sharedFileSystemPath"] };
        assert.deepEqual(await check(stated), []);
        assert.match((await check({ provisionerSettings: [] }))[0]!, /^mandatory/);
    });

    it("the series of the machines", async () => {
        const disk = storageClass({ parameters: { type: "hyperdisk-balanced" } });
        const block = withModes(["ReadWriteMany"], {
            storageClassName: "fast",
            volumeMode: "Block",
        });
        assert.equal((await gke([disk, block])).length, 1);
        assert.deepEqual(await gke([disk, block], { facts: { machineSeries: "c4" } }), []);
        assert.equal((await gke([disk, block], { facts: { machineSeries: "e2" } })).length, 1);
    });
});

describe("volume-access-mode finds the vendor", () => {
    const many = withModes(["ReadWriteMany"], { storageClassName: "standard" });
    const vendorSaid = async (resources: Registered[], config: Record<string, unknown>) => {
        const [only] = await said(volumeAccessMode, [...resources, many], config);
        return /Persistent Disk/.test(only ?? "")
            ? "gke"
            : /local-path/.test(only ?? "")
              ? "local"
              : only;
    };

    it("as the configuration says", async () => {
        assert.equal(await vendorSaid([], { vendor: "gke" }), "gke");
        assert.equal(await vendorSaid([], { vendor: "local" }), "local");
    });

    it("as the cluster's component says, before what is said of all clusters", async () => {
        assert.equal(await vendorSaid(clusterOf("local"), { vendor: "gke" }), "local");
        assert.equal(await vendorSaid(clusterOf("other"), { vendor: "gke" }), "gke");
    });

    it("as is said of this cluster: by its component, its provider or its context", async () => {
        for (const name of ["cluster", "cluster-provider", "test-context"]) {
            const config = { vendor: "gke", clusters: { [name]: "local" } };
            assert.equal(await vendorSaid(clusterOf("gke"), config), "local", name);
        }
        const config = { vendor: "gke", clusters: { another: "local" } };
        assert.equal(await vendorSaid(clusterOf("gke"), config), "gke");
    });

    it("as the component of a vendor's cluster is called", async () => {
        const [, provider] = clusterOf("other") as [RecordedResource, RecordedResource];
        for (const [kind, inputs, storageClassName, expected] of [
            ["GkeCluster", {}, "premium-rwo", "Persistent Disk"],
            ["AksCluster", {}, "managed-csi", "Azure Disk"],
            ["IksCluster", { infrastructure: "vpc" }, "ibmc-vpc-block-5iops-tier", "VPC block"],
            ["IksCluster", { infrastructure: "classic" }, "ibmc-block-gold", "classic block"],
        ] as const) {
            const component = registration(`kubefabric:index:${kind}`, "cluster", inputs);
            const own = [component, { ...provider, parent: component.urn }];
            const object = withModes(["ReadWriteMany"], { storageClassName });
            const [only] = await said(volumeAccessMode, [...own, object]);
            assert.match(only ?? "", new RegExp(`^mandatory: .*${expected}`, "i"), kind);
        }
        const classic = registration("kubefabric:index:IksCluster", "cluster", {
            infrastructure: "classic",
        });
        const vpc = withModes(["ReadWriteMany"], { storageClassName: "ibmc-vpc-block-5iops-tier" });
        const found = await said(volumeAccessMode, [
            classic,
            { ...provider, parent: classic.urn },
            vpc,
        ]);
        assert.match(found[0]!, /^advisory: .*is neither/, "a class of IBM's other clusters");
    });

    it("as either of IBM's where nobody says which", async () => {
        for (const [storageClassName, lines] of [
            ["ibmc-block-gold", 1],
            ["ibmc-vpc-block-5iops-tier", 1],
            ["ibmc-file-gold", 0],
        ] as const) {
            const object = withModes(["ReadWriteMany"], { storageClassName });
            const found = await said(volumeAccessMode, [...clusterOf("iks"), object]);
            assert.equal(found.length, lines, storageClassName);
        }
    });
});

describe("volume-access-mode, where a preview does not know a value", () => {
    const known = { onUnknown: "mandatory" };

    it("says which value, as loud as the configuration wants, and never nothing", async () => {
        for (const [object, path] of [
            [claim({ storageClassName: UNKNOWN_TEXT }), "spec.storageClassName"],
            [claim({ accessModes: UNKNOWN_LIST }), "spec.accessModes"],
            [claim({ accessModes: [UNKNOWN_TEXT] }), "spec.accessModes[0]"],
            [claim({ volumeMode: UNKNOWN_TEXT }), "spec.volumeMode"],
            [{ ...claim(), spec: UNKNOWN_OBJECT }, "spec"],
            [
                workload("StatefulSet", {}, { spec: { volumeClaimTemplates: UNKNOWN_LIST } }),
                "spec.volumeClaimTemplates",
            ],
            [workload("Pod", { volumes: UNKNOWN_LIST }), "spec.volumes"],
        ] as const) {
            const [advice, ...others] = await gke([object]);
            assert.deepEqual(others, [], path);
            assert.match(advice!, /^advisory: /);
            assert.ok(advice!.includes(`: ${path}: is not known before the update`), advice);
            const [strict] = await gke([object], known);
            assert.match(strict!, /^mandatory: /, path);
            assert.deepEqual(await gke([object as KubernetesObject], { onUnknown: "ignore" }), []);
        }
    });

    it("still refuses what is wrong with the rest of the object", async () => {
        const mode = await gke([claim({ accessModes: [UNKNOWN_TEXT, "ReadWriteMany"] })]);
        assert.ok(mode.some((line) => /^mandatory: .*accessModes\[1\]/.test(line)));
        const other = { metadata: { name: "b" }, spec: withModes(["ReadWriteMany"]).spec };
        const template = { metadata: { name: "a" }, spec: UNKNOWN_OBJECT };
        const set = workload(
            "StatefulSet",
            {},
            { spec: { volumeClaimTemplates: [template, other] } },
        );
        const templates = await gke([set]);
        assert.ok(templates.some((line) => /^mandatory: .*volumeClaimTemplates\[1\]/.test(line)));
        const size = { storageClassName: "standard-rwo", resources: UNKNOWN_OBJECT };
        const claimed = await gke([withModes(["ReadWriteMany"], size)]);
        assert.ok(claimed.some((line) => /^mandatory: .*accessModes\[0\]/.test(line)));
    });

    it("is certain where every tier that it can be refuses", async () => {
        const unsure = storageClass({ parameters: { type: UNKNOWN_TEXT } });
        const [only] = await gke([
            unsure,
            withModes(["ReadWriteMany"], { storageClassName: "fast" }),
        ]);
        assert.match(only!, /^mandatory: .*"ReadWriteMany" is not given/);
    });

    it("leaves to the update what only some of the tiers refuse", async () => {
        const unsure = storageClass({ parameters: { type: UNKNOWN_TEXT } });
        const source = {
            storageClassName: "fast",
            dataSource: { kind: "VolumeSnapshot", name: "a" },
        };
        const readOnly = withModes(["ReadOnlyMany"], source);
        assert.match((await gke([unsure, readOnly]))[0]!, /^advisory: .*the update knows which/);
        assert.match((await gke([unsure, readOnly], known))[0]!, /^mandatory/);
    });

    it("says so where the class's provisioner is not known", async () => {
        const unsure = storageClass({ provisioner: UNKNOWN_TEXT });
        const many = withModes(["ReadWriteMany"], { storageClassName: "fast" });
        assert.match(
            (await gke([unsure, many]))[0]!,
            /^advisory: .*storageClassName: is not known/,
        );
        assert.match((await gke([unsure, many], known))[0]!, /^mandatory/);
    });
});
