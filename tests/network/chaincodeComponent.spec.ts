import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";

import { Chaincode, type Channel, type ServiceMode, type SharedChaincodeArgs } from "kubefabric";
import { installedPackages } from "kubefabric/internal/clients/chaincodeInstall";
import { committedDefinition } from "kubefabric/internal/clients/lifecycle";
import type { PeerAccess } from "kubefabric/internal/clients/peerAdmin";

import { changes, engineStack, type EngineStack, outputValues } from "../support/engine.ts";
import {
    needsRealCluster,
    RealNetwork,
    realApis,
    type RealOutputs,
} from "../support/realNetwork.ts";

const EITHER = "OR('Org1MSP.peer', 'Org2MSP.peer')";
const BOTH = "AND('Org1MSP.peer', 'Org2MSP.peer')";

/** What a test varies between two updates. */
type Variation = Partial<ServiceMode & Omit<SharedChaincodeArgs, "channel" | "peers">> & {
    /** Whether only the first organization is this program's business. */
    alone?: boolean;
};

interface DeploymentProps {
    spec: { template: { spec: { containers: object[] } } };
}

/**
 * The image listens at the port and is no chaincode: what is shown is the lifecycle and what runs beside
 * it, and no transaction.
 */
function assetOn(channel: Channel, { alone = false, ...args }: Variation): Record<string, unknown> {
    const listen = ({ type, props, opts }: { type: string; props: object; opts: object }) => {
        if (type === "kubernetes:apps/v1:Deployment") {
            const { spec } = (props as DeploymentProps).spec.template;
            Object.assign(spec.containers[0]!, { command: ["httpd", "-f", "-p", "9999"] });
        }
        return { props, opts };
    };
    const asset = new Chaincode(
        "asset",
        {
            channel,
            image: "docker.io/library/busybox:1.36",
            version: "1.0",
            endorsementPolicy: EITHER,
            resources: { requests: { cpu: "10m", memory: "16Mi" } },
            peers: alone ? channel.peers.slice(0, 1) : undefined,
            ...args,
        },
        { transforms: [listen] },
    );
    const { packageId, sequence, waiting } = asset;
    return { packageId, sequence, waiting };
}

describe("a chaincode on real nodes", function () {
    needsRealCluster(this);
    this.timeout(300_000);
    const network = new RealNetwork();
    let engine: EngineStack;
    let outputs: RealOutputs & { packageId: string; sequence: number; waiting: string };
    let peers: readonly [PeerAccess, PeerAccess];

    before(async () => {
        engine = await engineStack("kubefabric-chaincode-component");
        const result = await engine.run(program());
        outputs = outputsOf(result);
        peers = [network.peerAccess("peer0", outputs), network.otherPeerAccess(outputs)];
    });
    after(async () => {
        await network.deleteNamespaces();
        engine?.forget();
    });

    const program = (variation: Variation = {}) =>
        network.program({
            protection: "none",
            beyond: (channel) => assetOn(channel, variation),
        });
    const outputsOf = (result: { outputs: Record<string, { value: unknown }> }) =>
        outputValues(result.outputs) as unknown as typeof outputs;
    const up = async (variation: Variation) => {
        const started = performance.now();
        const result = await engine.run(program(variation));
        console.log(`      · update: ${((performance.now() - started) / 1000).toFixed(2)} s`);
        return outputsOf(result);
    };
    const committed = async () =>
        (await committedDefinition(peers[0], network.channelId, "asset"))?.definition;

    /** What runs chaincode in each organization, once what was deleted is gone. */
    async function running(): Promise<string[][]> {
        const { core, apps } = realApis();
        return Promise.all(
            network.orgNamespaces.map(async (namespace) => {
                const labelSelector = "app.kubernetes.io/component=chaincode";
                const [deployments, services] = await Promise.all([
                    apps.listNamespacedDeployment({ namespace, labelSelector }),
                    core.listNamespacedService({ namespace, labelSelector }),
                ]);
                return [...deployments.items, ...services.items]
                    .map(({ metadata }) => metadata?.name ?? "")
                    .sort();
            }),
        );
    }
    const both = (name: string) => [name, name];
    /** Kubernetes takes away what has lost its owner a while later. */
    async function eventually(expected: string[][]): Promise<void> {
        const ended = Date.now() + 60_000;
        while (!isDeepStrictEqual(await running(), expected) && Date.now() < ended) {
            await new Promise((resolve) => setTimeout(resolve, 200));
        }
        assert.deepEqual(await running(), expected);
    }

    it("is installed, approved and committed in the first update, under the ID that was known", async () => {
        assert.equal(outputs.waiting, "");
        assert.equal(outputs.sequence, 1);
        for (const access of peers) {
            const [held] = await installedPackages(access);
            assert.equal(held?.packageId, outputs.packageId);
            assert.deepEqual(held?.references, {
                [network.channelId]: [{ name: "asset", version: "1.0" }],
            });
        }
        assert.equal((await committed())?.endorsementPolicy, EITHER);
        assert.deepEqual(await running(), [
            both("chaincode-asset-1-0"),
            both("chaincode-asset-1-0"),
        ]);
    });

    it("changes nothing when nothing changed, before and after a refresh", async () => {
        assert.deepEqual(changes((await engine.run(program())).summary), {});
        await engine.stack.refresh();
        assert.deepEqual(changes((await engine.run(program())).summary), {});
    });

    it("is upgraded to the next sequence, and the older version ends", async () => {
        const after = await up({ version: "2.0", endorsementPolicy: BOTH });
        assert.deepEqual([after.sequence, after.waiting], [2, ""]);
        assert.equal((await committed())?.endorsementPolicy, BOTH);
        assert.deepEqual(await running(), [
            both("chaincode-asset-2-0"),
            both("chaincode-asset-2-0"),
        ]);
    });

    it("waits for another organization while the committed version runs on, and commits later", async () => {
        const wanted = { version: "3.0", endorsementPolicy: BOTH };
        const waits = await up({ ...wanted, alone: true });
        assert.equal(waits.sequence, 3);
        assert.match(
            waits.waiting,
            /^1 of 2 organizations approved sequence 3, .*: Org2MSP has not approved it$/,
        );
        assert.equal((await committed())?.version, "2.0");
        const [own] = await running();
        assert.deepEqual(own, [...both("chaincode-asset-2-0"), ...both("chaincode-asset-3-0")]);

        const after = await up(wanted);
        assert.deepEqual([after.sequence, after.waiting], [3, ""]);
        assert.equal((await committed())?.version, "3.0");
        // The second organization had left the program, and its older version lost its owner.
        await eventually([both("chaincode-asset-3-0"), both("chaincode-asset-3-0")]);
    });

    it("ends all of its Pods when it is taken out of the program, and stays on the channel", async () => {
        await engine.run(network.program({ protection: "none" }));
        await eventually([[], []]);
        assert.equal((await committed())?.sequence, 3);
    });

    it("fails for a policy with an organization that the channel does not have, before anything is approved", async () => {
        await assert.rejects(
            engine.run(program({ version: "4.0", endorsementPolicy: "OR('Org9MSP.peer')" })),
            /endorsementPolicy: .*Org9MSP/,
        );
        assert.equal((await committed())?.sequence, 3);
    });
});
