import assert from "node:assert/strict";

import { recordNetwork, testCluster, testOrg, valueOf } from "../support/network.ts";

describe("a cluster that is there already", () => {
    it("has access, provider and nothing else behind its kubeconfig, in this order", async () => {
        const recording = await recordNetwork(() => testCluster());
        const access = recording.find("ClusterAccess", "cluster-access");
        const provider = recording.find("kubernetes", "cluster-provider");
        assert.deepEqual(
            recording.resources.map(({ name }) => name),
            ["cluster", "cluster-access", "cluster-provider"],
        );
        assert.equal(recording.parentOf(access), "ExistingCluster cluster");
        assert.equal(recording.parentOf(provider), "ExistingCluster cluster");
        assert.deepEqual(recording.dependenciesOf(access), []);
        assert.deepEqual(recording.dependenciesOf(provider), ["ClusterAccess cluster-access"]);
        assert.equal(provider.inputs.clusterIdentifier, "test/stack/cluster");
    });

    it("says where it is and how to look at it", async () => {
        const recording = await recordNetwork(() => testCluster({ context: "test" }));
        const cluster = recording.returned as ReturnType<typeof testCluster>;
        assert.equal(await valueOf(cluster.location), "unknown");
        assert.equal(await valueOf(cluster.console), "kubectl --context test get pods -A");
        assert.equal(cluster.managedCluster, undefined);
    });

    it("takes privileged Pods unless it is told otherwise, and tells policies only then", async () => {
        const told = async (args: Parameters<typeof testCluster>[0]) => {
            const recording = await recordNetwork(() => testCluster(args));
            const { inputs } = recording.find("ExistingCluster", "cluster");
            const { privileged } = recording.returned as ReturnType<typeof testCluster>;
            return [privileged, "privileged" in inputs ? inputs.privileged : "not written"];
        };
        assert.deepEqual(await told({}), ["allowed", "not written"]);
        assert.deepEqual(await told({ vendor: "aks" }), ["allowed", "not written"]);
        assert.deepEqual(await told({ privileged: "never" }), ["never", "never"]);
        assert.deepEqual(await told({ privileged: "by exemption" }), [
            "by exemption",
            "by exemption",
        ]);
    });

    it("is what an organization is made in", async () => {
        const recording = await recordNetwork(() => testOrg());
        const { provider } = recording.find("Namespace", "org1");
        const { urn } = recording.find("kubernetes", "cluster-provider");
        assert.ok(provider.startsWith(`${urn}::`), provider);
    });
});
