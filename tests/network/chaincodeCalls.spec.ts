import assert from "node:assert/strict";

import type { Contract } from "@hyperledger/fabric-gateway";
import { Chaincode, type Channel, type ServiceMode, type SharedChaincodeArgs } from "kubefabric";

import { engineStack, type EngineStack } from "../support/engine.ts";
import {
    creatingAssets,
    gatewayOf,
    toldBy,
    type CallReport,
    type GatewayClient,
} from "../support/gatewayClient.ts";
import {
    needsRealCluster,
    RealNetwork,
    realApis,
    type RealOutputs,
} from "../support/realNetwork.ts";

const image = process.env.KUBEFABRIC_TEST_CHAINCODE_IMAGE;
/** The same chaincode, whose package.json has another version. */
const otherImage = process.env.KUBEFABRIC_TEST_OTHER_CHAINCODE_IMAGE;

/** What the first organization keeps to itself. */
const PRICES = {
    name: "prices",
    policy: "OR('Org1MSP.member')",
    memberOnlyRead: true,
    endorsementPolicy: "OR('Org1MSP.peer')",
};

type Variation = Partial<ServiceMode & Omit<SharedChaincodeArgs, "channel" | "peers">> & {
    /** What the second organization runs instead. */
    itsImage?: string;
};

function assetOn(channel: Channel, { itsImage, ...args }: Variation): Record<string, unknown> {
    const { namespace } = channel.peers.at(-1)!.org;
    const exchange = ({ type, props, opts }: { type: string; props: object; opts: object }) => {
        const { metadata, spec } = props as {
            metadata?: { namespace: string };
            spec?: { template: { spec: { containers: { image?: string }[] } } };
        };
        const isIts = type === "kubernetes:apps/v1:Deployment" && metadata?.namespace === namespace;
        if (itsImage !== undefined && isIts) {
            spec!.template.spec.containers[0]!.image = itsImage;
        }
        return { props, opts };
    };
    const asset = new Chaincode(
        "asset",
        {
            channel,
            image: image!,
            version: "1.0",
            endorsementPolicy: "AND('Org1MSP.peer', 'Org2MSP.peer')",
            collections: [PRICES],
            resources: { requests: { cpu: "10m", memory: "64Mi" } },
            ...args,
        },
        { transforms: [exchange] },
    );
    const { packageId, sequence, waiting } = asset;
    return { packageId, sequence, waiting };
}

describe(
    "calls of a chaincode on real nodes" +
        (image && otherImage
            ? ""
            : " (skipped: set KUBEFABRIC_TEST_CHAINCODE_IMAGE and KUBEFABRIC_TEST_OTHER_CHAINCODE_IMAGE)"),
    function () {
        needsRealCluster(this);
        this.pending ||= !image || !otherImage;
        this.timeout(300_000);
        const network = new RealNetwork();
        let engine: EngineStack;
        let clients: GatewayClient[] = [];
        let contracts: [Contract, Contract];
        /** Every asset whose creation was acknowledged. */
        const acknowledged = new Set<string>();

        const up = async (variation: Variation = {}) => {
            const started = performance.now();
            const { outputs } = await engine.run(
                network.program({
                    protection: "none",
                    beyond: (channel) => assetOn(channel, variation),
                }),
            );
            report(`update took ${seconds(started)}`);
            return Object.fromEntries(
                Object.entries(outputs).map(([name, { value }]) => [name, value as unknown]),
            ) as unknown as RealOutputs & { sequence: number; waiting: string };
        };
        const report = (text: string) => console.log(`      · ${text}`);
        const seconds = (started: number) =>
            `${((performance.now() - started) / 1000).toFixed(2)} s`;
        const reportCalls = ({ acknowledged: done, ...rest }: CallReport) =>
            report(`${done.length} acknowledged, ${JSON.stringify(rest)}`);

        before(async () => {
            engine = await engineStack("kubefabric-chaincode-calls");
            const outputs = await up();
            assert.deepEqual([outputs.sequence, outputs.waiting], [1, ""]);
            clients = await Promise.all([
                gatewayOf(network.peerAccess("peer0", outputs)),
                gatewayOf(network.otherPeerAccess(outputs)),
            ]);
            contracts = clients.map((client) => client.contract(network.channelId, "asset")) as [
                Contract,
                Contract,
            ];
        });
        after(async () => {
            const { core } = realApis();
            await Promise.all(clients.map((client) => client.close()));
            await Promise.all(
                network.namespaces.map((name) =>
                    core.deleteNamespace({ name }).catch(() => undefined),
                ),
            );
            engine?.forget();
        });

        const answered = async (contract: Contract, name: string, ...args: string[]) =>
            JSON.parse(
                Buffer.from(await contract.evaluateTransaction(name, ...args)).toString(),
            ) as unknown;
        /** The version that the image of each organization has in its package.json. */
        const imageVersions = () =>
            Promise.all(
                contracts.map(async (contract) => {
                    const metadata = await answered(contract, "org.hyperledger.fabric:GetMetadata");
                    return (metadata as { info: { version: string } }).info.version;
                }),
            );
        /** Each organization's peer has every asset whose creation was acknowledged. */
        async function nothingIsLost({ acknowledged: more }: CallReport): Promise<void> {
            more.forEach((id) => acknowledged.add(id));
            for (const contract of contracts) {
                const held = (await answered(contract, "listAssets")) as { id: string }[];
                const ids = new Set(held.map(({ id }) => id));
                assert.deepEqual(
                    [...acknowledged].filter((id) => !ids.has(id)),
                    [],
                );
            }
        }
        const tried = async (work: () => Promise<unknown>) =>
            work().then(
                () => "",
                (error: unknown) => toldBy(error),
            );

        it("commits the first transaction, endorsed by both organizations", async () => {
            const started = performance.now();
            const errors = new Set<string>();
            for (let error = " "; error !== "";) {
                error = await tried(() => contracts[0].submitTransaction("createAsset", "a", ""));
                if (error !== "") {
                    errors.add(error);
                    assert.ok(performance.now() - started < 30_000, [...errors].join("\n"));
                    await new Promise((resolve) => setTimeout(resolve, 200));
                }
            }
            report(`first transaction after ${seconds(started)} (${[...errors].join(" | ")})`);
            acknowledged.add("a");
            assert.deepEqual(await answered(contracts[1], "readAsset", "a"), {
                id: "a",
                description: "",
                owner: "Org1MSP",
            });
            assert.deepEqual(await imageVersions(), ["1.0.0", "1.0.0"]);
        });

        it("commits 1,000 transactions, of either organization", async () => {
            const ids = Array.from({ length: 1000 }, (_, index) => `m${index}`);
            const waiting = [...ids];
            const started = performance.now();
            const times: number[] = [];
            await Promise.all(
                Array.from({ length: 40 }, async (_, worker) => {
                    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
                        const begun = performance.now();
                        await contracts[worker % 2]!.submitTransaction("createAsset", id, "m");
                        times.push(performance.now() - begun);
                    }
                }),
            );
            times.sort((a, b) => a - b);
            report(
                `1,000 transactions, 40 at a time: ${seconds(started)}, ` +
                    `p50 ${times[500]!.toFixed(0)} ms, p99 ${times[990]!.toFixed(0)} ms`,
            );
            ids.forEach((id) => acknowledged.add(id));
            for (const contract of contracts) {
                assert.equal(((await answered(contract, "listAssets")) as []).length, 1001);
            }
            const serial: number[] = [];
            for (let index = 0; index < 20; index++) {
                const begun = performance.now();
                await contracts[0].submitTransaction("createAsset", `s${index}`, "s");
                serial.push(performance.now() - begun);
            }
            serial.sort((a, b) => a - b);
            report(`one after the other: p50 ${serial[10]!.toFixed(0)} ms of 20`);
        });

        it("keeps a price between the collection's members", async () => {
            const transientData = { price: Buffer.from("4711") };
            const endorsingOrganizations = ["Org1MSP"];
            await contracts[0].submit("setPrice", {
                arguments: ["a"],
                transientData,
                endorsingOrganizations,
            });
            const read = await contracts[0].evaluate("readPrice", {
                arguments: ["a"],
                endorsingOrganizations,
            });
            assert.equal(Buffer.from(read).toString(), "4711");
            const others = () =>
                contracts[1].evaluate("readPrice", {
                    arguments: ["a"],
                    endorsingOrganizations: ["Org2MSP"],
                });
            const theirs = await tried(others);
            report(`the other organization is told: ${theirs}`);
            assert.notEqual(theirs, "");
            assert.doesNotMatch(theirs, /4711/);
        });

        it("is upgraded under load, and no acknowledged transaction is lost", async () => {
            const load = { prefix: "u", atATime: 8 };
            const calls = await creatingAssets(contracts, load, () =>
                up({ version: "2.0", image: otherImage }),
            );
            reportCalls(calls);
            assert.ok(calls.acknowledged.length > 100, `${calls.acknowledged.length} calls`);
            assert.deepEqual(await imageVersions(), ["2.0.0", "2.0.0"]);
            await nothingIsLost(calls);
        });

        it("is rolled back to the version before, with what was written since", async () => {
            const { sequence } = await up();
            assert.equal(sequence, 3);
            assert.deepEqual(await imageVersions(), ["1.0.0", "1.0.0"]);
            await contracts[1].submitTransaction("createAsset", "rolled-back", "");
            acknowledged.add("rolled-back");
            const read = await contracts[0].evaluate("readPrice", {
                arguments: ["a"],
                endorsingOrganizations: ["Org1MSP"],
            });
            assert.equal(Buffer.from(read).toString(), "4711");
        });

        it("loses its Pod under load, and no acknowledged transaction with it", async () => {
            const { core } = realApis();
            const [namespace] = network.orgNamespaces;
            const labelSelector = "app.kubernetes.io/component=chaincode";
            const pods = async () =>
                (await core.listNamespacedPod({ namespace, labelSelector })).items;
            const kill = async () => {
                const [pod] = await pods();
                const name = pod!.metadata!.name!;
                await core.deleteNamespacedPod({ name, namespace, gracePeriodSeconds: 0 });
                const started = performance.now();
                const isBack = async () =>
                    (await pods()).some(
                        ({ metadata, status }) =>
                            metadata?.name !== name && status?.containerStatuses?.[0]?.ready,
                    );
                while (!(await isBack()) && performance.now() - started < 60_000) {
                    await new Promise((resolve) => setTimeout(resolve, 100));
                }
                report(`another Pod is ready after ${seconds(started)}`);
            };
            const calls = await creatingAssets(contracts, { prefix: "k", atATime: 8 }, kill);
            reportCalls(calls);
            await nothingIsLost(calls);
            await contracts[0].submitTransaction("createAsset", "after-kill", "");
        });

        it("runs as another image in each organization, and both endorse", async () => {
            await up({ itsImage: otherImage });
            // The Pod before answers until it has left its Service.
            const ended = Date.now() + 30_000;
            while ((await imageVersions())[1] === "1.0.0" && Date.now() < ended) {
                await new Promise((resolve) => setTimeout(resolve, 200));
            }
            assert.deepEqual(await imageVersions(), ["1.0.0", "2.0.0"]);
            await contracts[1].submitTransaction("createAsset", "two-images", "");
            assert.deepEqual(await answered(contracts[0], "readAsset", "two-images"), {
                id: "two-images",
                description: "",
                owner: "Org2MSP",
            });
        });
    },
);
