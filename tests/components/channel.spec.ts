import assert from "node:assert/strict";

import { ExistingCluster, FabricOrg, OrdererService, PeerNode, type Channel } from "kubefabric";
import type { ChannelDefinition } from "kubefabric/internal/fabric/channelDefinition";
import type { RecordedResource, Recording } from "kubefabric/testing";

import {
    KUBECONFIG,
    network,
    recordNetwork,
    testChannel,
    testCluster,
    valueOf,
} from "../support/network.ts";

/** Each test builds a whole network or two, and other work may slow it down. */
const PATIENCE_MS = 60_000;

const kindOf = ({ type }: RecordedResource) => type.split(":").at(-1) ?? type;
const labelOf = (resource: RecordedResource) => `${kindOf(resource)} ${resource.name}`;

/** Everything that a resource waits for, directly or through others. */
function waitsOf(recording: Recording, resource: RecordedResource): Set<string> {
    const byUrn = new Map(recording.resources.map((each) => [each.urn, each]));
    const seen = new Set<RecordedResource>();
    const visit = (urn: string) => {
        const found = byUrn.get(urn);
        if (found && !seen.has(found)) {
            seen.add(found);
            found.dependencies.forEach(visit);
        }
    };
    resource.dependencies.forEach(visit);
    return new Set([...seen].map(labelOf));
}

const isOfTrade = (label: string) => / trade/.test(label);

const childrenOf = (recording: Recording) =>
    recording.resources.filter((each) => recording.parentOf(each) === "Channel trade");

/** What is given to the genesis block. */
function definitionOf(recording: Recording): ChannelDefinition {
    const { inputs } = recording.find("GenesisBlock", "trade-genesis-block");
    return inputs.definition as ChannelDefinition;
}

describe("a channel of three ordering nodes and two peers", function () {
    this.timeout(PATIENCE_MS);
    let recording: Recording;
    before(async () => {
        recording = await recordNetwork(() => testChannel(network(2)));
    });

    it("has children that carry its name", () => {
        assert.deepEqual(childrenOf(recording).map(labelOf).sort(), [
            "ChannelConfig trade-config",
            "ConsenterSet trade-consenters",
            "GenesisBlock trade-genesis-block",
            "OrdererChannelMembership trade-orderer-0",
            "OrdererChannelMembership trade-orderer-1",
            "OrdererChannelMembership trade-orderer-2",
            "PeerChannelMembership trade-org1-peer0",
            "PeerChannelMembership trade-org2-peer0",
        ]);
    });

    it("lets every ordering node join after its service, and none after another", () => {
        for (const membership of recording.ofKind("OrdererChannelMembership")) {
            const waits = waitsOf(recording, membership);
            assert.ok(waits.has("PodDisruptionBudget orderer-budget"), membership.name);
            assert.ok(waits.has("GenesisBlock trade-genesis-block"), membership.name);
            assert.deepEqual(
                [...waits].filter((label) => /ChannelMembership|ConsenterSet/.test(label)),
                [],
            );
        }
    });

    it("lets the consenters find together after all ordering nodes have joined", () => {
        const set = recording.find("ConsenterSet", "trade-consenters");
        assert.deepEqual(
            recording.dependenciesOf(set).filter((label) => label.includes("Membership")),
            [0, 1, 2].map((number) => `OrdererChannelMembership trade-orderer-${number}`),
        );
    });

    it("lets peers join after their Service and the configuration, and none after another", () => {
        for (const peer of ["org1-peer0", "org2-peer0"]) {
            const membership = recording.find("PeerChannelMembership", `trade-${peer}`);
            const waits = waitsOf(recording, membership);
            assert.ok(waits.has(`Service ${peer}-service`), peer);
            assert.ok(waits.has("ChannelConfig trade-config"), peer);
            assert.deepEqual(
                [...waits].filter((label) => label.startsWith("PeerChannelMembership")),
                [],
            );
        }
    });

    it("makes the configuration what is wanted after the consenters have found together", () => {
        const config = recording.find("ChannelConfig", "trade-config");
        assert.deepEqual(recording.dependenciesOf(config).filter(isOfTrade), [
            "ConsenterSet trade-consenters",
        ]);
        const { wanted, admins } = config.inputs as {
            wanted: { definition: ChannelDefinition; others: string[]; signatures: string[] };
            admins: { mspId: string }[];
        };
        assert.deepEqual(wanted, {
            definition: definitionOf(recording),
            others: [],
            signatures: [],
        });
        assert.deepEqual(
            admins.map(({ mspId }) => mspId),
            ["OrdererMSP", "Org1MSP", "Org2MSP"],
        );
    });

    it("is ready with all of its children", async () => {
        const { ready, urn } = recording.returned as Channel;
        assert.equal(await valueOf(ready.urn), await valueOf(urn));
    });

    it("makes its first block from certificates alone, before there is a cluster", () => {
        const block = recording.find("GenesisBlock", "trade-genesis-block");
        const waits = [...waitsOf(recording, block)];
        assert.ok(waits.includes("Certificate orderer-0-tls-certificate"), waits.join());
        const kinds = new Set(waits.map((label) => label.split(" ")[0]));
        assert.deepEqual([...kinds].sort(), ["CaCertificate", "Certificate", "PrivateKey"]);
    });

    it("protects and retains its first block, and nothing else", () => {
        for (const child of childrenOf(recording)) {
            const expected = kindOf(child) === "GenesisBlock";
            assert.equal(child.protect, expected, child.name);
            assert.equal(child.retainOnDelete, expected, child.name);
        }
    });

    it("keeps kubeconfigs and keys secret in what each of its children remembers", () => {
        const secrets = Object.fromEntries(
            childrenOf(recording).map((child) => [
                kindOf(child),
                [...child.additionalSecretOutputs].sort(),
            ]),
        );
        assert.deepEqual(secrets, {
            GenesisBlock: ["recovery"],
            OrdererChannelMembership: ["adminPrivateKeyPem", "kubeconfig"],
            ConsenterSet: ["services"],
            PeerChannelMembership: ["adminPrivateKeyPem", "kubeconfig", "orderers"],
            ChannelConfig: ["admins", "services", "signerPrivateKeyPem", "wanted"],
        });
        for (const child of childrenOf(recording)) {
            const clear = Object.entries(child.inputs).filter(
                ([key]) => !child.additionalSecretOutputs.includes(key),
            );
            assert.doesNotMatch(
                JSON.stringify(clear),
                /placeholder-private-key|canary-kubeconfig-token/,
                child.name,
            );
        }
    });

    it("makes the first peer of each organization its anchor", () => {
        const { ordering, application, settings, ...rest } = definitionOf(recording);
        assert.deepEqual(rest, {
            channelId: "trade",
            consensus: "etcdraft",
            capabilities: { channel: "V2_0", orderer: "V2_0", application: "V2_5" },
        });
        assert.deepEqual(
            application.map(({ mspId, anchorPeers }) => ({ mspId, anchorPeers })),
            [1, 2].map((number) => ({
                mspId: `Org${number}MSP`,
                anchorPeers: [{ host: `org${number}-peer0.org${number}.svc`, port: 7051 }],
            })),
        );
        assert.deepEqual(
            ordering.map(({ mspId, consenters }) => [mspId, consenters.map(({ host }) => host)]),
            [["OrdererMSP", [0, 1, 2].map((number) => `orderer-${number}.orderer-org.svc`)]],
        );
        assert.equal(settings.raft?.tickInterval, "500ms");
    });
});

describe("a channel", function () {
    this.timeout(PATIENCE_MS);
    it("takes the anchor peers that are named, and no others", async () => {
        const recording = await recordNetwork(() => {
            const nodes = network(2, 2);
            return testChannel(nodes, { anchorPeers: [nodes.peers[1]!] });
        });
        assert.deepEqual(
            definitionOf(recording).application.map(({ anchorPeers }) => anchorPeers),
            [[{ host: "org1-peer1.org1.svc", port: 7051 }], []],
        );
    });

    it("puts single settings over those of its profile", async () => {
        const recording = await recordNetwork(() =>
            testChannel(network(1), {
                channelId: "trade.eu",
                profile: "local",
                settings: { maxMessageCount: 7, raft: { electionTick: 20 } },
            }),
        );
        const { channelId, settings } = definitionOf(recording);
        assert.equal(channelId, "trade.eu");
        assert.equal(settings.maxMessageCount, 7);
        assert.equal(settings.raft?.electionTick, 20);
        assert.equal(settings.raft?.tickInterval, "100ms");
    });

    it("joins the nodes of two ordering services, each with its own service's identity", async () => {
        const recording = await recordNetwork(() => {
            const nodes = network(1);
            const org = new FabricOrg("second-org", {
                cluster: nodes.orderers.org.cluster,
                mspId: "SecondMSP",
            });
            const second = new OrdererService("second", { org });
            return testChannel(nodes, { orderers: [nodes.orderers, second] });
        });
        const definition = definitionOf(recording);
        assert.deepEqual(
            definition.ordering.map(({ mspId, consenters }) => [mspId, consenters.length]),
            [
                ["OrdererMSP", 3],
                ["SecondMSP", 3],
            ],
        );
        const waits = recording.dependenciesOf(
            recording.find("OrdererChannelMembership", "trade-second-1"),
        );
        assert.ok(waits.includes("PodDisruptionBudget second-budget"), waits.join());
        assert.ok(!waits.some((label) => / orderer-/.test(label)), waits.join());
        const set = recording.find("ConsenterSet", "trade-consenters");
        assert.equal((set.inputs.services as unknown[]).length, 2);
        assert.equal(
            recording.dependenciesOf(set).filter((label) => label.includes("Membership")).length,
            6,
        );
    });

    it("only plans where the cluster is simulated", async () => {
        const recording = await recordNetwork(() =>
            testChannel(network(1, 1, { simulated: true })),
        );
        assert.deepEqual(childrenOf(recording).map(labelOf), ["GenesisBlock trade-genesis-block"]);
        const channel = recording.returned as Channel;
        assert.deepEqual(channel.plan, [
            "ordering node orderer-0 joins trade as a consenter",
            "ordering node orderer-1 joins trade as a consenter",
            "ordering node orderer-2 joins trade as a consenter",
            "the consenters of trade elect a leader",
            "peer org1-peer0 of Org1MSP joins trade",
        ]);
        assert.equal(channel.config, undefined);
        assert.equal(await valueOf(channel.genesisHash), "placeholder-hash");
    });

    it("reads its first block back after its ordering nodes run, where it recovers", async () => {
        const recording = await recordNetwork(() => testChannel(network(1, 1, { recover: true })));
        const block = recording.find("GenesisBlock", "trade-genesis-block");
        assert.ok(waitsOf(recording, block).has("PodDisruptionBudget orderer-budget"));
        const { channelId, services } = block.inputs.recovery as Record<string, unknown>;
        assert.equal(channelId, "trade");
        assert.equal((services as unknown[]).length, 1);
    });

    it("leaves its first block unprotected where the ordering organization protects nothing", async () => {
        const recording = await recordNetwork(() => {
            const cluster = testCluster();
            const org = new FabricOrg("org1", { cluster, mspId: "Org1MSP", protection: "none" });
            const orderers = new OrdererService("orderer", { org, nodes: 1 });
            return testChannel({ orderers, peers: [new PeerNode("peer0", { org })] });
        });
        const { protect, retainOnDelete } = recording.find("GenesisBlock", "trade-genesis-block");
        assert.deepEqual([protect, retainOnDelete], [false, false]);
    });
});

/** What a program that is refused says, line by line; nothing of a channel is registered then. */
async function refusal(program: () => unknown): Promise<string[]> {
    let said = "nothing was refused";
    const recording = await recordNetwork(() => {
        try {
            program();
        } catch (error) {
            said = (error as Error).message;
        }
    });
    const registered = recording.resources.filter((each) => /trade/.test(each.name));
    assert.deepEqual(registered.map(labelOf), []);
    const [title, ...lines] = said.split("\n").map((line) => line.trim());
    assert.match(title ?? "", /^(Channel "trade"|OrdererService ".*") has invalid arguments$/);
    for (const line of lines) {
        assert.doesNotMatch(line, /undefined|NaN|\[object|\.$/);
    }
    return lines;
}

/** A BFT ordering service and a peer. */
function bftNodes() {
    const cluster = testCluster();
    const org = new FabricOrg("org1", { cluster, mspId: "Org1MSP" });
    return {
        orderers: new OrdererService("orderer", { org, consensus: "BFT" }),
        peers: [new PeerNode("peer0", { org })],
    };
}

/** The paths of a refusal. */
const pathsOf = (lines: string[]) => lines.map((line) => line.split(": ")[0]);

describe("the arguments of a channel", function () {
    this.timeout(PATIENCE_MS);
    it("fail with everything that is missing at once", async () => {
        const lines = await refusal(() =>
            testChannel(network(1), { channelId: "Trade", orderers: [], peers: [] }),
        );
        assert.deepEqual(lines, [
            'channelId: "Trade" is not a name of a channel (a lower-case letter, then lower-case ' +
                'letters, digits, "." and "-"); write "trade"',
            "orderers: is empty; write the OrdererService of the channel",
            "peers: is empty; write the peers that join",
        ]);
    });

    it("fail where a service or a peer is there twice", async () => {
        const lines = await refusal(() => {
            const nodes = network(1);
            const [peer] = nodes.peers as [PeerNode];
            testChannel(nodes, { orderers: [nodes.orderers, nodes.orderers], peers: [peer, peer] });
        });
        assert.deepEqual(lines, [
            'orderers[1]: "orderer" is there twice; take one of them away',
            'peers[1]: "org1-peer0" is there twice; take one of them away',
        ]);
    });

    it("fail where services differ in their consensus and peers in their state database", async () => {
        const lines = await refusal(() => {
            const nodes = network(1);
            const { org } = nodes.orderers;
            const bft = new OrdererService("bft", { org, consensus: "BFT" });
            const [{ org: peerOrg }] = nodes.peers as [PeerNode];
            const couch = new PeerNode("couch", { org: peerOrg, stateDatabase: "CouchDB" });
            testChannel(nodes, { orderers: [nodes.orderers, bft], peers: [...nodes.peers, couch] });
        });
        assert.deepEqual(lines, [
            'orderers[1]: "bft" has the consensus "BFT" and "orderer" has "etcdraft"; a channel has ' +
                "one of them",
            'peers[1]: "couch" keeps its state in CouchDB and "org1-peer0" in goleveldb; all peers ' +
                "of a channel use the same",
        ]);
    });

    it("fail where an anchor peer does not join", async () => {
        const lines = await refusal(() => {
            const nodes = network(2);
            const [first, second] = nodes.peers as [PeerNode, PeerNode];
            testChannel(nodes, { peers: [first], anchorPeers: [first, second] });
        });
        assert.deepEqual(lines, [
            'anchorPeers[1]: "org2-peer0" does not join the channel; write it into peers too',
        ]);
    });

    it("fail on a profile that is none, and say nothing of settings that follow from it", async () => {
        const lines = await refusal(() =>
            testChannel(network(1), {
                profile: "fast" as "local",
                settings: { maxMessageCount: 0 },
            }),
        );
        assert.deepEqual(pathsOf(lines), ["profile"]);
        assert.match(lines[0]!, /"fast" is not a profile; write "local", "lowLatency"/);
    });

    it("fail on settings that Fabric refuses, all at once", async () => {
        const lines = await refusal(() =>
            testChannel(network(1), {
                settings: {
                    batchTimeout: "soon",
                    maxMessageCount: 0,
                    raft: { electionTick: 1, heartbeatTick: 1 },
                },
            }),
        );
        assert.deepEqual(pathsOf(lines), [
            "settings.batchTimeout",
            "settings.maxMessageCount",
            "settings.raft.electionTick",
        ]);
    });

    it("fail on options of Raft and on V2_0 with SmartBFT", async () => {
        const lines = await refusal(() =>
            testChannel(bftNodes(), {
                settings: { raft: { electionTick: 20 } },
                capabilities: { channel: "V2_0" },
            }),
        );
        assert.deepEqual(lines, [
            'settings.raft: is set, and the consensus is "BFT"; take it away',
            'capabilities.channel: "V2_0" does not know SmartBFT; write "V3_0", or nothing',
        ]);
    });

    it("fail on options of SmartBFT with Raft", async () => {
        const lines = await refusal(() =>
            testChannel(network(1), { settings: { bft: { syncOnStart: true } } }),
        );
        assert.deepEqual(lines, [
            'settings.bft: is set, and the consensus is "etcdraft"; take it away',
        ]);
    });

    it("fail where the certificates of nodes with keys of their own are not known", async () => {
        const keptElsewhere = (identityCertificates?: object) => () => {
            const cluster = testCluster();
            const org = new FabricOrg("org1", { cluster, mspId: "Org1MSP" });
            const orderers = new OrdererService("orderer", {
                org,
                identitySecretNames: { 0: "first", 2: "third" },
                ...identityCertificates,
            });
            return testChannel({ orderers, peers: [new PeerNode("peer0", { org })] });
        };
        assert.deepEqual(await refusal(keptElsewhere()), [
            "orderers[0]: the certificates of orderer-0, orderer-2 are not known; write them as " +
                'identityCertificates of "orderer"',
        ]);
        const pair = { signingPem: "signing", tlsPem: "tls" };
        const recording = await recordNetwork(
            keptElsewhere({ identityCertificates: { 0: pair, 2: pair } }),
        );
        assert.deepEqual(
            definitionOf(recording).ordering[0]?.consenters.map((each) => each.tlsCertificatePem),
            ["tls", "placeholder-certificate", "tls"],
        );
    });

    it("fail with the component's name where that is no channel's", async () => {
        let said = "";
        await recordNetwork(() => {
            const { orderers, peers } = network(1);
            const ChannelClass = testChannel({ orderers, peers }).constructor as typeof Channel;
            try {
                new ChannelClass("Trade_1", { orderers: [orderers], peers });
            } catch (error) {
                said = (error as Error).message;
            }
        });
        assert.match(
            said,
            /^Channel "Trade_1" has invalid arguments\n {2}channelId: "Trade_1" .* write "trade-1" as channelId$/,
        );
    });
});

describe("the ordering service of a channel", function () {
    this.timeout(PATIENCE_MS);
    const service = (args: object) => () => {
        const cluster = new ExistingCluster("cluster", { kubeconfig: KUBECONFIG });
        const org = new FabricOrg("org1", { cluster, mspId: "Org1MSP" });
        return new OrdererService("orderer", { org, ...args });
    };

    it("fails with three SmartBFT nodes", async () => {
        const lines = await refusal(service({ consensus: "BFT", nodes: 3 }));
        assert.equal(lines.length, 1);
        assert.match(lines[0]!, /^nodes: 3 is not a number of SmartBFT nodes; .*write 4, 7 or 10/);
    });

    it("fails where nodes are to tell external hosts that they do not have, and names them", async () => {
        const external = { advertise: "external", externalHosts: { 1: ["a.example.com", "-"] } };
        const lines = await refusal(service(external));
        assert.equal(
            lines[0],
            'advertise: orderer-0, orderer-2: "external" needs an external host; write externalHosts, ' +
                'or "internal"',
        );
        assert.deepEqual(pathsOf(lines), ["advertise", "externalHosts[1][1]"]);
    });

    it("fails once where what nodes are to tell is no address", async () => {
        assert.deepEqual(await refusal(service({ advertise: "outside" })), [
            'advertise: "outside" is not an address of a node; write "internal" or "external"',
        ]);
    });

    it("tells the channel its external hosts where it is to", async () => {
        const recording = await recordNetwork(() => {
            const orderers = service({
                advertise: "external",
                consenterAddresses: "external",
                externalPort: 443,
                nodes: 1,
                externalHosts: { 0: ["orderer.example.com"] },
            })();
            return testChannel({ orderers, peers: [new PeerNode("peer0", { org: orderers.org })] });
        });
        const [ordering] = definitionOf(recording).ordering;
        assert.deepEqual(ordering?.ordererEndpoints, ["orderer.example.com:443"]);
        assert.deepEqual(
            ordering.consenters.map(({ host, port }) => [host, port]),
            [["orderer.example.com", 443]],
        );
    });
});
