import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";

import { CoreV1Api, StorageV1Api } from "@kubernetes/client-node";
import { ExistingCluster, FabricOrg, PeerNode } from "kubefabric";

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
const ORG = `t${mark}-groups`;
const GROUP = `ledgers-${mark}`;
const USUAL = "kubefabric-premium-zrs";
const APART = `${USUAL}-in-${GROUP}`;

/** An organization on a cluster of Azure's, whose disks are in a group of their own or not. */
function network(peers: readonly string[], resourceGroupName?: string) {
    return async () => {
        const target = new ExistingCluster("cluster", {
            kubeconfig: engineKubeconfig(),
            vendor: "aks",
            storage: { resourceGroupName },
        });
        const org = new FabricOrg(ORG, { cluster: target, mspId: "Org1MSP" });
        for (const name of peers) {
            const resources = { requests: { cpu: "10m", memory: "64Mi" } };
            new PeerNode(name, { org, ledgerSize: "1Gi", resources });
        }
    };
}

const core = () => cluster().makeApiClient(CoreV1Api);
const storage = () => cluster().makeApiClient(StorageV1Api);

/** A disk that nobody has to make: the driver is not here. */
const disk = (storageClassName: string, name: string) => ({
    metadata: { name: `t${mark}-${name}` },
    spec: {
        storageClassName,
        capacity: { storage: "1Gi" },
        accessModes: ["ReadWriteOncePod"],
        hostPath: { path: `/tmp/t${mark}-${name}` },
        claimRef: { namespace: ORG, name: `${name}-ledger` },
    },
});

/** Identity, class and disk of each claim. */
async function claims(): Promise<Record<string, (string | undefined)[]>> {
    const { items } = await core().listNamespacedPersistentVolumeClaim({ namespace: ORG });
    return Object.fromEntries(
        items.map(({ metadata, spec, status }) => [
            metadata?.name ?? "",
            [metadata?.uid, spec?.storageClassName, spec?.volumeName, status?.phase],
        ]),
    );
}

async function groupOf(name: string): Promise<string | undefined> {
    return (await storage().readStorageClass({ name })).parameters?.resourceGroup;
}

describe("ledgers on AKS whose disks are to be in another resource group", function () {
    needsEngine(this);
    this.timeout(300_000);
    let engine: EngineStack;
    before(async () => {
        await core().createPersistentVolume({ body: disk(USUAL, "peer0") });
        await core().createPersistentVolume({ body: disk(APART, "peer1") });
        engine = await engineStack(`kubefabric-groups-${mark}`);
        await engine.run(network(["peer0"]));
    });
    after(async () => {
        await removeNamespaces(ORG);
        for (const name of ["peer0", "peer1"]) {
            await core().deletePersistentVolume({ name: `t${mark}-${name}` });
        }
        for (const name of [USUAL, APART]) {
            await storage()
                .deleteStorageClass({ name })
                .catch(() => undefined);
        }
        engine.forget();
    });

    it("fail to get it while their class is protected, and stay as they are", async () => {
        const before = await claims();
        assert.equal(before["peer0-ledger"]?.[1], USUAL);
        const program = network(["peer0"], GROUP);
        await assert.rejects(engine.stack.preview({ program, color: "never" }), /protect/);
        await assert.rejects(engine.run(program), /protect/);
        assert.deepEqual(await claims(), before);
        assert.equal(await groupOf(USUAL), undefined);
        await assert.rejects(groupOf(APART), /not found/i);
        const { summary } = await engine.run(network(["peer0"]));
        assert.deepEqual(changes(summary), {}, "nothing is left behind");
    });

    it("keep disk and class when it is not any more; new ledgers are in the group", async () => {
        const before = await claims();
        await unprotectClass(engine);
        await engine.run(network(["peer0", "peer1"], GROUP));
        const { "peer1-ledger": added, ...kept } = await claims();
        assert.deepEqual(kept, before);
        assert.deepEqual(added?.slice(1), [APART, `t${mark}-peer1`, "Bound"]);
        assert.equal(await groupOf(APART), GROUP);
        assert.equal(await groupOf(USUAL), undefined, "the class is there for those on it");
        const { summary } = await engine.run(network(["peer0", "peer1"], GROUP));
        assert.deepEqual(changes(summary), {});
    });
});

/** What `pulumi state unprotect` does. */
async function unprotectClass(engine: EngineStack): Promise<void> {
    const state = await engine.stack.exportStack();
    const { resources } = state.deployment as {
        resources: { urn: string; type: string; protect?: boolean }[];
    };
    const classes = resources.filter(({ type }) => type.endsWith(":StorageClass"));
    assert.equal(classes.length, 1);
    classes[0]!.protect = false;
    await engine.stack.importStack(state);
}
