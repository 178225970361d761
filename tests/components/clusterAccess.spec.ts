import assert from "node:assert/strict";

import { checkClusterAccess } from "kubefabric/internal/clients/clusterAccess";
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

    it("fails on a class that does not exist, with those that do", async () => {
        classes({ name: "fast" }, { name: "slow" });
        assert.deepEqual(await reasons({ storageClassName: "gold" }), [
            'storageClassName: "gold" does not exist on this cluster; use one of fast, slow',
        ]);
        classes();
        assert.deepEqual(await reasons({ storageClassName: "gold" }), [
            'storageClassName: "gold" does not exist on this cluster; use one of none: the cluster has ' +
                "no StorageClass",
        ]);
    });

    it("fails with every verb that is missing, resource by resource", async () => {
        for (const resource of ["secrets", "statefulsets", "namespaces"]) {
            server.denied.add(resource);
        }
        const verbs = "get, list, watch, create, patch, delete";
        assert.deepEqual(await reasons({ storageClassName: "fast" }), [
            `kubeconfig: this user may not ${verbs} namespaces; grant these verbs`,
            `kubeconfig: this user may not ${verbs} secrets; grant these verbs`,
            `kubeconfig: this user may not ${verbs} statefulsets.apps; grant these verbs`,
        ]);
    });

    it("fails with the one verb that is missing", async () => {
        server.denied.add("patch services").add("delete persistentvolumeclaims");
        assert.deepEqual(await reasons({ storageClassName: "fast" }), [
            "kubeconfig: this user may not patch services; grant these verbs",
            "kubeconfig: this user may not delete persistentvolumeclaims; grant these verbs",
        ]);
    });

    it("fails where it may not be told who the cluster is, or what storage it has", async () => {
        server.forbidden.add("/api/v1/namespaces/kube-system");
        server.forbidden.add("/apis/storage.k8s.io/v1/storageclasses");
        const said = await reasons({});
        assert.deepEqual(said.slice(0, 2), [
            'kubeconfig: this user may not "get" the Namespace "kube-system", by whose UID a cluster is ' +
                "recognized; grant it",
            'kubeconfig: this user may not "list" storageclasses; grant it',
        ]);
    });

    it("fails on a Kubernetes that is too old, and takes the oldest that is not", async () => {
        const older = ["v1.29.9", "v1.9.0", "v0.31.0"];
        for (const gitVersion of older) {
            server.objects.set("/version", { gitVersion });
            const [said = ""] = await reasons({ storageClassName: "fast" });
            assert.ok(
                said.startsWith(
                    `kubeconfig: Kubernetes ${gitVersion} is too old; use 1.30 or newer`,
                ),
                said,
            );
        }
        for (const gitVersion of ["v1.30.0", "v1.34.2-gke.100", "v2.0.0"]) {
            server.objects.set("/version", { gitVersion });
            assert.deepEqual(await reasons({ storageClassName: "fast" }), []);
        }
    });

    it("fails where the context leads to another cluster than the stack's", async () => {
        const inputs = { kubeconfig: server.kubeconfig, storageClassName: "fast" };
        const known = (uid: string) => dispatch.check("clusterAccess", { uid }, inputs);
        assert.deepEqual((await known("the-cluster")).failures, []);
        const [failure, ...more] = (await known("the-first")).failures;
        assert.equal(failure?.property, "context");
        assert.match(
            failure?.reason ?? "",
            /^this stack was made on the cluster with UID the-first, and this is another one \(the-cluster\); name/,
        );
        assert.deepEqual(more, []);
    });

    it("fails on a context that is not there, without asking anything", async () => {
        const kubeconfig = server.kubeconfig.replace("current-context: test", "");
        assert.deepEqual(await reasons({ kubeconfig, context: "prod" }), [
            'context: "prod" is not a context of the kubeconfig; use one of test',
        ]);
        assert.deepEqual(server.asked, []);
    });

    describe("where the cluster does not answer", () => {
        const SERVER =
            /^the cluster at http:\/\/127\.0\.0\.1:\d+ \(context "test"\) cannot be used: /;
        const refusal = async () => {
            const inputs = { kubeconfig: server.kubeconfig, storageClassName: "fast" };
            let said = "";
            await assert.rejects(dispatch.create("clusterAccess", inputs), (error: Error) => {
                said = error.message;
                return true;
            });
            assert.match(said, SERVER);
            assert.equal(said.includes("\n"), false, "one sentence");
            // A preview works without its cluster.
            assert.deepEqual(await reasons({ storageClassName: "fast" }), []);
            return said.replace(SERVER, "");
        };

        it("fails in one sentence where nothing listens", async () => {
            await server.close();
            assert.match(
                await refusal(),
                /^.*ECONNREFUSED.*; check that it is running and that the kubeconfig is current$/,
            );
        });

        it("fails in one sentence where the credentials are refused", async () => {
            server.status = 401;
            assert.match(
                await refusal(),
                /^it refuses the credentials \(401 Unauthorized\); check/,
            );
        });

        it("fails in one sentence where something else answers", async () => {
            server.status = 502;
            assert.match(await refusal(), /^it answers with HTTP 502; check that it is running/);
        });

        it("fails in one sentence where nothing is ever said", async () => {
            server.silent = true;
            const { kubeconfig } = server;
            await assert.rejects(checkClusterAccess({ kubeconfig }, { answerWithinMs: 300 }), {
                name: "ClusterUnreachable",
                message: new RegExp(
                    `${SERVER.source}no answer within 0.3 s; check that it is running`,
                ),
            });
        });
    });
});
