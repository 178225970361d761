import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";
import {
    Chaincode,
    Channel,
    DockerEndpoint,
    ExistingCluster,
    FabricOrg,
    Headlamp,
    KubernetesBuilder,
    LedgerStorageClass,
    Monitoring,
    OrdererNode,
    OrdererService,
    PeerNode,
    type FabricCluster,
    type Protection,
} from "kubefabric";
import type { RecordedResource, Recording } from "kubefabric/testing";

import { KUBECONFIG, recordNetwork, testCluster, testOrg, valueOf } from "../support/network.ts";

type Options = pulumi.ComponentResourceOptions;

class VendorCluster extends pulumi.CustomResource {
    constructor(name: string) {
        super("test:index:Cluster", name, {});
    }
}

/** A cluster that the program makes itself, as far as its nodes can tell. */
function managedCluster(): FabricCluster {
    return { ...testCluster(), managedCluster: new VendorCluster("managed") };
}

/** Every component, named `subject`, with everything that it can have. */
const COMPONENTS: Record<string, (options: Options, protection?: Protection) => pulumi.Resource> = {
    ExistingCluster: (options) =>
        new ExistingCluster("subject", { kubeconfig: KUBECONFIG }, options),
    "ExistingCluster of a vendor": (options) =>
        new ExistingCluster("subject", { kubeconfig: KUBECONFIG, vendor: "gke" }, options),
    LedgerStorageClass: (options, protection) =>
        new LedgerStorageClass(
            "subject",
            {
                cluster: { ...managedCluster(), vendor: "gke" },
                profile: "pd-balanced",
                protection,
            },
            options,
        ),
    Channel: (options, protection) => {
        const org = testOrg({ cluster: managedCluster(), protection });
        const orderers = [new OrdererService("orderer", { org, nodes: 1 })];
        const peers = [new PeerNode("peer0", { org })];
        return new Channel("subject", { channelId: "mychannel", orderers, peers }, options);
    },
    Chaincode: (options, protection) => {
        const org = testOrg({ cluster: managedCluster(), protection });
        const orderers = [new OrdererService("orderer", { org, nodes: 1 })];
        const peers = [new PeerNode("peer0", { org })];
        const channel = new Channel("mychannel", { orderers, peers });
        const image = "ghcr.io/example/asset:1.0";
        return new Chaincode("subject", { channel, image, version: "1.0" }, options);
    },
    "Chaincode that peers start": (options, protection) => {
        const org = testOrg({ cluster: managedCluster(), protection });
        const orderers = [new OrdererService("orderer", { org, nodes: 1 })];
        const kubernetesBuilder = new KubernetesBuilder("builder", { org });
        const peers = [new PeerNode("peer0", { org, kubernetesBuilder })];
        const channel = new Channel("mychannel", { orderers, peers });
        const image = `ghcr.io/example/asset@sha256:${"a".repeat(64)}`;
        const run = { mode: "kubernetes", image, version: "1.0" } as const;
        return new Chaincode("subject", { channel, ...run }, options);
    },
    DockerEndpoint: (options, protection) => {
        const org = testOrg({ cluster: managedCluster(), protection });
        return new DockerEndpoint("subject", { org }, options);
    },
    KubernetesBuilder: (options, protection) => {
        const org = testOrg({ cluster: managedCluster(), protection });
        return new KubernetesBuilder("subject", { org }, options);
    },
    FabricOrg: (options, protection) =>
        new FabricOrg(
            "subject",
            { cluster: managedCluster(), mspId: "Org1MSP", protection },
            options,
        ),
    Headlamp: (options) => new Headlamp("subject", { cluster: managedCluster() }, options),
    Monitoring: (options, protection) => {
        const org = testOrg({ cluster: managedCluster(), protection });
        return new Monitoring("subject", { nodes: [new PeerNode("peer0", { org })] }, options);
    },
    OrdererService: (options, protection) =>
        new OrdererService(
            "subject",
            { org: testOrg({ cluster: managedCluster(), protection }) },
            options,
        ),
    OrdererNode: (options, protection) =>
        new OrdererNode(
            "subject",
            {
                org: testOrg({ cluster: managedCluster(), protection }),
                adminCaPem: "certificate",
                externalHosts: [],
            },
            options,
        ),
    PeerNode: (options, protection) =>
        new PeerNode(
            "subject",
            {
                org: testOrg({ cluster: managedCluster(), protection }),
                stateDatabase: "CouchDB",
            },
            options,
        ),
};

/** Objects of Kubernetes; a release of Helm is none, and has no labels. */
const isObject = ({ type }: RecordedResource) => /^kubernetes:(?!helm\.sh\/)/.test(type);
const kindOf = ({ type }: { type: string }) => type.split(":").at(-1)!;
const labelOf = (resource: RecordedResource) => `${kindOf(resource)} ${resource.name}`;

/** The component and everything below it. */
function family({ resources }: Recording): RecordedResource[] {
    const known = new Set<string>();
    return resources.filter(({ name, custom, parent, urn }) => {
        const belongs = known.has(parent) || (name === "subject" && !custom);
        return belongs && known.add(urn);
    });
}

/** Resources that can be reached through public properties, as a program reaches them. */
function reachable(from: unknown, seen = new Set<unknown>()): Set<unknown> {
    const open = typeof from === "object" && from !== null && !pulumi.Output.isInstance(from);
    if (open && !seen.has(from)) {
        seen.add(from);
        if (!pulumi.CustomResource.isInstance(from)) {
            Object.values(from).forEach((value) => reachable(value, seen));
        }
    }
    return seen;
}

for (const [component, make] of Object.entries(COMPONENTS)) {
    describe(`the children of ${component}`, () => {
        const withoutObjects = [
            "ExistingCluster",
            "Channel",
            "Chaincode that peers start",
        ].includes(component);
        const inCluster = !withoutObjects && !component.startsWith("ExistingCluster");

        it("can be reached from it, so that a program can depend on each or read it", async () => {
            const recording = await recordNetwork(() => make({}));
            const resources = [...reachable(recording.returned)].filter((value) =>
                pulumi.Resource.isInstance(value),
            );
            const reached = await Promise.all(resources.map(({ urn }) => valueOf(urn)));
            // What makes keys and certificates, or only compares, has nothing to offer but its outputs.
            const hidden = /Guard$|^PrivateKey$|^CaCertificate$|^Certificate$|^Password$/;
            const children = family(recording).filter((each) => !hidden.test(kindOf(each)));
            assert.ok(children.length > 1, children.map(labelOf).join());
            assert.deepEqual(children.filter(({ urn }) => !reached.includes(urn)).map(labelOf), []);
        });

        it("are changed by the transforms that a user gives to it", async () => {
            const names: string[] = [];
            const transform: pulumi.ResourceTransform = ({ name, props, opts }) => {
                names.push(name);
                const { metadata } = props as { metadata?: { labels?: object } };
                const labels = { ...metadata?.labels, team: "ledgers" };
                return metadata && { props: { ...props, metadata: { ...metadata, labels } }, opts };
            };
            const recording = await recordNetwork(() => make({ transforms: [transform] }));
            assert.deepEqual(
                names.sort(),
                family(recording)
                    .map(({ name }) => name)
                    .sort(),
            );
            const objects = family(recording).filter(isObject);
            assert.equal(objects.length > 0, !withoutObjects);
            for (const object of objects) {
                const { labels } = object.inputs.metadata as { labels: Record<string, string> };
                assert.equal(labels.team, "ledgers", labelOf(object));
            }
        });

        it("are left as they are by another component's transforms", async () => {
            const names: string[] = [];
            await recordNetwork(() => {
                const transform: pulumi.ResourceTransform = ({ name }) => {
                    names.push(name);
                    return undefined;
                };
                new pulumi.ComponentResource(
                    "test:index:Other",
                    "other",
                    {},
                    {
                        transforms: [transform],
                    },
                );
                return make({});
            });
            assert.deepEqual(names, ["other"]);
        });

        it("are changed by the older transformations too", async () => {
            const transformation: pulumi.ResourceTransformation = ({ props, opts }) => ({
                props,
                opts: { ...opts, retainOnDelete: true },
            });
            const recording = await recordNetwork(() =>
                make({ transformations: [transformation] }, "none"),
            );
            const spared = family(recording).filter(({ retainOnDelete }) => !retainOnDelete);
            assert.deepEqual(spared.map(labelOf), []);
        });

        it("are found under the names and the parent that it had before", async () => {
            const recording = await recordNetwork(() =>
                make({ aliases: [{ name: "former" }, { parent: pulumi.rootStackResource }] }),
            );
            for (const child of family(recording)) {
                const former = child.urn.replace(
                    /::[^:]*$/,
                    `::${child.name.replace(/^subject/, "former")}`,
                );
                assert.ok(child.aliases.includes(former), `${former}: ${child.aliases.join()}`);
            }
        });

        it("are found where a component around it was taken away", async () => {
            const recording = await recordNetwork(() => {
                const around = new pulumi.ComponentResource("test:index:Around", "around");
                return make({ parent: around, aliases: [{ parent: pulumi.rootStackResource }] });
            });
            for (const child of family(recording)) {
                const former = child.urn.replace("test:index:Around$", "");
                assert.notEqual(former, child.urn);
                assert.ok(child.aliases.includes(former), `${former}: ${child.aliases.join()}`);
            }
        });

        if (inCluster) {
            it("go with a cluster that the same program deletes, all but what has a disk", async () => {
                const recording = await recordNetwork(() => make({}));
                const { urn } = recording.find("Cluster", "managed");
                for (const object of family(recording).filter(isObject)) {
                    const expected = kindOf(object) === "PersistentVolumeClaim" ? "" : urn;
                    assert.equal(object.deletedWith, expected, labelOf(object));
                }
            });

            it("release their disks first where ledgers are given up", async () => {
                const recording = await recordNetwork(() => make({}, "none"));
                const { urn } = recording.find("Cluster", "managed");
                for (const object of family(recording).filter(isObject)) {
                    const holds = /^(StatefulSet|PersistentVolumeClaim)$/.test(kindOf(object));
                    assert.equal(object.deletedWith, holds ? "" : urn, labelOf(object));
                }
            });
        }
    });
}
