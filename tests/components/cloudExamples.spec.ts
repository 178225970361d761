import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import type { FabricCluster } from "kubefabric";
import { policies } from "kubefabric/policy";
import {
    checkRecording,
    replay,
    type Outputs,
    type RecordedResource,
    type Recording,
} from "kubefabric/testing";
import ts from "typescript";

import { cloudAnswers, CLOUDS } from "../support/clouds.ts";
import {
    countsOf,
    exampleIn,
    EXAMPLES,
    manifestIn,
    namesOf,
    recordExample,
    settingsReadBy,
    type Example,
} from "../support/examples.ts";
import { recordNetwork } from "../support/network.ts";
import { assertSnapshot } from "../support/snapshot.ts";
import { keptByDestroy, waitsOf, within } from "../support/waits.ts";

const CHECKOUT = join(EXAMPLES, "..");

/** What the three examples have in common: everything but the cluster. */
const NETWORK = {
    ClusterAccess: 1,
    kubernetes: 1,
    LedgerStorageClass: 1,
    StorageClass: 1,
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
    Service: 10,
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

interface CloudExample {
    name: string;
    location: string;
    /** The setting that says what machines the nodes are, and another one than the default. */
    machines: [setting: string, other: string];
    /** The resource that has it, by kind and name, and as what. */
    machinesOf: [kind: string, name: string, property: string];
    /** How many resources there are, and of which kinds those of the cloud are. */
    total: number;
    cloud: Record<string, number>;
}

const CLOUD_EXAMPLES: readonly CloudExample[] = [
    {
        name: "gke",
        location: "europe-west4",
        machines: ["machineType", "e2-standard-8"],
        machinesOf: ["NodePool", "fabric-nodes", "nodeConfig"],
        total: 154,
        cloud: { GkeCluster: 1, Network: 1, Subnetwork: 1, Cluster: 1, NodePool: 1 },
    },
    {
        name: "aks",
        location: "westeurope",
        machines: ["vmSize", "Standard_D8s_v5"],
        machinesOf: ["AgentPool", "fabric-nodes", "vmSize"],
        total: 153,
        cloud: { AksCluster: 1, ResourceGroup: 1, ManagedCluster: 1, AgentPool: 1 },
    },
    {
        name: "iks",
        location: "eu-de",
        machines: ["flavor", "bx2.8x32"],
        machinesOf: ["ContainerVpcCluster", "fabric", "flavor"],
        total: 158,
        cloud: {
            IksCluster: 1,
            IsVpc: 1,
            IsSubnet: 3,
            IsPublicGateway: 3,
            ContainerVpcCluster: 1,
        },
    },
];

const exampleOf = ({ name }: CloudExample) => exampleIn(join("examples", name));

function recorded(
    cloud: CloudExample,
    config: Record<string, string> = {},
    options: { preview?: boolean; outputs?: Outputs } = { outputs: cloudAnswers },
): Promise<Recording> {
    return recordExample(exampleOf(cloud), { location: cloud.location, ...config }, options);
}

const isOfCloud = ({ type }: RecordedResource) =>
    /^(gcp|azure-native|ibm):/.test(type) || /:(Gke|Aks|Iks)Cluster$/.test(type);
const labelOf = ({ type, name }: RecordedResource) => `${type.split(":").at(-1)} ${name}`;

/** What is made by the program itself, and what a channel begins with. */
const IDENTITIES = ["PrivateKey", "CaCertificate", "Certificate", "GenesisBlock"];

/** Identities and genesis blocks that wait for anything of the cluster `fabric`, and how many there are. */
function waitingIdentities(recording: Recording): { all: number; waiting: string[] } {
    const [cluster] = recording.resources.filter(({ type }) => /:(Gke|Aks|Iks)Cluster$/.test(type));
    const ofCluster = within(recording, cluster!);
    const identities = IDENTITIES.flatMap((kind) => recording.ofKind(kind));
    const waiting = identities.filter((identity) =>
        [...waitsOf(recording, identity)].some((urn) => ofCluster.has(urn)),
    );
    return { all: identities.length, waiting: waiting.map(labelOf) };
}

for (const cloud of CLOUD_EXAMPLES) {
    describe(`the example for ${cloud.name}`, function () {
        this.timeout(60_000);
        const example = exampleOf(cloud);
        let recording: Recording;
        before(async () => {
            recording = await recorded(cloud);
        });

        it(`registers ${cloud.total} resources, and so many of each kind`, () => {
            assert.equal(recording.resources.length, cloud.total);
            assert.deepEqual(countsOf(recording), { ...NETWORK, ...cloud.cloud });
        });

        it("registers the same in a first preview, in which nothing of the cloud is known", async () => {
            const preview = await recorded(cloud, {}, { preview: true });
            assert.deepEqual(namesOf(preview).sort(), namesOf(recording).sort());
        });

        it("keeps the names of its resources: a renamed one would be deleted and made anew", () => {
            const names = namesOf(recording);
            assert.equal(new Set(names).size, names.length);
            assertSnapshot(`${cloud.name}.urns`, names);
        });

        it("passes the policy pack without an advice", async () => {
            assert.deepEqual(await replay(recording, policies), []);
            assert.deepEqual(checkRecording(recording), []);
        });

        it("is refused by the pack once a ledger is to be shared", async () => {
            const [ledger] = recording.ofKind("PersistentVolumeClaim");
            const spec = ledger!.inputs.spec as { accessModes: string[] };
            const { accessModes } = spec;
            spec.accessModes = ["ReadWriteMany"];
            try {
                const refused = (await replay(recording, policies)).filter(
                    ({ level }) => level === "mandatory",
                );
                assert.ok(refused.some(({ policy }) => policy === "volume-access-mode"));
            } finally {
                spec.accessModes = accessModes;
            }
        });

        it("makes identities and the genesis block without waiting for the cluster", () => {
            const { all, waiting } = waitingIdentities(recording);
            assert.equal(all, 21 + 7 + 14 + 1);
            assert.deepEqual(waiting, []);
        });

        it("makes them after the cluster only where they are read back from it", async () => {
            const { all, waiting } = waitingIdentities(await recorded(cloud, { recover: "true" }));
            assert.ok(waiting.length > all / 2, `${waiting.length} of ${all}`);
        });

        it("protects what it is given until its ledgers may be deleted", async () => {
            const kept = (resources: Recording) =>
                resources.resources.filter(
                    ({ protect, retainOnDelete, inputs }) =>
                        protect || retainOnDelete || inputs.deletionProtection === true,
                );
            const kinds = new Set(kept(recording).map(({ type }) => type.split(":").at(-1)));
            for (const kind of ["PersistentVolumeClaim", "Namespace", "Secret", "StorageClass"]) {
                assert.ok(kinds.has(kind), kind);
            }
            assert.ok(kept(recording).some(isOfCloud), "the cluster");
            assert.deepEqual(kept(await recorded(cloud, { deleteLedgers: "true" })), []);
        });

        it("lets its Pods go when it is taken down, and keeps the cluster, its nodes and all ledgers", () => {
            const kept = keptByDestroy(recording);
            const gone = recording.resources.filter(({ urn }) => !kept.has(urn));
            assert.deepEqual(gone.filter(isOfCloud).map(labelOf), []);
            const kinds = new Set(gone.map(({ type }) => type.split(":").at(-1)));
            for (const kind of ["StatefulSet", "CronJob", "Service"]) {
                assert.ok(kinds.has(kind), kind);
            }
            for (const kind of ["PersistentVolumeClaim", "Namespace", "PrivateKey"]) {
                assert.ok(!kinds.has(kind), kind);
            }
        });

        it("takes its machines from its stack configuration", async () => {
            const [setting, other] = cloud.machines;
            const [kind, name, property] = cloud.machinesOf;
            const text = (of: Recording) => JSON.stringify(of.find(kind, name).inputs[property]);
            assert.ok(!text(recording).includes(other));
            assert.ok(text(await recorded(cloud, { [setting]: other })).includes(other));
        });

        it("takes location and size of ledgers from its stack configuration", async () => {
            const resources = await recorded(cloud, { ledgerSize: "100Gi" });
            for (const { inputs } of resources.ofKind("PersistentVolumeClaim")) {
                const { requests } = (inputs.spec as { resources: { requests: object } }).resources;
                assert.deepEqual(requests, { storage: "100Gi" });
            }
            const [cluster] = resources.resources.filter(isOfCloud);
            assert.equal(cluster!.inputs.location, cloud.location);
        });

        it("reads the settings that its Pulumi.yaml describes, and no others", () => {
            const { config } = example.project;
            assert.deepEqual(settingsReadBy(example), Object.keys(config).sort());
            for (const [key, { description }] of Object.entries(config)) {
                assert.ok(description, key);
            }
        });

        it("has its program as main, and asks for what it imports as this package is tested with", () => {
            const { name, main, dependencies, devDependencies } = example.manifest;
            assert.equal(main, "index.ts");
            assert.equal(name, example.project.name);
            const ours = manifestIn(CHECKOUT);
            const known = {
                ...ours.devDependencies,
                ...ours.dependencies,
                kubefabric: `^${ours.version}`,
            };
            const asked = { ...dependencies, ...devDependencies };
            assert.deepEqual(
                asked,
                Object.fromEntries(
                    Object.keys(asked).map((each) => [each, known[each as keyof typeof known]]),
                ),
            );
            const peers = (ours as { peerDependencies?: Record<string, string> }).peerDependencies!;
            assert.equal(Object.keys(dependencies).filter((each) => each in peers).length, 1);
        });

        it("is shorter than 60 lines and type-checked by npm run check-types", () => {
            assert.ok(example.source.split("\n").length <= 60, "59 lines and the end");
            const { scripts } = manifestIn(CHECKOUT);
            const checks = scripts!["check-types"]!.split(" && ");
            assert.ok(checks.includes(`tsc -p examples/${cloud.name}`));
            assert.ok(existsSync(join(EXAMPLES, cloud.name, "tsconfig.json")));
        });
    });
}

/** A program without its cluster: the import of its class and the statement that makes it. */
function withoutCluster({ source, program }: Example): { rest: string; cluster: string[] } {
    const file = ts.createSourceFile(program, source, ts.ScriptTarget.Latest, true);
    const isCluster = (statement: ts.Statement) => {
        if (ts.isImportDeclaration(statement)) {
            return /^kubefabric\//.test((statement.moduleSpecifier as ts.StringLiteral).text);
        }
        const [declared] = ts.isVariableStatement(statement)
            ? statement.declarationList.declarations
            : [];
        return declared?.name.getText() === "cluster";
    };
    const cluster = file.statements.filter(isCluster);
    const rest = cluster.reduceRight(
        (text, statement) => text.slice(0, statement.getStart()) + text.slice(statement.getEnd()),
        source,
    );
    return { rest, cluster: cluster.map((statement) => statement.getText()) };
}

describe("the examples for the clouds", function () {
    this.timeout(60_000);

    it("differ in nothing but the cluster's import and construction", () => {
        const programs = CLOUD_EXAMPLES.map((cloud) => withoutCluster(exampleOf(cloud)));
        for (const [index, { name }] of CLOUD_EXAMPLES.entries()) {
            const { rest, cluster } = programs[index]!;
            assert.equal(rest, programs[0]!.rest, name);
            assert.equal(cluster.length, 2, name);
            assert.match(
                cluster[0]!,
                new RegExp(`^import \\{ \\w+Cluster \\} from "kubefabric/${name}";$`),
            );
            assert.match(cluster[1]!, /^const cluster = new \w+Cluster\(/);
        }
        const different = new Set(programs.flatMap(({ cluster }) => cluster));
        assert.equal(different.size, 2 * CLOUD_EXAMPLES.length);
    });

    it("have one tsconfig.json, that of the local one", () => {
        const settings = ["local", ...CLOUD_EXAMPLES.map(({ name }) => name)].map((name) =>
            readFileSync(join(EXAMPLES, name, "tsconfig.json"), "utf8"),
        );
        assert.equal(new Set(settings).size, 1);
    });

    it("describe the settings that they share alike", () => {
        const shared = ["recover", "deleteLedgers"];
        for (const key of shared) {
            const described = CLOUD_EXAMPLES.map((cloud) => exampleOf(cloud).project.config[key]);
            assert.ok(described[0]);
            for (const each of described) {
                assert.deepEqual(each, described[0]);
            }
        }
    });
});

describe("two clusters in one program", function () {
    this.timeout(60_000);
    const names = Object.keys(CLOUDS);
    /** One cluster of each kind and a second one of the same kind. */
    const make = () => names.flatMap((name) => [CLOUDS[name]!(name), CLOUDS[name]!(`${name}-two`)]);
    let recording: Recording;
    let parts: Set<string>[];
    before(async () => {
        recording = await recordNetwork(make, cloudAnswers);
        const made = recording.returned as FabricCluster[];
        parts = made.map(({ name }) => {
            const [component] = recording.resources.filter(
                (each) => each.name === name && /:(Gke|Aks|Iks)Cluster$/.test(each.type),
            );
            return within(recording, component!);
        });
    });

    it("never wait for each other, whoever runs them", () => {
        assert.equal(parts.length, 2 * names.length);
        assert.equal(
            parts.reduce((sum, { size }) => sum + size, 0),
            recording.resources.length,
            "every resource belongs to one cluster",
        );
        for (const part of parts) {
            const mine = recording.resources.filter(({ urn }) => part.has(urn));
            const waited = mine.flatMap((resource) => [...waitsOf(recording, resource)]);
            assert.ok(waited.length > 0, "waits within a cluster are seen");
            assert.deepEqual(
                waited.filter((urn) => !part.has(urn)),
                [],
            );
        }
    });

    it("have each its own waits: its provider waits for the vendor's cluster and its nodes", () => {
        for (const part of parts) {
            const mine = recording.resources.filter(({ urn }) => part.has(urn));
            const provider = mine.find(({ type }) => type === "pulumi:providers:kubernetes");
            const waited = waitsOf(recording, provider!);
            const ofVendor = mine.filter((each) => isOfCloud(each) && each.custom);
            assert.deepEqual(ofVendor.filter(({ urn }) => !waited.has(urn)).map(labelOf), []);
        }
    });

    for (const name of names) {
        it(`are all used while a second one of ${name} is still being made`, async () => {
            const slow = `${name}-two`;
            const done: string[] = [];
            await recordNetwork(make, async (resource) => {
                const isSlow = resource.name === slow;
                if (isSlow) {
                    await untilQuiet(done);
                }
                done.push(resource.name);
                return cloudAnswers(resource);
            });
            const others = names
                .flatMap((each) => [each, `${each}-two`])
                .filter((each) => each !== slow);
            const begun = done.indexOf(slow);
            for (const other of others) {
                const provider = done.indexOf(`${other}-provider`);
                assert.ok(provider !== -1 && provider < begun, `${other} waited for ${slow}`);
            }
        });
    }
});

/** Waits until nothing more has been registered for a while. */
async function untilQuiet(done: readonly string[]): Promise<void> {
    for (let before = -1; before !== done.length;) {
        before = done.length;
        await new Promise((resolve) => setTimeout(resolve, 200));
    }
}
