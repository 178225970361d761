import assert from "node:assert/strict";

import { ledgerStorage } from "kubefabric/policy";

import {
    claim,
    claimed,
    clusterOf,
    ledgerClaim,
    nodeLabels,
    podWith,
    registered,
    said,
    storageClass,
    UNKNOWN_TEXT,
    workload,
    type Registered,
} from "../support/policy.ts";

const on = (vendor: string, resources: Registered[], config: Record<string, unknown> = {}) =>
    said(ledgerStorage, resources, { vendor, ...config });

/** A Fabric process of somebody else's manifests, and its data. */
const PROCESSES = {
    "fabric-peer:3.1.5": "/var/hyperledger/production",
    "fabric-orderer:2.5.13": "/var/hyperledger/production/orderer",
    "fabric-ca:1.5.15": "/etc/hyperledger/fabric-ca-server",
    "couchdb:3.4.2": "/opt/couchdb/data",
};

const process = (image: keyof typeof PROCESSES, claimName: string, name = "web") =>
    workload("StatefulSet", podWith(claimed(claimName), { image, mountPath: PROCESSES[image] }), {
        name,
    });

describe("ledger-storage", () => {
    it("passes a ledger on block storage", async () => {
        assert.deepEqual(await on("gke", [ledgerClaim()]), []);
        assert.deepEqual(await on("aks", [ledgerClaim({ storageClassName: "managed-csi" })]), []);
    });

    it("refuses a ledger on network files, FUSE or object storage, and says why", async () => {
        for (const [vendor, storageClassName] of [
            ["gke", "standard-rwx"],
            ["aks", "azurefile-csi"],
            ["aks", "azureblob-fuse-premium"],
            ["iks-vpc", "ibmc-vpc-file-500-iops"],
            ["iks-classic", "ibmc-file-gold"],
            ["iks-classic", "ibmc-s3fs-standard-regional"],
        ] as const) {
            const found = await on(vendor, [ledgerClaim({ storageClassName })]);
            assert.equal(found.length, 1, storageClassName);
            assert.match(
                found[0]!,
                /^mandatory: .*spec\.storageClassName: puts a peer's ledger on .*where it does not live: .*; take a class of block storage$/,
            );
        }
    });

    it("refuses a shared volume of storage whose shared volumes are files", async () => {
        const px = storageClass({ provisioner: "pxd.portworx.com", parameters: {} });
        for (const accessModes of [["ReadWriteMany"], ["ReadWriteOnce", "ReadWriteMany"]]) {
            const shared = ledgerClaim({ storageClassName: "fast", accessModes });
            const [found, ...more] = await on("iks-classic", [px, shared]);
            assert.match(found!, /^mandatory: .*puts a peer's ledger on Portworx, .*NFS/);
            assert.deepEqual(more, []);
        }
        const own = ledgerClaim({ storageClassName: "fast" });
        assert.deepEqual(await on("iks-classic", [px, own]), []);
    });

    it("lets anything else live where it wants", async () => {
        const found = await on("gke", [claim({ storageClassName: "standard-rwx" })]);
        assert.deepEqual(found, []);
    });

    it("looks at the class in the stack", async () => {
        const nfs = storageClass({ provisioner: "nfs.csi.k8s.io", parameters: {} });
        const ledger = ledgerClaim({ storageClassName: "fast" });
        for (const resources of [
            [nfs, ledger],
            [ledger, nfs],
        ]) {
            const found = await on("gke", resources);
            assert.equal(found.length, 1);
            assert.match(found[0]!, /^mandatory: .*NFS/);
        }
        assert.deepEqual(await on("gke", [storageClass(), ledger]), []);
    });

    it("leaves a class that nobody knows to volume-access-mode", async () => {
        assert.deepEqual(
            await on("gke", [ledgerClaim({ storageClassName: "made-elsewhere" })]),
            [],
        );
        const other = claim({ storageClassName: "made-elsewhere" });
        assert.deepEqual(await on("gke", [other, process("fabric-peer:3.1.5", "data")]), []);
    });

    it("looks at claim templates and ephemeral volumes of its nodes", async () => {
        const { spec } = claim({ storageClassName: "standard-rwx" });
        const labels = nodeLabels("orderer", "orderer-0");
        const set = { volumeClaimTemplates: [{ metadata: { name: "data" }, spec }] };
        const [template] = await on("gke", [workload("StatefulSet", {}, { labels, spec: set })]);
        assert.match(template!, /volumeClaimTemplates\[0\].*an ordering node's ledger/);
        const ephemeral = podWith({ ephemeral: { volumeClaimTemplate: { spec } } });
        const [volume] = await on("gke", [workload("Pod", ephemeral, { labels })]);
        assert.match(volume!, /volumes\[0\]\.ephemeral/);
    });

    it("knows Fabric's processes in the manifests of others, by image and by where they write", async () => {
        for (const image of Object.keys(PROCESSES) as (keyof typeof PROCESSES)[]) {
            const files = claim({ storageClassName: "standard-rwx" });
            const found = await on("gke", [files, process(image, "data")]);
            assert.equal(found.length, 1, image);
            assert.match(
                found[0]!,
                /^mandatory: StatefulSet\/web: spec\.template\.spec\.volumes\[0\]/,
            );
            assert.deepEqual(await on("gke", [claim(), process(image, "data")]), [], image);
        }
    });

    it("asks no block storage for what a process only reads, or keeps elsewhere", async () => {
        const files = claim({ storageClassName: "standard-rwx" });
        const image = "hyperledger/fabric-peer:3.1.5";
        const channel = podWith(claimed("data"), { image, mountPath: "/channel-artifacts" });
        assert.deepEqual(await on("gke", [files, workload("Pod", channel)]), []);
        const folder = PROCESSES["fabric-peer:3.1.5"];
        const read = podWith(claimed("data"), {
            image,
            mountPath: folder,
            mount: { readOnly: true },
        });
        assert.deepEqual(await on("gke", [files, workload("Pod", read)]), []);
    });

    it("follows a process to the folder that its variables name", async () => {
        const files = claim({ storageClassName: "standard-rwx" });
        const image = "registry.example/fabric-peer@sha256:abc";
        const env = [{ name: "CORE_PEER_FILESYSTEMPATH", value: "/ledger/peer" }];
        const moved = podWith(claimed("data"), { image, mountPath: "/ledger", container: { env } });
        assert.equal((await on("gke", [files, workload("Pod", moved)])).length, 1);
        const unmoved = podWith(claimed("data"), { image, mountPath: "/ledger" });
        assert.deepEqual(await on("gke", [files, workload("Pod", unmoved)]), []);
    });

    it("refuses a share that a Pod mounts without a claim", async () => {
        const nfs = podWith(
            { nfs: { server: "nfs", path: "/" } },
            { image: "fabric-ca:1.5", mountPath: PROCESSES["fabric-ca:1.5.15"] },
        );
        const [only] = await on("gke", [workload("Deployment", nfs)]);
        assert.match(
            only!,
            /^mandatory: .*volumes\[0\]\.nfs: puts a CA's database on a network file/,
        );
    });

    describe("refuses hostPath outside a local cluster", () => {
        const onHost = (labels: Record<string, string>, image: string, mountPath: string) =>
            workload("StatefulSet", podWith({ hostPath: { path: "/mnt" } }, { image, mountPath }), {
                labels,
            });
        const ours = onHost(nodeLabels(), "mirror/peer:1", "/var/hyperledger");
        const others = onHost({}, "hyperledger/fabric-peer:3.1.5", "/var/hyperledger");

        it("as a volume of a node", async () => {
            for (const node of [ours, others]) {
                const found = await on("gke", [node]);
                assert.equal(found.length, 1);
                assert.match(
                    found[0]!,
                    /^mandatory: .*volumes\[0\]\.hostPath: keeps Fabric's data/,
                );
                assert.deepEqual(await on("local", [node]), []);
            }
        });

        it("but not a socket, nor what another workload mounts", async () => {
            const socket = podWith({ hostPath: { path: "/var/run/docker.sock" } });
            assert.deepEqual(
                await on("gke", [workload("Pod", socket, { labels: nodeLabels() })]),
                [],
            );
            const agent = podWith({ hostPath: { path: "/var/log" } });
            assert.deepEqual(await on("gke", [workload("DaemonSet", agent)]), []);
        });

        it("however the node is known, and whichever of its containers writes there", async () => {
            const onPod = onHost({}, "mirror/peer:1", "/var/hyperledger");
            const { template } = onPod.spec as { template: { metadata: object } };
            template.metadata = { labels: nodeLabels() };
            assert.equal((await on("gke", [onPod])).length, 1);
            const onSet = onHost({}, "mirror/peer:1", "/var/hyperledger");
            onSet.metadata = { name: "web", labels: nodeLabels() };
            assert.equal((await on("gke", [onSet])).length, 1);
            const mounts = [
                { name: "data", mountPath: "/a", readOnly: true },
                { name: "data", mountPath: "/b" },
            ];
            const pod = (volumeMounts: object[]) =>
                podWith({ hostPath: { path: "/mnt" } }, { container: { volumeMounts } });
            const both = workload("Pod", pod(mounts), { labels: nodeLabels() });
            assert.equal((await on("gke", [both])).length, 1);
            const read = workload("Pod", pod(mounts.slice(0, 1)), { labels: nodeLabels() });
            assert.deepEqual(await on("gke", [read]), []);
        });

        it("as a volume that was made beforehand", async () => {
            const volume = (spec: object) => ({
                apiVersion: "v1",
                kind: "PersistentVolume",
                metadata: { name: "disk" },
                spec: { accessModes: ["ReadWriteOnce"], ...spec },
            });
            const ledger = ledgerClaim({ storageClassName: "", volumeName: "disk" });
            const directory = [volume({ hostPath: { path: "/mnt" } }), ledger];
            assert.match((await on("gke", directory))[0]!, /^mandatory: PersistentVolumeClaim/);
            assert.deepEqual(await on("local", directory), []);
            const share = [volume({ nfs: { server: "nfs", path: "/" } }), ledger];
            assert.match((await on("local", share))[0]!, /^mandatory: .*NFS/);
            assert.deepEqual(await on("gke", [ledger]), [], "nobody knows the volume");
        });

        it("as a provisioner of directories, sure only where the vendor is known", async () => {
            const path = storageClass({ provisioner: "rancher.io/local-path", parameters: {} });
            const ledger = ledgerClaim({ storageClassName: "fast" });
            assert.match((await on("gke", [path, ledger]))[0]!, /^mandatory: .*which is for tests/);
            assert.match((await said(ledgerStorage, [path, ledger]))[0]!, /^advisory/);
            assert.deepEqual(await on("local", [path, ledger]), []);
            assert.deepEqual(await said(ledgerStorage, [...clusterOf("local"), path, ledger]), []);
        });
    });

    it("says what a preview does not know, and stays mandatory if that is wanted", async () => {
        const unsure = ledgerClaim({ storageClassName: UNKNOWN_TEXT });
        assert.match(
            (await on("gke", [unsure]))[0]!,
            /^advisory: .*is not known before the update/,
        );
        const [strict] = await on("gke", [unsure], { onUnknown: "mandatory" });
        assert.match(strict!, /^mandatory/);
        const pod = process("fabric-peer:3.1.5", UNKNOWN_TEXT);
        assert.match((await on("gke", [pod]))[0]!, /claimName: is not known/);
    });
});

describe("ledger-storage: one claim, one writer", () => {
    const node = (name: string, spec: Record<string, unknown> = {}) =>
        workload("StatefulSet", podWith(claimed("peer0-ledger"), { image: "peer:1" }), {
            name,
            labels: nodeLabels("peer", name),
            spec,
        });

    it("passes a claim that one Pod mounts", async () => {
        assert.deepEqual(await on("gke", [ledgerClaim(), node("peer0")]), []);
    });

    it("refuses more than one replica, whatever the mode", async () => {
        for (const accessModes of [["ReadWriteOnce"], ["ReadWriteMany"], ["ReadWriteOncePod"]]) {
            const found = await on("gke", [
                ledgerClaim({ accessModes }),
                node("peer0", { replicas: 2 }),
            ]);
            assert.equal(found.length, 1, accessModes.join());
            assert.match(
                found[0]!,
                /^mandatory: StatefulSet\/peer0: .*claimName: mounts a claim with a peer's ledger in 2 Pods at once/,
            );
        }
    });

    it("refuses a second workload, and names the first", async () => {
        const found = await on("gke", [ledgerClaim(), node("peer0"), node("peer1")]);
        assert.equal(found.length, 1);
        assert.match(
            found[0]!,
            /^mandatory: StatefulSet\/peer1: .*that StatefulSet\/peer0 writes to as well/,
        );
    });

    it("refuses a second workload that is no node, and a node after it", async () => {
        const backup = (readOnly: boolean) =>
            workload("Job", podWith(claimed("peer0-ledger"), { mount: { readOnly } }), {
                name: "backup",
            });
        for (const resources of [
            [ledgerClaim(), node("peer0"), backup(false)],
            [ledgerClaim(), backup(false), node("peer0")],
        ]) {
            assert.equal((await on("gke", resources)).length, 1);
        }
        assert.deepEqual(await on("gke", [ledgerClaim(), node("peer0"), backup(true)]), []);
    });

    it("refuses a Pod on every machine", async () => {
        const pod = podWith(claimed("peer0-ledger"));
        const [only] = await on("gke", [ledgerClaim(), workload("DaemonSet", pod)]);
        assert.match(only!, /in a Pod on every machine/);
    });

    it("lets replicas have a claim each", async () => {
        const template = { metadata: { name: "data" }, spec: ledgerClaim().spec };
        const spec = { replicas: 3, volumeClaimTemplates: [template] };
        const set = workload("StatefulSet", {}, { labels: nodeLabels(), spec });
        assert.deepEqual(await on("gke", [set]), []);
    });

    it("keeps claims of other namespaces and clusters apart", async () => {
        const other = node("peer1");
        const metadata = { ...(other.metadata as object), namespace: "org2" };
        const moved = { ...other, metadata };
        assert.deepEqual(await on("gke", [ledgerClaim(), node("peer0"), moved]), []);
        const elsewhere = registered(node("peer1"), {
            provider: "urn:pulumi:stack::test::pulumi:providers:kubernetes::other::id",
        });
        assert.deepEqual(await on("gke", [ledgerClaim(), node("peer0"), elsewhere]), []);
        assert.equal((await on("gke", [ledgerClaim(), node("peer0"), node("peer1")])).length, 1);
    });

    it("finds the claim of a process in its own namespace", async () => {
        const files = claim({ storageClassName: "standard-rwx" }, { namespace: "org2" });
        const inOrg1 = registered(claim());
        const inOrg2 = registered(files, { urn: `${inOrg1.urn}-2` });
        const peer = process("fabric-peer:3.1.5", "data");
        assert.deepEqual(await on("gke", [inOrg1, inOrg2, peer]), []);
        const moved = { ...peer, metadata: { name: "web", namespace: "org2" } };
        assert.equal((await on("gke", [inOrg1, inOrg2, moved])).length, 1);
    });

    it("does not take two unknown names for one claim", async () => {
        const pod = (name: string) =>
            workload("Pod", podWith(claimed(UNKNOWN_TEXT)), { name, labels: nodeLabels() });
        const found = await on("gke", [pod("peer0"), pod("peer1")]);
        assert.deepEqual(
            found.filter((line) => line.startsWith("mandatory")),
            [],
        );
    });

    it("says that an unknown number of replicas cannot be checked", async () => {
        const [only] = await on("gke", [ledgerClaim(), node("peer0", { replicas: UNKNOWN_TEXT })]);
        assert.match(only!, /^advisory: .*spec\.replicas: is not known before the update/);
    });

    it("counts nothing that is not Fabric's", async () => {
        const web = workload("Deployment", podWith(claimed("data")), { spec: { replicas: 2 } });
        assert.deepEqual(await on("gke", [claim(), web]), []);
    });
});

describe("ledger-storage answers", () => {
    it("aks-ca-sqlite-azurefile: a CA's SQLite on Azure Files is refused", async () => {
        const files = claim({ storageClassName: "azurefile-csi", accessModes: ["ReadWriteMany"] });
        const ca = process("fabric-ca:1.5.15", "data", "org1-ca");
        const found = await on("aks", [files, ca]);
        assert.equal(found.length, 1);
        assert.match(found[0]!, /StatefulSet\/org1-ca: .*a CA's database on Azure Files/);
        const disk = claim({ storageClassName: "managed-csi" });
        assert.deepEqual(await on("aks", [disk, ca]), []);
    });

    it("rwo-claim-shared-by-an-org: all nodes of an organization on one claim are refused", async () => {
        const shared = claim({}, { name: "org1" });
        const found = await on("gke", [
            shared,
            process("fabric-ca:1.5.15", "org1", "org1-ca"),
            process("fabric-peer:3.1.5", "org1", "org1-peer1"),
            process("fabric-peer:3.1.5", "org1", "org1-peer2"),
        ]);
        assert.equal(found.length, 2);
        assert.match(
            found[0]!,
            /StatefulSet\/org1-peer1: .*StatefulSet\/org1-ca writes to as well/,
        );
        assert.match(
            found[1]!,
            /StatefulSet\/org1-peer2: .*StatefulSet\/org1-ca writes to as well/,
        );
    });
});
