import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";

import { AppsV1Api, CoreV1Api } from "@kubernetes/client-node";
import * as pulumi from "@pulumi/pulumi";
import { ExistingCluster, FabricOrg, PeerNode, type FabricCluster } from "kubefabric";

import {
    cluster,
    engineKubeconfig,
    engineStack,
    needsEngine,
    removeNamespaces,
    type EngineStack,
} from "../support/engine.ts";

const mark = randomBytes(3).toString("hex");

describe("a component's options on the real engine", function () {
    needsEngine(this);
    this.timeout(300_000);

    describe("of a network that a user moves and changes", () => {
        const namespace = `t${mark}-moved`;
        let engine: EngineStack;
        before(async () => {
            engine = await engineStack("options");
        });
        after(async () => {
            await removeNamespaces(namespace);
            engine.forget();
        });

        const program =
            (opts: pulumi.ComponentResourceOptions = {}) =>
            async () => {
                const target = new ExistingCluster("cluster", { kubeconfig: engineKubeconfig() });
                const org = new FabricOrg(namespace, { cluster: target, mspId: "Org1MSP" }, opts);
                new PeerNode("peer0", { org, ledgerSize: "1Gi" }, opts);
            };
        /** Options of what was moved into another component. */
        const moved = () => ({
            parent: new pulumi.ComponentResource("test:index:Around", "around"),
            aliases: [{ parent: pulumi.rootStackResource }],
        });

        it("replace nothing when a component is put around it and an alias says so", async () => {
            await engine.run(program());
            const steps = await engine.steps(async () => program(moved())());
            assert.deepEqual(steps, ["create Around around"]);
        });

        it("carry a user's transforms to the objects in the cluster", async () => {
            const transform: pulumi.ResourceTransform = ({ type, props, opts }) =>
                type === "kubernetes:core/v1:Service"
                    ? {
                          props: {
                              ...props,
                              metadata: {
                                  ...props.metadata,
                                  annotations: { ...props.metadata.annotations, team: "ledgers" },
                              },
                          },
                          opts,
                      }
                    : undefined;
            await engine.run(async () => program({ ...moved(), transforms: [transform] })());
            const { items } = await cluster()
                .makeApiClient(CoreV1Api)
                .listNamespacedService({ namespace });
            assert.equal(items.length, 2);
            for (const { metadata } of items) {
                assert.equal(metadata?.annotations?.team, "ledgers", metadata?.name);
            }
        });
    });

    describe("of a network whose cluster is deleted with it", () => {
        const namespace = `t${mark}-managed`;
        let engine: EngineStack;
        before(async () => {
            engine = await engineStack("managed");
        });
        after(async () => {
            await removeNamespaces(namespace);
            engine.forget();
        });

        /** Stands for a vendor's cluster: made and deleted by the same program. */
        class VendorCluster extends pulumi.dynamic.Resource {
            constructor(name: string) {
                super({ create: async () => ({ id: "cluster", outs: {} }) }, name, {});
            }
        }

        it("release the disks, and ask the cluster for nothing else", async () => {
            await engine.run(async () => {
                const managedCluster = new VendorCluster("vendor");
                const target: FabricCluster = {
                    ...new ExistingCluster("cluster", { kubeconfig: engineKubeconfig() }),
                    managedCluster,
                };
                const org = new FabricOrg(namespace, {
                    cluster: target,
                    mspId: "Org1MSP",
                    protection: "none",
                });
                new PeerNode("peer0", { org, ledgerSize: "1Gi" });
            });
            await engine.stack.destroy({ color: "never" });
            const config = cluster();
            const core = config.makeApiClient(CoreV1Api);
            const [sets, claims, services, secrets] = await Promise.all([
                config.makeApiClient(AppsV1Api).listNamespacedStatefulSet({ namespace }),
                core.listNamespacedPersistentVolumeClaim({ namespace }),
                core.listNamespacedService({ namespace }),
                core.listNamespacedSecret({ namespace }),
            ]);
            assert.deepEqual([sets.items, claims.items], [[], []]);
            assert.equal(services.items.length, 2);
            assert.ok(secrets.items.length > 0);
            const { deployment } = await engine.stack.exportStack();
            assert.equal((deployment as { resources?: unknown[] }).resources, undefined);
        });
    });
});
