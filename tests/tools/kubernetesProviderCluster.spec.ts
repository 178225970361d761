import assert from "node:assert/strict";
import { type RequestListener, type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";

import type { InitializationError } from "kubefabric/internal/tools/kubernetes-provider/lifecycle";
import { create, update } from "kubefabric/internal/tools/kubernetes-provider/lifecycle";
import type { JsonObject } from "kubefabric/internal/tools/kubernetes-provider/properties";
import { unknown } from "kubefabric/internal/tools/kubernetes-provider/properties";
import { Provider } from "kubefabric/internal/tools/kubernetes-provider/provider";
import { errorResponse } from "kubefabric/internal/tools/kubernetes-provider/wire";

const CANARY = "canary-4c1e";

const kubeconfigFor = (server: string) =>
    JSON.stringify({
        apiVersion: "v1",
        kind: "Config",
        clusters: [{ name: "c", cluster: { server } }],
        users: [{ name: "u", user: { token: CANARY } }],
        contexts: [{ name: "one", context: { cluster: "c", user: "u" } }],
        "current-context": "one",
    });

const urnOf = (type: string) => `urn:pulumi:s::p::kubernetes:${type}::x`;

describe("the small Kubernetes provider against an API server", () => {
    let server: Server;
    let answer: RequestListener;
    let requests: string[];
    let provider: Provider;

    const resources = {
        resources: [
            { name: "configmaps", kind: "ConfigMap", namespaced: true },
            { name: "pods", kind: "Pod", namespaced: true },
        ],
    };
    const failure = (code: number, reason: string, details: JsonObject = {}) => ({
        kind: "Status",
        code,
        reason,
        message: `no: ${reason}`,
        details,
    });
    const map = {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "x", namespace: "n" },
        data: { a: "1" },
    };
    const operation = { urn: urnOf("core/v1:ConfigMap"), timeout: 0, preview: false };

    /** Answers writes and reads of objects; discovery is answered already. */
    function answerWith(handler: (method: string, url: string) => [number, JsonObject]): void {
        answer = (request, response) => {
            const { method = "", url = "" } = request;
            requests.push(`${method} ${url}`);
            const [code, body] =
                url === "/version"
                    ? [200, {}]
                    : url === "/api/v1"
                      ? [200, resources]
                      : handler(method, url);
            response.writeHead(code, { "content-type": "application/json" });
            response.end(JSON.stringify(body));
        };
    }

    async function configure(args: JsonObject = {}): Promise<void> {
        const { port } = server.address() as AddressInfo;
        provider = new Provider();
        const kubeconfig = kubeconfigFor(`http://127.0.0.1:${port}`);
        await provider.configure({ kubeconfig, ...args }, {});
        assert.equal(provider.unreachable, "");
    }

    before(async () => {
        server = createServer((request, response) => answer(request, response));
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    });
    beforeEach(() => (requests = []));
    after(() => {
        server.closeAllConnections();
        server.close();
    });

    it("creates with a first write of a common name, and tells where the object is", async () => {
        answerWith(() => [201, { ...map, metadata: { ...map.metadata, uid: "u" } }]);
        await configure();
        const { id, properties } = await create(provider, { ...operation, properties: map });
        assert.equal(id, "n/x");
        assert.match(properties["__fieldManager"] as string, /^pulumi-kubernetes-[0-9a-f]{8}$/);
        assert.ok(
            requests.includes(
                "POST /api/v1/namespaces/n/configmaps?fieldManager=pulumi-kubernetes",
            ),
        );
    });

    it("tries again while the namespace is on its way", async () => {
        let count = 0;
        answerWith(() =>
            ++count === 1 ? [404, failure(404, "NotFound", { kind: "namespaces" })] : [201, map],
        );
        await configure();
        assert.equal((await create(provider, { ...operation, properties: map })).id, "n/x");
        assert.equal(count, 2);
    });

    it("previews without writing, and forgives what the run will have put right", async () => {
        answerWith(() => [404, failure(404, "NotFound", { kind: "namespaces" })]);
        await configure();
        const args = { ...operation, preview: true, properties: map };
        assert.deepEqual(await create(provider, args), { id: "", properties: map });
        const writes = requests.filter((request) => !request.startsWith("GET"));
        assert.ok(writes.every((request) => request.includes("dryRun=All")));
        const unclear = { ...map, data: { a: unknown } };
        requests = [];
        await create(provider, { ...args, properties: unclear });
        assert.deepEqual(requests, []);
    });

    it("fails with the object's name and Kubernetes' own words", async () => {
        answerWith(() => [422, failure(422, "Invalid")]);
        await configure();
        await assert.rejects(create(provider, { ...operation, properties: map }), {
            message: "ConfigMap n/x was not created: no: Invalid",
        });
    });

    it("names owner and field of a conflict, and keeps what the cluster has", async () => {
        const causes = [{ field: ".data.a", message: 'conflict with "kubectl"' }];
        answerWith((method) =>
            method === "GET" ? [200, map] : [409, failure(409, "Conflict", { causes })],
        );
        await configure();
        const olds = { ...map, __inputs: map, __fieldManager: "m" };
        const news = { ...map, data: { a: "2" } };
        await assert.rejects(
            update(provider, { ...operation, id: "n/x", olds, news, ignoreChanges: [] }),
            (error: InitializationError) => {
                assert.match(error.message, /\.data\.a: conflict with "kubectl"/);
                assert.match(error.message, /pulumi\.com\/patchForce/);
                assert.equal(error.id, "n/x");
                assert.deepEqual(error.properties["data"], { a: "1" });
                const { metadata } = errorResponse(error);
                assert.equal(metadata?.get("grpc-status-details-bin").length, 1);
                return true;
            },
        );
    });

    it("ends a wait that is called off, and gives what was made to the state", async () => {
        const pod = { ...map, kind: "Pod", status: { phase: "Pending" } };
        answerWith((method) => [method === "POST" ? 201 : 200, pod]);
        await configure();
        setTimeout(() => provider.cancel(), 100);
        const start = Date.now();
        await assert.rejects(
            create(provider, { ...operation, urn: urnOf("core/v1:Pod"), properties: pod }),
            (error: InitializationError) => {
                assert.match(error.message, /Pod n\/x is not ready: the operation was cancelled/);
                assert.equal(error.id, "n/x");
                return true;
            },
        );
        assert.ok(Date.now() - start < 2000);
    });

    it("reads again after a busy answer, but does not write again after a failure", async () => {
        let count = 0;
        answerWith((method) => {
            count++;
            const failed = method === "POST" || count === 1;
            return failed ? [503, failure(503, "ServiceUnavailable")] : [200, map];
        });
        await configure();
        assert.ok(await provider.cluster.get("/api/v1/namespaces/n/configmaps/x"));
        assert.equal(count, 2);
        await assert.rejects(create(provider, { ...operation, properties: map }));
        assert.equal(count, 3);
    });

    it("takes a refused login for an unreachable cluster, and never prints the credentials", async () => {
        answer = (_request, response) => {
            response.writeHead(401);
            response.end(JSON.stringify(failure(401, "Unauthorized")));
        };
        const { port } = server.address() as AddressInfo;
        provider = new Provider();
        await provider.configure({ kubeconfig: kubeconfigFor(`http://127.0.0.1:${port}`) }, {});
        assert.match(provider.unreachable, /Unauthorized/);
        await assert.rejects(
            create(provider, { ...operation, properties: map }),
            (error: Error) => /unreachable/.test(error.message) && !error.message.includes(CANARY),
        );
    });
});
