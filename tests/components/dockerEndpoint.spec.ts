import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Chaincode, DockerEndpoint, PeerNode } from "kubefabric";
import { packageOfFolder } from "kubefabric/internal/components/chaincodeFolder";
import { create } from "kubefabric/internal/components/resources/methods/dispatch";
import { chaincodePackage } from "kubefabric/internal/fabric/chaincodePackage";
import type { Recording } from "kubefabric/testing";

import { issuing, network, recordNetwork, testChannel, testOrg } from "../support/network.ts";
import { manifestOf, startedChaincode, startingPeer } from "../support/started.ts";
import { waitsOf } from "../support/waits.ts";

const PATIENCE_MS = 60_000;

const podOf = (recording: Recording) =>
    manifestOf(recording.find("StatefulSet", "peer0")).spec.template.spec;
const environmentOf = (recording: Recording) =>
    Object.fromEntries(
        (podOf(recording).containers[0].env as { name: string; value: string }[]).map(
            ({ name, value }) => [name, value],
        ),
    );

describe("a Docker endpoint", function () {
    this.timeout(PATIENCE_MS);
    let recording: Recording;
    before(async () => {
        recording = await recordNetwork(() => void startingPeer({}, ["docker"]), issuing);
    });
    const find = (kind: string, name: string) => manifestOf(recording.find(kind, name));

    it("is alone in its namespace, into which privileged Pods are let, and in no other", () => {
        const level = ({ metadata }: { metadata: { labels: Record<string, string> } }) =>
            metadata.labels["pod-security.kubernetes.io/enforce"];
        assert.equal(level(find("Namespace", "dind")), "privileged");
        assert.equal(level(find("Namespace", "org1")), "restricted");
        assert.deepEqual(
            recording
                .ofKind("DaemonSet")
                .concat(recording.ofKind("StatefulSet"))
                .filter((each) => JSON.stringify(each.inputs).includes('"privileged":true'))
                .map((each) => manifestOf(each).metadata.namespace),
            ["dind"],
        );
    });

    it("listens over TLS at a port of its Pod, at no socket and no port of the machine", () => {
        const { spec } = find("DaemonSet", "dind").spec.template;
        const [container, ...others] = spec.containers;
        assert.deepEqual(others, []);
        assert.deepEqual(container.args, [
            "dockerd",
            "--host=tcp://0.0.0.0:2376",
            "--tlsverify",
            "--tlscacert=/etc/docker/tls/ca.crt",
            "--tlscert=/etc/docker/tls/tls.crt",
            "--tlskey=/etc/docker/tls/tls.key",
        ]);
        assert.ok(!("hostNetwork" in spec));
        assert.deepEqual(container.ports, [{ name: "docker", containerPort: 2376 }]);
        for (const volume of spec.volumes as { name: string }[]) {
            assert.ok(!("hostPath" in volume), volume.name);
        }
        assert.equal(spec.automountServiceAccountToken, false);
        assert.equal(container.image, "docker.io/library/docker:28.5.2-dind");
    });

    it("has a certificate of the organization's TLS CA for the name that peers dial", () => {
        const data = find("Secret", "dind-tls").data as Record<string, string>;
        assert.deepEqual(Object.keys(data).sort(), ["ca.crt", "tls.crt", "tls.key"]);
        const text = (entry: string) => Buffer.from(data[entry]!, "base64").toString();
        const certificate = new X509Certificate(text("tls.crt"));
        const ca = new X509Certificate(text("ca.crt"));
        assert.ok(certificate.verify(ca.publicKey));
        assert.ok(certificate.checkHost("docker.dind.svc"));
        assert.match(ca.subject, /tls-ca\.org1/);
        const [volume] = find("DaemonSet", "dind").spec.template.spec.volumes;
        assert.equal(volume.secret.secretName, find("Secret", "dind-tls").metadata.name);
        assert.equal(find("Secret", "dind-tls").metadata.namespace, "dind");
    });

    it("is dialed by each peer on its own machine, with the certificate that it serves with", () => {
        const { spec } = find("Service", "dind-service");
        assert.equal(spec.internalTrafficPolicy, "Local");
        assert.deepEqual(spec.ports, [{ name: "docker", port: 2376, targetPort: "docker" }]);
        const { labels } = find("DaemonSet", "dind").spec.template.metadata;
        for (const [label, value] of Object.entries(spec.selector as object)) {
            assert.equal(labels[label], value);
        }
        const environment = environmentOf(recording);
        assert.partialDeepStrictEqual(environment, {
            CORE_VM_ENDPOINT: "tcp://docker.dind.svc:2376",
            CORE_VM_DOCKER_TLS_ENABLED: "true",
            CORE_VM_DOCKER_TLS_CA_FILE: environment.CORE_PEER_TLS_ROOTCERT_FILE,
            CORE_VM_DOCKER_TLS_CERT_FILE: environment.CORE_PEER_TLS_CERT_FILE,
            CORE_VM_DOCKER_TLS_KEY_FILE: environment.CORE_PEER_TLS_KEY_FILE,
        });
        assert.match(environment.CORE_PEER_TLS_KEY_FILE!, /^\//);
    });

    it("is dialed by peers of the organization alone; chaincode in it dials them and registries", () => {
        const { spec } = find("NetworkPolicy", "dind-policy");
        const peers = {
            namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "org1" } },
            podSelector: { matchLabels: { "app.kubernetes.io/component": "peer" } },
        };
        const tcp = (port: number) => ({ protocol: "TCP", port });
        assert.deepEqual(spec.podSelector, {});
        assert.deepEqual(spec.policyTypes, ["Ingress", "Egress"]);
        assert.deepEqual(spec.ingress, [{ from: [peers], ports: [tcp(2376)] }]);
        assert.deepEqual((spec.egress as object[]).slice(1), [
            { to: [peers], ports: [tcp(7052)] },
            { ports: [tcp(80), tcp(443)] },
        ]);
        const own = find("NetworkPolicy", "peer0-chaincode").spec;
        const endpoint = {
            namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "dind" } },
        };
        assert.deepEqual(own.ingress, [{ from: [endpoint], ports: [tcp(7052)] }]);
        assert.deepEqual(own.egress, [{ to: [endpoint], ports: [tcp(2376)] }]);
    });

    it("starts again for a new certificate, and its peers with it, as what they built is gone then", () => {
        const { annotations } = find("DaemonSet", "dind").spec.template.metadata;
        const digest = annotations["kubefabric.io/certificates"] as string;
        assert.match(digest, /^[0-9a-f]{64}$/);
        assert.equal(environmentOf(recording).DOCKER_ENDPOINT, digest);
    });

    it("runs before its peers", () => {
        const waits = waitsOf(recording, recording.find("StatefulSet", "peer0"));
        for (const [kind, name] of [
            ["DaemonSet", "dind"],
            ["Service", "dind-service"],
            ["NetworkPolicy", "peer0-chaincode"],
        ] as const) {
            assert.ok(waits.has(recording.find(kind, name).urn), name);
        }
    });

    it("takes the place of the core.yaml without one that a peer of Fabric 2.5 has", async () => {
        const older = await recordNetwork(
            () => void startingPeer({ fabricVersion: "2.5.16" }, ["docker"]),
        );
        const environment = environmentOf(older);
        assert.equal(environment.CORE_VM_ENDPOINT, "tcp://docker.dind.svc:2376");
        assert.ok(!("FABRIC_CFG_PATH" in environment));
        assert.deepEqual(
            older.ofKind("ConfigMap").filter(({ name }) => name === "peer0-configuration"),
            [],
        );
    });

    it("stands beside a builder of Kubernetes", async () => {
        const both = await recordNetwork(() => void startingPeer({}, ["k8s", "docker"]));
        const environment = environmentOf(both);
        assert.equal(environment.CORE_VM_ENDPOINT, "tcp://docker.dind.svc:2376");
        assert.match(environment.CORE_CHAINCODE_EXTERNALBUILDERS!, /k8s_builder/);
        const { ingress, egress } = manifestOf(both.find("NetworkPolicy", "peer0-chaincode")).spec;
        assert.equal(ingress[0].from.length, 2);
        assert.equal(egress.length, 2);
    });

    it("leaves a peer without it as it was: its health asks no daemon", async () => {
        const without = await recordNetwork(() => void startingPeer({}, []));
        const environment = environmentOf(without);
        assert.equal(environment.CORE_VM_ENDPOINT, "");
        assert.deepEqual(
            Object.keys(environment).filter((name) => name.includes("DOCKER")),
            [],
        );
    });

    it("runs where and with what a program says", async () => {
        const tolerations = [{ key: "fabric", operator: "Exists" }];
        const own = await recordNetwork(
            () =>
                void new DockerEndpoint("dind", {
                    org: testOrg(),
                    namespace: "builds",
                    image: "registry.example.com/docker:29-dind",
                    imagePullSecrets: ["registry"],
                    egressPorts: [5000],
                    resources: { limits: { memory: "8Gi" } },
                    placement: { tolerations, nodeSelector: { pool: "peers" } },
                }),
        );
        const { metadata, spec } = manifestOf(own.find("DaemonSet", "dind"));
        assert.equal(metadata.namespace, "builds");
        assert.partialDeepStrictEqual(spec.template.spec, {
            tolerations,
            nodeSelector: { pool: "peers" },
            imagePullSecrets: [{ name: "registry" }],
        });
        const [container] = spec.template.spec.containers;
        assert.equal(container.image, "registry.example.com/docker:29-dind");
        assert.deepEqual(container.resources, { limits: { memory: "8Gi" } });
        const { egress } = manifestOf(own.find("NetworkPolicy", "dind-policy")).spec;
        assert.deepEqual(egress[2], { ports: [{ protocol: "TCP", port: 5000 }] });
    });

    it("fails on a cluster that runs no privileged Pods, and works where they are exempted", async () => {
        for (const privileged of ["never", "by exemption", "allowed"] as const) {
            let message = "";
            const recording = await recordNetwork(() => {
                const org = testOrg({
                    cluster: network(0, 0, { privileged }).orderers.org.cluster,
                });
                try {
                    new DockerEndpoint("dind", { org });
                } catch (error) {
                    message = (error as Error).message;
                }
            });
            const refused = privileged === "never";
            assert.equal(recording.ofKind("DockerEndpoint").length, refused ? 0 : 1);
            assert.match(
                message,
                refused
                    ? /org: is in the cluster cluster, which runs no privileged Pods, and a Docker daemon is one; run the chaincode as a service$/
                    : /^$/,
            );
        }
    });

    it("fails with everything that is wrong at once", async () => {
        await recordNetwork(() => {
            const org = testOrg();
            assert.throws(
                () =>
                    new DockerEndpoint("dind", {
                        org,
                        namespace: "a b",
                        image: "X",
                        imagePullSecrets: ["c d"],
                        egressPorts: [0],
                        resources: { limits: { memory: "x" } },
                        placement: { priorityClassName: "e f" },
                    }),
                ({ message }: Error) => {
                    assert.deepEqual(
                        message
                            .split("\n")
                            .slice(1)
                            .map((line) => line.trim().split(":")[0]),
                        [
                            "namespace",
                            "image",
                            "imagePullSecrets[0]",
                            "egressPorts[0]",
                            "resources.limits.memory",
                            "placement.priorityClassName",
                        ],
                    );
                    return true;
                },
            );
            const other = testOrg({ cluster: org.cluster, mspId: "Org2MSP" }, "org2");
            const dockerEndpoint = new DockerEndpoint("dind", { org });
            assert.throws(
                () => new PeerNode("peer0", { org: other, dockerEndpoint }),
                /dockerEndpoint: is of Org1MSP, and the peer of Org2MSP; make one for Org2MSP$/,
            );
        });
    });
});

describe("a chaincode that peers build from sources", function () {
    this.timeout(PATIENCE_MS);
    let folder: string;
    const write = (path: string, text: string) => {
        mkdirSync(join(folder, path, ".."), { recursive: true });
        writeFileSync(join(folder, path), text);
    };
    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "chaincode-"));
        write("package.json", '{ "name": "asset" }');
        write("lib/asset.js", "module.exports = {};");
    });
    afterEach(() => rmSync(folder, { recursive: true, force: true }));

    const record = (args: object = {}) =>
        recordNetwork(() =>
            startedChaincode({ mode: "docker", language: "node", source: folder, ...args }),
        );

    it("has the files of its folder in the package, but those that no package has", async () => {
        write("node_modules/x/index.js", "x");
        write(".git/HEAD", "x");
        write("lib/node_modules/y/index.js", "y");
        write("META-INF/statedb/couchdb/indexes/owner.json", "{}");
        const files = {
            "package.json": '{ "name": "asset" }',
            "lib/asset.js": "module.exports = {};",
            "META-INF/statedb/couchdb/indexes/owner.json": "{}",
        };
        const expected = chaincodePackage("asset_1.0", { type: "node", files });
        const recording = await record();
        const chaincode = recording.returned as Chaincode;
        assert.equal(chaincode.mode, "docker");
        for (const kind of ["InstalledChaincode", "ApprovedChaincode"]) {
            for (const { inputs } of recording.ofKind(kind)) {
                assert.equal(inputs.packageId, expected.packageId, kind);
            }
        }
        assert.equal(recording.ofKind("InstalledChaincode").length, 2);
    });

    it("leaves its sources out of the state: a folder stands there, and their hash", async () => {
        write("lib/large.js", "/* 1234567890 */\n".repeat(100_000));
        const recording = await record();
        for (const { inputs } of recording.ofKind("InstalledChaincode")) {
            assert.ok(!("package" in inputs));
            assert.deepEqual(inputs.source, { folder, language: "node" });
            assert.ok(JSON.stringify(inputs).length < 20_000);
        }
    });

    it("is another package with each change of a file, a name or the language's folder", async () => {
        const ids = new Set<string>();
        const remember = async (args: object = {}) =>
            ids.add(
                (await record(args)).find("InstalledChaincode", "asset-peer0").inputs
                    .packageId as string,
            );
        await remember();
        await remember();
        assert.equal(ids.size, 1);
        write("lib/asset.js", "module.exports = { a: 1 };");
        await remember();
        write("lib/other.js", "");
        await remember();
        await remember({ version: "2.0" });
        assert.equal(ids.size, 4);
    });

    it("is written in Go with its main package anywhere in the module", async () => {
        write("go.mod", "module example.com/asset\n");
        write("cmd/main.go", "package main");
        const go = { language: "golang", mainFolder: "cmd" };
        const recording = await record(go);
        const made = packageOfFolder("asset_1.0", {
            folder,
            language: "golang",
            mainFolder: "cmd",
        });
        const { inputs } = recording.find("InstalledChaincode", "asset-peer0");
        assert.equal(inputs.packageId, made.packageId);
        assert.deepEqual(inputs.source, { folder, ...go });
    });

    it("fails where sources changed between preview and installation, and names the folder", async () => {
        const recording = await record();
        const { inputs } = recording.find("InstalledChaincode", "asset-peer0");
        write("lib/asset.js", "changed");
        await assert.rejects(
            create("installedChaincode", inputs),
            ({ message }: Error) =>
                message.startsWith(`the sources in ${folder} are not those any more of which`) &&
                message.endsWith("; run the update again"),
        );
    });

    const CASES: [what: string, args: (folder: string) => object, says: RegExp][] = [
        [
            "a folder that is not there",
            (folder) => ({ source: `${folder}/none` }),
            /^source: ".*\/none" cannot be read \(ENOENT\); write the folder that has the sources$/,
        ],
        [
            "a file in place of a folder",
            (folder) => ({ source: `${folder}/package.json` }),
            /^source: ".*" cannot be read \(ENOTDIR\)/,
        ],
        [
            "no folder",
            () => ({ source: undefined }),
            /^source: undefined is no text; write the folder/,
        ],
        [
            "a folder without what builds it",
            (folder) => ({ source: `${folder}/lib` }),
            /^source: there is no package\.json at the root of the node sources; pass the folder that has it$/,
        ],
        [
            "a language that peers do not build",
            () => ({ language: "rust" }),
            /^language: "rust" is not a language; write "golang", "node" or "java"$/,
        ],
        [
            "a main package without files",
            () => ({ mainFolder: "cmd" }),
            /^mainFolder: "cmd" has no files; write a folder below the module's root$/,
        ],
        [
            "an image",
            () => ({ image: "a:1" }),
            /^image: is of the mode "ccaas", and this is "docker"; take it away$/,
        ],
        [
            "indexes, which are files here",
            () => ({ indexes: [] }),
            /^indexes: is of the mode "ccaas", and this is "docker"; take it away$/,
        ],
    ];
    for (const [what, args, says] of CASES) {
        it(`fails for ${what}, in one line`, async () => {
            await recordNetwork(() => {
                assert.throws(
                    () =>
                        startedChaincode({
                            mode: "docker",
                            language: "node",
                            source: folder,
                            ...args(folder),
                        }),
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

    it("fails for a link among its files", async () => {
        symlinkSync(join(folder, "package.json"), join(folder, "lib/link.json"));
        await recordNetwork(() => {
            assert.throws(
                () => startedChaincode({ mode: "docker", language: "node", source: folder }),
                /source: "lib\/link\.json" is a link, and a package has none; put the file in its place$/,
            );
        });
    });

    it("fails for a peer without an endpoint", async () => {
        await recordNetwork(() => {
            const channel = testChannel(network(1));
            assert.throws(
                () =>
                    new Chaincode("asset", {
                        channel,
                        mode: "docker",
                        language: "node",
                        source: folder,
                        version: "1",
                    }),
                /mode: "docker" needs a dockerEndpoint at each peer, and "org1-peer0" has none; /,
            );
        });
    });
});
