import assert from "node:assert/strict";

import { Chaincode, KubernetesBuilder, PeerNode } from "kubefabric";
import { chaincodePackage } from "kubefabric/internal/fabric/chaincodePackage";
import type { RecordedResource, Recording } from "kubefabric/testing";

import { network, recordNetwork, testChannel, testOrg } from "../support/network.ts";
import { manifestOf, startedChaincode, startingPeer } from "../support/started.ts";
import { waitsOf } from "../support/waits.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;
const IMAGE = `ghcr.io/example/asset@${DIGEST}`;
const PATIENCE_MS = 60_000;

const kindOf = ({ type }: RecordedResource) => type.split(":").at(-1)!;
const containersOf = (recording: Recording, node = "peer0") =>
    manifestOf(recording.find("StatefulSet", node)).spec.template.spec;
const environmentOf = (recording: Recording, node = "peer0") =>
    Object.fromEntries(
        (containersOf(recording, node).containers[0].env as { name: string; value: string }[]).map(
            ({ name, value }) => [name, value],
        ),
    );

const portsOf = (rule: unknown) =>
    (rule as { ports: { port: number }[] }).ports.map(({ port }) => port);

describe("what starts chaincode in Kubernetes", function () {
    this.timeout(PATIENCE_MS);
    let recording: Recording;
    before(async () => {
        recording = await recordNetwork(() => void startingPeer({}, ["k8s"]));
    });
    const find = (kind: string, name: string) => manifestOf(recording.find(kind, name));

    it("has a namespace of its own, guarded, in which Pods without a profile of security may run", () => {
        const { metadata } = find("Namespace", "cc");
        assert.equal(metadata.labels["pod-security.kubernetes.io/enforce"], "baseline");
        // It may be deleted: the policy volume-retention protects an organization's own.
        assert.ok(!("kubefabric.io/organization" in metadata.labels));
        const dependencies = recording.dependenciesOf(recording.find("Namespace", "cc"));
        assert.deepEqual(dependencies, ["NamespaceGuard cc-guard"]);
        assert.equal(recording.find("NamespaceGuard", "cc-guard").inputs.mspId, undefined);
    });

    it("lets peers start Jobs there and write Secrets, read none, and do nothing elsewhere", () => {
        const roles = recording.ofKind("Role").map(manifestOf);
        const { metadata, rules } = roles.find((role) => role.metadata.namespace === "cc")!;
        assert.equal(metadata.namespace, "cc");
        assert.deepEqual(rules, [
            {
                apiGroups: ["batch"],
                resources: ["jobs"],
                verbs: ["get", "list", "watch", "create"],
            },
            { apiGroups: [""], resources: ["secrets"], verbs: ["create", "patch"] },
        ]);
        const binding = find("RoleBinding", "cc-binding");
        assert.equal(binding.metadata.namespace, "cc");
        assert.equal(binding.roleRef.name, metadata.name);
        assert.deepEqual(binding.subjects, [
            { kind: "ServiceAccount", name: "cc-peers", namespace: "org1" },
        ]);
        const inOrganization = recording
            .ofKind("RoleBinding")
            .map(manifestOf)
            .filter(({ metadata }) => metadata.namespace === "org1");
        assert.ok(!JSON.stringify(inOrganization).includes("cc-peers"));
    });

    it("mounts the peers' token in the peer's container alone", () => {
        const { spec } = { spec: containersOf(recording) };
        assert.equal(spec.serviceAccountName, "cc-peers");
        assert.equal(spec.automountServiceAccountToken, false);
        for (const account of ["cc-peers", "cc-account"]) {
            assert.equal(find("ServiceAccount", account).automountServiceAccountToken, false);
        }
        const holders = [...spec.initContainers, ...spec.containers].filter(
            ({ volumeMounts }: { volumeMounts: { name: string }[] }) =>
                volumeMounts.some(({ name }) => name === "kubernetes-token"),
        );
        assert.deepEqual(
            holders.map(({ name }: { name: string }) => name),
            ["peer"],
        );
    });

    it("copies the builder into the peer before it starts, whatever the peer's image", () => {
        const { initContainers, containers } = containersOf(recording);
        const [copy, ...others] = initContainers;
        assert.deepEqual(others, []);
        assert.equal(
            copy.image,
            "ghcr.io/hyperledger-labs/fabric-builder-k8s/k8s-fabric-peer:0.15.2",
        );
        assert.deepEqual(copy.command, ["cp", "-R", "/opt/hyperledger/k8s_builder/.", "/builder"]);
        assert.equal(copy.securityContext.readOnlyRootFilesystem, true);
        const mounts = containers[0].volumeMounts as { name: string }[];
        const mount = mounts.find(({ name }) => name === copy.volumeMounts[0].name);
        assert.deepEqual(mount, {
            name: "kubernetes-builder",
            mountPath: "/opt/hyperledger/k8s_builder",
            readOnly: true,
        });
        assert.equal(containers[0].image, "ghcr.io/hyperledger/fabric-peer:3.1.5");
    });

    it("is the peer's second builder, and is told where and as whom chaincode runs", () => {
        const environment = environmentOf(recording);
        const [service, builder, ...others] = JSON.parse(
            environment.CORE_CHAINCODE_EXTERNALBUILDERS!,
        ) as { name: string; path: string; propagateEnvironment: string[] }[];
        assert.deepEqual(others, []);
        assert.deepEqual(service, {
            name: "ccaas_builder",
            path: "/opt/hyperledger/ccaas_builder",
            propagateEnvironment: ["CHAINCODE_AS_A_SERVICE_BUILDER_CONFIG"],
        });
        assert.equal(builder!.path, "/opt/hyperledger/k8s_builder");
        assert.deepEqual(builder!.propagateEnvironment, [
            "CORE_PEER_ID",
            "FABRIC_K8S_BUILDER_NAMESPACE",
            "FABRIC_K8S_BUILDER_SERVICE_ACCOUNT",
            "KUBERNETES_SERVICE_HOST",
            "KUBERNETES_SERVICE_PORT",
        ]);
        assert.equal(environment.FABRIC_K8S_BUILDER_NAMESPACE, "cc");
        const account = find("ServiceAccount", "cc-account");
        assert.equal(environment.FABRIC_K8S_BUILDER_SERVICE_ACCOUNT, account.metadata.name);
        assert.equal(account.metadata.namespace, "cc");
        assert.equal(environment.CORE_VM_ENDPOINT, "");
    });

    it("opens the way from chaincode to its peers at their port for it, and no other", () => {
        const { spec } = find("NetworkPolicy", "cc-policy");
        assert.deepEqual(spec.podSelector, {});
        assert.deepEqual(spec.policyTypes, ["Ingress", "Egress"]);
        assert.deepEqual(spec.ingress, []);
        const [dns, peers, ...others] = spec.egress;
        assert.deepEqual(others, []);
        assert.deepEqual(portsOf(dns), [53, 53]);
        assert.deepEqual(peers, {
            to: [
                {
                    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "org1" } },
                    podSelector: { matchLabels: { "app.kubernetes.io/component": "peer" } },
                },
            ],
            ports: [{ protocol: "TCP", port: 7052 }],
        });
    });

    it("opens the way from such a peer to the API server, and for chaincode to that peer", () => {
        const { metadata, spec } = find("NetworkPolicy", "peer0-chaincode");
        assert.equal(metadata.namespace, "org1");
        assert.deepEqual(spec.podSelector.matchLabels, {
            "app.kubernetes.io/component": "peer",
            "app.kubernetes.io/instance": "peer0",
        });
        assert.deepEqual(spec.ingress, [
            {
                from: [
                    { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "cc" } } },
                ],
                ports: [{ protocol: "TCP", port: 7052 }],
            },
        ]);
        assert.deepEqual(portsOf(spec.egress[0]), [443, 6443, 1024]);
    });

    it("gives chaincode the CPU and memory that the builder does not", async () => {
        assert.deepEqual(find("LimitRange", "cc-limits").spec.limits, [
            {
                type: "Container",
                defaultRequest: { cpu: "100m", memory: "128Mi" },
                default: { memory: "512Mi" },
            },
        ]);
        const own = await recordNetwork(
            () =>
                void new KubernetesBuilder("cc", {
                    org: testOrg({ imagePullSecrets: ["registry"] }),
                    resources: { limits: { cpu: "1" } },
                }),
        );
        assert.deepEqual(manifestOf(own.find("LimitRange", "cc-limits")).spec.limits, [
            { type: "Container", default: { cpu: "1" } },
        ]);
        assert.deepEqual(manifestOf(own.find("ServiceAccount", "cc-account")).imagePullSecrets, [
            { name: "registry" },
        ]);
    });

    it("is all there before the peer starts", () => {
        const waits = waitsOf(recording, recording.find("StatefulSet", "peer0"));
        for (const [kind, name] of [
            ["NetworkPolicy", "peer0-chaincode"],
            ["NetworkPolicy", "cc-policy"],
            ["LimitRange", "cc-limits"],
            ["ServiceAccount", "cc-account"],
            ["ServiceAccount", "cc-peers"],
            ["Role", "cc-role"],
            ["RoleBinding", "cc-binding"],
        ] as const) {
            assert.ok(waits.has(recording.find(kind, name).urn), name);
        }
    });

    it("works with Fabric 2.5, whose peers keep their own core.yaml, and with CouchDB", async () => {
        const older = await recordNetwork(
            () => void startingPeer({ fabricVersion: "2.5.16", stateDatabase: "CouchDB" }, ["k8s"]),
        );
        const { initContainers } = containersOf(older);
        assert.deepEqual(
            (initContainers as { name: string }[]).map(({ name }) => name),
            ["kubernetes-builder", "couchdb"],
        );
        const environment = environmentOf(older);
        assert.ok(environment.CORE_CHAINCODE_EXTERNALBUILDERS);
        assert.equal(environment.FABRIC_CFG_PATH, "/etc/hyperledger/configuration");
        assert.ok(!("CORE_VM_ENDPOINT" in environment));
    });

    it("leaves a peer without it as it was", async () => {
        const without = await recordNetwork(() => void startingPeer({}, []));
        const { initContainers, serviceAccountName } = containersOf(without);
        assert.equal(initContainers, undefined);
        assert.equal(serviceAccountName, "fabric-nodes");
        assert.ok(!("CORE_CHAINCODE_EXTERNALBUILDERS" in environmentOf(without)));
        assert.throws(() => without.find("NetworkPolicy", "peer0-chaincode"));
    });

    it("fails with everything that is wrong at once, before anything is registered", async () => {
        let message = "";
        const recording = await recordNetwork(() => {
            const org = testOrg();
            try {
                new KubernetesBuilder("CC", {
                    org,
                    image: "X",
                    namespace: "org1",
                    imagePullSecrets: ["a b"],
                    resources: { limits: { memory: "x" } },
                });
            } catch (error) {
                message = (error as Error).message;
            }
        });
        assert.deepEqual(
            message
                .split("\n")
                .slice(1)
                .map((line) => line.trim().split(":")[0]),
            ["name", "namespace", "image", "imagePullSecrets[0]", "resources.limits.memory"],
        );
        assert.match(message, /namespace: "org1" is already the namespace of FabricOrg "org1"; /);
        assert.deepEqual(recording.ofKind("KubernetesBuilder"), []);
    });

    it("fails for a peer of another organization", async () => {
        await recordNetwork(() => {
            const org = testOrg();
            const kubernetesBuilder = new KubernetesBuilder("cc", { org });
            const other = testOrg({ cluster: org.cluster, mspId: "Org2MSP" }, "org2");
            assert.throws(
                () => new PeerNode("peer0", { org: other, kubernetesBuilder }),
                /kubernetesBuilder: is of Org1MSP, and the peer of Org2MSP; make one for Org2MSP$/,
            );
        });
    });
});

describe("a chaincode that peers start in Kubernetes", function () {
    this.timeout(PATIENCE_MS);
    const PACKAGE = chaincodePackage("asset-1-0", {
        type: "k8s",
        image: "ghcr.io/example/asset",
        digest: DIGEST,
        indexes: [],
    });
    const record = (args: object = {}, options: { simulated?: boolean } = {}) =>
        recordNetwork(
            () => startedChaincode({ mode: "kubernetes", image: IMAGE, ...args }, options),
            { outputs: { CommittedChaincode: { waiting: "", sequence: 1 } } },
        );

    it("is installed, approved and committed, and nothing of it runs in a Deployment of ours", async () => {
        const recording = await record();
        const children = recording.resources.filter(
            (each) => recording.parentOf(each) === "Chaincode asset",
        );
        assert.deepEqual(children.map((each) => `${kindOf(each)} ${each.name}`).sort(), [
            "ApprovedChaincode asset-Org1MSP",
            "CommittedChaincode asset-committed",
            "InstalledChaincode asset-peer0",
            "InstalledChaincode asset-peer1",
            "RetiredJobs asset-peer0-retired",
            "RetiredJobs asset-peer1-retired",
        ]);
        for (const { inputs } of recording.ofKind("InstalledChaincode")) {
            assert.equal(inputs.packageId, PACKAGE.packageId);
            assert.equal(inputs.package, Buffer.from(PACKAGE.bytes).toString("base64"));
        }
        assert.equal(
            recording.find("ApprovedChaincode", "asset-Org1MSP").inputs.packageId,
            PACKAGE.packageId,
        );
    });

    it("ends what each peer started of older versions after the commit, with secrets kept secret", async () => {
        const recording = await record();
        for (const node of ["peer0", "peer1"]) {
            const retired = recording.find("RetiredJobs", `asset-${node}-retired`);
            assert.partialDeepStrictEqual(retired.inputs, {
                node,
                namespace: "org1",
                builderNamespace: "cc",
                channelId: "trade",
                packageId: PACKAGE.packageId,
                waiting: "",
            });
            assert.deepEqual(
                recording.dependenciesOf(retired).filter((each) => /Committed/.test(each)),
                ["CommittedChaincode asset-committed"],
            );
            assert.deepEqual(retired.additionalSecretOutputs.toSorted(), [
                "adminPrivateKeyPem",
                "kubeconfig",
            ]);
        }
    });

    it("is only planned on a simulated cluster", async () => {
        const recording = await record({}, { simulated: true });
        const { plan } = recording.returned as Chaincode;
        assert.equal(plan[0], `peer peer0 of Org1MSP installs ${PACKAGE.packageId}`);
        for (const kind of ["InstalledChaincode", "RetiredJobs", "CommittedChaincode"]) {
            assert.deepEqual(recording.ofKind(kind), [], kind);
        }
    });

    it("has a label that the builder takes, whatever its name and version", async () => {
        for (const [args, label] of [
            [{ chaincodeName: "My_Asset", version: "2.0.1" }, "my-asset-2-0-1"],
            [{ chaincodeName: "1", version: "2" }, "chaincode-1-2"],
            [{ label: "own" }, "own"],
        ] as const) {
            const recording = await record(args);
            assert.equal((recording.returned as Chaincode).label, label);
        }
    });

    const CASES: [what: string, args: object, says: RegExp][] = [
        [
            "an image without digest",
            { image: "ghcr.io/example/asset:1.0" },
            /^image: "ghcr\.io\/example\/asset:1\.0" has no digest, .*; write "ghcr\.io\/example\/asset@sha256:…"/,
        ],
        [
            "a label that the builder refuses",
            { label: "asset_1.0" },
            /^label: "asset_1\.0" is not a label that the builder of Kubernetes takes .*; write "asset-1-0"$/,
        ],
        [
            "an argument of another mode",
            { environment: { A: "b" } },
            /^environment: is of the mode "ccaas", and this is "kubernetes"; take it away$/,
        ],
        [
            "sources",
            { source: "." },
            /^source: is of the mode "docker", and this is "kubernetes"; take it away$/,
        ],
        [
            "a mode that is none",
            { mode: "k8s" },
            /^mode: "k8s" is not a mode; write "ccaas", "kubernetes" or "docker"$/,
        ],
    ];
    for (const [what, args, says] of CASES) {
        it(`fails for ${what}, in one line`, async () => {
            await recordNetwork(() => {
                assert.throws(
                    () => startedChaincode({ mode: "kubernetes", image: IMAGE, ...args }),
                    ({ message }: Error) => {
                        const [, ...lines] = message.split("\n").map((line) => line.trim());
                        assert.equal(lines.length, 1, message);
                        assert.match(lines[0]!, says);
                        return true;
                    },
                );
            });
        });
    }

    it("fails for each peer without a builder", async () => {
        await recordNetwork(() => {
            const nodes = network(2);
            const channel = testChannel(nodes);
            assert.throws(
                () =>
                    new Chaincode("asset", {
                        channel,
                        mode: "kubernetes",
                        image: IMAGE,
                        version: "1",
                    }),
                /mode: "kubernetes" needs a kubernetesBuilder at each peer, and "org1-peer0" has none; write it there, or run the chaincode as a service\n +mode: .*"org2-peer0"/,
            );
        });
    });
});
