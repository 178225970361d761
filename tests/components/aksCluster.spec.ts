import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";

import * as pulumi from "@pulumi/pulumi";
import { FabricOrg, OrdererService, PeerNode } from "kubefabric";
import { AksCluster, type AksClusterArgs } from "kubefabric/aks";
import { checkRecording, record, type RecordedResource } from "kubefabric/testing";

import { GROUP, recordAks } from "../support/aks.ts";
import { read } from "../support/kubeconfigs.ts";
import { recordNetwork, valueOf } from "../support/network.ts";

const labelsOf = (resources: readonly RecordedResource[]) =>
    resources.map(({ type, name }) => `${type.split(":").at(-1)} ${name}`);

const ENTRA = { entra: { adminGroups: [GROUP] } };

describe("an AKS cluster", () => {
    it("makes resource group, control plane and nodes, then what every cluster has", async () => {
        const { recording } = await recordAks();
        assert.deepEqual(labelsOf(recording.resources).sort(), [
            "AgentPool prod-nodes",
            "AksCluster prod",
            "ClusterAccess prod-access",
            "LedgerStorageClass prod-premium-zrs",
            "ManagedCluster prod",
            "ResourceGroup prod-group",
            "StorageClass prod-premium-zrs",
            "kubernetes prod-provider",
        ]);
        for (const resource of recording.resources) {
            const parent = {
                "AksCluster prod": "",
                "StorageClass prod-premium-zrs": "LedgerStorageClass prod-premium-zrs",
            }[labelsOf([resource])[0]!];
            assert.equal(recording.parentOf(resource), parent ?? "AksCluster prod");
        }
    });

    it("asks the cluster only when its nodes are there", async () => {
        const { recording } = await recordAks();
        const dependencies = (kind: string, name: string) =>
            recording.dependenciesOf(recording.find(kind, name));
        assert.deepEqual(dependencies("ManagedCluster", "prod"), ["ResourceGroup prod-group"]);
        assert.deepEqual(dependencies("AgentPool", "prod-nodes"), [
            "ManagedCluster prod",
            "ResourceGroup prod-group",
        ]);
        assert.deepEqual(dependencies("ClusterAccess", "prod-access"), [
            "AgentPool prod-nodes",
            "ManagedCluster prod",
            "ResourceGroup prod-group",
        ]);
    });

    const networkOf = (protection?: "none") =>
        recordNetwork(() => {
            const cluster = new AksCluster("prod", { location: "westeurope" });
            const ordererOrg = new FabricOrg("orderer-org", { cluster, mspId: "OrdererMSP" });
            new OrdererService("orderer", { org: ordererOrg });
            const org = new FabricOrg("org1", { cluster, mspId: "Org1MSP", protection });
            new PeerNode("org1-peer0", { org });
        });

    it("is what a network is made in, as the policies want it", async () => {
        const violations = checkRecording(await networkOf());
        assert.ok(violations.length > 0, "the vendor is known");
        for (const { level, reason } of violations) {
            assert.equal(level, "advisory");
            assert.match(reason, /costs as much as "32Gi" on Azure Disk, Premium SSD/);
        }
    });

    it("takes the objects of a network along when it goes", async () => {
        const recording = await networkOf("none");
        const cluster = recording.find("ManagedCluster", "prod");
        assert.equal(recording.find("Namespace", "org1").deletedWith, cluster.urn);
        const claim = recording.find("PersistentVolumeClaim", "org1-peer0-ledger").inputs as {
            spec: { storageClassName: string; accessModes: string[] };
        };
        assert.equal(claim.spec.storageClassName, "kubefabric-premium-zrs");
        assert.deepEqual(claim.spec.accessModes, ["ReadWriteOncePod"]);
    });

    it("has the outputs of every cluster", async () => {
        const { cluster, recording } = await recordAks();
        assert.equal(cluster.vendor, "aks");
        assert.equal(cluster.name, "prod");
        assert.equal(cluster.zones, 3);
        assert.equal(cluster.privileged, "allowed");
        assert.equal(cluster.recover, false);
        assert.equal(cluster.simulated, false);
        assert.deepEqual(cluster.machineTypes, ["Standard_D4s_v5"]);
        assert.equal(cluster.managedCluster, cluster.cluster);
        assert.equal(cluster.ready, cluster.access);
        assert.equal(await valueOf(cluster.location), "westeurope");
        assert.equal(
            await valueOf(cluster.console),
            "https://portal.azure.com/#resourceprod-id/workloads",
        );
        assert.equal(
            recording.find("kubernetes", "prod-provider").inputs.clusterIdentifier,
            "test/stack/prod",
        );
        const { vendor, location, privileged } = recording.find("AksCluster", "prod").inputs;
        assert.deepEqual([vendor, location, privileged], ["aks", "westeurope", "allowed"]);
    });

    it("hands out what Azure runs", async () => {
        const { cluster, recording } = await recordAks();
        const made = [cluster.cluster, cluster.nodePool, cluster.resourceGroup];
        assert.deepEqual(await Promise.all(made.map((resource) => valueOf(resource!.urn))), [
            recording.find("ManagedCluster", "prod").urn,
            recording.find("AgentPool", "prod-nodes").urn,
            recording.find("ResourceGroup", "prod-group").urn,
        ]);
    });

    it("reads a network back where it is asked to", async () => {
        const { cluster, recording } = await recordAks({ recover: true });
        assert.equal(cluster.recover, true);
        const { inputs } = recording.find("kubernetes", "prod-provider");
        assert.equal(inputs.enablePatchForce, "true");
    });
});

describe("the kubeconfig of an AKS cluster that this program makes", () => {
    const userOf = async (args: Partial<AksClusterArgs>) => {
        const { cluster } = await recordAks(args);
        return read(await valueOf(cluster.kubeconfig));
    };

    it("is a cluster user's, or the administrator's where it is asked to", async () => {
        assert.equal((await userOf({})).user.name, "clusterUser");
        assert.equal((await userOf({ login: "user" })).user.name, "clusterUser");
        assert.equal((await userOf({ login: "admin" })).user.name, "clusterAdmin");
        assert.equal((await userOf({ ...ENTRA, login: "admin" })).user.name, "clusterAdmin");
    });

    it("logs in as Entra's user without a person", async () => {
        const { exec } = await userOf({ ...ENTRA, login: "azurecli" });
        assert.equal(exec?.command, "kubelogin");
        assert.deepEqual(exec.args, [
            "get-token",
            "--login",
            "azurecli",
            "--server-id",
            "the-server",
        ]);
        const login = { mode: "workloadidentity", clientId: "me" } as const;
        assert.ok((await userOf({ ...ENTRA, login })).exec?.args?.includes("me"));
    });

    it("is a secret", async () => {
        for (const args of [{}, { login: "admin" }, { ...ENTRA, login: "msi" }] as const) {
            const { cluster } = await recordAks(args);
            assert.equal(await (cluster.kubeconfig as { isSecret?: unknown }).isSecret, true);
        }
    });

    it("fails where Azure gives no credentials", () => {
        // What goes wrong after a program's last line ends its process.
        const script = `
            const { record } = require("kubefabric/testing");
            const { AksCluster } = require("kubefabric/aks");
            const outputs = () => ({ kubeconfigs: [] });
            record(() => void new AksCluster("prod", { location: "westeurope" }), { outputs });`;
        const { status, stderr } = spawnSync(process.execPath, ["-e", script], {
            encoding: "utf8",
        });
        assert.equal(status, 1);
        assert.match(stderr, /kubeconfig: is not there; give the kubeconfig in Base64$/m);
    });

    it("stands in where a test of a user's own records a program", async () => {
        for (const login of ["user", "admin"] as const) {
            const { returned } = await record(
                () => new AksCluster("prod", { location: "westeurope", login }),
            );
            const { user } = read(await valueOf((returned as AksCluster).kubeconfig));
            assert.equal(user.token, `placeholder-${login}-token`);
        }
    });
});

describe("what Azure is asked for", () => {
    const inputsOf = async (kind: string, name: string, args: Partial<AksClusterArgs> = {}) =>
        (await recordAks(args)).recording.find(kind, name).inputs as Record<string, unknown> & {
            networkProfile: Record<string, unknown>;
            storageProfile: Record<string, unknown>;
            autoUpgradeProfile: Record<string, unknown>;
            agentPoolProfiles: Record<string, unknown>[];
        };

    it("is a cluster that enforces NetworkPolicies and has the driver of its disks", async () => {
        const inputs = await inputsOf("ManagedCluster", "prod");
        assert.equal(inputs.resourceName, "prod");
        assert.equal(inputs.dnsPrefix, "prod");
        assert.equal(inputs.location, "westeurope");
        assert.deepEqual(inputs.identity, { type: "SystemAssigned" });
        assert.equal(inputs.networkProfile.networkPolicy, "cilium");
        assert.equal(inputs.networkProfile.networkDataplane, "cilium");
        assert.equal(inputs.networkProfile.networkPlugin, "azure");
        assert.equal(inputs.networkProfile.networkPluginMode, "overlay");
        assert.deepEqual(inputs.storageProfile.diskCSIDriver, { enabled: true });
        for (const name of ["aadProfile", "disableLocalAccounts", "kubernetesVersion"]) {
            assert.equal(name in inputs, false, name);
        }
        const other = await inputsOf("ManagedCluster", "prod", { networkPolicy: "azure" });
        assert.equal(other.networkProfile.networkPolicy, "azure");
        assert.equal(other.networkProfile.networkDataplane, "azure");
    });

    it("is protected, with its group, until the program says otherwise", async () => {
        const isProtected = async (args: Partial<AksClusterArgs>) => {
            const { recording } = await recordAks(args);
            const { protect: group } = recording.find("ResourceGroup", "prod-group");
            const { protect: cluster } = recording.find("ManagedCluster", "prod");
            return [group, cluster, recording.find("AgentPool", "prod-nodes").protect];
        };
        assert.deepEqual(await isProtected({}), [true, true, false]);
        const open = await isProtected({ deletionProtection: false });
        assert.deepEqual(open, [false, false, false]);
    });

    it("is nodes in three zones, or as many as the program says", async () => {
        const nodes = async (args: Partial<AksClusterArgs>) => {
            const { recording, cluster } = await recordAks(args);
            const { count, availabilityZones } = recording.find("AgentPool", "prod-nodes").inputs;
            return [count, availabilityZones, cluster.zones];
        };
        assert.deepEqual(await nodes({}), [3, ["1", "2", "3"], 3]);
        assert.deepEqual(await nodes({ nodeCount: 6 }), [6, ["1", "2", "3"], 3]);
        assert.deepEqual(await nodes({ nodeCount: 2 }), [2, ["1", "2", "3"], 2]);
        assert.deepEqual(await nodes({ zones: ["2"] }), [3, ["2"], 1]);
        const storage = { ledger: "premium-lrs", stateDatabase: "premium-lrs" } as const;
        const none = { zones: [], storage: { ...storage, ca: "standard-ssd-lrs" } } as const;
        assert.deepEqual(await nodes(none), [3, [], 1]);
    });

    it("is one node for what Azure itself runs, which nothing of a network gets onto", async () => {
        const pools = async (args: Partial<AksClusterArgs>) =>
            (await inputsOf("ManagedCluster", "prod", args)).agentPoolProfiles;
        const [pool, ...more] = await pools({ vmSize: "Standard_E8s_v5", nodeCount: 5 });
        assert.deepEqual(more, []);
        assert.equal(pool!.mode, "System");
        assert.equal(pool!.count, 1);
        assert.deepEqual(pool!.nodeTaints, ["CriticalAddonsOnly=true:NoSchedule"]);
        assert.deepEqual(pool!.availabilityZones, ["1"]);
        // Azure changes none of these in a pool that it has.
        assert.deepEqual([pool], await pools({}));
    });

    it("is new nodes before the old ones go", async () => {
        const poolName = async (args: Partial<AksClusterArgs>) =>
            (await inputsOf("AgentPool", "prod-nodes", args)).agentPoolName as string;
        const usual = await poolName({});
        assert.match(usual, /^[a-z][a-z0-9]{0,11}$/);
        assert.equal(await poolName({ nodeCount: 9, kubernetesVersion: "1.34" }), usual);
        assert.notEqual(await poolName({ vmSize: "Standard_E8s_v5" }), usual);
        assert.notEqual(await poolName({ zones: ["1", "2"] }), usual);
        assert.equal(await poolName({ nodePoolArgs: { agentPoolName: "mine" } }), "mine");
    });

    it("is one version of control plane and nodes, patched unless a patch is written", async () => {
        const asked = async (kubernetesVersion?: string) => {
            const { recording } = await recordAks({ kubernetesVersion });
            const cluster = recording.find("ManagedCluster", "prod").inputs as {
                kubernetesVersion?: string;
                agentPoolProfiles: { orchestratorVersion?: string }[];
                autoUpgradeProfile: { upgradeChannel: string };
            };
            const nodes = recording.find("AgentPool", "prod-nodes").inputs;
            return [
                cluster.kubernetesVersion,
                cluster.agentPoolProfiles[0]!.orchestratorVersion,
                nodes.orchestratorVersion,
                cluster.autoUpgradeProfile.upgradeChannel,
            ];
        };
        assert.deepEqual(await asked("1.34"), ["1.34", "1.34", "1.34", "patch"]);
        assert.deepEqual(await asked("1.34.1"), ["1.34.1", "1.34.1", "1.34.1", "none"]);
        assert.deepEqual(await asked(), [undefined, undefined, undefined, "patch"]);
    });

    it("is no resource group and no network where the program brings one", async () => {
        const subnetId =
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/n";
        const { recording, cluster } = await recordAks({ resourceGroupName: "mine", subnetId });
        assert.deepEqual(recording.ofKind("ResourceGroup"), []);
        assert.equal(cluster.resourceGroup, undefined);
        const { inputs } = recording.find("ManagedCluster", "prod");
        assert.equal(inputs.resourceGroupName, "mine");
        const [pool] = inputs.agentPoolProfiles as { vnetSubnetID: string }[];
        assert.equal(pool!.vnetSubnetID, subnetId);
        const nodes = recording.find("AgentPool", "prod-nodes").inputs;
        assert.equal(nodes.resourceGroupName, "mine");
        assert.equal(nodes.vnetSubnetID, subnetId);
        assert.equal(nodes.resourceName, "prod");
    });

    it("is Entra's users where the program has them", async () => {
        const inputs = await inputsOf("ManagedCluster", "prod", {
            ...ENTRA,
            login: "azurecli",
            disableLocalAccounts: true,
        });
        assert.deepEqual(inputs.aadProfile, {
            managed: true,
            enableAzureRBAC: false,
            adminGroupObjectIDs: [GROUP],
        });
        assert.equal(inputs.disableLocalAccounts, true);
    });

    it("is a count of nodes that an autoscaler may change", async () => {
        const ignored = async (enableAutoScaling?: boolean) => {
            let seen: string[] | undefined;
            await recordNetwork(() => {
                const nodePoolArgs = { enableAutoScaling, minCount: 3, maxCount: 5 };
                new AksCluster(
                    "prod",
                    { location: "westeurope", nodePoolArgs },
                    {
                        transforms: [
                            ({ name, opts }) => {
                                seen = name === "prod-nodes" ? opts.ignoreChanges : seen;
                                return undefined;
                            },
                        ],
                    },
                );
            });
            return seen;
        };
        assert.deepEqual(await ignored(true), ["count"]);
        assert.deepEqual(await ignored(false), []);
        assert.deepEqual(await ignored(), []);
    });

    it("may be told what is an output, into which nobody looks", async () => {
        const inputs = await inputsOf("ManagedCluster", "prod", {
            clusterArgs: {
                sku: pulumi.output({ name: "Base", tier: "Standard" }),
                networkProfile: pulumi.output({ serviceCidr: "10.99.0.0/16" }),
                storageProfile: pulumi.output({ blobCSIDriver: { enabled: true } }),
            },
        });
        assert.deepEqual(inputs.sku, { name: "Base", tier: "Standard" });
        assert.equal(inputs.networkProfile.serviceCidr, "10.99.0.0/16");
        assert.equal(inputs.networkProfile.networkPolicy, "cilium");
        assert.deepEqual(inputs.storageProfile.diskCSIDriver, { enabled: true });
    });

    it("is whatever the program wrote for Azure itself", async () => {
        const args: Partial<AksClusterArgs> = {
            clusterArgs: {
                sku: { name: "Base", tier: "Standard" },
                networkProfile: { serviceCidr: "10.99.0.0/16" },
            },
            nodePoolArgs: { osDiskSizeGB: 200, mode: "User" },
        };
        const cluster = await inputsOf("ManagedCluster", "prod", args);
        assert.deepEqual(cluster.sku, { name: "Base", tier: "Standard" });
        assert.equal(cluster.networkProfile.serviceCidr, "10.99.0.0/16");
        assert.equal(cluster.networkProfile.networkPolicy, "cilium", "what is not written stays");
        const nodes = await inputsOf("AgentPool", "prod-nodes", args);
        assert.equal(nodes.osDiskSizeGB, 200);
        assert.equal(nodes.mode, "User");
    });
});

describe("an AKS cluster that cannot be", () => {
    /** What the program is told; nothing may have been registered. */
    async function refusal(args: object, name = "prod"): Promise<string[]> {
        let message = "";
        const recording = await recordNetwork(() => {
            try {
                new AksCluster(name, { location: "westeurope", ...args });
            } catch (error) {
                ({ message } = error as Error);
            }
        });
        assert.deepEqual(recording.resources, []);
        const [head, ...lines] = message.split("\n");
        assert.equal(head, `AksCluster "${name}" has invalid arguments`);
        return lines.map((line) => line.trim());
    }

    const cases: [string, object, RegExp][] = [
        [
            "a region as a person writes it",
            { location: "West Europe" },
            /^location: "West Europe" is not a region of Azure as its templates write it; write "westeurope"$/,
        ],
        [
            "another vendor's region",
            { location: "europe-west4" },
            /^location: "europe-west4" is not a region .*; write one such as "westeurope"$/,
        ],
        ["no location", { location: undefined }, /^location: undefined is not a region/],
        [
            "a Kubernetes that is too old",
            { kubernetesVersion: "1.29" },
            /^kubernetesVersion: Kubernetes 1.29 is too old; use 1.30 or newer/,
        ],
        [
            "a version that is none",
            { kubernetesVersion: "v1.34" },
            /^kubernetesVersion: "v1.34" is not a version of AKS; write one such as "1.34"/,
        ],
        [
            "zones with the name of their region",
            { zones: ["westeurope-1"] },
            /^zones: \["westeurope-1"\] are not zones of Azure, each once; write them as \["1", "2", "3"\]$/,
        ],
        ["a zone twice", { zones: ["1", "1"] }, /^zones: \["1","1"\] are not zones of Azure, each/],
        [
            "no zones under disks that are in three",
            { zones: [] },
            /^zones: \[\] is no zone, and the usual disks, such as "premium-zrs", are in three; write storage: { ledger: "premium-lrs", stateDatabase: "premium-lrs", ca: "standard-ssd-lrs" }$/,
        ],
        [
            "a size that is none",
            { vmSize: "D4s_v5" },
            /^vmSize: "D4s_v5" is not a size of virtual machines; write one such as "Standard_D4s_v5"$/,
        ],
        [
            "machines that cannot have the usual disks",
            { vmSize: "Standard_D4_v5" },
            /^vmSize: "Standard_D4_v5" takes no Premium SSD \(no "s" after the CPUs\), and ledger is on "premium-zrs"; write a size such as "Standard_D4s_v5", or storage: { ledger: "standard-ssd-zrs", stateDatabase: "standard-ssd-zrs" }$/,
        ],
        [
            "machines that cannot have the disk of the program's choice",
            {
                vmSize: "Standard_D4_v5",
                storage: {
                    ledger: "standard-ssd-zrs",
                    stateDatabase: "premium-v2",
                    ca: "standard-ssd-zrs",
                },
            },
            /^vmSize: .*, and stateDatabase is on "premium-v2"; write a size/,
        ],
        [
            "machines that Azure runs nothing of its own on",
            { vmSize: "Standard_B4ms" },
            /^vmSize: "Standard_B4ms" is of the B series, on which Azure runs none of its own Pods; write/,
        ],
        ["no nodes", { nodeCount: 0 }, /^nodeCount: 0 is not a number of nodes; write 1 or more$/],
        ["half a node", { nodeCount: 1.5 }, /^nodeCount: 1.5 is not a number of nodes/],
        [
            "a subnet by its name",
            { subnetId: "nodes" },
            /^subnetId: "nodes" is not the ID of a subnet; write the id that Azure shows/,
        ],
        [
            "NetworkPolicies that nobody enforces",
            { networkPolicy: "none" },
            /^networkPolicy: "none" is not .*; write "cilium" or "azure"$/,
        ],
        [
            "another vendor's profile",
            { storage: { ledger: "pd-ssd" } },
            /^storage\.ledger: "pd-ssd" is no profile of aks; write one of /,
        ],
        [
            "many writers of a ledger",
            { ledgerAccessMode: "ReadWriteMany" },
            /^ledgerAccessMode: "ReadWriteMany" lets more than one node have the volume/,
        ],
        [
            "a login that is none",
            { login: "devicecode" },
            /^login: "devicecode" is not a way to log in to AKS; write "user", "admin", "workloadidentity"/,
        ],
        [
            "Entra without a login",
            ENTRA,
            /^login: is not set: the users are Entra's, and kubelogin would ask a person; write "workloadidentity", .* or "admin"$/,
        ],
        [
            "Entra's users with a certificate",
            { ...ENTRA, login: "user", disableLocalAccounts: true },
            /^login: "user" is not enough: the users are Entra's, .*write "workloadidentity", "spn", "azurecli", "msi"$/,
        ],
        [
            "admin credentials without local accounts",
            { ...ENTRA, login: "admin", disableLocalAccounts: true },
            /^login: "admin" is a local account, and disableLocalAccounts is true; write "workloadidentity", "spn", "azurecli", "msi"$/,
        ],
        [
            "no local accounts and no others",
            { disableLocalAccounts: true },
            /^disableLocalAccounts: is true, and there are no users but local ones; write entra: /,
        ],
        [
            "a login of Entra's without its users",
            { login: "azurecli" },
            /^login: is a way to log in with Entra, whose users there are none; write entra: .* or "user"$/,
        ],
        [
            "a setting that the login does not take",
            { ...ENTRA, login: { mode: "azurecli", clientId: "x" } },
            /^login\.clientId: is set, and kubelogin takes none with "azurecli"; take it away$/,
        ],
        [
            "Entra's users, none of whom may do anything",
            { entra: {}, login: "azurecli" },
            /^entra\.adminGroups: names no group, so that none of Entra's users could do anything/,
        ],
        [
            "a group by its name",
            { entra: { adminGroups: ["ops"] }, login: "azurecli" },
            /^entra\.adminGroups: "ops" is not the object ID of a group; write one such as "1/,
        ],
        [
            "a tenant by its name",
            { entra: { adminGroups: [GROUP], tenantId: "contoso" }, login: "azurecli" },
            /^entra\.tenantId: "contoso" is not the ID of a tenant/,
        ],
        [
            "Azure's own argument for the enforcer",
            { clusterArgs: { networkProfile: { networkPolicy: "none" } } },
            /^clusterArgs\.networkProfile\.networkPolicy: is set; write it as networkPolicy$/,
        ],
        [
            "Azure's own argument for the data plane",
            { clusterArgs: { networkProfile: { networkDataplane: "azure" } } },
            /^clusterArgs\.networkProfile\.networkDataplane: is set; write it as networkPolicy$/,
        ],
        [
            "a cluster without the driver of its disks",
            { clusterArgs: { storageProfile: { diskCSIDriver: { enabled: false } } } },
            /^clusterArgs\.storageProfile\.diskCSIDriver\.enabled: is false, and ledgers are on disks/,
        ],
        [
            "a count of which nobody knows whether it is an autoscaler's",
            { nodePoolArgs: { enableAutoScaling: pulumi.output(true) } },
            /^nodePoolArgs\.enableAutoScaling: is an output, and who counts the nodes has to be known; write true or false$/,
        ],
        [
            "AKS Automatic",
            { clusterArgs: { sku: { name: "Automatic", tier: "Standard" } } },
            /^clusterArgs\.sku\.name: "Automatic" makes the nodes itself .*; write "Base", or use an Ex/,
        ],
        ...(
            [
                ["clusterArgs", "resourceGroupName", "resourceGroupName"],
                ["clusterArgs", "resourceName", "the name of the AksCluster"],
                ["clusterArgs", "location", "location"],
                ["clusterArgs", "kubernetesVersion", "kubernetesVersion"],
                ["clusterArgs", "agentPoolProfiles", "vmSize, nodeCount and nodePoolArgs"],
                ["clusterArgs", "aadProfile", "entra"],
                ["clusterArgs", "disableLocalAccounts", "disableLocalAccounts"],
                ["nodePoolArgs", "resourceGroupName", "resourceGroupName"],
                ["nodePoolArgs", "resourceName", "the name of the AksCluster"],
                ["nodePoolArgs", "vmSize", "vmSize"],
                ["nodePoolArgs", "count", "nodeCount"],
                ["nodePoolArgs", "availabilityZones", "zones"],
                ["nodePoolArgs", "vnetSubnetID", "subnetId"],
                ["nodePoolArgs", "orchestratorVersion", "kubernetesVersion"],
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
        ["1st", "aks-1st"],
        ["prod_eu", "prod-eu"],
        ["a".repeat(55), "a".repeat(54)],
    ];
    for (const [name, instead] of names) {
        it(`fails on the name ${name}`, async () => {
            const [line, ...more] = await refusal({}, name);
            assert.ok(line?.startsWith(`name: "${name}" is not the name of an AKS cluster`), line);
            assert.ok(line?.endsWith(`; write "${instead}"`), line);
            assert.deepEqual(more, []);
        });
    }

    it("fails on everything at once", async () => {
        const lines = await refusal(
            {
                location: "x",
                kubernetesVersion: "1.20",
                zones: ["a"],
                vmSize: "?",
                nodeCount: -1,
                subnetId: "x",
                networkPolicy: "x",
                login: "x",
                disableLocalAccounts: true,
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
                "zones",
                "vmSize",
                "nodeCount",
                "subnetId",
                "networkPolicy",
                "disableLocalAccounts",
                "login",
                "clusterArgs.location",
                "ledgerAccessMode",
            ],
        );
    });

    const right: Partial<AksClusterArgs>[] = [
        { location: "eastus2" },
        { location: "usgovvirginia" },
        { location: "eastus2euap" },
        { kubernetesVersion: "1.30" },
        { vmSize: "Standard_DS2_v2" },
        { vmSize: "Standard_E4-2s_v5" },
        { vmSize: "Standard_NC24ads_A100_v4" },
        { vmSize: "Standard_B4ms", nodePoolArgs: { mode: "User" } },
        {
            vmSize: "Standard_D4_v5",
            storage: {
                ledger: "standard-ssd-zrs",
                stateDatabase: "standard-ssd-lrs",
                ca: "standard-ssd-zrs",
            },
        },
        { entra: { azureRbac: true, tenantId: GROUP }, login: "msi" },
    ];
    for (const args of right) {
        it(`is not one with ${JSON.stringify(args)}`, async () => {
            const { recording } = await recordAks(args);
            assert.equal(recording.ofKind("AksCluster").length, 1);
        });
    }
});
