import assert from "node:assert/strict";

import { Chaincode, KubernetesBuilder, type Channel } from "kubefabric";
import { committedDefinition } from "kubefabric/internal/clients/lifecycle";
import type { PeerAccess } from "kubefabric/internal/clients/peerAdmin";

import { evaluate, invoke } from "../support/contractCall.ts";
import { changes, engineStack, type EngineStack } from "../support/engine.ts";
import {
    needsRealCluster,
    RealNetwork,
    realApis,
    realCredentials,
    type RealOutputs,
} from "../support/realNetwork.ts";
import { eventually } from "../support/eventually.ts";

/**
 * Images that the cluster has: one with the builder, and two of a chaincode with the functions `PutValue` and
 * `GetValue`, by their digests. `samples/go-contract` of fabric-builder-k8s is such a chaincode.
 */
const [image, ...contracts] = (process.env.KUBEFABRIC_TEST_KUBERNETES_BUILDER ?? "").split(" ");
const asked = contracts.length === 2;
const title =
    "chaincode that peers start in Kubernetes" +
    (asked
        ? ""
        : " (skipped: set KUBEFABRIC_TEST_KUBERNETES_BUILDER to the image with the builder and two of a " +
          "chaincode, as name@sha256:…)");

for (const fabricVersion of [
    "3.1.5",
    ...(process.env.KUBEFABRIC_TEST_FABRIC_25 ? ["2.5.16"] : []),
]) {
    describe(`${title}, with Fabric ${fabricVersion}`, function () {
        if (!asked) {
            this.pending = true;
        }
        needsRealCluster(this);
        this.timeout(300_000);
        const network = new RealNetwork();
        const { channelId } = network;
        const namespaces = network.orgNamespaces.map((org) => `${org}-cc`);
        let engine: EngineStack;
        let outputs: RealOutputs & { sequence: number; waiting: string; packageId: string };
        let peers: readonly [PeerAccess, PeerAccess];

        const program = (version: string, contract: string | undefined) =>
            network.program({
                protection: "none",
                fabricVersion,
                peerArgs: (org) => ({
                    kubernetesBuilder: new KubernetesBuilder(`${org.namespace}-cc`, {
                        org,
                        image,
                        resources: {
                            requests: { cpu: "10m", memory: "16Mi" },
                            limits: { memory: "128Mi" },
                        },
                    }),
                }),
                beyond: (channel) => contractOn(channel, version, contract!),
            });
        const up = async (version: string, contract: string | undefined) => {
            const started = performance.now();
            const result = await engine.run(program(version, contract));
            console.log(`      · update: ${((performance.now() - started) / 1000).toFixed(2)} s`);
            outputs = Object.fromEntries(
                Object.entries(result.outputs).map(([name, { value }]) => [name, value as unknown]),
            ) as unknown as typeof outputs;
            peers = [network.peerAccess("peer0", outputs), network.otherPeerAccess(outputs)];
            return result;
        };
        const orderers = () => [
            {
                credentials: realCredentials(),
                target: network.ordererTarget("orderer-0", "grpc", outputs.ordererTlsCaPem),
            },
        ];
        const call = (...args: string[]) => ({ channelId, chaincode: "contract", args });

        /** Pods of chaincode that run, with the image and the profile of security they run under. */
        async function podsIn(namespace: string) {
            const { items } = await realApis().core.listNamespacedPod({ namespace });
            return items.filter(
                ({ metadata, status }) =>
                    status?.phase === "Running" && metadata?.deletionTimestamp === undefined,
            );
        }

        before(async () => {
            engine = await engineStack("kubefabric-kubernetes-builder");
            await up("1.0", contracts[0]);
        });
        after(async () => {
            const { core } = realApis();
            await Promise.all(
                [...network.namespaces, ...namespaces].map((name) =>
                    core.deleteNamespace({ name }).catch(() => undefined),
                ),
            );
            engine?.forget();
        });

        it("is committed by one update, and answers transactions of both organizations", async () => {
            assert.deepEqual([outputs.sequence, outputs.waiting], [1, ""]);
            assert.match(outputs.packageId, /^contract-1-0:[0-9a-f]{64}$/);
            await invoke(peers, orderers(), call("PutValue", "a", "one"));
            for (const access of peers) {
                await eventually(async () => {
                    assert.equal(await evaluate(access, call("GetValue", "a")), "one");
                });
            }
        });

        it("runs as a Job of each organization's own, in its namespace, from the image in the package", async () => {
            for (const namespace of namespaces) {
                const [pod, ...others] = await podsIn(namespace);
                assert.deepEqual(others, []);
                const { containers, serviceAccountName } = pod!.spec!;
                assert.equal(containers[0]!.image, contracts[0]);
                assert.equal(serviceAccountName, "chaincode");
                assert.deepEqual(containers[0]!.resources?.limits, { memory: "128Mi" });
                assert.deepEqual(
                    containers[0]!.volumeMounts?.map(({ mountPath }) => mountPath),
                    ["/etc/hyperledger/fabric"],
                    "no token is mounted",
                );
            }
        });

        it("changes nothing when nothing changed", async () => {
            const result = await up("1.0", contracts[0]);
            assert.deepEqual(changes(result.summary), {});
        });

        it("is started again by its peer after its Pod was killed", async () => {
            const [namespace] = namespaces as [string];
            const [pod] = await podsIn(namespace);
            const { name } = pod!.metadata!;
            await realApis().core.deleteNamespacedPod({ namespace, name: name! });
            await eventually(
                async () => {
                    assert.equal(await evaluate(peers[0], call("GetValue", "a")), "one");
                },
                { withinMs: 120_000 },
            );
            const [again] = await podsIn(namespace);
            assert.notEqual(again?.metadata?.name, name);
        });

        it("is upgraded with its data, and the older version's Pods end", async () => {
            await up("2.0", contracts[1]);
            assert.deepEqual([outputs.sequence, outputs.waiting], [2, ""]);
            assert.equal(
                (await committedDefinition(peers[0], channelId, "contract"))?.definition.version,
                "2.0",
            );
            await invoke(peers, orderers(), call("PutValue", "b", "two"));
            assert.equal(await evaluate(peers[0], call("GetValue", "a")), "one");
            for (const namespace of namespaces) {
                await eventually(
                    async () => {
                        const images = (await podsIn(namespace)).map(
                            ({ spec }) => spec!.containers[0]!.image,
                        );
                        assert.deepEqual(images, [contracts[1]]);
                    },
                    { withinMs: 120_000 },
                );
            }
        });
    });
}

function contractOn(channel: Channel, version: string, image: string): Record<string, unknown> {
    const contract = new Chaincode("contract", {
        channel,
        mode: "kubernetes",
        image,
        version,
        endorsementPolicy: "AND('Org1MSP.peer', 'Org2MSP.peer')",
    });
    const { packageId, sequence, waiting } = contract;
    return { packageId, sequence, waiting };
}
