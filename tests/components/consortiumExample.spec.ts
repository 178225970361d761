import assert from "node:assert/strict";

import { policies } from "kubefabric/policy";
import { checkRecording, replay, type RecordedResource, type Recording } from "kubefabric/testing";

import { cloudAnswers } from "../support/clouds.ts";
import {
    answering,
    CONSORTIUM,
    CONSORTIUM_CONFIG,
    partOf,
    waitsBetween,
} from "../support/consortium.ts";
import { countsOf, namesOf, recordExample, type Example } from "../support/examples.ts";
import { assertSnapshot } from "../support/snapshot.ts";
import { keptByDestroy, waitsOf } from "../support/waits.ts";

const labelOf = ({ type, name }: RecordedResource) => `${type.split(":").at(-1)} ${name}`;

/** The components of each organization. */
const ORGANIZATIONS = {
    orderers: ["fabric-iks", "orderer-org", "orderer"],
    org1: ["fabric-gke", "org1", "org1-peer0"],
    org2: ["fabric-aks", "org2", "org2-peer0"],
};
type Organization = keyof typeof ORGANIZATIONS;
const NAMES = Object.keys(ORGANIZATIONS) as Organization[];

const MADE = {
    IksCluster: 1,
    IsVpc: 1,
    IsSubnet: 3,
    IsPublicGateway: 3,
    ContainerVpcCluster: 1,
    GkeCluster: 1,
    Network: 1,
    Subnetwork: 1,
    Cluster: 1,
    NodePool: 1,
    Address: 1,
    RecordSet: 1,
    AksCluster: 1,
    ResourceGroup: 1,
    ManagedCluster: 1,
    AgentPool: 1,
    ClusterAccess: 3,
    kubernetes: 3,
    LedgerStorageClass: 3,
    StorageClass: 3,
    FabricOrg: 3,
    OrdererService: 1,
    OrdererNode: 3,
    PeerNode: 2,
    NamespaceGuard: 3,
    Namespace: 3,
    NetworkPolicy: 15,
    ServiceAccount: 6,
    CaCertificate: 7,
    PrivateKey: 21,
    Certificate: 14,
    Secret: 12,
    LedgerGuard: 5,
    PersistentVolumeClaim: 5,
    Service: 15,
    StatefulSet: 5,
    OrdererRollout: 1,
    PodDisruptionBudget: 1,
    CertificateCheck: 3,
    ConfigMap: 7,
    CronJob: 3,
    Role: 3,
    RoleBinding: 3,
    Channel: 1,
    GenesisBlock: 1,
    OrdererChannelMembership: 3,
    ConsenterSet: 1,
    PeerChannelMembership: 2,
    ChannelConfig: 1,
};

const MAKES_CHANNEL = 'new Channel("trade", { orderers: [orderers], peers })';

/** The same program, whose nodes join a channel that another one made. */
function joining(): Example {
    const { source } = CONSORTIUM;
    assert.ok(source.includes(MAKES_CHANNEL));
    const joined =
        'new JoinedChannel("trade", { genesisBlock: "AAAA", orderers: [orderers], peers })';
    return {
        ...CONSORTIUM,
        source: source
            .replace(MAKES_CHANNEL, joined)
            .replace("import { Channel,", "import { JoinedChannel,"),
    };
}

describe("the example over three clouds", function () {
    this.timeout(60_000);
    const refused: string[] = [];
    let recording: Recording;
    const recorded = (config: Record<string, string> = {}, preview = false) =>
        recordExample(
            CONSORTIUM,
            { ...CONSORTIUM_CONFIG, ...config },
            { outputs: answering(refused), preview },
        );
    before(async () => {
        recording = await recorded();
    });

    it("registers 182 resources, and so many of each kind", () => {
        assert.equal(recording.resources.length, 182);
        assert.deepEqual(countsOf(recording), MADE);
    });

    it("registers the same in a first preview, in which nothing of a cloud is known", async () => {
        const preview = await recordExample(CONSORTIUM, CONSORTIUM_CONFIG, { preview: true });
        assert.deepEqual(namesOf(preview).sort(), namesOf(recording).sort());
    });

    it("keeps the names of its resources: a renamed one would be deleted and made anew", () => {
        const names = namesOf(recording);
        assert.equal(new Set(names).size, names.length);
        assertSnapshot("consortium.urns", names);
    });

    it("passes the policy pack without an advice, and its first block is one that Fabric takes", async () => {
        assert.deepEqual(await replay(recording, policies), []);
        assert.deepEqual(checkRecording(recording), []);
        assert.deepEqual(refused, []);
    });

    it("makes identities and the first block without waiting for any cluster", () => {
        const identities = ["PrivateKey", "CaCertificate", "Certificate", "GenesisBlock"].flatMap(
            (kind) => recording.ofKind(kind),
        );
        assert.equal(identities.length, 21 + 7 + 14 + 1);
        const isOfCluster = (urn: string) => /(gcp|azure-native|ibm|providers):/.test(urn);
        const waiting = identities.filter((each) =>
            [...waitsOf(recording, each)].some(isOfCluster),
        );
        assert.deepEqual(waiting.map(labelOf), []);
    });

    it("tells everyone the names that its nodes have outside, and has them in their certificates", () => {
        const { definition } = recording.find("GenesisBlock", "trade-genesis-block").inputs as {
            definition: Record<"ordering" | "application", Record<string, unknown>[]>;
        };
        const outside = [0, 1, 2].map((index) => `orderer-${index}.orderers.example.com`);
        assert.deepEqual(
            definition.ordering.map(({ ordererEndpoints }) => ordererEndpoints),
            [outside.map((host) => `${host}:7050`)],
        );
        const anchors = [
            "org1-peer0.org1.example.com",
            "acme-org2-peer0.westeurope.cloudapp.azure.com",
        ];
        assert.deepEqual(
            definition.application.map(({ anchorPeers }) => anchorPeers),
            anchors.map((host) => [{ host, port: 7051 }]),
        );
        const certified = JSON.stringify(
            recording.ofKind("Certificate").map(({ inputs }) => inputs),
        );
        for (const host of [...outside, ...anchors]) {
            assert.ok(certified.includes(`"${host}"`), host);
        }
    });

    it("says what DNS has to say of ordering nodes, and lets the clouds say it of peers", async () => {
        const { records } = recording.returned as { records: unknown[] };
        assert.equal(records.length, 3);
        assert.ok(records.every((record) => record !== undefined));
        const { managedZone, name } = recording.ofKind("RecordSet")[0]!.inputs;
        assert.deepEqual([managedZone, name], ["org1-zone", "org1-peer0.org1.example.com."]);
        const service = recording.find("Service", "org2-peer0-outside").inputs;
        assert.ok(JSON.stringify(service).includes('azure-dns-label-name":"acme-org2-peer0"'));
    });

    it("keeps ledgers and clusters when its Pods are taken down, until ledgers may be deleted", async () => {
        const kept = keptByDestroy(recording);
        for (const kind of ["ContainerVpcCluster", "Cluster", "ManagedCluster", "GenesisBlock"]) {
            assert.ok(kept.has(recording.ofKind(kind)[0]!.urn), kind);
        }
        for (const { urn } of recording.ofKind("PersistentVolumeClaim")) {
            assert.ok(kept.has(urn), urn);
        }
        for (const kind of ["StatefulSet", "Service", "RecordSet"]) {
            const left = recording.ofKind(kind).filter(({ urn }) => kept.has(urn));
            assert.deepEqual(left.map(labelOf), [], "goes, as it can be made again");
        }
        const given = await recorded({ deleteLedgers: "true" });
        const still = given.resources.filter(
            ({ protect, retainOnDelete, inputs }) =>
                protect || retainOnDelete || inputs.deletionProtection === true,
        );
        assert.deepEqual(still.map(labelOf), []);
    });
});

for (const [kind, example] of [
    ["Channel", CONSORTIUM],
    ["JoinedChannel", joining()],
] as const) {
    describe(`organizations on three clouds in one ${kind}`, function () {
        this.timeout(60_000);
        let recording: Recording;
        let parts: Record<Organization | "channel", Set<string>>;
        before(async () => {
            recording = await recordExample(example, CONSORTIUM_CONFIG, { outputs: cloudAnswers });
            const of = (name: Organization) => partOf(recording, ORGANIZATIONS[name]);
            parts = {
                orderers: of("orderers"),
                org1: of("org1"),
                org2: of("org2"),
                channel: partOf(recording, ["trade"]),
            };
        });

        it("have everything that there is, and nothing of each other's", () => {
            assert.equal(recording.ofKind(kind).length, 1);
            const sizes = Object.values(parts).map(({ size }) => size);
            assert.ok(sizes.every((size) => size > 4));
            assert.equal(
                sizes.reduce((sum, size) => sum + size, 0),
                recording.resources.length,
            );
        });

        for (const name of NAMES) {
            it(`never wait for another, nor for the channel: ${name}`, () => {
                assert.ok(waitsBetween(recording, parts[name], parts[name]).length > 50);
                for (const [other, part] of Object.entries(parts)) {
                    if (other !== name) {
                        assert.deepEqual(waitsBetween(recording, parts[name], part), [], other);
                    }
                }
            });
        }

        it("meet in the channel: a peer joins after its own node and the consenters, and after no other peer", () => {
            const memberships = recording.ofKind("PeerChannelMembership");
            assert.equal(memberships.length, 2);
            for (const own of ["org1", "org2"] as const) {
                const other = own === "org1" ? "org2" : "org1";
                const joins = memberships.find(({ name }) => name === `trade-${own}-peer0`)!;
                const waited = waitsOf(recording, joins);
                const waitsFor = (part: ReadonlySet<string>) =>
                    [...waited].some((urn) => part.has(urn) && /:StatefulSet::/.test(urn));
                assert.ok(waitsFor(parts[own]), own);
                assert.ok(waitsFor(parts.orderers), "orderers");
                assert.ok(!waitsFor(parts[other]), other);
                assert.ok(waited.has(recording.ofKind("ConsenterSet")[0]!.urn));
            }
        });

        it("meet in the channel: ordering nodes join without waiting for any peer", () => {
            const joins = new Set(
                recording.ofKind("OrdererChannelMembership").map(({ urn }) => urn),
            );
            assert.equal(joins.size, 3);
            const nodes = (part: ReadonlySet<string>) =>
                new Set([...part].filter((urn) => /:StatefulSet::/.test(urn)));
            assert.ok(waitsBetween(recording, joins, nodes(parts.orderers)).length > 0);
            for (const peers of [parts.org1, parts.org2]) {
                assert.equal(nodes(peers).size, 1);
                assert.deepEqual(waitsBetween(recording, joins, nodes(peers)), []);
            }
        });
    });
}
