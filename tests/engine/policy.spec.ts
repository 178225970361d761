import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";

import { CoreV1Api } from "@kubernetes/client-node";
import * as k8s from "@pulumi/kubernetes";
import type * as automation from "@pulumi/pulumi/automation/index.js";
import {
    ExistingCluster,
    FabricOrg,
    OrdererService,
    PeerNode,
    type ExistingClusterArgs,
} from "kubefabric";

import { CheckFolder } from "../support/check.ts";
import {
    cluster,
    engineEnvironment,
    engineKubeconfig,
    engineStack,
    needsEngine,
    removeNamespaces,
    type EngineStack,
} from "../support/engine.ts";
import { hostRunsPacks, INSTALLED_PACK, pathWithoutHost } from "../support/policyEngine.ts";

const mark = randomBytes(3).toString("hex");
const RESOURCES = { requests: { cpu: "10m", memory: "64Mi" } };

/** A class of each vendor's driver, as an own stack would have it, and what it does not give. */
const WRONG = {
    gke: ["pd.csi.storage.gke.io", { type: "pd-balanced" }, "ReadWriteMany"],
    aks: ["disk.csi.azure.com", { skuName: "Premium_ZRS" }, "ReadOnlyMany"],
    iks: ["vpc.block.csi.ibm.io", { profile: "10iops-tier" }, "ReadWriteMany"],
    local: ["rancher.io/local-path", {}, "ReadWriteMany"],
} as const;

/** Namespace, then class, then the claim that is wrong, then something after it. */
function wrongMode(vendor: keyof typeof WRONG, namespace: string) {
    const [provisioner, parameters, mode] = WRONG[vendor];
    return async () => {
        const { provider } = new ExistingCluster("cluster", {
            kubeconfig: engineKubeconfig(),
            vendor,
        });
        const home = new k8s.core.v1.Namespace(
            "home",
            { metadata: { name: namespace } },
            { provider },
        );
        const fast = new k8s.storage.v1.StorageClass(
            "fast",
            {
                metadata: { name: `${namespace}-fast` },
                provisioner,
                parameters,
                volumeBindingMode: "WaitForFirstConsumer",
            },
            { provider },
        );
        const claim = new k8s.core.v1.PersistentVolumeClaim(
            "data",
            {
                metadata: { name: "data", namespace },
                spec: {
                    storageClassName: fast.metadata.name,
                    accessModes: [mode],
                    resources: { requests: { storage: "20Gi" } },
                },
            },
            { provider, dependsOn: [home] },
        );
        new k8s.core.v1.ConfigMap(
            "after",
            { metadata: { name: "after", namespace } },
            { provider, dependsOn: [claim] },
        );
    };
}

/** A small network of this package. */
function network(args: Partial<ExistingClusterArgs>, names: [string, string]) {
    return async () => {
        const target = new ExistingCluster("cluster", { kubeconfig: engineKubeconfig(), ...args });
        const [orderers, peers] = names;
        const ordererOrg = new FabricOrg(orderers, { cluster: target, mspId: "OrdererMSP" });
        new OrdererService("orderer", { org: ordererOrg, nodes: 1, resources: RESOURCES });
        const org = new FabricOrg(peers, { cluster: target, mspId: "Org1MSP" });
        new PeerNode("peer0", { org, resources: RESOURCES });
    };
}

describe("the policy pack, enforced by the engine", function () {
    needsEngine(this);
    this.timeout(300_000);
    let bin: string;
    let searchPath: string;
    let engine: EngineStack;
    let config: string;
    const namespaces: string[] = [];

    before(() => {
        bin = mkdtempSync(join(tmpdir(), "kubefabric-pack-"));
        searchPath = pathWithoutHost(bin);
    });
    beforeEach(async () => {
        engine = await engineStack("kubefabric-policy", { PATH: searchPath });
        config = join(engine.folder, "policy.json");
        writeFileSync(config, "{}");
    });
    afterEach(async () => {
        engine.forget();
        await removeNamespaces(...namespaces.splice(0));
    });
    after(() => rmSync(bin, { recursive: true, force: true }));

    /** What the pack says while something runs, as `level policy: message`. */
    async function said(
        run: (options: automation.PreviewOptions & { policyPacks: string[] }) => Promise<unknown>,
    ) {
        const lines: string[] = [];
        let failure: Error | undefined;
        await run({
            policyPacks: [INSTALLED_PACK],
            policyPackConfigs: [config],
            color: "never",
            onEvent: ({ policyEvent }) => {
                if (policyEvent !== undefined) {
                    const { enforcementLevel, policyName, message } = policyEvent;
                    // The first line is the policy's description.
                    const [, ...text] = stripVTControlCharacters(message).trim().split("\n");
                    lines.push(`${enforcementLevel} ${policyName}: ${text.join(" ").trim()}`);
                }
            },
        }).catch((error: unknown) => {
            failure = error as Error;
        });
        return { lines, failure };
    }

    const exists = (namespace: string, read: Promise<unknown>) =>
        read.then(
            () => true,
            (error: { code?: number }) => {
                assert.equal(error.code, 404, `${namespace}: ${JSON.stringify(error)}`);
                return false;
            },
        );

    for (const vendor of Object.keys(WRONG) as (keyof typeof WRONG)[]) {
        it(`stops a wrong access mode on ${vendor}: in a preview, and without one before its claim`, async () => {
            const namespace = `p${mark}-${vendor}`;
            namespaces.push(namespace);
            const program = wrongMode(vendor, namespace);
            const [, , mode] = WRONG[vendor];

            const preview = await said((options) => engine.stack.preview({ ...options, program }));
            assert.ok(preview.failure, "the preview fails");
            const refused = preview.lines.filter((line) => line.startsWith("mandatory"));
            assert.equal(refused.length, 1, preview.lines.join("\n"));
            assert.match(
                refused[0]!,
                new RegExp(
                    `^mandatory volume-access-mode: PersistentVolumeClaim/data: spec\\.accessModes\\[0\\]: "${mode}"`,
                ),
            );

            const update = await said((options) => engine.stack.up({ ...options, program }));
            assert.ok(update.failure, "the update fails");
            assert.ok(update.lines.some((line) => line.startsWith("mandatory volume-access-mode")));
            const core = cluster().makeApiClient(CoreV1Api);
            assert.ok(
                await exists(namespace, core.readNamespace({ name: namespace })),
                "what came before was made",
            );
            for (const read of [
                () => core.readNamespacedPersistentVolumeClaim({ name: "data", namespace }),
                () => core.readNamespacedConfigMap({ name: "after", namespace }),
            ]) {
                assert.ok(
                    !(await exists(namespace, read())),
                    "neither the claim nor what came after it",
                );
            }
        });
    }

    for (const vendor of ["gke", "aks", "iks", "local", "other"] as const) {
        it(`passes a network of this package in a preview on ${vendor}`, async () => {
            const program = network({ vendor }, [`p${mark}-orderers`, `p${mark}-org1`]);
            const { lines, failure } = await said((options) =>
                engine.stack.preview({ ...options, program }),
            );
            assert.equal(failure, undefined);
            assert.deepEqual(
                lines.filter((line) => line.startsWith("mandatory")),
                [],
            );
        });
    }

    it("passes a network in an update, and kubefabric check passes the state that it leaves", async () => {
        const names: [string, string] = [`p${mark}-up-orderers`, `p${mark}-up-org1`];
        namespaces.push(...names);
        const program = network({ vendor: "local" }, names);
        const { lines, failure } = await said((options) =>
            engine.stack.up({ ...options, program }),
        );
        assert.equal(failure, undefined);
        assert.deepEqual(
            lines.filter((line) => line.startsWith("mandatory")),
            [],
        );

        const folder = new CheckFolder();
        const exported = await engine.exported();
        folder.write("state.json", exported);
        const right = folder.check(["--vendor", "local", "state.json"]);
        assert.equal(right.code, 0, right.output);

        // Of a cluster that is not local, the same state has to keep its ledgers; it does.
        const kept = folder.check([
            "--vendor",
            "other",
            "--config",
            folder.write("other.json", {
                "volume-access-mode": { clusters: { cluster: "other" } },
            }),
            "state.json",
        ]);
        assert.doesNotMatch(kept.output, /protect|retainOnDelete|dependsOn/);

        const state = JSON.parse(exported) as {
            deployment: {
                resources: { urn: string; retainOnDelete?: boolean; dependencies?: string[] }[];
            };
        };
        for (const resource of state.deployment.resources) {
            if (resource.urn.endsWith("PersistentVolumeClaim::peer0-ledger")) {
                delete resource.retainOnDelete;
            }
            if (resource.urn.endsWith("Service::peer0-headless")) {
                resource.dependencies = [];
            }
        }
        folder.write("broken.json", state);
        const broken = folder.check(["--vendor", "other", "--config", "other.json", "broken.json"]);
        assert.equal(broken.code, 1);
        assert.match(broken.output, /PersistentVolumeClaim\/peer0-ledger: retainOnDelete/);
        assert.match(broken.output, /StatefulSet\/peer0: dependsOn/);
        assert.doesNotMatch(broken.output + broken.notes, /PRIVATE KEY|ciphertext|v1:/);
        folder.remove();
    });

    it("takes settings and levels from --policy-pack-config", async () => {
        const namespace = `p${mark}-config`;
        const program = wrongMode("gke", namespace);
        writeFileSync(config, JSON.stringify({ "volume-access-mode": "advisory" }));
        const advised = await said((options) => engine.stack.preview({ ...options, program }));
        assert.equal(advised.failure, undefined);
        assert.ok(
            advised.lines.some((line) =>
                /^advisory volume-access-mode: .*ReadWriteMany/.test(line),
            ),
        );
        writeFileSync(config, JSON.stringify({ "volume-access-mode": { vendor: "eks" } }));
        const refused = await said((options) => engine.stack.preview({ ...options, program }));
        assert.match(String(refused.failure), /vendor/);
    });
});

describe("pulumi preview --policy-pack node_modules/kubefabric/dist/policy", function () {
    needsEngine(this);
    this.timeout(300_000);

    it("stops a program's wrong access mode", function () {
        if (!hostRunsPacks()) {
            // The language host that can be built here runs programs, but no packs.
            this.skip();
        }
        const folder = mkdtempSync(join(tmpdir(), "kubefabric-cli-"));
        const env = { ...process.env, ...engineEnvironment(folder) };
        const pulumi = (...args: string[]) =>
            execFileSync("pulumi", args, { cwd: folder, env, encoding: "utf8", stdio: "pipe" });
        writeFileSync(
            join(folder, "Pulumi.yaml"),
            "name: policy\nruntime: nodejs\nmain: index.js\n",
        );
        writeFileSync(
            join(folder, "index.js"),
            `const k8s = require("@pulumi/kubernetes");
            const provider = new k8s.Provider("gke-provider", { kubeconfig: process.env.TEST_KUBECONFIG });
            new k8s.core.v1.PersistentVolumeClaim("data", { metadata: { name: "data", namespace: "default" },
                spec: { storageClassName: "standard-rwo", accessModes: ["ReadWriteMany"], resources: { requests: { storage: "20Gi" } } } }, { provider });`,
        );
        writeFileSync(
            join(folder, "package.json"),
            JSON.stringify({ name: "policy", main: "index.js" }),
        );
        execFileSync("ln", [
            "-s",
            join(import.meta.dirname, "../../node_modules"),
            join(folder, "node_modules"),
        ]);
        writeFileSync(
            join(folder, "policy.json"),
            JSON.stringify({ "volume-access-mode": { vendor: "gke" } }),
        );
        try {
            pulumi("stack", "init", "test");
            env.TEST_KUBECONFIG = engineKubeconfig();
            const pack = [
                "--policy-pack",
                "node_modules/kubefabric/dist/policy",
                "--policy-pack-config",
                "policy.json",
            ];
            assert.throws(
                () => pulumi("preview", "--stack", "test", ...pack),
                /ReadWriteMany.* is not given by/s,
            );
        } finally {
            rmSync(folder, { recursive: true, force: true });
        }
    });
});
