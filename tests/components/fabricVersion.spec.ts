import assert from "node:assert/strict";

import { Channel, FabricOrg, OrdererService, PeerNode } from "kubefabric";
import type { ChannelArgs, OrdererServiceArgs, PeerNodeArgs } from "kubefabric";
import { goProcessors } from "kubefabric/internal/components/workloads/pod";
import type { Recording } from "kubefabric/testing";
import { parse } from "yaml";

import { recordNetwork, testCluster } from "../support/network.ts";

const OLD = "2.5.16";
/** Networks are built here, several in some of the tests. */
const BUILDING_MS = 60_000;

interface Pod {
    containers: {
        image: string;
        env: { name: string; value?: string }[];
        volumeMounts: { name: string; mountPath: string }[];
    }[];
    volumes: { name: string; configMap?: { name: string } }[];
}

function templateOf(recording: Recording, node: string) {
    const { inputs } = recording.find("StatefulSet", node);
    return (
        inputs as {
            spec: { template: { spec: Pod; metadata: { annotations: Record<string, string> } } };
        }
    ).spec.template;
}

function containerOf(recording: Recording, node: string) {
    const [container] = templateOf(recording, node).spec.containers;
    assert.ok(container);
    const environment = Object.fromEntries(container.env.map(({ name, value }) => [name, value]));
    return { ...container, environment };
}

function nodes(
    shape: { peer?: Partial<PeerNodeArgs>; orderer?: Partial<OrdererServiceArgs> } = {},
) {
    const cluster = testCluster();
    const org = new FabricOrg("org1", { cluster, mspId: "Org1MSP" });
    const ordererOrg = new FabricOrg("orderer-org", { cluster, mspId: "OrdererMSP" });
    const orderers = new OrdererService("orderer", { org: ordererOrg, ...shape.orderer });
    return { orderers, peer: new PeerNode("peer0", { org, ...shape.peer }) };
}

const both = (args: Partial<PeerNodeArgs> & Partial<OrdererServiceArgs>) =>
    recordNetwork(() => nodes({ peer: args, orderer: args }));

/** The lines of the error that a program ends with. */
async function refusal(program: () => unknown): Promise<string[]> {
    let error: unknown;
    const recording = await recordNetwork(() => {
        try {
            program();
        } catch (caught) {
            error = caught;
        }
    });
    assert.ok(error instanceof Error, "it was refused");
    const [, component] = /^(\w+) ".*" has invalid arguments\n/.exec(error.message) ?? [];
    assert.deepEqual(recording.ofKind(component ?? ""), [], "nothing of it was registered");
    const [, ...lines] = error.message.split("\n");
    return lines.map((line) => line.trim());
}

describe("nodes of Fabric 2.5", function () {
    this.timeout(BUILDING_MS);
    let recording: Recording;
    before(async () => {
        recording = await both({ fabricVersion: OLD });
    });

    it("run the image of their version and tell it", async () => {
        assert.match(containerOf(recording, "peer0").image, /\/fabric-peer:2\.5\.16$/);
        assert.match(containerOf(recording, "orderer-2").image, /\/fabric-orderer:2\.5\.16$/);
        await recordNetwork(() => {
            const { peer, orderers } = nodes({ peer: { fabricVersion: OLD } });
            assert.equal(peer.fabricVersion, OLD);
            assert.deepEqual(
                orderers.nodes.map(({ fabricVersion }) => fabricVersion),
                ["3.1.5", "3.1.5", "3.1.5"],
            );
        });
    });

    it("read a peer's settings from a core.yaml of its own, which it waits for", () => {
        const { environment, volumeMounts } = containerOf(recording, "peer0");
        const { spec, metadata } = templateOf(recording, "peer0");
        const mount = volumeMounts.find(({ name }) => name === "configuration");
        assert.ok(mount);
        assert.equal(environment.FABRIC_CFG_PATH, mount.mountPath);
        const volume = spec.volumes.find(({ name }) => name === "configuration");
        assert.equal(volume?.configMap?.name, "peer0-configuration");
        const dependencies = recording.dependenciesOf(recording.find("StatefulSet", "peer0"));
        assert.ok(dependencies.includes("ConfigMap peer0-configuration"), dependencies.join());
        assert.match(metadata.annotations["kubefabric.io/configuration"] ?? "", /^[0-9a-f]{64}$/);
    });

    it("name no Docker daemon, and the builder of chaincode as a service", () => {
        const { inputs } = recording.find("ConfigMap", "peer0-configuration");
        const core = parse((inputs as { data: Record<string, string> }).data["core.yaml"]!) as {
            vm?: unknown;
            chaincode: { externalBuilders: unknown; system: Record<string, string> };
            peer: { discovery: { enabled: boolean }; handlers: object; BCCSP: object };
            ledger: { history: { enableHistoryDatabase: boolean } };
        };
        assert.equal(core.vm, undefined);
        assert.ok(!("CORE_VM_ENDPOINT" in containerOf(recording, "peer0").environment));
        assert.deepEqual(core.chaincode.externalBuilders, [
            {
                name: "ccaas_builder",
                path: "/opt/hyperledger/ccaas_builder",
                propagateEnvironment: ["CHAINCODE_AS_A_SERVICE_BUILDER_CONFIG"],
            },
        ]);
        // Without these the peer panics, or lacks what Fabric's own file turns on.
        assert.deepEqual(Object.keys(core.chaincode.system).sort(), [
            "_lifecycle",
            "cscc",
            "lscc",
            "qscc",
        ]);
        assert.deepEqual(Object.keys(core.peer.handlers).sort(), [
            "authFilters",
            "decorators",
            "endorsers",
            "validators",
        ]);
        assert.ok("SW" in core.peer.BCCSP);
        assert.equal(core.peer.discovery.enabled, true);
        assert.equal(core.ledger.history.enableHistoryDatabase, true);
    });

    it("do not gossip blocks, which 2.5 does where nothing is said", () => {
        const { environment } = containerOf(recording, "peer0");
        assert.equal(environment.CORE_PEER_DELIVERYCLIENT_BLOCKGOSSIPENABLED, "false");
        assert.equal(environment.CORE_PEER_GOSSIP_STATE_ENABLED, "false");
    });

    it("start ordering nodes without a system channel, over their image's settings", () => {
        const { environment, volumeMounts } = containerOf(recording, "orderer-0");
        assert.equal(environment.ORDERER_GENERAL_BOOTSTRAPMETHOD, "none");
        assert.equal(environment.ORDERER_CHANNELPARTICIPATION_ENABLED, "true");
        assert.ok(!("FABRIC_CFG_PATH" in environment));
        assert.ok(!volumeMounts.some(({ name }) => name === "configuration"));
    });

    it("take as many processors of Go as their limit pays for, two at least", async () => {
        for (const [cpu, expected] of [
            ["250m", "2"],
            ["2", "2"],
            ["2500m", "3"],
            ["8", "8"],
        ] as const) {
            assert.deepEqual(goProcessors("2.5", { limits: { cpu } }), { GOMAXPROCS: expected });
        }
        const limited = await both({ fabricVersion: OLD, resources: { limits: { cpu: "3" } } });
        for (const node of ["peer0", "orderer-0"]) {
            assert.equal(containerOf(limited, node).environment.GOMAXPROCS, "3", node);
        }
        // A request is no ceiling: a node may use what its neighbors leave.
        assert.ok(!("GOMAXPROCS" in containerOf(recording, "peer0").environment));
    });
});

describe("nodes of Fabric 3", function () {
    this.timeout(BUILDING_MS);
    it("keep their image's settings", async () => {
        const resources = { limits: { cpu: "2" } };
        for (const args of [{ resources }, { resources, fabricVersion: "3.1.4" }]) {
            const recording = await both(args);
            const { environment, image } = containerOf(recording, "peer0");
            assert.ok(image.endsWith(`:${"fabricVersion" in args ? "3.1.4" : "3.1.5"}`), image);
            assert.equal(environment.CORE_VM_ENDPOINT, "");
            for (const node of ["peer0", "orderer-0"]) {
                const { environment: own } = containerOf(recording, node);
                assert.ok(!("FABRIC_CFG_PATH" in own) && !("GOMAXPROCS" in own), node);
                const { metadata, spec } = templateOf(recording, node);
                assert.ok(!("kubefabric.io/configuration" in metadata.annotations));
                assert.ok(!spec.volumes.some(({ name }) => name === "configuration"));
            }
            assert.throws(() => recording.find("ConfigMap", "peer0-configuration"));
        }
    });
});

describe("a version that cannot be", function () {
    this.timeout(BUILDING_MS);
    it("fails at a peer and at an ordering service, before anything is registered", async () => {
        const [peer] = await refusal(() => nodes({ peer: { fabricVersion: "2.4.9" } }));
        assert.match(
            peer!,
            /^fabricVersion: "2\.4\.9" is not a version of Fabric .*write "3\.1\.5"/,
        );
        const [orderer] = await refusal(() => nodes({ orderer: { fabricVersion: "3.1.2" } }));
        assert.match(orderer!, /^fabricVersion: "3\.1\.2" is not a version of Fabric/);
    });

    it("fails with an image of another line", async () => {
        const image = "ghcr.io/hyperledger/fabric-peer:2.5.16";
        const lines = await refusal(() => nodes({ peer: { image } }));
        assert.match(lines.join(), /^image: ".*2\.5\.16" is of Fabric 2\.5\.16, and fabricVersion/);
    });

    it("fails with SmartBFT on ordering nodes of 2.5", async () => {
        const lines = await refusal(() =>
            nodes({ orderer: { consensus: "BFT", fabricVersion: OLD } }),
        );
        assert.deepEqual(lines, [
            'fabricVersion: "2.5.16" does not know SmartBFT; write "3.1.5", or consensus: "etcdraft"',
        ]);
    });
});

describe("a channel of nodes of both lines", function () {
    this.timeout(BUILDING_MS);
    type Shape = Parameters<typeof nodes>[0];
    const channel = (shape: Shape, args: Partial<ChannelArgs> = {}) => {
        const { orderers, peer } = nodes(shape);
        return new Channel("trade", { orderers: [orderers], peers: [peer], ...args });
    };
    const capabilities = { channel: "V3_0" } as const;

    it("asks of its nodes what 2.5 knows", async () => {
        await recordNetwork(() => {
            const made = channel({ peer: { fabricVersion: OLD } });
            assert.deepEqual(made.capabilities, {
                channel: "V2_0",
                orderer: "V2_0",
                application: "V2_5",
            });
        });
    });

    it("may ask for V3_0 where all nodes run Fabric 3", async () => {
        await recordNetwork(() => channel({}, { capabilities }));
    });

    it("fails with V3_0 and a peer of 2.5", async () => {
        assert.deepEqual(
            await refusal(() => channel({ peer: { fabricVersion: OLD } }, { capabilities })),
            [
                'peers[0]: peer0 (Fabric 2.5.16) does not know the channel capability "V3_0"; write ' +
                    'fabricVersion: "3.1.5" for "peer0", or capabilities: { channel: "V2_0" }',
            ],
        );
    });

    it("fails with V3_0 and ordering nodes of 2.5", async () => {
        assert.deepEqual(
            await refusal(() => channel({ orderer: { fabricVersion: OLD } }, { capabilities })),
            [
                "orderers[0]: orderer-0 (Fabric 2.5.16), orderer-1 (Fabric 2.5.16), orderer-2 (Fabric " +
                    '2.5.16) do not know the channel capability "V3_0"; write fabricVersion: "3.1.5" ' +
                    'for "orderer", or capabilities: { channel: "V2_0" }',
            ],
        );
    });

    it("fails with SmartBFT and a peer of 2.5", async () => {
        assert.deepEqual(
            await refusal(() =>
                channel({ peer: { fabricVersion: OLD }, orderer: { consensus: "BFT" } }),
            ),
            [
                'peers[0]: peer0 (Fabric 2.5.16) does not know the channel capability "V3_0", which ' +
                    'SmartBFT needs; write fabricVersion: "3.1.5" for "peer0", or consensus: "etcdraft"',
            ],
        );
    });
});
