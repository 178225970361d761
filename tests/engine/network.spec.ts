import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";

import { CoreV1Api } from "@kubernetes/client-node";
import * as pulumi from "@pulumi/pulumi";
import {
    ExistingCluster,
    FabricOrg,
    OrdererService,
    PeerNode,
    type ExistingClusterArgs,
} from "kubefabric";
import { mendStateFile } from "kubefabric/internal/cli/stateFile";

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
const [ORDERERS, ORG] = [`t${mark}-orderers`, `t${mark}-org1`];
const RESOURCES = { requests: { cpu: "10m", memory: "64Mi" } };

interface Shape {
    /** @default ["peer0"] */
    peers?: readonly string[];
    cluster?: Partial<ExistingClusterArgs>;
    protection?: "protect" | "none";
    mspId?: string;
    logSpecification?: string;
}

/** A small network; each test runs it in one shape or another. */
function network(shape: Shape = {}): () => Promise<Record<string, unknown>> {
    return async () => {
        const { protection, logSpecification } = shape;
        const target = new ExistingCluster("cluster", {
            kubeconfig: engineKubeconfig(),
            simulated: true,
            ...shape.cluster,
        });
        const ordererOrg = new FabricOrg(ORDERERS, {
            cluster: target,
            mspId: "OrdererMSP",
            protection,
        });
        const orderers = new OrdererService("orderer", {
            org: ordererOrg,
            nodes: 1,
            ledgerSize: "1Gi",
            resources: RESOURCES,
            logSpecification,
        });
        const org = new FabricOrg(ORG, {
            cluster: target,
            mspId: shape.mspId ?? "Org1MSP",
            protection,
        });
        const peers = (shape.peers ?? ["peer0"]).map(
            (name) =>
                new PeerNode(name, {
                    org,
                    ledgerSize: "1Gi",
                    resources: RESOURCES,
                    logSpecification,
                }),
        );
        return {
            definition: org.definition,
            endpoints: pulumi.all([...orderers.nodes, ...peers].map(({ endpoint }) => endpoint)),
        };
    };
}

/** The network with two more peers and another setting, as it is after the killed run. */
const GROWN: Shape = { peers: ["peer0", "peer2", "peer3"], logSpecification: "warning" };

const core = () => cluster().makeApiClient(CoreV1Api);

async function claims(namespace: string): Promise<Record<string, string>> {
    const { items } = await core().listNamespacedPersistentVolumeClaim({ namespace });
    return Object.fromEntries(
        items.map(({ metadata }) => [metadata?.name ?? "", metadata?.uid ?? ""]),
    );
}

/** Every Secret of a namespace, keys and certificates included. */
async function secrets(namespace: string): Promise<Record<string, unknown>> {
    const { items } = await core().listNamespacedSecret({ namespace });
    return Object.fromEntries(items.map(({ metadata, data }) => [metadata?.name ?? "", data]));
}

describe("a network on the real engine", function () {
    needsEngine(this);
    this.timeout(300_000);
    let engine: EngineStack;
    before(async () => {
        engine = await engineStack("kubefabric-test");
    });
    after(async () => {
        await removeNamespaces(ORDERERS, ORG);
        engine.forget();
    });

    it("is made by one update, and a second one changes nothing", async () => {
        const first = await engine.run(network());
        assert.deepEqual(Object.keys(changes(first.summary)), ["create"]);
        assert.deepEqual(first.outputs.endpoints?.value, [
            `orderer-0.${ORDERERS}.svc:7050`,
            `peer0.${ORG}.svc:7051`,
        ]);
        const before = await versions();
        const second = await engine.run(network());
        assert.deepEqual(changes(second.summary), {});
        assert.deepEqual(await versions(), before, "no object was written");
    });

    it("is the same after a refresh", async () => {
        const { summary } = await engine.stack.refresh({ color: "never" });
        assert.deepEqual(changes(summary), {});
    });

    it("keeps no key, no password and no kubeconfig in clear in its state", async () => {
        const state = await engine.exported();
        assert.ok(state.includes("kubefabric:PrivateKey"));
        assert.ok(!state.includes("PRIVATE KEY"));
        const token = /(?:token|client-key-data): (\S+)/.exec(engineKubeconfig())?.[1];
        assert.ok(token, "the kubeconfig has a credential to look for");
        assert.ok(!state.includes(token), "the credential is not in the state");
        for (const data of Object.values(await secrets(ORG)) as Record<string, string>[]) {
            for (const [entry, value] of Object.entries(data)) {
                if (entry.endsWith("key") || entry.endsWith("key.pem")) {
                    assert.ok(!state.includes(value), `${entry} is not in the state`);
                }
            }
        }
    });

    it("touches only a new peer's own resources when one is added", async () => {
        const steps = await engine.steps(network({ peers: ["peer0", "peer1"] }));
        assert.ok(steps.length > 5);
        assert.deepEqual(
            steps.filter((step) => !/^create \w+ peer1(-|$)/.test(step)),
            [],
        );
    });

    it("fails to remove a peer whose ledger is protected, and once allowed keeps the ledger", async () => {
        await assert.rejects(engine.run(network()), /protected|unprotect/);
        assert.ok("peer1-ledger" in (await claims(ORG)));
        await unprotect(engine, "peer1");
        const { summary } = await engine.run(network());
        assert.deepEqual(Object.keys(changes(summary)), ["delete"]);
        assert.ok("peer1-ledger" in (await claims(ORG)), "its claim is still there");
        assert.ok("peer1-identity" in (await secrets(ORG)), "and its keys");
    });

    it("fails to give the ledger of a removed peer to a new one with new keys", async () => {
        const before = await secrets(ORG);
        await assert.rejects(
            engine.run(network({ peers: ["peer0", "peer1"] })),
            /claim .*\/peer1-ledger exists and holds a ledger.*recover: true/,
        );
        assert.deepEqual(await secrets(ORG), before);
        await unprotect(engine, "peer1");
        await engine.run(network());
    });

    it("is taken down without its ledgers and keys, and comes back with them", async () => {
        const [claimsBefore, secretsBefore] = [await claims(ORG), await secrets(ORG)];
        await engine.stack.destroy({ excludeProtected: true, color: "never" });
        const { items } = await core().listNamespacedPod({ namespace: ORG });
        assert.deepEqual(
            items.filter(({ metadata }) => !metadata?.deletionTimestamp),
            [],
        );
        assert.deepEqual(await claims(ORG), claimsBefore);
        await engine.run(network());
        assert.deepEqual(await claims(ORG), claimsBefore);
        assert.deepEqual(await secrets(ORG), secretsBefore);
    });

    it("fails on a changed access mode before anything is deleted, protected or not", async () => {
        const before = await claims(ORG);
        const changed = { ledgerAccessMode: "ReadWriteOncePod" } as const;
        for (const protection of ["protect", "none"] as const) {
            await assert.rejects(
                engine.run(network({ cluster: changed, protection })),
                /"ReadWriteOnce" => "ReadWriteOncePod" would delete claim/,
            );
            assert.deepEqual(await claims(ORG), before);
        }
        const steps = await engine.steps(network());
        const ofObjects = steps.filter((step) => !step.startsWith("update FabricOrg"));
        assert.deepEqual(ofObjects, [], "taken back, nothing is left to do in the cluster");
    });

    it("replaces nothing when the kubeconfig was rotated", async () => {
        const before = await versions();
        const rotated = `# rotated\n${engineKubeconfig()}`;
        const { summary } = await engine.run(network({ cluster: { kubeconfig: rotated } }));
        assert.deepEqual(
            Object.keys(changes(summary)).filter((operation) => operation !== "update"),
            [],
        );
        assert.deepEqual(await versions(), before, "no object was written");
        await engine.run(network());
    });

    it("fails on another cluster's storage class with the names of those that exist", async () => {
        await assert.rejects(
            engine.run(network({ cluster: { storageClassName: "gold" } })),
            /"gold" does not exist on this cluster; use one of .*standard/,
        );
    });

    it("goes on after a run that was killed in the middle", async () => {
        const secretsBefore = await secrets(ORG);
        const killed = engine.stack.up({
            program: network(GROWN),
            color: "never",
            onEvent: ({ resourcePreEvent }) => {
                if (resourcePreEvent?.metadata.urn.endsWith("::peer2-headless")) {
                    killEngine();
                }
            },
        });
        await assert.rejects(killed);
        mendStateFile(engine.stateFile);
        await engine.stack.cancel();
        await engine.stack.refresh({ clearPendingCreates: true, color: "never" });
        await engine.run(network(GROWN));
        const { summary } = await engine.run(network(GROWN));
        assert.deepEqual(changes(summary), {});
        const after = await secrets(ORG);
        for (const [name, data] of Object.entries(secretsBefore)) {
            assert.deepEqual(after[name], data, `${name} has the keys it had`);
        }
    });

    it("fails without its state, says how to go on, and is read back with the same keys", async () => {
        const [claimsBefore, secretsBefore] = [await claims(ORG), await secrets(ORG)];
        engine.forget();
        engine = await engineStack("kubefabric-test");
        await assert.rejects(
            engine.run(network(GROWN)),
            /holds keys and ledgers of "(Org1|Orderer)MSP".*set recover: true/,
        );
        await assert.rejects(
            engine.run(network({ ...GROWN, mspId: "StrangerMSP", cluster: { recover: true } })),
            /belongs to organization "Org1MSP".*left as it is/,
        );
        assert.deepEqual(await secrets(ORG), secretsBefore);
        engine.forget();
        engine = await engineStack("kubefabric-test");
        await engine.run(network({ ...GROWN, cluster: { recover: true } }));
        assert.deepEqual(await claims(ORG), claimsBefore);
        assert.deepEqual(await secrets(ORG), secretsBefore);
        await engine.run(network(GROWN));
        const { summary } = await engine.run(network(GROWN));
        assert.deepEqual(changes(summary), {});
    });

    it("is deleted whole once its protection is given up", async () => {
        const given = { ...GROWN, protection: "none" } as const;
        await engine.run(network(given));
        await engine.stack.destroy({ color: "never" });
        await assert.rejects(core().readNamespace({ name: ORG }), /not found/i);
        await assert.rejects(core().readNamespace({ name: ORDERERS }), /not found/i);
    });

    /** Resource versions of what only this program writes. */
    async function versions(): Promise<Record<string, string>> {
        const [claimList, secretList, serviceList] = await Promise.all([
            core().listNamespacedPersistentVolumeClaim({ namespace: ORG }),
            core().listNamespacedSecret({ namespace: ORG }),
            core().listNamespacedService({ namespace: ORG }),
        ]);
        return Object.fromEntries(
            [...claimList.items, ...secretList.items, ...serviceList.items].map(({ metadata }) => [
                metadata?.name ?? "",
                metadata?.resourceVersion ?? "",
            ]),
        );
    }
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

/** Kills the engine that this process started, as a crash or a lost machine does. */
function killEngine(): void {
    const children = execFileSync("ps", ["-o", "pid=,comm=", "--ppid", String(process.pid)]);
    for (const line of children.toString().trim().split("\n")) {
        const [pid, command] = line.trim().split(/\s+/);
        if (command === "pulumi") {
            process.kill(Number(pid), "SIGKILL");
        }
    }
}
