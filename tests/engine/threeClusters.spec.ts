import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { AppsV1Api, CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { Channel, ExistingCluster, FabricOrg, OrdererService, PeerNode } from "kubefabric";
import { settingsOf } from "kubefabric/internal/fabric/genesisBlock";
import { resolvePrograms, type Programs } from "kubefabric/internal/cli/programs";
import {
    deleteSimulatedCluster,
    startSimulatedCluster,
    stopSimulatedCluster,
} from "kubefabric/internal/cli/simulatedCluster";
import { SIMULATION } from "kubefabric/internal/cli/startCluster";

import {
    changes,
    engineKubeconfig,
    engineStack,
    needsEngine,
    removeNamespaces,
    type EngineStack,
} from "../support/engine.ts";
import { recordingOf } from "../support/stateGraph.ts";
import { partOf, waitsBetween } from "../support/consortium.ts";

const mark = randomBytes(3).toString("hex");
const NODE = { ledgerSize: "1Gi", resources: { requests: { cpu: "10m", memory: "64Mi" } } };

/** Each organization has a cluster of its own. */
const ORGANIZATIONS = {
    orderers: { mspId: "OrdererMSP", node: "orderer-0" },
    org1: { mspId: "Org1MSP", node: "org1-peer0" },
    org2: { mspId: "Org2MSP", node: "org2-peer0" },
} as const;
type Organization = keyof typeof ORGANIZATIONS;
const NAMES = Object.keys(ORGANIZATIONS) as Organization[];
const namespaceOf = (name: Organization) => `t${mark}-${name}`;

/** One program for all, told where each cluster is. */
function network(kubeconfigs: Readonly<Record<Organization, string>>, logSpecification?: string) {
    return async () => {
        const orgs = NAMES.map((name) => {
            const cluster = new ExistingCluster(`${name}-cluster`, {
                kubeconfig: kubeconfigs[name],
                simulated: true,
            });
            return new FabricOrg(namespaceOf(name), {
                cluster,
                mspId: ORGANIZATIONS[name].mspId,
                protection: "none",
                outside: { domain: `${name}.example.com`, exposedBy: "none" },
            });
        });
        const shared = { ...NODE, logSpecification, advertise: "external" as const };
        const [orderingOrg, ...peerOrgs] = orgs;
        const orderers = new OrdererService("orderer", { org: orderingOrg!, nodes: 1, ...shared });
        const peers = peerOrgs.map(
            (org, index) => new PeerNode(`org${index + 1}-peer0`, { org, ...shared }),
        );
        const channel = new Channel("trade", { orderers: [orderers], peers });
        return { genesisBlock: channel.genesisBlock, plan: channel.plan };
    };
}

describe("one program over three clusters", function () {
    needsEngine(this);
    this.timeout(300_000);
    const folders: Partial<Record<Organization, string>> = {};
    const kubeconfigs = {} as Record<Organization, string>;
    let programs: Programs;
    let engine: EngineStack;

    /** Starts the cluster of an organization, or starts it again as it was. */
    async function start(name: Organization): Promise<void> {
        folders[name] ??= mkdtempSync(join(tmpdir(), `kubefabric-${name}-`));
        const { kubeconfig } = await startSimulatedCluster({ folder: folders[name], programs });
        const config = new KubeConfig();
        config.loadFromFile(kubeconfig);
        kubeconfigs[name] = config.exportConfig();
    }
    before(async () => {
        programs = await resolvePrograms(SIMULATION);
        kubeconfigs.orderers = engineKubeconfig();
        await start("org1");
        await start("org2");
        engine = await engineStack("kubefabric-three-clusters");
    });
    after(async () => {
        await removeNamespaces(namespaceOf("orderers"));
        for (const folder of Object.values(folders)) {
            await deleteSimulatedCluster({ folder });
            rmSync(folder, { recursive: true, force: true });
        }
        engine?.forget();
    });

    function configOf(name: Organization): KubeConfig {
        const config = new KubeConfig();
        config.loadFromString(kubeconfigs[name]);
        return config;
    }

    function apiOf(name: Organization) {
        const config = configOf(name);
        return { core: config.makeApiClient(CoreV1Api), apps: config.makeApiClient(AppsV1Api) };
    }

    /** What the logs of an organization's node are to tell, as its own cluster has it. */
    async function logOf(name: Organization): Promise<string | undefined> {
        const { node: statefulSet } = ORGANIZATIONS[name];
        const { spec } = await apiOf(name).apps.readNamespacedStatefulSet({
            name: statefulSet,
            namespace: namespaceOf(name),
        });
        const env = spec?.template.spec?.containers.flatMap((each) => each.env ?? []) ?? [];
        return env.find((variable) => variable.name === "FABRIC_LOGGING_SPEC")?.value;
    }

    it("is made by one update, each organization in its own cluster, and a second one changes nothing", async () => {
        const { summary, outputs } = await engine.run(network(kubeconfigs));
        assert.deepEqual(Object.keys(changes(summary)), ["create"]);
        for (const name of NAMES) {
            const { items } = await apiOf(name).core.listNamespace();
            const found = items.map(({ metadata }) => metadata!.name!);
            assert.deepEqual(
                found.filter((each) => each.startsWith(`t${mark}-`)),
                [namespaceOf(name)],
            );
        }
        const block = Buffer.from(String(outputs.genesisBlock?.value), "base64");
        const { application, ordering } = settingsOf(block);
        assert.deepEqual(
            [...ordering, ...application].map(({ mspId }) => mspId),
            NAMES.map((name) => ORGANIZATIONS[name].mspId),
        );
        assert.deepEqual(
            ordering.map(({ endpoints }) => endpoints),
            [["orderer-0.orderers.example.com:7050"]],
        );
        assert.deepEqual(changes((await engine.run(network(kubeconfigs))).summary), {});
    });

    it("has in its state that no organization's cluster and nodes wait for another's", async () => {
        const recording = await recordingOf(engine);
        const componentsOf = (name: Organization) => [
            `${name}-cluster`,
            namespaceOf(name),
            name === "orderers" ? "orderer" : ORGANIZATIONS[name].node,
        ];
        const parts = NAMES.map((name) => partOf(recording, componentsOf(name)));
        const channel = partOf(recording, ["trade"]);
        for (const [index, part] of parts.entries()) {
            assert.ok(waitsBetween(recording, part, part).length > 50, NAMES[index]);
            for (const other of [...parts, channel]) {
                if (other !== part) {
                    assert.deepEqual(waitsBetween(recording, part, other), [], NAMES[index]);
                }
            }
            // The block has all their definitions.
            assert.ok(waitsBetween(recording, channel, part).length > 0, NAMES[index]);
        }
    });

    it("fails where one cluster cannot be reached, says which, and goes on with the others", async () => {
        await stopSimulatedCluster({ folder: folders.org1! });
        const { server } = configOf("org1").getCurrentCluster()!;
        let said = "";
        await assert.rejects(
            engine.stack.up({
                program: network(kubeconfigs, "warning"),
                color: "never",
                continueOnError: true,
            }),
            (error: Error) => {
                said = error.message.replace(/\s+/g, " ");
                return true;
            },
        );
        const [, fault = ""] = /StatefulSet \(org1-peer0\): error: (.{0,400})/.exec(said) ?? [];
        assert.match(fault, /cluster is unreachable/);
        assert.ok(fault.includes(server.replace(/^https:\/\//, "")), fault);
        assert.doesNotMatch(said, /\((orderer-0|org2-peer0)\): error/);
        assert.equal(await logOf("orderers"), "warning");
        assert.equal(await logOf("org2"), "warning");
    });

    it("is made whole by the next update once the cluster is back, and loses nothing", async () => {
        await start("org1");
        const { summary } = await engine.run(network(kubeconfigs, "warning"));
        assert.deepEqual(changes(summary), { update: 1 });
        assert.equal(await logOf("org1"), "warning");
    });
});
