import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execFileSync } from "node:child_process";

import { AppsV1Api, CoreV1Api, KubeConfig, StorageV1Api } from "@kubernetes/client-node";

import { resolvePrograms, type Programs } from "kubefabric/internal/cli/programs";
import {
    deleteSimulatedCluster,
    startSimulatedCluster,
    stopSimulatedCluster,
} from "kubefabric/internal/cli/simulatedCluster";
import { SIMULATION } from "kubefabric/internal/cli/startCluster";

import { needsEngine } from "../support/engine.ts";

describe("the simulated cluster", function () {
    needsEngine(this);
    this.timeout(120_000);

    let folder: string;
    let programs: Programs;
    let kubeconfig: string;
    const api = () => {
        const config = new KubeConfig();
        config.loadFromFile(kubeconfig);
        return {
            core: config.makeApiClient(CoreV1Api),
            apps: config.makeApiClient(AppsV1Api),
            storage: config.makeApiClient(StorageV1Api),
        };
    };
    const start = async () => {
        ({ kubeconfig } = await startSimulatedCluster({ folder, programs }));
    };
    /** Command lines of all processes that name the cluster's folder. */
    const processes = () =>
        execFileSync("ps", ["-ww", "-eo", "pid=,args="], { encoding: "utf8" })
            .split("\n")
            .filter((line) => line.includes(`${folder}/`) && !line.includes("ps -ww"));

    before(async () => {
        folder = mkdtempSync(join(tmpdir(), "kubefabric-simulated-"));
        programs = await resolvePrograms(SIMULATION);
        await start();
    });
    after(async () => {
        await deleteSimulatedCluster({ folder });
        rmSync(folder, { recursive: true, force: true });
    });

    it("has a node in each of three zones and a default StorageClass that binds late", async () => {
        const { core, storage } = api();
        const { items: nodes } = await core.listNode();
        assert.deepEqual(
            nodes.map(({ metadata }) => metadata?.labels?.["topology.kubernetes.io/zone"]),
            ["a", "b", "c"],
        );
        const { metadata, ...standard } = await storage.readStorageClass({ name: "standard" });
        assert.equal(
            metadata?.annotations?.["storageclass.kubernetes.io/is-default-class"],
            "true",
        );
        assert.equal(standard.volumeBindingMode, "WaitForFirstConsumer");
        assert.equal(standard.reclaimPolicy, "Delete");
    });

    it("listens on loopback only", function () {
        if (process.platform !== "linux") {
            this.skip();
        }
        const mine = new Set(processes().map((line) => line.trim().split(" ")[0]));
        assert.equal(mine.size, 5);
        const inodes = new Set(
            [...mine].flatMap((pid) =>
                execFileSync("find", [`/proc/${pid}/fd`, "-lname", "socket:*", "-printf", "%l\n"], {
                    encoding: "utf8",
                })
                    .split("\n")
                    .map((link) => /\[(\d+)\]/.exec(link)?.[1]),
            ),
        );
        const listening = ["tcp", "tcp6"]
            .flatMap((table) => readFileSync(`/proc/net/${table}`, "utf8").split("\n"))
            .map((line) => line.trim().split(/\s+/))
            .filter(([, , , state, , , , , , inode]) => state === "0A" && inodes.has(inode))
            .map(([, address]) => address?.split(":")[0]);
        assert.ok(listening.length >= 6, String(listening));
        // 127.0.0.1, as the kernel writes it.
        assert.deepEqual([...new Set(listening)], ["0100007F"]);
    });

    it("runs a Pod with a sidecar and a volume, without running anything", async () => {
        const { core, apps } = api();
        const namespace = "default";
        await core.createNamespacedPersistentVolumeClaim({
            namespace,
            body: {
                metadata: { name: "ledger" },
                spec: {
                    accessModes: ["ReadWriteOnce"],
                    storageClassName: "standard",
                    resources: { requests: { storage: "1Gi" } },
                },
            },
        });
        const labels = { app: "peer" };
        const volumeMounts = [{ name: "ledger", mountPath: "/ledger" }];
        await apps.createNamespacedStatefulSet({
            namespace,
            body: {
                metadata: { name: "peer" },
                spec: {
                    serviceName: "peer",
                    selector: { matchLabels: labels },
                    template: {
                        metadata: { labels },
                        spec: {
                            initContainers: [{ name: "db", image: "db", restartPolicy: "Always" }],
                            containers: [{ name: "peer", image: "peer", volumeMounts }],
                            volumes: [
                                { name: "ledger", persistentVolumeClaim: { claimName: "ledger" } },
                            ],
                        },
                    },
                },
            },
        });
        await until(async () => {
            const { status } = await apps.readNamespacedStatefulSet({ name: "peer", namespace });
            return status?.readyReplicas === 1;
        });
    });

    it("keeps what it holds, and its address, when it is stopped and started", async () => {
        const before = readFileSync(kubeconfig, "utf8");
        const uid = (await api().core.readNamespace({ name: "kube-system" })).metadata?.uid;
        await stopSimulatedCluster({ folder });
        assert.deepEqual(processes(), []);
        await start();
        assert.equal(readFileSync(kubeconfig, "utf8"), before);
        const { core, apps } = api();
        assert.equal((await core.readNamespace({ name: "kube-system" })).metadata?.uid, uid);
        const claim = await core.readNamespacedPersistentVolumeClaim({
            name: "ledger",
            namespace: "default",
        });
        assert.equal(claim.status?.phase, "Bound");
        // Its nodes still work: a deleted Pod comes back.
        const pod = { name: "peer-0", namespace: "default" };
        const old = (await core.readNamespacedPod(pod)).metadata?.uid;
        await core.deleteNamespacedPod(pod);
        await until(async () => {
            const { status } = await apps.readNamespacedStatefulSet({
                name: "peer",
                namespace: "default",
            });
            const now = await core.readNamespacedPod(pod).catch(() => undefined);
            return status?.readyReplicas === 1 && now !== undefined && now.metadata?.uid !== old;
        });
    });

    it("starts what was killed, and takes other ports where its own are in use", async () => {
        const uid = (await api().core.readNamespace({ name: "kube-system" })).metadata?.uid;
        for (const line of processes()) {
            process.kill(Number(line.trim().split(" ")[0]), "SIGKILL");
        }
        const server = serverOf(kubeconfig);
        const taken = createServer();
        await until(
            () =>
                new Promise((resolve) => {
                    taken.once("error", () => resolve(false));
                    taken.listen(Number(new URL(server).port), "127.0.0.1", () => resolve(true));
                }),
        );
        try {
            await start();
        } finally {
            taken.close();
        }
        assert.notEqual(serverOf(kubeconfig), server);
        assert.equal((await api().core.readNamespace({ name: "kube-system" })).metadata?.uid, uid);
    });

    it("does nothing where it runs already", async () => {
        const running = processes();
        await start();
        assert.deepEqual(processes(), running);
    });

    it("leaves no process, no file and no volume when it is deleted", async () => {
        const { items } = await api().core.listPersistentVolume();
        const volumes = items.map(({ spec }) => spec?.hostPath?.path ?? "");
        assert.equal(volumes.filter((path) => existsSync(path)).length, 1);
        await deleteSimulatedCluster({ folder });
        assert.deepEqual(processes(), []);
        assert.deepEqual(
            volumes.filter((path) => existsSync(path)),
            [],
        );
        assert.ok(!existsSync(folder) || readdirSync(folder).length === 0);
    });
});

function serverOf(kubeconfig: string): string {
    const config = new KubeConfig();
    config.loadFromFile(kubeconfig);
    return config.getCurrentCluster()?.server ?? "";
}

async function until(condition: () => Promise<boolean>): Promise<void> {
    for (const deadline = Date.now() + 60_000; !(await condition());) {
        assert.ok(Date.now() < deadline, "did not come true within a minute");
        await new Promise((resolve) => setTimeout(resolve, 100));
    }
}
