import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";

import { CoreV1Api, StorageV1Api, type V1Secret } from "@kubernetes/client-node";
import { ExistingCluster, FabricOrg, PeerNode, type ExistingClusterArgs } from "kubefabric";
import type { LedgerStorage, PeerNodeArgs } from "kubefabric";

import {
    changes,
    cluster,
    engineKubeconfig,
    engineStack,
    needsEngine,
    removeNamespaces,
    type EngineStack,
} from "../support/engine.ts";

const mark = randomBytes(3).toString("hex");
const ORG = `t${mark}-ledgers`;
/** A class that keeps disks and lets them grow, as a profile's does; the cluster's own can provide it. */
const GROWS = `t${mark}-grows`;
const PROJECT = "kubefabric-ledgers";

/** The default class, with a driver that speaks CSI: new claims are for one Pod then. */
const KNOWN_DRIVER: LedgerStorage = { storageClassName: "standard", driver: "disk.csi.azure.com" };

interface Shape {
    /** The peers, by name. */
    peers?: Readonly<Record<string, Partial<PeerNodeArgs>>>;
    cluster?: Partial<ExistingClusterArgs>;
    /** @default true */
    hasOrg?: boolean;
}

/** One organization with its peers; each test runs it in one shape or another. */
function network({ peers = { peer0: {} }, hasOrg = true, ...shape }: Shape = {}) {
    return async () => {
        const target = new ExistingCluster("cluster", {
            kubeconfig: engineKubeconfig(),
            ...shape.cluster,
        });
        if (!hasOrg) {
            return;
        }
        const org = new FabricOrg(ORG, { cluster: target, mspId: "Org1MSP" });
        for (const [name, args] of Object.entries(peers)) {
            const resources = { requests: { cpu: "10m", memory: "64Mi" } };
            new PeerNode(name, { org, ledgerSize: "1Gi", resources, ...args });
        }
    };
}

const core = () => cluster().makeApiClient(CoreV1Api);
const storage = () => cluster().makeApiClient(StorageV1Api);

/** What stays the same of a claim that lives on, and what may change. */
async function claims() {
    const { items } = await core().listNamespacedPersistentVolumeClaim({ namespace: ORG });
    return Object.fromEntries(
        items.map(({ metadata, spec }) => [
            metadata?.name ?? "",
            {
                uid: metadata?.uid,
                volume: spec?.volumeName,
                modes: spec?.accessModes,
                size: spec?.resources?.requests?.storage,
            },
        ]),
    );
}

describe("a ledger on the real engine", function () {
    needsEngine(this);
    this.timeout(300_000);
    let engine: EngineStack;
    before(async () => {
        await storage().createStorageClass({
            body: {
                metadata: { name: GROWS },
                provisioner: "kubernetes.io/host-path",
                reclaimPolicy: "Retain",
                volumeBindingMode: "WaitForFirstConsumer",
                allowVolumeExpansion: true,
            },
        });
        engine = await engineStack(PROJECT);
        await engine.run(network());
    });
    after(async () => {
        await removeNamespaces(ORG);
        await storage().deleteStorageClass({ name: GROWS });
        engine.forget();
    });

    /** Runs a preview that is refused, and makes sure that the cluster does not notice. */
    async function refusedInPreview(shape: Shape, why: RegExp): Promise<void> {
        const before = await claims();
        await assert.rejects(
            engine.stack.preview({ program: network(shape), color: "never" }),
            why,
        );
        await assert.rejects(engine.run(network(shape)), why);
        assert.deepEqual(await claims(), before);
    }

    it("fails to move to another class, with the way to migrate", async () => {
        await refusedInPreview(
            { peers: { peer0: { storage: { storageClassName: GROWS } } } },
            new RegExp(
                `"standard" => "${GROWS}" would delete claim ${ORG}/peer0-ledger and the ledger on ` +
                    "it; keep it, and to move the ledger add a new node",
            ),
        );
    });

    it("fails to shrink", async () => {
        await refusedInPreview(
            { peers: { peer0: { ledgerSize: "512Mi" } } },
            /"1Gi" => "512Mi": a volume cannot shrink; keep "1Gi"/,
        );
    });

    it("fails to grow where its class in the cluster does not let it", async () => {
        await refusedInPreview(
            { peers: { peer0: { ledgerSize: "2Gi" } } },
            /"1Gi" => "2Gi": volumes of class "standard" do not grow; keep "1Gi"/,
        );
    });

    it("fails to lose its organization, whose namespace would take it along", async () => {
        const before = await claims();
        await assert.rejects(engine.run(network({ hasOrg: false })), /protected|unprotect/);
        assert.deepEqual(await claims(), before);
        const { status } = await core().readNamespace({ name: ORG });
        assert.equal(status?.phase, "Active");
        // What is not protected went; it comes back around the ledger.
        await engine.run(network());
        assert.deepEqual(await claims(), before);
    });

    it("keeps the access mode it was made with when its driver becomes known; a new one is for one Pod", async () => {
        const before = await claims();
        assert.deepEqual(before["peer0-ledger"]?.modes, ["ReadWriteOnce"]);
        const { summary } = await engine.run(
            network({ peers: { peer0: { storage: KNOWN_DRIVER } } }),
        );
        assert.deepEqual(changes(summary), {});
        assert.deepEqual(await claims(), before);

        const modes: Record<string, unknown> = {};
        await engine.stack.preview({
            program: network({
                peers: { peer0: { storage: KNOWN_DRIVER }, peer1: { storage: KNOWN_DRIVER } },
            }),
            color: "never",
            onEvent: ({ resourcePreEvent }) => {
                const { type, urn, new: state } = resourcePreEvent?.metadata ?? {};
                if (type?.endsWith(":PersistentVolumeClaim")) {
                    const { spec } = state?.inputs as { spec: { accessModes: unknown } };
                    modes[urn?.split("::").at(-1) ?? ""] = spec.accessModes;
                }
            },
        });
        assert.deepEqual(modes, {
            "peer0-ledger": ["ReadWriteOnce"],
            "peer1-ledger": ["ReadWriteOncePod"],
        });
    });

    it("fails to change its access mode on the program's own word", async () => {
        await refusedInPreview(
            { peers: { peer0: { storage: { ...KNOWN_DRIVER, accessMode: "ReadWriteOncePod" } } } },
            /"ReadWriteOnce" => "ReadWriteOncePod" would delete claim/,
        );
    });

    it("grows in place where its class lets it", async () => {
        const grown = (ledgerSize: string): Shape => ({
            peers: { peer0: {}, peer2: { storage: { storageClassName: GROWS }, ledgerSize } },
        });
        await engine.run(network(grown("1Gi")));
        const before = await claims();
        const steps = await engine.steps(network(grown("2Gi")));
        assert.deepEqual(steps, [
            "update LedgerGuard peer2-ledger-guard",
            "update PersistentVolumeClaim peer2-ledger",
        ]);
        const after = await claims();
        assert.deepEqual(after["peer2-ledger"], { ...before["peer2-ledger"], size: "2Gi" });
        await refusedInPreview(grown("1Gi"), /a volume cannot shrink; keep "2Gi"/);
    });

    it("outlives its claim on a class that retains", async () => {
        const { volume } = (await claims())["peer2-ledger"]!;
        await unprotect(engine, "peer2");
        await engine.run(network());
        assert.ok("peer2-ledger" in (await claims()), "the claim outlives its node");
        await core().deleteNamespacedPersistentVolumeClaim({
            namespace: ORG,
            name: "peer2-ledger",
        });
        const released = async () =>
            (await core().readPersistentVolume({ name: volume! })).status?.phase;
        for (let tries = 0; (await released()) !== "Released" && tries < 100; tries++) {
            await new Promise((resolve) => setTimeout(resolve, 100));
        }
        assert.equal(await released(), "Released");
        await core().deletePersistentVolume({ name: volume! });
    });

    it("fails to come back without its keys, and comes back as it was with them", async () => {
        const before = await claims();
        const name = `${ORG}-signing-ca`;
        const kept: V1Secret = await core().readNamespacedSecret({ namespace: ORG, name });
        engine.forget();
        engine = await engineStack(PROJECT);
        await core().deleteNamespacedSecret({ namespace: ORG, name });
        // A driver that is known by now does not change what the claim has.
        const back = network({
            peers: { peer0: { storage: KNOWN_DRIVER } },
            cluster: { recover: true },
        });
        await assert.rejects(
            engine.run(back),
            new RegExp(`Secret "${name}" .*no new ones are made; restore that Secret`),
        );
        assert.deepEqual(await claims(), before);
        const { items } = await core().listNamespacedSecret({ namespace: ORG });
        assert.ok(!items.some(({ metadata }) => metadata?.name === name), "no new CA was made");

        const { apiVersion, kind, type, data, metadata } = kept;
        const { labels, annotations } = metadata ?? {};
        await core().createNamespacedSecret({
            namespace: ORG,
            body: { apiVersion, kind, type, data, metadata: { name, labels, annotations } },
        });
        await engine.run(back);
        assert.deepEqual(await claims(), before);
        const { summary } = await engine.run(back);
        assert.deepEqual(changes(summary), {});
    });

    it("fails on a class that the cluster does not have, before its claim waits for ever", async () => {
        const peers = { peer0: {}, peer3: { storage: { storageClassName: "gold" } } };
        await assert.rejects(
            engine.run(network({ peers })),
            /the cluster has no StorageClass "gold"; write one that/,
        );
        assert.ok(!("peer3-ledger" in (await claims())));
    });
});

describe("a vendor's StorageClass on the real engine", function () {
    needsEngine(this);
    this.timeout(300_000);
    let engine: EngineStack;
    before(async () => {
        engine = await engineStack(`${PROJECT}-classes`);
    });
    after(async () => {
        await storage()
            .deleteStorageClass({ name })
            .catch(() => undefined);
        engine.forget();
    });

    const onGke = (protection?: "none") =>
        network({ hasOrg: false, cluster: { vendor: "gke", storage: { protection } } });
    const name = "kubefabric-pd-balanced";
    const read = () => storage().readStorageClass({ name });

    it("is made as its profile says, once", async () => {
        await engine.run(onGke());
        const { provisioner, parameters, reclaimPolicy, volumeBindingMode, allowVolumeExpansion } =
            await read();
        assert.deepEqual(
            { provisioner, parameters, reclaimPolicy, volumeBindingMode, allowVolumeExpansion },
            {
                provisioner: "pd.csi.storage.gke.io",
                parameters: { type: "pd-balanced", "csi.storage.k8s.io/fstype": "ext4" },
                reclaimPolicy: "Retain",
                volumeBindingMode: "WaitForFirstConsumer",
                allowVolumeExpansion: true,
            },
        );
        const { summary } = await engine.run(onGke());
        assert.deepEqual(changes(summary), {});
    });

    it("outlives the network, and is taken up again by the next one", async () => {
        const { metadata } = await read();
        await engine.stack.destroy({ excludeProtected: true, color: "never" });
        assert.equal((await read()).metadata?.uid, metadata?.uid);
        await engine.run(onGke());
        assert.equal((await read()).metadata?.uid, metadata?.uid);
    });

    it("is shared by two stacks, and outlives the first one's end", async () => {
        const other = await engineStack(`${PROJECT}-others`);
        await other.run(onGke());
        const { metadata } = await read();
        await other.stack.destroy({ excludeProtected: true, color: "never" });
        other.forget();
        assert.equal((await read()).metadata?.uid, metadata?.uid);
        const { summary } = await engine.run(onGke());
        assert.deepEqual(changes(summary), {});
    });

    it("is deleted once its protection is given up", async () => {
        await engine.run(onGke("none"));
        await engine.stack.destroy({ color: "never" });
        await assert.rejects(read(), /not found/i);
    });
});

/** Takes the protection of one node's resources away, as an operator does by hand. */
async function unprotect(engine: EngineStack, node: string): Promise<void> {
    const state = await engine.stack.exportStack();
    const { resources } = state.deployment as { resources: { urn: string; protect?: boolean }[] };
    for (const resource of resources) {
        if (resource.urn.split("::").at(-1)?.startsWith(node)) {
            resource.protect = false;
        }
    }
    await engine.stack.importStack(state);
}
