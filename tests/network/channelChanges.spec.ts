import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { loadavg } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

import { common } from "@hyperledger/fabric-protos";
import * as pulumi from "@pulumi/pulumi";
import { Channel, ExistingCluster, FabricOrg, OrdererService, PeerNode } from "kubefabric";
import type { ChannelSettingsArgs } from "kubefabric/internal/components/channelArgs";
import {
    askBlock,
    askInfo,
    asking,
    channelInfo,
    fetchBlock,
    type OrdererAccess,
} from "kubefabric/internal/clients/ordererAdmin";
import { nodeTarget, type NodeTarget } from "kubefabric/internal/clients/connection";
import { chainInfo } from "kubefabric/internal/clients/peerAdmin";
import { settingsOf } from "kubefabric/internal/fabric/channelConfiguration";
import type { Signer } from "kubefabric/internal/fabric/signing";

import { underLoad } from "../support/channelLoad.ts";
import { changes, engineStack, type EngineStack, outputValues } from "../support/engine.ts";
import { needsRealCluster, realApis, realCredentials } from "../support/realNetwork.ts";

/** What one turn of the program says of the channel. */
interface Turn {
    nodes?: number;
    settings?: ChannelSettingsArgs;
    /** Whether a third organization has a peer in the channel. */
    third?: boolean;
}

interface Outputs {
    ordererTlsCaPem: string;
    ordererAdmin: { certificatePem: string; privateKeyPem: string };
    orgs: { namespace: string; tlsCaPem: string; admin: Signer }[];
}

function report(what: string, value: string): void {
    console.log(`      · ${what}: ${value} (load ${loadavg()[0]!.toFixed(1)})`);
}

/** The text that a user sees of an update, without the resources that stay. */
function words(stdout: string): string {
    return stdout.replace(/\s+/g, " ");
}

for (const consensus of ["etcdraft", "BFT"] as const) {
    describe(`a channel that lives, on real nodes (${consensus})`, function () {
        needsRealCluster(this);
        this.timeout(900_000);
        this.bail(true);
        const mark = randomBytes(3).toString("hex");
        const channelId = `trade-${mark}`;
        const ordererNamespace = `n${mark}-orderers`;
        const namespaces = [1, 2, 3].map((number) => `n${mark}-org${number}`);
        const fewest = consensus === "BFT" ? 4 : 3;
        let engine: EngineStack;
        let outputs: Outputs;

        before(async () => {
            engine = await engineStack(`kubefabric-living-${consensus.toLowerCase()}`);
        });
        after(async () => {
            const { core } = realApis();
            await Promise.all(
                [ordererNamespace, ...namespaces].map((name) =>
                    core.deleteNamespace({ name }).catch(() => undefined),
                ),
            );
            engine.forget();
        });

        function program({ nodes = fewest, settings, third = false }: Turn) {
            return async () => {
                const cluster = new ExistingCluster("cluster", {
                    ...realCredentials(),
                    vendor: "local",
                });
                const shared = { cluster, protection: "none" } as const;
                const small = {
                    ledgerSize: "1Gi",
                    resources: { requests: { cpu: "20m", memory: "64Mi" } },
                };
                const ordererOrg = new FabricOrg(ordererNamespace, {
                    ...shared,
                    mspId: "OrdererMSP",
                });
                const orderers = new OrdererService("orderer", {
                    org: ordererOrg,
                    consensus,
                    nodes,
                    ...small,
                });
                const orgs = namespaces
                    .slice(0, third ? 3 : 2)
                    .map(
                        (name, index) =>
                            new FabricOrg(name, { ...shared, mspId: `Org${index + 1}MSP` }),
                    );
                const peers = orgs.map(
                    (org, index) => new PeerNode(`peer${index}`, { org, ...small }),
                );
                new Channel(channelId, {
                    orderers: [orderers],
                    peers,
                    profile: "local",
                    settings,
                });
                return {
                    ordererTlsCaPem: ordererOrg.tlsCa.certificatePem,
                    ordererAdmin: pulumi.output(orderers.admin),
                    orgs: pulumi.output(
                        orgs.map(({ namespace, mspId, admin, tlsCa }) => ({
                            namespace,
                            tlsCaPem: tlsCa.certificatePem,
                            admin: { ...admin, mspId },
                        })),
                    ),
                };
            };
        }

        /** Updates the stack; gives what the user sees. A second update then has nothing to do. */
        async function up(what: string, turn: Turn): Promise<string> {
            const begin = performance.now();
            const result = await engine.run(program(turn));
            report(what, `${((performance.now() - begin) / 1000).toFixed(1)} s`);
            outputs = outputValues(result.outputs) as unknown as Outputs;
            return result.stdout;
        }

        async function changesNothing(turn: Turn): Promise<void> {
            const { summary } = await engine.run(program(turn));
            assert.deepEqual(changes(summary), {});
        }

        async function preview(turn: Turn): Promise<string> {
            const { stdout } = await engine.stack.preview({
                program: program(turn),
                color: "never",
            });
            return words(stdout);
        }

        function target(node: string, port: "grpc" | "admin"): NodeTarget {
            const { ordererTlsCaPem: tlsCaPem } = outputs;
            return nodeTarget({ node, namespace: ordererNamespace, tlsCaPem }, "orderer", port);
        }

        function admin(node: string): OrdererAccess {
            const { ordererAdmin } = outputs;
            return {
                credentials: realCredentials(),
                target: target(node, "admin"),
                admin: ordererAdmin,
            };
        }

        async function configuration(node = "orderer-0") {
            return settingsOf((await fetchBlock(admin(node), channelId, "config"))!);
        }

        async function heightOf(peer: number): Promise<number | undefined> {
            const { namespace, tlsCaPem, admin: signer } = outputs.orgs[peer]!;
            const node = { node: `peer${peer}`, namespace, tlsCaPem };
            const info = await chainInfo(
                {
                    credentials: realCredentials(),
                    target: nodeTarget(node, "peer", "grpc"),
                    signer,
                },
                channelId,
            );
            return info?.height;
        }

        /** Payloads of all envelopes in the channel. */
        async function payloads(node = "orderer-0"): Promise<Set<string>> {
            const found = new Set<string>();
            await asking(admin(node), async (orderer) => {
                const { height } = (await askInfo(orderer, channelId))!;
                for (let number = 0; number < height; number++) {
                    const bytes = await askBlock(orderer, channelId, number);
                    assert.ok(bytes instanceof Uint8Array, String(bytes));
                    for (const item of common.Block.deserializeBinary(bytes)
                        .getData()!
                        .getDataList_asU8()) {
                        const envelope = common.Envelope.deserializeBinary(item);
                        const payload = common.Payload.deserializeBinary(
                            envelope.getPayload_asU8(),
                        );
                        found.add(Buffer.from(payload.getData_asU8()).toString());
                    }
                }
            });
            return found;
        }

        /** Updates the stack under load, and asserts that nothing that was acknowledged is missing. */
        async function upUnderLoad(what: string, turn: Turn): Promise<void> {
            const targets = Array.from({ length: fewest }, (_, number) =>
                target(`orderer-${number}`, "grpc"),
            );
            const [org] = outputs.orgs;
            const load = await underLoad(
                { credentials: realCredentials(), targets, channelId, signer: org!.admin },
                () => up(what, turn),
            );
            const there = await payloads();
            const lost = load.acknowledged.filter((payload) => !there.has(payload));
            report(
                `${what}, envelopes`,
                `${load.sent} sent, ${load.acknowledged.length} acknowledged, ${lost.length} lost, ` +
                    `longest gap ${load.longestGapMs} ms, refused ${JSON.stringify(load.refusals)}`,
            );
            assert.ok(load.acknowledged.length > 0);
            assert.deepEqual(lost, []);
        }

        it("is made, and nothing is left to do", async () => {
            await up("from nothing", {});
            await changesNothing({});
            assert.equal((await configuration()).sequence, 0);
        });

        const settings = { batchTimeout: "350ms" };

        it("gets another batch timeout by an update of the stack", async () => {
            assert.match(
                await preview({ settings }),
                /a config update changes: batch timeout: \S+ => 350ms/,
            );
            await up("batch timeout changed", { settings });
            const found = await configuration();
            assert.deepEqual([found.sequence, found.batchTimeout], [1, "350ms"]);
            await changesNothing({ settings });
            await engine.stack.refresh({ color: "never" });
            await changesNothing({ settings });
        });

        if (consensus === "etcdraft") {
            it("is joined by a third organization, which leaves it again", async () => {
                const third = { settings, third: true };
                assert.match(await preview(third), /Org3MSP joins the organizations with peers/);
                await up("a third organization with its peer", third);
                const { application, sequence } = await configuration();
                assert.deepEqual([application.length, sequence], [3, 2]);
                const end = Date.now() + 60_000;
                while ((await heightOf(2)) !== (await heightOf(0))) {
                    assert.ok(Date.now() < end, "the third organization's peer has no blocks");
                    await sleep(200);
                }
                await changesNothing(third);
                assert.match(
                    await preview({ settings }),
                    /Org3MSP leaves the organizations with peers/,
                );
                await up("the third organization leaves", { settings });
                assert.equal((await configuration()).application.length, 2);
                await changesNothing({ settings });
            });
        }

        it(`gets from ${fewest} consenters to ${fewest + (consensus === "BFT" ? 1 : 2)} and back, under load`, async () => {
            const more = { settings, nodes: fewest + (consensus === "BFT" ? 1 : 2) };
            const said = await preview(more);
            assert.match(said, new RegExp(`consenters of OrdererMSP: ${fewest} => ${more.nodes}`));
            const before = (await configuration()).sequence;
            await upUnderLoad(`${more.nodes} consenters`, more);
            const grown = await configuration();
            assert.equal(grown.consenters.length, more.nodes);
            assert.equal(grown.sequence, before + more.nodes - fewest, "one update for each");
            for (let number = 0; number < more.nodes; number++) {
                const info = await channelInfo(admin(`orderer-${number}`), channelId);
                assert.deepEqual(
                    [info?.consensusRelation, info?.status],
                    ["consenter", "active"],
                    `orderer-${number}`,
                );
            }
            await changesNothing(more);
            await upUnderLoad(`back to ${fewest} consenters`, { settings });
            const shrunk = await configuration();
            assert.equal(shrunk.consenters.length, fewest);
            assert.equal(shrunk.sequence, before + 2 * (more.nodes - fewest));
            await changesNothing({ settings });
            const { items } = await realApis().apps.listNamespacedStatefulSet({
                namespace: ordererNamespace,
            });
            assert.equal(items.length, fewest);
        });
    });
}
