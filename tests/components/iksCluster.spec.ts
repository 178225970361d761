import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname } from "node:path";

import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import { FabricOrg, OrdererService, PeerNode } from "kubefabric";
import { iksKubeconfigOf } from "kubefabric/internal/components/clusters/iksConfiguration";
import { IksCluster, type IksClusterArgs, type IksVpc } from "kubefabric/iks";
import { checkRecording, record, type RecordedResource } from "kubefabric/testing";

import {
    ADMIN_CERTIFICATE,
    ADMIN_KEY,
    CA,
    CONFIGURATION,
    onVpc,
    recordIks,
} from "../support/iks.ts";
import { base64, read } from "../support/kubeconfigs.ts";
import { recordNetwork, valueOf } from "../support/network.ts";

const CLASSIC = { classic: { datacenter: "fra02" } };

const labelsOf = (resources: readonly RecordedResource[]) =>
    resources.map(({ type, name }) => `${type.split(":").at(-1)} ${name}`);

describe("an IKS cluster", () => {
    it("makes network and cluster on VPC, then what every cluster has", async () => {
        const { recording } = await recordIks();
        assert.deepEqual(labelsOf(recording.resources).sort(), [
            "ClusterAccess prod-access",
            "ContainerVpcCluster prod",
            "IksCluster prod",
            "IsPublicGateway prod-gateway-eu-de-1",
            "IsPublicGateway prod-gateway-eu-de-2",
            "IsPublicGateway prod-gateway-eu-de-3",
            "IsSubnet prod-subnet-eu-de-1",
            "IsSubnet prod-subnet-eu-de-2",
            "IsSubnet prod-subnet-eu-de-3",
            "IsVpc prod-vpc",
            "LedgerStorageClass prod-10iops-tier",
            "StorageClass prod-10iops-tier",
            "kubernetes prod-provider",
        ]);
        for (const resource of recording.resources) {
            const [label] = labelsOf([resource]);
            const parent = label!.startsWith("StorageClass ")
                ? `LedgerStorageClass ${resource.name}`
                : label === "IksCluster prod"
                  ? ""
                  : "IksCluster prod";
            assert.equal(recording.parentOf(resource), parent);
        }
    });

    it("makes the cluster alone on classic, then what every cluster has", async () => {
        const { recording } = await recordIks({ infrastructure: CLASSIC });
        assert.deepEqual(labelsOf(recording.resources).sort(), [
            "ClusterAccess prod-access",
            "ContainerCluster prod",
            "IksCluster prod",
            "LedgerStorageClass prod-classic-gold",
            "StorageClass prod-classic-gold",
            "kubernetes prod-provider",
        ]);
    });

    it("has subnets after their gateway, and is made after its subnets", async () => {
        const { recording } = await recordIks();
        const dependencies = (kind: string, name: string) =>
            recording.dependenciesOf(recording.find(kind, name));
        assert.deepEqual(dependencies("IsPublicGateway", "prod-gateway-eu-de-2"), [
            "IsVpc prod-vpc",
        ]);
        assert.deepEqual(dependencies("IsSubnet", "prod-subnet-eu-de-2"), [
            "IsPublicGateway prod-gateway-eu-de-2",
            "IsVpc prod-vpc",
        ]);
        assert.deepEqual(dependencies("ContainerVpcCluster", "prod"), [
            "IsSubnet prod-subnet-eu-de-1",
            "IsSubnet prod-subnet-eu-de-2",
            "IsSubnet prod-subnet-eu-de-3",
            "IsVpc prod-vpc",
        ]);
    });

    for (const [infrastructure, kind] of [
        [onVpc(), "ContainerVpcCluster"],
        [CLASSIC, "ContainerCluster"],
    ] as const) {
        it(`is asked only when it is there: ${kind}`, async () => {
            const { recording } = await recordIks({ infrastructure });
            const dependencies = (kind: string, name: string) =>
                recording.dependenciesOf(recording.find(kind, name));
            assert.deepEqual(dependencies("ClusterAccess", "prod-access"), [`${kind} prod`]);
            assert.deepEqual(dependencies("kubernetes", "prod-provider"), [
                "ClusterAccess prod-access",
                `${kind} prod`,
            ]);
            // There when its first node is, and not only when an Ingress is.
            assert.equal(recording.find(kind, "prod").inputs.waitTill, "OneWorkerNodeReady");
        });
    }

    it("is what a network is made in, and takes its objects along when it goes", async () => {
        const claimOn = async (infrastructure: IksClusterArgs["infrastructure"], kind: string) => {
            const recording = await recordNetwork(() => {
                const cluster = new IksCluster("prod", { infrastructure });
                const org = new FabricOrg("org1", {
                    cluster,
                    mspId: "Org1MSP",
                    protection: "none",
                });
                new PeerNode("org1-peer0", { org });
            });
            const { urn } = recording.find(kind, "prod");
            assert.equal(recording.find("Namespace", "org1").deletedWith, urn);
            const { inputs } = recording.find("PersistentVolumeClaim", "org1-peer0-ledger");
            const { storageClassName, accessModes } = inputs.spec as Record<string, unknown>;
            return [storageClassName, accessModes];
        };
        assert.deepEqual(await claimOn(onVpc(), "ContainerVpcCluster"), [
            "kubefabric-10iops-tier",
            ["ReadWriteOncePod"],
        ]);
        assert.deepEqual(await claimOn(CLASSIC, "ContainerCluster"), [
            "kubefabric-classic-gold",
            ["ReadWriteOnce"],
        ]);
    });

    it("has the outputs of every cluster", async () => {
        const { cluster, recording } = await recordIks();
        assert.equal(cluster.vendor, "iks");
        assert.equal(cluster.name, "prod");
        assert.equal(cluster.zones, 3);
        assert.equal(cluster.privileged, "allowed");
        assert.equal(cluster.recover, false);
        assert.equal(cluster.simulated, false);
        assert.deepEqual(cluster.machineTypes, ["bx2.4x16"]);
        assert.equal(cluster.managedCluster, cluster.cluster);
        assert.equal(cluster.ready, cluster.access);
        assert.equal(await valueOf(cluster.location), "eu-de");
        assert.equal(
            await valueOf(cluster.console),
            `https://cloud.ibm.com/kubernetes/clusters/${await valueOf(cluster.cluster.id)}/overview`,
        );
        assert.equal(
            recording.find("kubernetes", "prod-provider").inputs.clusterIdentifier,
            "test/stack/prod",
        );
    });

    it("has them on classic", async () => {
        const { cluster } = await recordIks({ infrastructure: CLASSIC });
        assert.equal(cluster.vendor, "iks-classic");
        assert.equal(cluster.zones, 1);
        assert.equal(cluster.privileged, "allowed");
        assert.deepEqual(cluster.machineTypes, ["b3c.4x16"]);
        assert.equal(cluster.managedCluster, cluster.cluster);
        assert.equal(await valueOf(cluster.location), "fra02");
    });

    it("reads a network back where it is asked to", async () => {
        const { cluster, recording } = await recordIks({ recover: true });
        assert.equal(cluster.recover, true);
        const { inputs } = recording.find("kubernetes", "prod-provider");
        assert.equal(inputs.enablePatchForce, "true");
    });

    it("hands out what IBM runs", async () => {
        const { cluster, recording } = await recordIks();
        const made = [cluster.cluster, cluster.vpc!, ...cluster.subnets!, ...cluster.gateways!];
        const zones = ["eu-de-1", "eu-de-2", "eu-de-3"];
        assert.deepEqual(await Promise.all(made.map(({ urn }) => valueOf(urn))), [
            recording.find("ContainerVpcCluster", "prod").urn,
            recording.find("IsVpc", "prod-vpc").urn,
            ...zones.map((zone) => recording.find("IsSubnet", `prod-subnet-${zone}`).urn),
            ...zones.map((zone) => recording.find("IsPublicGateway", `prod-gateway-${zone}`).urn),
        ]);
        const classic = (await recordIks({ infrastructure: CLASSIC })).cluster;
        assert.deepEqual(
            [classic.vpc, classic.subnets, classic.gateways],
            [undefined, undefined, undefined],
        );
    });

    it("has balancers that the policies know: IBM's on VPC cut quiet connections", async () => {
        const reasons = async (infrastructure: IksClusterArgs["infrastructure"]) => {
            const recording = await recordNetwork(() => {
                const { provider } = new IksCluster("prod", { infrastructure });
                const spec = { type: "LoadBalancer", ports: [{ port: 7051 }] };
                new Service("peer", { metadata: { namespace: "org1" }, spec }, { provider });
            });
            return checkRecording(recording).map(({ reason }) => reason);
        };
        const [reason, ...more] = await reasons(onVpc());
        assert.match(reason ?? "", /IBM's balancer cuts a connection that is quiet for 50 s/);
        assert.deepEqual(more, []);
        assert.deepEqual(await reasons(CLASSIC), []);
    });

    it("tells policies on what it runs", async () => {
        const network = (infrastructure: IksClusterArgs["infrastructure"]) =>
            recordNetwork(() => {
                const cluster = new IksCluster("prod", { infrastructure });
                const org = new FabricOrg("orderer-org", { cluster, mspId: "OrdererMSP" });
                new OrdererService("orderer", { org });
            });
        for (const infrastructure of [onVpc(), CLASSIC]) {
            const recording = await network(infrastructure);
            assert.deepEqual(checkRecording(recording), []);
            const { inputs } = recording.find("IksCluster", "prod");
            assert.equal(inputs.infrastructure, Object.keys(infrastructure)[0]);
            assert.equal(inputs.privileged, "allowed");
        }
    });
});

interface Asked {
    token: string;
    inputs: { configDir: string; [name: string]: unknown };
    /** Rights of the folder when the provider was asked. */
    mode: number;
}

/** Runs a program, to whose questions IBM answers, in a process of its own. */
function run(statements: string, answers: object = CONFIGURATION) {
    const script = `
        const { statSync } = require("node:fs");
        const pulumi = require("@pulumi/pulumi");
        const { IksCluster } = require("kubefabric/iks");
        const told = { asked: [], kubeconfigs: [] };
        pulumi.runtime.setMocks({
            newResource: ({ name, inputs }) => ({ id: name + "-id", state: inputs }),
            call: ({ token, inputs }) => {
                const mode = statSync(inputs.configDir).mode & 0o777;
                told.asked.push({ token, inputs, mode });
                return ${JSON.stringify(answers)};
            },
        }, "shop", "dev");
        const make = (name, more) => {
            const infrastructure = ${JSON.stringify(onVpc())};
            const { kubeconfig } = new IksCluster(name, { infrastructure, ...more });
            kubeconfig.apply((text) => void told.kubeconfigs.push(text));
        };
        ${statements}
        process.once("beforeExit", () => console.log(JSON.stringify(told)));`;
    return spawnSync(process.execPath, ["-e", script], { encoding: "utf8" });
}

function told(statements: string): { asked: Asked[]; kubeconfigs: string[] } {
    const { status, stdout, stderr } = run(statements);
    assert.equal(status, 0, stderr);
    return JSON.parse(stdout) as { asked: Asked[]; kubeconfigs: string[] };
}

describe("the kubeconfig of an IKS cluster that this program makes", () => {
    it("logs in with an administrator's certificate", () => {
        const { kubeconfigs } = told(`make("prod");`);
        assert.equal(kubeconfigs.length, 1);
        const { context, user, cluster: server } = read(kubeconfigs[0]!);
        assert.equal(context, "prod");
        assert.equal(server.server, CONFIGURATION.host);
        assert.equal(server.caData, base64(CA));
        assert.equal(user.certData, base64(ADMIN_CERTIFICATE));
        assert.equal(user.keyData, base64(ADMIN_KEY));
        assert.equal(user.token, undefined);
    });

    it("is a secret, though the function that gives it does not say so", async () => {
        for (const infrastructure of [onVpc(), CLASSIC]) {
            const { cluster } = await recordIks({ infrastructure });
            assert.equal(await (cluster.kubeconfig as { isSecret?: unknown }).isSecret, true);
        }
        // Before it is an output of the cluster, too.
        const { returned } = await recordNetwork(() => {
            const cluster = new IksCluster("prod", { infrastructure: onVpc() });
            return iksKubeconfigOf(cluster, "prod", cluster.cluster, {});
        });
        assert.equal(await (returned as { isSecret?: unknown }).isSecret, true);
    });

    it("is asked for by the cluster's identifier, and for an administrator", () => {
        const { asked } = told(`make("prod", { resourceGroupId: "group" });`);
        assert.equal(asked.length, 1);
        const { token, inputs } = asked[0]!;
        assert.equal(token, "ibm:index/getContainerClusterConfig:getContainerClusterConfig");
        const { configDir, ...rest } = inputs;
        assert.deepEqual(rest, { admin: true, clusterNameId: "prod-id", resourceGroupId: "group" });
        assert.equal(typeof configDir, "string");
    });

    it("leaves no file: IBM's are in the stack's own folder, which goes with the program", () => {
        const { asked } = told(`make("eu"); make("us");`);
        assert.equal(asked.length, 2);
        const [{ inputs, mode }, other] = asked as [Asked, Asked];
        assert.equal(mode, 0o700, "there when the provider is asked, and its owner's alone");
        assert.equal(dirname(inputs.configDir), tmpdir());
        assert.match(inputs.configDir, /kubefabric-shop-dev-\w{6}$/);
        assert.equal(other.inputs.configDir, inputs.configDir, "one for all clusters of a stack");
        assert.equal(existsSync(inputs.configDir), false);
    });

    it("fails where IBM gives no key: nobody could log in", () => {
        const { status, stderr } = run(`make("prod");`, { ...CONFIGURATION, adminKey: "" });
        assert.notEqual(status, 0);
        assert.match(stderr, /adminKey: is not there/);
    });

    it("stands in where a test of a user's own records a program", async () => {
        const recording = await record(() => new IksCluster("prod", { infrastructure: onVpc() }));
        const { kubeconfig } = recording.returned as IksCluster;
        const { cluster, user } = read(await valueOf(kubeconfig));
        assert.equal(cluster.server, "https://placeholder-host");
        assert.ok(user.certData !== undefined && user.keyData !== undefined);
    });
});

describe("what IBM is asked for", () => {
    const inputsOf = async (kind: string, name: string, args: Partial<IksClusterArgs> = {}) =>
        (await recordIks(args)).recording.find(kind, name).inputs as Record<string, unknown>;
    const vpcInputs = (vpc: Partial<IksVpc> = {}, args: Partial<IksClusterArgs> = {}) =>
        inputsOf("ContainerVpcCluster", "prod", { infrastructure: onVpc(vpc), ...args });

    it("is a cluster of the program's name on the VPC that was made", async () => {
        const { recording } = await recordIks();
        const { inputs } = recording.find("ContainerVpcCluster", "prod");
        const id = (kind: string, name: string) => `${recording.find(kind, name).name}-id`;
        assert.deepEqual(inputs, {
            name: "prod",
            vpcId: id("IsVpc", "prod-vpc"),
            flavor: "bx2.4x16",
            workerCount: 1,
            waitTill: "OneWorkerNodeReady",
            disableOutboundTrafficProtection: true,
            zones: ["eu-de-1", "eu-de-2", "eu-de-3"].map((name) => ({
                name,
                subnetId: id("IsSubnet", `prod-subnet-${name}`),
            })),
        });
    });

    it("is a subnet with a way out in each zone", async () => {
        const { recording } = await recordIks();
        const id = (kind: string, name: string) => `${recording.find(kind, name).name}-id`;
        const vpc = id("IsVpc", "prod-vpc");
        const zone = "eu-de-3";
        assert.deepEqual(recording.find("IsPublicGateway", `prod-gateway-${zone}`).inputs, {
            vpc,
            zone,
        });
        assert.deepEqual(recording.find("IsSubnet", `prod-subnet-${zone}`).inputs, {
            vpc,
            zone,
            totalIpv4AddressCount: 256,
            publicGateway: id("IsPublicGateway", `prod-gateway-${zone}`),
        });
    });

    it("is a cluster in a data center on classic", async () => {
        const classic = (more: object = {}, args: Partial<IksClusterArgs> = {}) =>
            inputsOf("ContainerCluster", "prod", {
                infrastructure: { classic: { datacenter: "fra02", ...more } },
                ...args,
            });
        assert.deepEqual(await classic(), {
            name: "prod",
            datacenter: "fra02",
            hardware: "shared",
            machineType: "b3c.4x16",
            defaultPoolSize: 3,
            waitTill: "OneWorkerNodeReady",
        });
        const more = { privateVlanId: "123", publicVlanId: "456", hardware: "dedicated" };
        const args = { flavor: "b3c.8x32", workersPerZone: 5, kubernetesVersion: "1.34" };
        assert.deepEqual(await classic(more, args), {
            name: "prod",
            datacenter: "fra02",
            ...more,
            machineType: "b3c.8x32",
            defaultPoolSize: 5,
            kubeVersion: "1.34",
            waitTill: "OneWorkerNodeReady",
        });
    });

    it("is three nodes at least, over the zones", async () => {
        const nodes = async (vpc: Partial<IksVpc>, args: Partial<IksClusterArgs> = {}) => {
            const { recording, cluster } = await recordIks({ infrastructure: onVpc(vpc), ...args });
            const { zones, workerCount } = recording.find("ContainerVpcCluster", "prod").inputs;
            const names = (zones as { name: string }[]).map(({ name }) => name);
            return [names, workerCount, cluster.zones];
        };
        const all = ["eu-de-1", "eu-de-2", "eu-de-3"];
        assert.deepEqual(await nodes({}), [all, 1, 3]);
        assert.deepEqual(await nodes({}, { workersPerZone: 4 }), [all, 4, 3]);
        assert.deepEqual(await nodes({ location: "eu-de-2" }), [["eu-de-2"], 3, 1]);
        const zones = ["eu-de-3", "eu-de-1"];
        assert.deepEqual(await nodes({ zones }), [zones, 2, 2]);
    });

    it("is no network where the program brings one", async () => {
        const network = { vpcId: "vpc", subnets: { "eu-de-1": "sub-1", "eu-de-3": "sub-3" } };
        const { recording, cluster } = await recordIks({ infrastructure: onVpc({ network }) });
        for (const kind of ["IsVpc", "IsSubnet", "IsPublicGateway"]) {
            assert.deepEqual(recording.ofKind(kind), [], kind);
        }
        assert.deepEqual(
            [cluster.vpc, cluster.subnets, cluster.gateways],
            [undefined, undefined, undefined],
        );
        assert.equal(cluster.zones, 2);
        const { inputs } = recording.find("ContainerVpcCluster", "prod");
        assert.equal(inputs.vpcId, "vpc");
        assert.equal(inputs.workerCount, 2);
        assert.deepEqual(inputs.zones, [
            { name: "eu-de-1", subnetId: "sub-1" },
            { name: "eu-de-3", subnetId: "sub-3" },
        ]);
    });

    it("is one resource group for everything", async () => {
        const { recording } = await recordIks({ resourceGroupId: "group" });
        const ofIbm = recording.resources.filter(({ type }) => type.startsWith("ibm:"));
        assert.equal(ofIbm.length, 8);
        for (const { type, inputs } of ofIbm) {
            assert.equal(inputs.resourceGroupId ?? inputs.resourceGroup, "group", type);
        }
    });

    it("is outbound traffic as the program says", async () => {
        for (const disableOutboundTrafficProtection of [true, false]) {
            const inputs = await vpcInputs({ disableOutboundTrafficProtection });
            assert.equal(inputs.disableOutboundTrafficProtection, disableOutboundTrafficProtection);
        }
    });

    it("is whatever the program wrote for IBM itself", async () => {
        const clusterArgs = { waitTill: "IngressReady", updateAllWorkers: true };
        const args = { flavor: "cx2.8x16", kubernetesVersion: "1.34.1" };
        const inputs = await vpcInputs({ clusterArgs }, args);
        assert.equal(inputs.waitTill, "IngressReady");
        assert.equal(inputs.updateAllWorkers, true);
        assert.equal(inputs.flavor, "cx2.8x16");
        assert.equal(inputs.kubeVersion, "1.34.1");
        const infrastructure = {
            classic: { datacenter: "dal10", clusterArgs: { noSubnet: true } },
        };
        const classic = await inputsOf("ContainerCluster", "prod", { infrastructure });
        assert.equal(classic.noSubnet, true);
        assert.equal(classic.datacenter, "dal10", "what is not written stays");
    });
});

describe("an IKS cluster that cannot be", () => {
    /** What the program is told; nothing may have been registered. */
    async function refusal(args: object, name = "prod"): Promise<string[]> {
        let message = "";
        const recording = await recordNetwork(() => {
            try {
                new IksCluster(name, { infrastructure: onVpc(), ...args });
            } catch (error) {
                ({ message } = error as Error);
            }
        });
        assert.deepEqual(recording.resources, []);
        const [head, ...lines] = message.split("\n");
        assert.equal(head, `IksCluster "${name}" has invalid arguments`);
        return lines.map((line) => line.trim());
    }

    const vpc = (more: object) => ({ infrastructure: { vpc: { ...onVpc().vpc, ...more } } });
    const classic = (more: object) => ({
        infrastructure: { classic: { ...CLASSIC.classic, ...more } },
    });
    const subnets = { "eu-de-1": "subnet" };

    const cases: [string, object, RegExp][] = [
        [
            "a data center for VPC",
            vpc({ location: "dal10" }),
            /^infrastructure\.vpc\.location: "dal10" is a data center of the classic infrastructure; write a region of VPC, "us-south", or infrastructure: \{ classic: \{ datacenter: "dal10" \} \}$/,
        ],
        [
            "a data center for VPC in a city without one",
            vpc({ location: "mil01" }),
            /^infrastructure\.vpc\.location: "mil01" is a data center .*; write a region of VPC such as "eu-de", or/,
        ],
        [
            "a zone of VPC for classic",
            classic({ datacenter: "eu-gb-1" }),
            /^infrastructure\.classic\.datacenter: "eu-gb-1" is a zone of VPC; write a data center such as "lon04", or infrastructure: \{ vpc: \{ location: "eu-gb-1", … \} \}$/,
        ],
        [
            "a region of VPC for classic",
            classic({ datacenter: "br-sao" }),
            /^infrastructure\.classic\.datacenter: "br-sao" is a region of VPC; write a data center such as "fra02"/,
        ],
        [
            "a data center that is none",
            classic({ datacenter: "Frankfurt" }),
            /^infrastructure\.classic\.datacenter: "Frankfurt" is not a data center of IBM Cloud; write one such as "fra02"$/,
        ],
        [
            "another vendor's region",
            vpc({ location: "europe-west4" }),
            /^infrastructure\.vpc\.location: "europe-west4" is not a region or a zone of IBM's VPC; write one such/,
        ],
        [
            "no location",
            vpc({ location: undefined }),
            /^infrastructure\.vpc\.location: undefined is not a/,
        ],
        [
            "no infrastructure",
            { infrastructure: undefined },
            /^infrastructure: is undefined; write one of \{ vpc: \{ location: "eu-de", disable.* and \{ classic: \{/,
        ],
        ["an empty one", { infrastructure: {} }, /^infrastructure: is \{\}; write one of \{ vpc: /],
        [
            "two infrastructures",
            { infrastructure: { ...onVpc(), ...CLASSIC } },
            /^infrastructure: is both VPC and classic; write one of \{ vpc: /,
        ],
        [
            "outbound traffic that nobody decided on",
            vpc({ disableOutboundTrafficProtection: undefined }),
            /^infrastructure\.vpc\.disableOutboundTrafficProtection: undefined is neither true nor false; write true to/,
        ],
        [
            "a Kubernetes that is too old",
            { kubernetesVersion: "1.29.4_1535" },
            /^kubernetesVersion: Kubernetes 1.29.4_1535 is too old; use 1.30 or newer/,
        ],
        [
            "OpenShift",
            { kubernetesVersion: "4.18_openshift" },
            /^kubernetesVersion: "4.18_openshift" is not a version of IKS; write one such as "1.34" or/,
        ],
        [
            "a flavor of classic on VPC",
            { flavor: "b3c.4x16" },
            /^flavor: "b3c.4x16" is a flavor of classic; write one of VPC such as "bx2.4x16"$/,
        ],
        [
            "a flavor of VPC on classic",
            { flavor: "bx2.4x16", ...classic({}) },
            /^flavor: "bx2.4x16" is a flavor of VPC; write one of classic such as "b3c.4x16"$/,
        ],
        [
            "another vendor's machine",
            { flavor: "e2-standard-4" },
            /^flavor: "e2-standard-4" is not a flavor; write one of VPC such as "bx2.4x16"$/,
        ],
        [
            "no nodes",
            { workersPerZone: 0 },
            /^workersPerZone: 0 is not a number of nodes; write 1 or more$/,
        ],
        ["half a node", { workersPerZone: 1.5 }, /^workersPerZone: 1.5 is not a number of nodes/],
        [
            "zones of another region",
            vpc({ zones: ["eu-de-1", "us-south-1"] }),
            /^infrastructure\.vpc\.zones: "us-south-1" is not in eu-de; write its zones, such as "eu-de-1"$/,
        ],
        [
            "a zone that is a data center",
            vpc({ zones: ["fra02"] }),
            /^infrastructure\.vpc\.zones: "fra02" is not in eu-de; write its zones/,
        ],
        ["a zone twice", vpc({ zones: ["eu-de-1", "eu-de-1"] }), /names a zone twice; write each/],
        ["no zones", vpc({ zones: [] }), /^infrastructure\.vpc\.zones: \[\] is empty or names/],
        [
            "zones of a zone",
            vpc({ location: "eu-de-1", zones: ["eu-de-2"] }),
            /^infrastructure\.vpc\.zones: is set, and "eu-de-1" is one zone; take it away, or write a region as/,
        ],
        [
            "zones that its subnets say, too",
            vpc({ zones: ["eu-de-1"], network: { vpcId: "vpc", subnets } }),
            /^infrastructure\.vpc\.zones: is set, and network.subnets says it, too; take it away$/,
        ],
        [
            "a network without its VPC",
            vpc({ network: { subnets } }),
            /^infrastructure\.vpc\.network\.vpcId: is not there; write the VPC that the cluster is in$/,
        ],
        [
            "a network without subnets",
            vpc({ network: { vpcId: "vpc" } }),
            /^infrastructure\.vpc\.network\.subnets: has no subnet for any zone; write its identifier, as in \{ "eu-de-1"/,
        ],
        [
            "a zone without its subnet",
            vpc({ network: { vpcId: "vpc", subnets: { ...subnets, "eu-de-2": undefined } } }),
            /^infrastructure\.vpc\.network\.subnets: has no subnet for eu-de-2; write its identifier/,
        ],
        [
            "a subnet elsewhere",
            vpc({ network: { vpcId: "vpc", subnets: { ...subnets, "us-east-1": "s" } } }),
            /^infrastructure\.vpc\.network\.subnets: "us-east-1" is not in eu-de; write its zones, such as "eu-de-1"$/,
        ],
        [
            "a subnet outside the one zone",
            vpc({ location: "eu-de-2", network: { vpcId: "vpc", subnets } }),
            /^infrastructure\.vpc\.network\.subnets: "eu-de-1" is not in eu-de-2; write it alone$/,
        ],
        [
            "hardware that is none",
            classic({ hardware: "virtual" }),
            /^infrastructure\.classic\.hardware: "virtual" is not a kind of hardware; write "shared" or "dedicated"$/,
        ],
        [
            "a public VLAN alone",
            classic({ publicVlanId: "456" }),
            /^infrastructure\.classic\.privateVlanId: is not there, and publicVlanId is; write the private VLAN/,
        ],
        [
            "a profile of VPC on classic",
            { ...classic({}), storage: { ledger: "10iops-tier" } },
            /^storage\.ledger: "10iops-tier" is no profile of iks-classic; write one of "classic-gold"/,
        ],
        [
            "a profile of classic on VPC",
            { storage: { ledger: "classic-gold" } },
            /^storage\.ledger: "classic-gold" is no profile of iks-vpc; write one of "10iops-tier"/,
        ],
        [
            "one Pod's access on classic, whose driver does not know it",
            { ...classic({}), ledgerAccessMode: "ReadWriteOncePod" },
            /^ledgerAccessMode: "ReadWriteOncePod"/,
        ],
        [
            "many writers of a ledger",
            { ledgerAccessMode: "ReadWriteMany" },
            /^ledgerAccessMode: "ReadWriteMany" lets more than one node have the volume/,
        ],
        [
            "a cluster that waits for no node",
            vpc({ clusterArgs: { waitTill: "MasterNodeReady" } }),
            /^infrastructure\.vpc\.clusterArgs\.waitTill: "MasterNodeReady" does not wait for a node, and the cluster/,
        ],
        ...Object.entries({
            name: "the name of the IksCluster",
            vpcId: "infrastructure.vpc.network",
            zones: "infrastructure.vpc.network",
            disableOutboundTrafficProtection: "infrastructure.vpc.disableOutboundTrafficProtection",
            flavor: "flavor",
            workerCount: "workersPerZone",
            kubeVersion: "kubernetesVersion",
            resourceGroupId: "resourceGroupId",
        }).map(([key, own]): [string, object, RegExp] => [
            `${key} past this package on VPC`,
            vpc({ clusterArgs: { [key]: "x" } }),
            new RegExp(`^infrastructure.vpc.clusterArgs.${key}: is set; write it as ${own}$`),
        ]),
        ...Object.entries({
            name: "the name of the IksCluster",
            datacenter: "infrastructure.classic.datacenter",
            privateVlanId: "infrastructure.classic.privateVlanId",
            publicVlanId: "infrastructure.classic.publicVlanId",
            hardware: "infrastructure.classic.hardware",
            machineType: "flavor",
            defaultPoolSize: "workersPerZone",
            kubeVersion: "kubernetesVersion",
            resourceGroupId: "resourceGroupId",
        }).map(([key, own]): [string, object, RegExp] => [
            `${key} past this package on classic`,
            classic({ clusterArgs: { [key]: "x" } }),
            new RegExp(`^infrastructure.classic.clusterArgs.${key}: is set; write it as ${own}$`),
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
        ["1st", "iks-1st"],
        ["prod.eu", "prod-eu"],
        ["prod-", "prod"],
        ["a".repeat(36), "a".repeat(35)],
    ];
    for (const [name, instead] of names) {
        it(`fails on the name ${name}`, async () => {
            const [line, ...more] = await refusal({}, name);
            assert.ok(line?.startsWith(`name: "${name}" is not the name of an IKS cluster`), line);
            assert.ok(line?.endsWith(`; write "${instead}"`), line);
            assert.deepEqual(more, []);
        });
    }

    it("fails on everything at once", async () => {
        const lines = await refusal(
            {
                ...vpc({
                    location: "x",
                    disableOutboundTrafficProtection: "no",
                    network: {},
                    clusterArgs: { flavor: "y", waitTill: "MasterNodeReady" },
                }),
                kubernetesVersion: "1.20",
                workersPerZone: -1,
                flavor: "?",
                ledgerAccessMode: "ReadWriteMany",
            },
            "PROD",
        );
        assert.deepEqual(
            lines.map((line) => line.split(":")[0]),
            [
                "name",
                "kubernetesVersion",
                "workersPerZone",
                "flavor",
                "infrastructure.vpc.location",
                "infrastructure.vpc.disableOutboundTrafficProtection",
                "infrastructure.vpc.network.vpcId",
                "infrastructure.vpc.clusterArgs.flavor",
                "infrastructure.vpc.clusterArgs.waitTill",
                "ledgerAccessMode",
            ],
        );
    });

    const right: object[] = [
        ...["us-south", "us-east", "eu-fr2", "jp-osa", "ca-mon", "eu-fr2-1", "au-syd-3"].map(
            (location) => vpc({ location }),
        ),
        ...["dal10", "wdc07", "par01"].map((datacenter) => classic({ datacenter })),
        { kubernetesVersion: "1.30" },
        { kubernetesVersion: "1.34.1_1525" },
        ...["bx2d.4x16", "bx3d.8x40", "mx2.16x128", "gx3.16x80.l4", "bxf.4x16"].map((flavor) => ({
            flavor,
        })),
        ...["u3c.2x4", "mb4c.20x64", "ms3c.4x32.1.9tb.ssd", "mg4c.32x384.2xp100"].map((flavor) => ({
            flavor,
            ...classic({}),
        })),
        classic({ privateVlanId: "123" }),
    ];
    for (const args of right) {
        it(`is not one with ${JSON.stringify(args)}`, async () => {
            const { recording } = await recordIks(args);
            assert.equal(recording.ofKind("IksCluster").length, 1);
        });
    }

    it("is not one whose name is as long as can be", async () => {
        const { recording } = await recordIks({}, "a".repeat(35));
        assert.equal(recording.ofKind("IksCluster").length, 1);
    });
});
