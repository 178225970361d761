import assert from "node:assert/strict";

import { dockerEndpoint } from "kubefabric/policy";

import {
    clusterOf,
    nodeLabels,
    podWith,
    registration,
    said,
    UNKNOWN_TEXT,
    workload,
    WORKLOADS,
    type Registered,
} from "../support/policy.ts";

const check = (resources: Registered[], config: Record<string, unknown> = {}) =>
    said(dockerEndpoint, resources, { vendor: "gke", ...config });

const privileged = (image: string, container: Record<string, unknown> = {}) =>
    podWith(
        { emptyDir: {} },
        { image, container: { securityContext: { privileged: true }, ...container } },
    );

const daemon = workload("DaemonSet", privileged("docker:27-dind"), { name: "dind" });

describe("docker-endpoint", () => {
    it("passes Pods without privileges", async () => {
        for (const kind of WORKLOADS) {
            const pod = podWith({ emptyDir: {} }, { image: "docker:27-dind" });
            assert.deepEqual(await check([workload(kind, pod)]), [], kind);
        }
    });

    for (const kind of WORKLOADS) {
        it(`refuses a privileged Docker daemon in a ${kind}`, async () => {
            const [only, ...others] = await check([workload(kind, privileged("docker:27-dind"))]);
            assert.deepEqual(others, []);
            assert.match(
                only!,
                /^mandatory: .*containers\[0\]\.securityContext\.privileged: true gives it the rights of its machine; run chaincode as a service, or name the namespace in the setting dockerNamespaces$/,
            );
        });
    }

    it("knows a Docker daemon by its image or by what it runs", async () => {
        for (const image of [
            "docker:dind",
            "docker",
            "docker.io/library/docker:27",
            "mirror/docker@sha256:a",
            "mine/dind:1",
            "mine/docker-dind",
        ]) {
            assert.equal((await check([workload("Pod", privileged(image))])).length, 1, image);
        }
        const command = { command: ["sh", "-c", "exec dockerd --host tcp://0.0.0.0:2376"] };
        assert.equal((await check([workload("Pod", privileged("alpine", command))])).length, 1);
        for (const image of ["nginx", "docker-registry-ui:1", "mine/windings:1"]) {
            assert.deepEqual(await check([workload("Pod", privileged(image))]), [], image);
        }
    });

    it("refuses privileges of any container beside a Fabric node", async () => {
        const node = workload("StatefulSet", privileged("busybox"), { labels: nodeLabels() });
        assert.equal((await check([node])).length, 1);
    });

    it("refuses them however the node is known, and in lists", async () => {
        const byPod = workload("StatefulSet", privileged("busybox"));
        const { template } = byPod.spec as { template: { metadata: object } };
        template.metadata = { labels: nodeLabels() };
        assert.equal((await check([byPod])).length, 1);
        const list = { apiVersion: "v1", kind: "List", items: [daemon, { kind: "ConfigMap" }] };
        assert.match(
            (await check([list]))[0]!,
            /items\[0\]\.spec\.template\.spec\.containers\[0\]/,
        );
        const typed = { apiVersion: "apps/v1", kind: "DaemonSetList", items: [daemon] };
        assert.equal((await check([typed])).length, 1);
    });

    it("refuses sockets of container runtimes, whoever mounts them", async () => {
        for (const path of ["/var/run/docker.sock", "/run/containerd/containerd.sock"]) {
            const [only] = await check([workload("Deployment", podWith({ hostPath: { path } }))]);
            assert.match(
                only!,
                /^mandatory: .*volumes\[0\]\.hostPath\.path: "\/.*\.sock" gives the Pod/,
            );
        }
        const other = workload("Deployment", podWith({ hostPath: { path: "/var/log" } }));
        assert.deepEqual(await check([other]), []);
    });

    it("refuses the component that makes one", async () => {
        const component = registration("kubefabric:index:DockerEndpoint", "dind", {
            namespace: "dind",
        });
        assert.match((await check([component]))[0]!, /^mandatory: DockerEndpoint\/dind/);
        assert.deepEqual(await check([component], { dockerNamespaces: ["dind"] }), []);
    });

    it("passes one in a namespace that the configuration names, and only there", async () => {
        assert.deepEqual(await check([daemon], { dockerNamespaces: ["org1"] }), []);
        assert.deepEqual(await check([daemon], { dockerNamespaces: ["*"] }), []);
        assert.equal((await check([daemon], { dockerNamespaces: ["dind"] })).length, 1);
    });

    it("never passes one on Autopilot, as the configuration or the stack says", async () => {
        const everywhere = { dockerNamespaces: ["*"] };
        const [only] = await check([daemon], { ...everywhere, autopilot: true });
        assert.match(only!, /^mandatory: .*GKE Autopilot refuses such Pods/);
        const [component, provider] = clusterOf("gke") as [
            ReturnType<typeof registration>,
            ReturnType<typeof registration>,
        ];
        const cluster = (enableAutopilot: boolean, parent = component.urn) =>
            registration("gcp:container/cluster:Cluster", "gke", { enableAutopilot }, { parent });
        assert.equal(
            (await check([component, provider, cluster(true), daemon], everywhere)).length,
            1,
        );
        assert.deepEqual(
            await check([component, provider, cluster(false), daemon], everywhere),
            [],
        );
        const elsewhere = cluster(true, "urn:pulumi:stack::test::other:index:Cluster::x");
        assert.deepEqual(await check([component, provider, elsewhere, daemon], everywhere), []);
        const unlinked = { ...provider, parent: "" };
        assert.equal((await check([unlinked, elsewhere, daemon], everywhere)).length, 1);
        for (const stated of [{ autopilot: true }, { privileged: "never" }]) {
            const told = { ...component, inputs: { vendor: "gke", ...stated } };
            assert.equal((await check([told, provider, daemon], everywhere)).length, 1);
        }
    });

    it("says what a preview does not know", async () => {
        const unsure = privileged("docker:dind", { securityContext: { privileged: UNKNOWN_TEXT } });
        assert.match(
            (await check([workload("Pod", unsure)]))[0]!,
            /^advisory: .*privileged: is not known/,
        );
        const [strict] = await check([workload("Pod", unsure)], { onUnknown: "mandatory" });
        assert.match(strict!, /^mandatory/);
    });
});
