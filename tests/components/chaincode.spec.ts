import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";
import {
    Chaincode,
    JoinedChannel,
    PeerNode,
    type ServiceMode,
    type SharedChaincodeArgs,
} from "kubefabric";
import { buildGenesisBlock } from "kubefabric/internal/fabric/genesisBlock";
import { chaincodePackage } from "kubefabric/internal/fabric/chaincodePackage";
import type { RecordedResource, Recording } from "kubefabric/testing";

import { goldenDefinition } from "../fabric/goldenChannel.ts";
import {
    network,
    recordNetwork,
    testChannel,
    testOrg,
    valueOf,
    type TestNodes,
} from "../support/network.ts";

/** Each test builds a whole network or two, and other work may slow it down. */
const PATIENCE_MS = 60_000;
const IMAGE = `ghcr.io/example/asset@sha256:${"a".repeat(64)}`;

/** An object of Kubernetes, as it was registered. */
interface Manifest {
    metadata: { name: string; namespace: string };
    spec: Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any
}
const manifestOf = ({ inputs }: RecordedResource) => inputs as unknown as Manifest;

type ServiceArgs = Partial<ServiceMode & SharedChaincodeArgs>;

const labelOf = ({ type, name }: RecordedResource) => `${type.split(":").at(-1)} ${name}`;
const childrenOf = (recording: Recording) =>
    recording.resources.filter((each) => recording.parentOf(each) === "Chaincode asset");

function asset(nodes: TestNodes, args: ServiceArgs = {}, name = "asset"): Chaincode {
    return new Chaincode(name, {
        channel: args.channel ?? testChannel(nodes),
        image: IMAGE,
        version: "1.0",
        ...args,
    });
}

/** Everything that a resource waits for, directly or through others. */
function waitsOf(recording: Recording, resource: RecordedResource): Set<string> {
    const byUrn = new Map(recording.resources.map((each) => [each.urn, each]));
    const seen = new Set<string>();
    const visit = (urn: string) => {
        const found = byUrn.get(urn);
        if (found && !seen.has(labelOf(found))) {
            seen.add(labelOf(found));
            found.dependencies.forEach(visit);
        }
    };
    resource.dependencies.forEach(visit);
    return seen;
}

/** The package of the tests' chaincode. */
const PACKAGE = chaincodePackage("asset_1.0", {
    type: "ccaas",
    address: "chaincode-asset-1-0:9999",
    indexes: [],
});

describe("a chaincode on a channel of two organizations", function () {
    this.timeout(PATIENCE_MS);
    let recording: Recording;
    before(async () => {
        recording = await recordNetwork(() => void asset(network(2, 2)), {
            outputs: {
                NetworkPolicy: { metadata: { uid: "uid-of-policy" } },
                CommittedChaincode: { waiting: "", sequence: 1 },
            },
        });
    });
    const find = (kind: string, name: string) => recording.find(kind, name);

    it("has children of each organization and peer, by name and version", () => {
        const each = [1, 2].flatMap((number) => [
            `ApprovedChaincode asset-Org${number}MSP`,
            `Deployment asset-Org${number}MSP-chaincode-asset-1-0`,
            `InstalledChaincode asset-org${number}-peer0`,
            `InstalledChaincode asset-org${number}-peer1`,
            `NetworkPolicy asset-Org${number}MSP`,
            `NetworkPolicy asset-Org${number}MSP-peers`,
            `RetiredChaincode asset-Org${number}MSP-retired`,
            `Service asset-Org${number}MSP-chaincode-asset-1-0-service`,
        ]);
        assert.deepEqual(
            childrenOf(recording).map(labelOf).sort(),
            ["CommittedChaincode asset-committed", ...each].sort(),
        );
    });

    it("installs on every peer after the channel, and waits neither for Pods nor for another peer", () => {
        for (const installed of recording.ofKind("InstalledChaincode")) {
            const waits = [...waitsOf(recording, installed)];
            assert.ok(waits.includes("ChannelConfig trade-config"), installed.name);
            assert.deepEqual(
                waits.filter((label) => /Chaincode|^Deployment/.test(label)),
                [],
            );
        }
    });

    it("approves for an organization once all of its peers have the package, and waits for no other", () => {
        for (const number of [1, 2]) {
            const approved = find("ApprovedChaincode", `asset-Org${number}MSP`);
            assert.deepEqual(
                [...waitsOf(recording, approved)].filter((label) => label.includes("Chaincode")),
                [0, 1].map((peer) => `InstalledChaincode asset-org${number}-peer${peer}`),
            );
            assert.equal(approved.inputs.node, `org${number}-peer0`);
            assert.equal(approved.inputs.mspId, `Org${number}MSP`);
        }
    });

    it("commits after every approval and once its Pods are ready, with a peer of each organization", () => {
        const committed = find("CommittedChaincode", "asset-committed");
        const waits = waitsOf(recording, committed);
        for (const number of [1, 2]) {
            assert.ok(waits.has(`ApprovedChaincode asset-Org${number}MSP`));
            assert.ok(waits.has(`Deployment asset-Org${number}MSP-chaincode-asset-1-0`));
            assert.ok(waits.has(`NetworkPolicy asset-Org${number}MSP-peers`));
        }
        const peers = committed.inputs.peers as { node: string; mspId: string }[];
        assert.deepEqual(
            peers.map(({ node, mspId }) => [node, mspId]),
            [1, 2].map((number) => [`org${number}-peer0`, `Org${number}MSP`]),
        );
    });

    it("retires older versions after the commit, and keeps the one of the program", () => {
        for (const number of [1, 2]) {
            const retired = find("RetiredChaincode", `asset-Org${number}MSP-retired`);
            assert.ok(waitsOf(recording, retired).has("CommittedChaincode asset-committed"));
            const { namespace, ownerUid, serviceName, waiting } = retired.inputs;
            assert.deepEqual(
                { namespace, ownerUid, serviceName, waiting },
                {
                    namespace: `org${number}`,
                    ownerUid: "uid-of-policy",
                    serviceName: "chaincode-asset-1-0",
                    waiting: "",
                },
            );
        }
    });

    it("leaves Deployments and Services of a version in the cluster that is not in the program any more, and nothing else", () => {
        for (const child of childrenOf(recording)) {
            const stays = /^(Deployment|Service) /.test(labelOf(child));
            assert.equal(child.retainOnDelete, stays, labelOf(child));
            const { ownerReferences } = (child.inputs.metadata ?? {}) as {
                ownerReferences?: object[];
            };
            assert.deepEqual(
                ownerReferences,
                stays
                    ? [
                          {
                              apiVersion: "networking.k8s.io/v1",
                              kind: "NetworkPolicy",
                              name: "chaincode-asset",
                              uid: "uid-of-policy",
                          },
                      ]
                    : undefined,
                labelOf(child),
            );
        }
    });

    it("hands every peer the same package, and its ID to approvals and Pods", () => {
        for (const { inputs } of recording.ofKind("InstalledChaincode")) {
            assert.equal(inputs.packageId, PACKAGE.packageId);
            assert.equal(inputs.package, Buffer.from(PACKAGE.bytes).toString("base64"));
        }
        for (const { inputs } of recording.ofKind("ApprovedChaincode")) {
            assert.equal(inputs.packageId, PACKAGE.packageId);
        }
        for (const number of [1, 2]) {
            const deployment = find("Deployment", `asset-Org${number}MSP-chaincode-asset-1-0`);
            assert.deepEqual(environmentOf(deployment), {
                CHAINCODE_ID: PACKAGE.packageId,
                CORE_CHAINCODE_ID_NAME: PACKAGE.packageId,
                CHAINCODE_SERVER_ADDRESS: "0.0.0.0:9999",
                CHAINCODE_TLS_DISABLED: "true",
                CORE_PEER_TLS_ENABLED: "false",
                HOME: "/tmp",
            });
        }
    });

    it("leads from the name in the package to its Pod, which peers of the namespace may dial and nobody else", () => {
        const service = manifestOf(find("Service", "asset-Org1MSP-chaincode-asset-1-0-service"));
        const deployment = manifestOf(find("Deployment", "asset-Org1MSP-chaincode-asset-1-0"));
        const policy = manifestOf(find("NetworkPolicy", "asset-Org1MSP"));
        const peerPolicy = manifestOf(find("NetworkPolicy", "asset-Org1MSP-peers"));
        const { labels } = deployment.spec.template.metadata as { labels: Record<string, string> };
        const isSelected = (selector: unknown) =>
            Object.entries(selector as Record<string, string>).every(
                ([key, value]) => labels[key] === value,
            );
        assert.equal(service.metadata.name, "chaincode-asset-1-0");
        assert.equal(service.metadata.namespace, "org1");
        assert.deepEqual(service.spec.ports, [
            { name: "chaincode", port: 9999, targetPort: "chaincode" },
        ]);
        assert.ok(isSelected(service.spec.selector));
        assert.ok(isSelected(deployment.spec.selector.matchLabels));
        assert.ok(isSelected(policy.spec.podSelector.matchLabels));
        const peers = { podSelector: { matchLabels: { "app.kubernetes.io/component": "peer" } } };
        const ports = [{ protocol: "TCP", port: 9999 }];
        assert.deepEqual(policy.spec.ingress, [{ from: [peers], ports }]);
        assert.deepEqual(peerPolicy.spec.podSelector, peers.podSelector);
        assert.deepEqual(peerPolicy.spec.egress, [
            { to: [{ podSelector: policy.spec.podSelector }], ports },
        ]);
    });

    it("runs its Pod with no right, on a file system that it cannot write", () => {
        const { spec } = manifestOf(find("Deployment", "asset-Org1MSP-chaincode-asset-1-0")).spec
            .template;
        assert.equal(spec.automountServiceAccountToken, false);
        assert.equal(spec.securityContext.runAsNonRoot, true);
        assert.deepEqual(spec.securityContext.seccompProfile, { type: "RuntimeDefault" });
        const [container] = spec.containers;
        assert.equal(container.image, IMAGE);
        assert.deepEqual(container.securityContext, {
            allowPrivilegeEscalation: false,
            capabilities: { drop: ["ALL"] },
            privileged: false,
            readOnlyRootFilesystem: true,
        });
        assert.equal(container.terminationMessagePolicy, "FallbackToLogsOnError");
        for (const probe of ["startupProbe", "readinessProbe", "livenessProbe"]) {
            assert.deepEqual(container[probe].tcpSocket, { port: "chaincode" }, probe);
        }
    });

    it("keeps kubeconfigs and keys secret in what each of its children remembers", () => {
        for (const child of childrenOf(recording)) {
            const clear = Object.entries(child.inputs).filter(
                ([key]) => !child.additionalSecretOutputs.includes(key),
            );
            assert.doesNotMatch(
                JSON.stringify(clear),
                /placeholder-private-key|canary-kubeconfig-token/,
                labelOf(child),
            );
        }
    });
});

function environmentOf(deployment: RecordedResource): Record<string, string> {
    const [container] = manifestOf(deployment).spec.template.spec.containers as [
        { env: { name: string; value: string }[] },
    ];
    return Object.fromEntries(container.env.map(({ name, value }) => [name, value]));
}

describe("a chaincode", function () {
    this.timeout(PATIENCE_MS);

    it("has each setting of its definition as an input of its own, in approval and commit", async () => {
        const collections = [{ name: "secrets", policy: "OR('Org1MSP.member')" }];
        const settings = {
            endorsementPolicy: "OR('Org1MSP.peer')",
            initRequired: true,
            collections,
        };
        const recording = await recordNetwork(
            () => void asset(network(1), { ...settings, chaincodeName: "basic" }),
        );
        for (const [kind, name] of [
            ["ApprovedChaincode", "asset-Org1MSP"],
            ["CommittedChaincode", "asset-committed"],
        ] as const) {
            const { inputs } = recording.find(kind, name);
            assert.partialDeepStrictEqual(inputs, {
                channelId: "trade",
                chaincode: "basic",
                version: "1.0",
                ...settings,
            });
        }
    });

    it("knows the ID of its package in the first preview", async () => {
        let known: unknown;
        await recordNetwork(
            async () => {
                known = await valueOf(asset(network(1)).packageId);
            },
            { preview: true },
        );
        assert.equal(known, PACKAGE.packageId);
    });

    it("has an ID of its own with each label, version and index", async () => {
        const index = { name: "owner", definition: { index: { fields: ["owner"] } } };
        const ids = new Set<string>();
        await recordNetwork(async () => {
            const channel = testChannel(network(1));
            const variations: ServiceArgs[] = [
                {},
                { version: "1.1" },
                { label: "other" },
                { version: "2.0", indexes: [index] },
                { label: "third", indexes: [index] },
            ];
            for (const [number, args] of variations.entries()) {
                ids.add(
                    await valueOf(
                        asset(
                            {} as TestNodes,
                            { channel, chaincodeName: "asset", ...args },
                            `asset${number}`,
                        ).packageId,
                    ),
                );
            }
        });
        assert.equal(ids.size, 5);
    });

    it("gives two versions names of their own", async () => {
        const names = async (args: ServiceArgs) => {
            const recording = await recordNetwork(() => void asset(network(1), args));
            return recording
                .ofKind("Deployment")
                .map((each) => [each.name, manifestOf(each).metadata.name]);
        };
        assert.deepEqual(await names({ version: "2.0" }), [
            ["asset-Org1MSP-chaincode-asset-2-0", "chaincode-asset-2-0"],
        ]);
        assert.deepEqual(await names({ version: "2.0", label: "Fixed.Label" }), [
            ["asset-Org1MSP-chaincode-fixed-label-2-0", "chaincode-fixed-label-2-0"],
        ]);
    });

    it("runs on the peers that are named, and approves for their organizations only", async () => {
        const recording = await recordNetwork(() => {
            const nodes = network(2, 2);
            asset(nodes, { channel: testChannel(nodes), peers: [nodes.peers[3]!] });
        });
        assert.deepEqual(
            recording.ofKind("InstalledChaincode").map(({ name }) => name),
            ["asset-org2-peer1"],
        );
        assert.deepEqual(
            recording.ofKind("ApprovedChaincode").map(({ name, inputs }) => [name, inputs.node]),
            [["asset-Org2MSP", "org2-peer1"]],
        );
        assert.deepEqual(
            recording.ofKind("Deployment").map((each) => manifestOf(each).metadata.namespace),
            ["org2"],
        );
    });

    it("gives its container the variables and resources of the program, and its own", async () => {
        const recording = await recordNetwork(
            () =>
                void asset(network(1), {
                    environment: { LOG_LEVEL: "debug" },
                    resources: { limits: { memory: "1Gi" } },
                }),
        );
        const [deployment] = recording.ofKind("Deployment");
        assert.equal(environmentOf(deployment!).LOG_LEVEL, "debug");
        const [container] = manifestOf(deployment!).spec.template.spec.containers;
        assert.deepEqual(container.resources, { limits: { memory: "1Gi" } });
    });

    it("warns of what it waits for, and of nothing once it is committed", async () => {
        const log = pulumi.log as { warn: typeof pulumi.log.warn };
        const warn = log.warn;
        const warned: string[] = [];
        log.warn = async (message) => void warned.push(message);
        const waiting = "2 of 3 organizations approved sequence 2: Org3MSP has not approved it";
        try {
            for (const said of [waiting, ""]) {
                await recordNetwork(() => void asset(network(1)), {
                    outputs: { CommittedChaincode: { waiting: said } },
                });
            }
        } finally {
            log.warn = warn;
        }
        assert.deepEqual(warned, [
            `chaincode "asset" is not committed to channel "trade" yet: ${waiting}. The next update tries again.`,
        ]);
    });

    it("is only planned on a simulated cluster, where its objects are made", async () => {
        let plan: readonly string[] = [];
        const recording = await recordNetwork(() => {
            ({ plan } = asset(network(2, 1, { simulated: true })));
        });
        assert.deepEqual(plan, [
            `peer org1-peer0 of Org1MSP installs ${PACKAGE.packageId}`,
            `peer org2-peer0 of Org2MSP installs ${PACKAGE.packageId}`,
            "Org1MSP approves version 1.0 of asset on trade",
            "Org2MSP approves version 1.0 of asset on trade",
            "version 1.0 of asset is committed to trade",
        ]);
        assert.equal(recording.ofKind("Deployment").length, 2);
        for (const kind of ["Installed", "Approved", "Committed", "Retired"]) {
            assert.deepEqual(recording.ofKind(`${kind}Chaincode`), [], kind);
        }
    });

    it("orders over the addresses that a channel of others tells", async () => {
        const addresses = [
            { mspId: "OrdererMSP", endpoints: ["o.example.com:7050"], tlsCaPem: "ca" },
        ];
        const recording = await recordNetwork(
            () => {
                const org = testOrg();
                const channel = new JoinedChannel("trade", {
                    genesisBlock: Buffer.from(buildGenesisBlock(goldenDefinition("raft"))).toString(
                        "base64",
                    ),
                    channelId: "raft-channel",
                    peers: [new PeerNode("peer0", { org })],
                });
                asset({} as TestNodes, { channel });
            },
            { outputs: { PublishedBlock: { addresses } } },
        );
        for (const kind of ["ApprovedChaincode", "CommittedChaincode"]) {
            const [{ inputs }] = recording.ofKind(kind) as [RecordedResource];
            assert.deepEqual(inputs.addresses, addresses, kind);
            assert.equal(inputs.services, undefined, kind);
        }
    });
});

describe("arguments of a chaincode", function () {
    this.timeout(PATIENCE_MS);

    /** The lines of a refusal, after which nothing of the chaincode was registered. */
    async function refused(
        args: object,
        { name = "asset", founding = false, before = [] as string[] } = {},
    ): Promise<string[]> {
        let message = "";
        const recording = await recordNetwork(() => {
            const nodes = network(2);
            const channel = testChannel(nodes, { founding });
            for (const label of before) {
                asset(nodes, { channel, label }, "other");
            }
            try {
                asset(nodes, { channel, ...args }, name);
            } catch (error) {
                message = (error as Error).message;
            }
        });
        assert.ok(message.startsWith(`Chaincode "${name}" has invalid arguments\n`), message);
        assert.equal(recording.ofKind("Chaincode").length, before.length);
        return message
            .split("\n")
            .slice(1)
            .map((line) => line.trim());
    }

    const CASES: [what: string, args: object, says: RegExp, more?: object][] = [
        [
            "a malformed policy, with its position",
            { endorsementPolicy: "AND('Org1MSP.peer'" },
            /^endorsementPolicy: .*position|^endorsementPolicy: .*character/,
        ],
        [
            "a collection without members",
            { collections: [{ name: "secrets", policy: "OR()" }] },
            /^collections\[0\]\.policy: /,
        ],
        ["no version", { version: "" }, /^version: "" is not a version/],
        ["a version that is a number", { version: 2 }, /^version: 2 is no text; write "1.0"$/],
        ["a version that is left out", { version: undefined }, /^version: undefined is no text/],
        [
            "a label that peers refuse",
            { label: "a b" },
            /^label: "a b" is not a label .*; write "a_b"$/,
        ],
        [
            "a label that is too long for a Service",
            { label: "a".repeat(60) },
            /^label: .* which has 74 characters, and a Service's ends at 63; write a shorter label$/,
        ],
        [
            "a label that another chaincode of the namespace has",
            { label: "shared" },
            /^label: "chaincode-shared-1-0" is already the node of Chaincode "other"; write another label$/,
            { before: ["shared"] },
        ],
        [
            "a name that Kubernetes cannot carry",
            {},
            /^name: "Asset_1" is not a DNS label/,
            { name: "Asset_1" },
        ],
        [
            "a name that peers keep for themselves",
            { chaincodeName: "lscc" },
            /^chaincodeName: "lscc" is a chaincode of the peer itself/,
        ],
        [
            "an image that is none",
            { image: "https://example.com/x" },
            /^image: .*is not the name of an image/,
        ],
        [
            "a channel that no peer has joined",
            {},
            /^channel: "trade" is being founded, .*; take founding away/,
            { founding: true },
        ],
        ["no peers", { peers: [] }, /^peers: is empty, .*; write one$/],
        [
            "a variable of the component",
            { environment: { CHAINCODE_ID: "x" } },
            /^environment\["CHAINCODE_ID"\]: is set by this component; take it away$/,
        ],
        [
            "a variable that is none",
            { environment: { "a-b": "x" } },
            /^environment\["a-b"\]: "a-b" is not the name of a variable/,
        ],
        [
            "resources that are none",
            { resources: { limits: { memory: "x" } } },
            /^resources\.limits\.memory: /,
        ],
        [
            "an index that peers refuse",
            { indexes: [{ name: "owner", definition: {} }] },
            /^indexes\[0\]\.definition: it has no index/,
        ],
    ];
    for (const [what, args, says, more] of CASES) {
        it(`fails for ${what}, in one line and before anything is registered`, async () => {
            const lines = await refused(args, more);
            assert.equal(lines.length, 1, lines.join("\n"));
            assert.match(lines[0]!, says);
        });
    }

    it("fails for peers that are there twice, or have not joined", async () => {
        await recordNetwork(() => {
            const nodes = network(2);
            const [first, second] = nodes.peers as [PeerNode, PeerNode];
            const channel = testChannel(nodes, { peers: [first] });
            assert.throws(
                () => asset(nodes, { channel, peers: [first, first, second] }),
                /peers\[1\]: "org1-peer0" is there before; write it once\n {2}peers\[2\]: "org2-peer0" has not joined "trade"; write it among the channel's peers too$/,
            );
        });
    });

    it("fails with everything that is wrong at once", async () => {
        const lines = await refused({ version: "", image: "X", peers: [], label: "" });
        assert.deepEqual(
            lines.map((line) => line.split(":")[0]),
            ["version", "label", "image", "peers"],
        );
    });
});
