import assert from "node:assert/strict";

import * as dispatch from "kubefabric/internal/components/resources/methods/dispatch";

import { startApiServer, type ApiServer } from "../support/apiServer.ts";

describe("ClusterAccess", () => {
    let server: ApiServer;
    beforeEach(async () => {
        server = await startApiServer();
        server.objects.set("/version", { gitVersion: "v1.34.2" });
        server.objects.set("/api/v1/namespaces/kube-system", {
            metadata: { name: "kube-system", uid: "the-cluster" },
        });
        classes({ name: "fast" });
    });
    afterEach(() => server.close());

    function classes(...metadata: object[]): void {
        server.objects.set("/apis/storage.k8s.io/v1/storageclasses", {
            apiVersion: "storage.k8s.io/v1",
            kind: "StorageClassList",
            items: metadata.map((each) => ({ metadata: each, provisioner: "example.com/disk" })),
        });
    }

    const reasons = async (more: object) => {
        const inputs = { kubeconfig: server.kubeconfig, ...more };
        const { failures } = await dispatch.check("clusterAccess", {}, inputs);
        return failures.map(({ property, reason }) => `${property}: ${reason}`);
    };

    it("fails where the cluster has no default class and the program names none", async () => {
        assert.deepEqual(await reasons({}), [
            "storageClassName: the cluster has no default StorageClass; name one of fast",
        ]);
    });

    it("needs no class where the program makes its own", async () => {
        assert.deepEqual(await reasons({ makesClasses: true }), []);
        const inputs = { kubeconfig: server.kubeconfig, makesClasses: true };
        const { id, outs } = await dispatch.create("clusterAccess", inputs);
        assert.equal(id, "the-cluster");
        assert.equal("ledgerClassName" in outs, false);
    });

    it("finds the default class, which it then keeps", async () => {
        const annotations = { "storageclass.kubernetes.io/is-default-class": "true" };
        classes({ name: "fast" }, { name: "usual", annotations });
        const inputs = { kubeconfig: server.kubeconfig };
        const { outs } = await dispatch.create("clusterAccess", inputs);
        assert.equal(outs.ledgerClassName, "usual");
        const kept = { ...outs, ledgerClassName: "first" };
        const updated = await dispatch.update("clusterAccess", "the-cluster", kept, inputs);
        assert.equal(updated.outs.ledgerClassName, "first");
    });

    it("fails where the program makes classes and may not, and only then", async () => {
        server.denied.add("storageclasses");
        assert.deepEqual(await reasons({ makesClasses: true }), [
            "kubeconfig: this user may not get, list, watch, create, patch, delete " +
                "storageclasses.storage.k8s.io; grant these verbs",
        ]);
        assert.deepEqual(await reasons({ storageClassName: "fast" }), []);
    });
});
