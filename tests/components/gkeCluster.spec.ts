import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";

import { Pod } from "@pulumi/kubernetes/core/v1/pod.js";
import * as pulumi from "@pulumi/pulumi";
import { FabricOrg, OrdererService, PeerNode } from "kubefabric";
import { GkeCluster, type GkeClusterArgs } from "kubefabric/gke";
import { checkRecording, record, type RecordedResource, type Recording } from "kubefabric/testing";

import { CA, recordGke } from "../support/gke.ts";
import { read } from "../support/kubeconfigs.ts";
import { recordNetwork, valueOf } from "../support/network.ts";

const labelsOf = (resources: readonly RecordedResource[]) =>
    resources.map(({ type, name }) => `${type.split(":").at(-1)} ${name}`);

describe("a GKE cluster", () => {
    it("makes network, control plane and nodes, then what every cluster has", async () => {
        const { recording } = await recordGke();
        assert.deepEqual(labelsOf(recording.resources).sort(), [
            "Cluster prod",
            "ClusterAccess prod-access",
            "GkeCluster prod",
            "LedgerStorageClass prod-pd-balanced",
            "Network prod-network",
            "NodePool prod-nodes",
            "StorageClass prod-pd-balanced",
            "Subnetwork prod-subnetwork",
            "kubernetes prod-provider",
        ]);
        for (const resource of recording.resources) {
            const parent = {
                "GkeCluster prod": "",
                "StorageClass prod-pd-balanced": "LedgerStorageClass prod-pd-balanced",
            }[labelsOf([resource])[0]!];
            assert.equal(recording.parentOf(resource), parent ?? "GkeCluster prod");
        }
    });

    it("asks the cluster only when its nodes are there", async () => {
        const { recording } = await recordGke();
        const dependencies = (kind: string, name: string) =>
            recording.dependenciesOf(recording.find(kind, name));
        assert.deepEqual(dependencies("Subnetwork", "prod-subnetwork"), ["Network prod-network"]);
        assert.deepEqual(dependencies("Cluster", "prod"), [
            "Network prod-network",
            "Subnetwork prod-subnetwork",
        ]);
        assert.deepEqual(dependencies("NodePool", "prod-nodes"), ["Cluster prod"]);
        assert.deepEqual(dependencies("ClusterAccess", "prod-access"), [
            "Cluster prod",
            "NodePool prod-nodes",
        ]);
        // Through its kubeconfig alone: whoever has that has waited for the nodes.
        assert.deepEqual(dependencies("kubernetes", "prod-provider"), [
            "Cluster prod",
            "ClusterAccess prod-access",
            "NodePool prod-nodes",
        ]);
    });

    it("is what a network is made in, and takes its objects along when it goes", async () => {
        const recording = await recordNetwork(() => {
            const cluster = new GkeCluster("prod", { location: "europe-west4" });
            const org = new FabricOrg("org1", { cluster, mspId: "Org1MSP", protection: "none" });
            new PeerNode("org1-peer0", { org });
        });
        const cluster = recording.find("Cluster", "prod");
        assert.equal(recording.find("Namespace", "org1").deletedWith, cluster.urn);
        const claim = recording.find("PersistentVolumeClaim", "org1-peer0-ledger").inputs as {
            spec: { storageClassName: string; accessModes: string[] };
        };
        assert.equal(claim.spec.storageClassName, "kubefabric-pd-balanced");
        assert.deepEqual(claim.spec.accessModes, ["ReadWriteOncePod"]);
    });

    it("has the outputs of every cluster", async () => {
        const { cluster, recording } = await recordGke();
        assert.equal(cluster.vendor, "gke");
        assert.equal(cluster.name, "prod");
        assert.equal(cluster.zones, 3);
        assert.equal(cluster.privileged, "allowed");
        assert.equal(cluster.recover, false);
        assert.equal(cluster.simulated, false);
        assert.deepEqual(cluster.machineTypes, ["e2-standard-4"]);
        assert.equal(cluster.managedCluster, cluster.cluster);
        assert.equal(cluster.ready, cluster.access);
        assert.equal(await valueOf(cluster.location), "europe-west4");
        assert.equal(
            await valueOf(cluster.console),
            "https://console.cloud.google.com/kubernetes/clusters/details/europe-west4/prod/details" +
                "?project=my-project",
        );
        assert.equal(
            recording.find("kubernetes", "prod-provider").inputs.clusterIdentifier,
            "test/stack/prod",
        );
    });

    it("reads a network back where it is asked to", async () => {
        const { cluster, recording } = await recordGke({ recover: true });
        assert.equal(cluster.recover, true);
        const { inputs } = recording.find("kubernetes", "prod-provider");
        assert.equal(inputs.enablePatchForce, "true");
    });

    it("hands out what Google runs", async () => {
        const { cluster, recording } = await recordGke();
        const urns = [cluster.cluster, cluster.nodePool, cluster.network, cluster.subnetwork];
        assert.deepEqual(await Promise.all(urns.map((resource) => valueOf(resource!.urn))), [
            recording.find("Cluster", "prod").urn,
            recording.find("NodePool", "prod-nodes").urn,
            recording.find("Network", "prod-network").urn,
            recording.find("Subnetwork", "prod-subnetwork").urn,
        ]);
    });
});

describe("the kubeconfig of a GKE cluster that this program makes", () => {
    it("logs in with the plugin and holds no credential", async () => {
        const { cluster } = await recordGke();
        const { context, user, exec, cluster: server } = read(await valueOf(cluster.kubeconfig));
        assert.equal(context, "prod");
        assert.equal(server.server, "https://203.0.113.7");
        assert.equal(server.caData, CA);
        assert.equal(exec?.command, "gke-gcloud-auth-plugin");
        assert.equal(user.token, undefined);
    });

    it("logs in with a token where it is asked to", async () => {
        const { cluster } = await recordGke({ login: "token" });
        const { user, exec } = read(await valueOf(cluster.kubeconfig));
        assert.equal(user.token, "placeholder-access-token");
        assert.equal(exec, undefined);
    });

    it("is a secret", async () => {
        for (const login of ["plugin", "token"] as const) {
            const { cluster } = await recordGke({ login });
            assert.equal(await (cluster.kubeconfig as { isSecret?: unknown }).isSecret, true);
        }
    });

    it("fails where Google gives no CA: anybody's certificate would be trusted", () => {
        // What goes wrong after a program's last line ends its process.
        const script = `
            const { record } = require("kubefabric/testing");
            const { GkeCluster } = require("kubefabric/gke");
            const outputs = () => ({ endpoint: "203.0.113.7", masterAuth: {} });
            record(() => void new GkeCluster("prod", { location: "us-east1-b" }), { outputs });`;
        const { status, stderr } = spawnSync(process.execPath, ["-e", script], {
            encoding: "utf8",
        });
        assert.equal(status, 1);
        assert.match(stderr, /caCertificate: is not there; give the certificate in Base64$/m);
    });

    it("stands in where a test of a user's own records a program", async () => {
        const recording = await record(() => new GkeCluster("prod", { location: "us-east1-b" }));
        const { kubeconfig, console } = recording.returned as GkeCluster;
        assert.equal(
            read(await valueOf(kubeconfig)).cluster.server,
            "https://placeholder-endpoint",
        );
        assert.match(await valueOf(console), /project=placeholder-project$/);
    });
});

describe("a network on two GKE clusters", () => {
    const recorded = () =>
        recordNetwork(() => {
            const eu = new GkeCluster("eu", { location: "europe-west4", login: "token" });
            const us = new GkeCluster("us", { location: "us-east1", autopilot: true });
            const ordererOrg = new FabricOrg("orderer-org", { cluster: eu, mspId: "OrdererMSP" });
            new OrdererService("orderer", { org: ordererOrg });
            const org1 = new FabricOrg("org1", { cluster: us, mspId: "Org1MSP" });
            new PeerNode("org1-peer0", { org: org1 });
        });

    /** Names of everything that a resource waits for. */
    function waitsFor(recording: Recording, { urn }: RecordedResource): Set<string> {
        const all = new Map(recording.resources.map((resource) => [resource.urn, resource]));
        const seen = new Set<string>();
        const visit = (each: string) => {
            for (const next of all.get(each)?.dependencies ?? []) {
                if (!seen.has(next)) {
                    seen.add(next);
                    visit(next);
                }
            }
        };
        visit(urn);
        return new Set([...seen].map((each) => all.get(each)?.name ?? each));
    }

    it("has clusters that never wait for each other", async () => {
        const recording = await recorded();
        for (const [mine, other] of [
            ["eu", "us"],
            ["us", "eu"],
        ] as const) {
            const waited = waitsFor(recording, recording.find("kubernetes", `${mine}-provider`));
            assert.ok(waited.has(mine), "its own");
            assert.deepEqual(
                [...waited].filter((name) => name === other || name.startsWith(`${other}-`)),
                [],
            );
        }
    });

    it("is as the policies want it, whose vendor they know from the cluster", async () => {
        assert.deepEqual(checkRecording(await recorded()), []);
        const daemon = (cluster: string) =>
            recordNetwork(() => {
                const location = "europe-west4";
                const eu = new GkeCluster("eu", { location });
                const us = new GkeCluster("us", { location, autopilot: true });
                const { provider } = cluster === "eu" ? eu : us;
                const securityContext = { privileged: true };
                const containers = [{ name: "dind", image: "docker:dind", securityContext }];
                new Pod(
                    "dind",
                    { metadata: { namespace: "d" }, spec: { containers } },
                    { provider },
                );
            });
        const settings = { "docker-endpoint": { dockerNamespaces: ["d"] } };
        assert.deepEqual(checkRecording(await daemon("eu"), settings), []);
        const [violation, ...more] = checkRecording(await daemon("us"), settings);
        assert.match(violation?.reason ?? "", /GKE Autopilot refuses such Pods/);
        assert.deepEqual(more, []);
    });

    it("has keys and certificates that wait for no cluster", async () => {
        const recording = await recorded();
        const identities = ["PrivateKey", "CaCertificate", "Certificate"].flatMap((kind) =>
            recording.ofKind(kind),
        );
        assert.ok(identities.length > 10);
        for (const identity of identities) {
            const waited = waitsFor(recording, identity);
            assert.ok(!waited.has("eu") && !waited.has("us"), identity.name);
        }
    });
});

describe("what Google is asked for", () => {
    const inputsOf = async (kind: string, name: string, args: Partial<GkeClusterArgs> = {}) =>
        (await recordGke(args)).recording.find(kind, name).inputs as Record<string, unknown> & {
            nodeConfig: Record<string, unknown>;
        };

    it("is a cluster that enforces NetworkPolicies and is not deleted by mistake", async () => {
        const inputs = await inputsOf("Cluster", "prod");
        assert.equal(inputs.name, "prod");
        assert.equal(inputs.location, "europe-west4");
        assert.equal(inputs.deletionProtection, true);
        assert.equal(inputs.datapathProvider, "ADVANCED_DATAPATH");
        assert.equal(inputs.removeDefaultNodePool, true);
        assert.equal(inputs.initialNodeCount, 1);
        assert.deepEqual(inputs.releaseChannel, { channel: "REGULAR" });
        assert.equal("enableAutopilot" in inputs, false);
        const open = await inputsOf("Cluster", "prod", { deletionProtection: false });
        assert.equal(open.deletionProtection, false);
    });

    it("is a node in each of three zones, or three in one", async () => {
        const count = async (args: Partial<GkeClusterArgs>) => {
            const { recording, cluster } = await recordGke(args);
            const { nodeCount, location } = recording.find("NodePool", "prod-nodes").inputs;
            return [location, nodeCount, cluster.zones];
        };
        assert.deepEqual(await count({}), ["europe-west4", 1, 3]);
        const zone = "europe-west4-b";
        assert.deepEqual(await count({ location: zone }), [zone, 3, 1]);
        assert.deepEqual(await count({ nodesPerZone: 2 }), ["europe-west4", 2, 3]);
        const nodeZones = ["europe-west4-a", zone];
        assert.deepEqual(await count({ nodeZones }), ["europe-west4", 1, 2]);
        assert.deepEqual(
            (await inputsOf("Cluster", "prod", { nodeZones })).nodeLocations,
            nodeZones,
        );
    });

    it("is machines that start from a disk they can have", async () => {
        const usual = (await inputsOf("NodePool", "prod-nodes")).nodeConfig;
        assert.equal(usual.machineType, "e2-standard-4");
        assert.equal(usual.diskType, "pd-balanced");
        const newest = await recordGke({ machineType: "n4-standard-4" });
        const { nodeConfig } = newest.recording.find("NodePool", "prod-nodes").inputs as {
            nodeConfig: Record<string, unknown>;
        };
        assert.equal(nodeConfig.machineType, "n4-standard-4");
        assert.equal(nodeConfig.diskType, "hyperdisk-balanced");
        assert.deepEqual(newest.cluster.machineTypes, ["n4-standard-4"]);
        assert.deepEqual(
            newest.recording.ofKind("StorageClass").map(({ name }) => name),
            ["prod-hyperdisk-balanced"],
        );
    });

    it("is new nodes before the old ones go", async () => {
        const inputs = await inputsOf("NodePool", "prod-nodes");
        assert.equal(inputs.namePrefix, "nodes-");
        assert.equal("name" in inputs, false);
        assert.deepEqual(inputs.upgradeSettings, { maxSurge: 1, maxUnavailable: 0 });
    });

    it("is a network with room for Pods and Services, in the region of the zone", async () => {
        const subnetwork = await inputsOf("Subnetwork", "prod-subnetwork", {
            location: "europe-west4-b",
        });
        assert.equal(subnetwork.region, "europe-west4");
        assert.equal((await inputsOf("Subnetwork", "prod-subnetwork")).region, "europe-west4");
        const ranges = subnetwork.secondaryIpRanges as { rangeName: string; ipCidrRange: string }[];
        const { ipAllocationPolicy } = await inputsOf("Cluster", "prod");
        assert.deepEqual(ipAllocationPolicy, {
            clusterSecondaryRangeName: ranges[0]!.rangeName,
            servicesSecondaryRangeName: ranges[1]!.rangeName,
        });
        assert.equal((await inputsOf("Network", "prod-network")).autoCreateSubnetworks, false);
    });

    it("is no network where the program brings one", async () => {
        const network = { network: "vpc", subnetwork: "sub", podRange: "p", serviceRange: "s" };
        const { recording, cluster } = await recordGke({ network });
        assert.deepEqual(recording.ofKind("Network"), []);
        assert.deepEqual(recording.ofKind("Subnetwork"), []);
        assert.equal(cluster.network, undefined);
        const { inputs } = recording.find("Cluster", "prod");
        assert.equal(inputs.network, "vpc");
        assert.equal(inputs.subnetwork, "sub");
        assert.deepEqual(inputs.ipAllocationPolicy, {
            clusterSecondaryRangeName: "p",
            servicesSecondaryRangeName: "s",
        });
    });

    it("is a version and a project where they are written", async () => {
        const args = { kubernetesVersion: "1.34", project: "other" };
        const { recording } = await recordGke(args);
        assert.equal(recording.find("Cluster", "prod").inputs.minMasterVersion, "1.34");
        for (const { inputs } of recording.resources.filter(({ type }) =>
            type.startsWith("gcp:"),
        )) {
            assert.equal(inputs.project, "other");
        }
    });

    it("is whatever the program wrote for Google itself", async () => {
        const args: Partial<GkeClusterArgs> = {
            clusterArgs: { releaseChannel: { channel: "STABLE" }, enableShieldedNodes: true },
            nodePoolArgs: { maxPodsPerNode: 32, nodeConfig: { spot: true, diskSizeGb: 200 } },
        };
        const cluster = await inputsOf("Cluster", "prod", args);
        assert.deepEqual(cluster.releaseChannel, { channel: "STABLE" });
        assert.equal(cluster.enableShieldedNodes, true);
        const nodes = await inputsOf("NodePool", "prod-nodes", args);
        assert.equal(nodes.maxPodsPerNode, 32);
        assert.equal(nodes.nodeConfig.spot, true);
        assert.equal(nodes.nodeConfig.diskSizeGb, 200);
        assert.equal(nodes.nodeConfig.machineType, "e2-standard-4", "what is not written stays");
    });
});

describe("nodes of a GKE cluster", () => {
    const poolOf = async (nodePoolArgs: GkeClusterArgs["nodePoolArgs"]) =>
        (await recordGke({ nodePoolArgs, nodesPerZone: 2 })).recording.find(
            "NodePool",
            "prod-nodes",
        ).inputs;

    it("have a name of the program's own where it gives one", async () => {
        const inputs = await poolOf({ name: "mine" });
        assert.equal(inputs.name, "mine");
        assert.equal("namePrefix" in inputs, false, "Google takes one of them");
    });

    it("may be told what is an output, into which nobody looks", async () => {
        const nodeConfig = pulumi.output({ spot: true, machineType: "n4-standard-4" });
        const { nodeConfig: asked } = await poolOf({ nodeConfig });
        const { spot, diskSizeGb, machineType } = asked as Record<string, unknown>;
        assert.deepEqual([spot, diskSizeGb], [true, 50]);
        assert.equal(machineType, "e2-standard-4", "the one whose disks are known");
    });

    it("are only begun with where an autoscaler counts them", async () => {
        const inputs = await poolOf({ autoscaling: { minNodeCount: 1, maxNodeCount: 5 } });
        assert.equal(inputs.initialNodeCount, 2);
        assert.equal("nodeCount" in inputs, false);
        const fixed = await poolOf({});
        assert.equal(fixed.nodeCount, 2);
        assert.equal("initialNodeCount" in fixed, false);
    });
});

describe("a GKE cluster on Autopilot", () => {
    it("has no nodes of the program's, and no privileged Pods", async () => {
        const { recording, cluster } = await recordGke({ autopilot: true });
        assert.deepEqual(recording.ofKind("NodePool"), []);
        assert.equal(cluster.nodePool, undefined);
        assert.equal(cluster.machineTypes, undefined);
        assert.equal(cluster.privileged, "never");
        const { inputs } = recording.find("Cluster", "prod");
        assert.equal(inputs.enableAutopilot, true);
        for (const name of ["removeDefaultNodePool", "initialNodeCount", "datapathProvider"]) {
            assert.equal(name in inputs, false, name);
        }
        const access = recording.find("ClusterAccess", "prod-access");
        assert.deepEqual(recording.dependenciesOf(access), ["Cluster prod"]);
    });

    it("tells policies so", async () => {
        const told = async (args: Partial<GkeClusterArgs>) => {
            const { recording } = await recordGke(args);
            const { autopilot, privileged, vendor } = recording.find("GkeCluster", "prod").inputs;
            return [vendor, autopilot, privileged];
        };
        assert.deepEqual(await told({ autopilot: true }), ["gke", true, "never"]);
        assert.deepEqual(await told({}), ["gke", false, "allowed"]);
    });
});

describe("a GKE cluster that cannot be", () => {
    /** What the program is told; nothing may have been registered. */
    async function refusal(args: object, name = "prod"): Promise<string[]> {
        let message = "";
        const recording = await recordNetwork(() => {
            try {
                new GkeCluster(name, { location: "europe-west4", ...args });
            } catch (error) {
                ({ message } = error as Error);
            }
        });
        assert.deepEqual(recording.resources, []);
        const [head, ...lines] = message.split("\n");
        assert.equal(head, `GkeCluster "${name}" has invalid arguments`);
        return lines.map((line) => line.trim());
    }

    const cases: [string, object, RegExp][] = [
        [
            "a region that is none",
            { location: "Europe West 4" },
            /^location: "Europe West 4" is not a region or a zone of Google Cloud; write one such as "europe-/,
        ],
        ["another vendor's region", { location: "eu-de" }, /^location: "eu-de" is not a region/],
        ["no location", { location: undefined }, /^location: undefined is not a region/],
        [
            "Autopilot in a zone",
            { location: "europe-west4-a", autopilot: true },
            /^location: "europe-west4-a" is a zone, and Autopilot is for regions; write "europe-west4"$/,
        ],
        [
            "a Kubernetes that is too old",
            { kubernetesVersion: "1.29.9-gke.100" },
            /^kubernetesVersion: Kubernetes 1.29.9-gke.100 is too old; use 1.30 or newer/,
        ],
        [
            "a version that is none",
            { kubernetesVersion: "v1.34" },
            /^kubernetesVersion: "v1.34" is not a version of GKE; write one such as "1.34" or/,
        ],
        [
            "a machine type that is none",
            { machineType: "n4 standard 4" },
            /^machineType: "n4 standard 4" is not a machine type; write one such as "n4-standard-4"$/,
        ],
        ["a series alone", { machineType: "n4" }, /^machineType: "n4" is not a machine type/],
        [
            "a disk that the machines cannot have",
            { machineType: "n4-standard-4", storage: { ledger: "pd-ssd" } },
            /^storage\.ledger: "pd-ssd": machines of type "n4-standard-4" have no Persistent Disk, SSD; write "h/,
        ],
        [
            "a disk that the usual machines cannot have",
            { storage: { stateDatabase: "hyperdisk-balanced" } },
            /^storage\.stateDatabase: "hyperdisk-balanced": machines of type "e2-standard-4" have no Hyperdisk/,
        ],
        [
            "another vendor's profile",
            { storage: { ledger: "premium-zrs" } },
            /^storage\.ledger: "premium-zrs" is no profile of gke; write one of "pd-balanced"/,
        ],
        [
            "many writers of a ledger",
            { ledgerAccessMode: "ReadWriteMany" },
            /^ledgerAccessMode: "ReadWriteMany" lets more than one node have the volume/,
        ],
        [
            "no nodes",
            { nodesPerZone: 0 },
            /^nodesPerZone: 0 is not a number of nodes; write 1 or more$/,
        ],
        ["half a node", { nodesPerZone: 1.5 }, /^nodesPerZone: 1.5 is not a number of nodes/],
        [
            "zones of another region",
            { nodeZones: ["europe-west4-a", "us-east1-b"] },
            /^nodeZones: "us-east1-b" is not in europe-west4; write its zones, such as "europe-west4-b"$/,
        ],
        [
            "a zone twice",
            { nodeZones: ["europe-west4-a", "europe-west4-a"] },
            /names a zone twice; write/,
        ],
        ["no zones", { nodeZones: [] }, /^nodeZones: \[\] is empty or names a zone twice/],
        [
            "zones of a zone",
            { location: "europe-west4-a", nodeZones: ["europe-west4-b"] },
            /^nodeZones: is set, and "europe-west4-a" is one zone; take it away, or write a region as/,
        ],
        [
            "a login that is none",
            { login: "gcloud" },
            /^login: "gcloud" is not a way to log in to GKE; write "plugin" or "token"$/,
        ],
        [
            "a network without its part",
            { network: { network: "vpc" } },
            /^network\.subnetwork: is not there; write the subnetwork that the cluster is in$/,
        ],
        ...(["machineType", "nodesPerZone", "nodeZones", "nodePoolArgs"] as const).map(
            (name): [string, object, RegExp] => [
                `${name} on Autopilot`,
                {
                    autopilot: true,
                    [name]: {
                        machineType: "e2-standard-4",
                        nodesPerZone: 1,
                        nodeZones: ["europe-west4-a"],
                        nodePoolArgs: {},
                    }[name],
                },
                new RegExp(
                    `^${name}: is set, and Autopilot makes the nodes itself; take one of them away$`,
                ),
            ],
        ),
        [
            "Google's own argument for what this package has to know",
            { nodePoolArgs: { nodeConfig: { machineType: "n4-standard-4" } } },
            /^nodePoolArgs\.nodeConfig\.machineType: is set; write it as machineType$/,
        ],
        ...(
            [
                ["clusterArgs", "name", "the name of the GkeCluster"],
                ["clusterArgs", "location", "location"],
                ["clusterArgs", "project", "project"],
                ["clusterArgs", "enableAutopilot", "autopilot"],
                ["clusterArgs", "minMasterVersion", "kubernetesVersion"],
                ["clusterArgs", "deletionProtection", "deletionProtection"],
                ["clusterArgs", "network", "network"],
                ["clusterArgs", "subnetwork", "network"],
                ["clusterArgs", "nodeLocations", "nodeZones"],
                ["nodePoolArgs", "location", "location"],
                ["nodePoolArgs", "project", "project"],
                ["nodePoolArgs", "nodeLocations", "nodeZones"],
                ["nodePoolArgs", "version", "kubernetesVersion"],
            ] as const
        ).map(([hatch, key, instead]): [string, object, RegExp] => [
            `${hatch}.${key}, which this package has to know`,
            { [hatch]: { [key]: "x" } },
            new RegExp(`^${hatch}\\.${key}: is set; write it as ${instead}$`),
        ]),
    ];
    for (const [what, args, why] of cases) {
        it(`fails on ${what}`, async () => {
            const lines = await refusal(args);
            assert.equal(lines.length, 1, lines.join("\n"));
            assert.match(lines[0]!, why);
        });
    }

    const names: [string, string][] = [
        ["Prod", "prod"],
        ["1st", "gke-1st"],
        ["prod_eu", "prod-eu"],
        ["prod-", "prod"],
        ["a".repeat(41), "a".repeat(40)],
    ];
    for (const [name, instead] of names) {
        it(`fails on the name ${name}`, async () => {
            const [line, ...more] = await refusal({}, name);
            assert.ok(line?.startsWith(`name: "${name}" is not the name of a GKE cluster`), line);
            assert.ok(line?.endsWith(`; write "${instead}"`), line);
            assert.deepEqual(more, []);
        });
    }

    it("fails on everything at once", async () => {
        const lines = await refusal(
            {
                location: "x",
                kubernetesVersion: "1.20",
                machineType: "?",
                nodesPerZone: -1,
                login: "x",
                network: {},
                clusterArgs: { location: "y" },
                ledgerAccessMode: "ReadWriteMany",
            },
            "PROD",
        );
        assert.deepEqual(
            lines.map((line) => line.split(":")[0]),
            [
                "name",
                "location",
                "kubernetesVersion",
                "machineType",
                "nodesPerZone",
                "login",
                "network.network",
                "network.subnetwork",
                "clusterArgs.location",
                "ledgerAccessMode",
            ],
        );
    });

    const right: Partial<GkeClusterArgs>[] = [
        { location: "northamerica-northeast1" },
        { location: "me-central2" },
        { location: "us-central1-ai1a" },
        { kubernetesVersion: "1.30" },
        { kubernetesVersion: "1.34.1-gke.1829001" },
        { kubernetesVersion: "latest" },
        { machineType: "n2-custom-4-8192" },
        { machineType: "custom-4-8192" },
        { machineType: "c3-standard-8-lssd" },
        { machineType: "n2d-highmem-8" },
        { machineType: "e2-medium" },
        { machineType: "c3-standard-4", storage: { ledger: "hyperdisk-balanced" } },
    ];
    for (const args of right) {
        it(`is not one with ${JSON.stringify(args)}`, async () => {
            const { recording } = await recordGke(args);
            assert.equal(recording.ofKind("GkeCluster").length, 1);
        });
    }

    it("is not one whose name is as long as can be", async () => {
        const { recording } = await recordGke({}, "a".repeat(40));
        assert.equal(recording.ofKind("GkeCluster").length, 1);
    });
});
