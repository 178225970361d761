import assert from "node:assert/strict";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

import {
    type Endpoint,
    type NodeTarget,
    withConnection,
} from "kubefabric/internal/clients/connection";
import type { ClusterCredentials } from "kubefabric/internal/clients/kubeconfig";
import { listChannels } from "kubefabric/internal/clients/ordererAdmin";
import { nodeAddress } from "kubefabric/internal/fabric/names";

import { KubernetesApi } from "../support/kubernetesApi.ts";
import { makeNodeIdentity, testAuthorities } from "../support/nodeIdentities.ts";
import { OrdererNode } from "../support/ordererNode.ts";

const PORT = 9443;

describe("a connection to a node", () => {
    let api: KubernetesApi;
    let echo: Server;
    const upstream = new Set<Socket>();

    before(async () => {
        echo = createServer((socket) => {
            upstream.add(socket);
            socket.on("error", () => undefined).on("close", () => upstream.delete(socket));
            socket.on("data", (data) => socket.write(data));
            socket.on("end", () => socket.end());
        });
        await new Promise<void>((resolve) => echo.listen(0, "127.0.0.1", resolve));
    });
    after(() => new Promise((resolve) => echo.close(resolve)));
    beforeEach(async () => {
        api = await new KubernetesApi().start();
        const { port } = echo.address() as AddressInfo;
        api.pods.set("orderer-0-0", { ready: true, ports: { [PORT]: port } });
    });
    afterEach(() => api.stop());

    const target: NodeTarget = {
        node: "orderer-0",
        namespace: "ordering",
        kind: "orderer",
        port: PORT,
        serverName: nodeAddress("orderer-0", "ordering"),
        tlsCaPem: "",
    };

    describe("through the cluster", () => {
        it("carries what is sent and what comes back, to the Pod of the node", async () => {
            const answer = await withConnection(api.credentials, target, (at) => {
                assert.equal(at.host, "127.0.0.1");
                return echoed(at, "hello");
            });
            assert.equal(answer, "hello");
            assert.ok(
                api.requests.includes(
                    "UPGRADE /api/v1/namespaces/ordering/pods/orderer-0-0/portforward",
                ),
            );
        });

        it("carries a megabyte unchanged", async () => {
            const long = "0123456789abcdef".repeat(65_536);
            assert.equal(
                await withConnection(api.credentials, target, (at) => echoed(at, long)),
                long,
            );
        });

        it("opens one forward for each connection, and keeps them apart", async () => {
            const words = ["one", "two", "three", "four"];
            const answers = await withConnection(api.credentials, target, (at) =>
                Promise.all(words.map((word) => echoed(at, word))),
            );
            assert.deepEqual(answers, words);
            assert.equal(api.requests.filter((line) => line.startsWith("UPGRADE")).length, 4);
        });

        it("is gone afterwards, with every connection that was left open", async () => {
            let left: Endpoint | undefined;
            await withConnection(api.credentials, target, async (at) => {
                left = at;
                const socket = connect(at.port, at.host).on("error", () => undefined);
                await new Promise((resolve) => socket.once("connect", resolve));
                socket.write("x");
                await new Promise((resolve) => socket.once("data", resolve));
                assert.equal(upstream.size, 1);
            });
            await until(() => upstream.size === 0 && api.forwards === 0);
            assert.ok(left !== undefined);
            await assert.rejects(echoed(left, "too late"), /ECONNREFUSED/);
        });

        it("is gone after a failure too, which is passed on", async () => {
            let left: Endpoint | undefined;
            const failure = new Error("of the caller");
            const failing = withConnection(api.credentials, target, async (at) => {
                left = at;
                await echoed(at, "x");
                throw failure;
            });
            await assert.rejects(failing, failure);
            assert.ok(left !== undefined);
            await assert.rejects(echoed(left, "too late"), /ECONNREFUSED/);
        });

        it("ends at once while a forward is still being opened", async () => {
            api.forwardFault = "hang";
            const start = Date.now();
            await withConnection(api.credentials, target, async (at) => {
                const socket = connect(at.port, at.host).on("error", () => undefined);
                await new Promise((resolve) => socket.once("connect", resolve));
                await until(() => api.requests.some((line) => line.startsWith("UPGRADE")));
            });
            assert.ok(Date.now() - start < 2_000);
            await until(() => api.forwards === 0);
        });

        it("ends when the cluster drops it", async () => {
            api.forwardFault = "drop";
            await withConnection(api.credentials, target, (at) =>
                assert.rejects(echoed(at, "hello"), /closed/),
            );
        });
    });

    describe("that is not allowed", () => {
        for (const verb of ["create", "get"]) {
            it(`fails before anything is dialed without "${verb}", which is what to grant`, async () => {
                api.denied.add(`${verb} pods/portforward`);
                await assert.rejects(
                    withConnection(api.credentials, target, () => assert.fail("was used")),
                    new RegExp(
                        `^NodeError: ordering node orderer-0: cannot reach port 9443: this user may not ` +
                            `"${verb}" pods/portforward in namespace "ordering"; grant "${verb}" on ` +
                            `pods/portforward in namespace "ordering", or give the node an outside address$`,
                    ),
                );
                assert.ok(!api.requests.some((line) => line.startsWith("UPGRADE")));
            });
        }

        it("fails with both verbs in one sentence", async () => {
            api.denied.add("create pods/portforward").add("get pods/portforward");
            await assert.rejects(
                withConnection(api.credentials, target, async () => undefined),
                /may not "create" and "get" pods\/portforward in namespace "ordering"; grant "create" and "get"/,
            );
        });
    });

    describe("that the cluster cannot carry", () => {
        let identity: { certificatePem: string; privateKeyPem: string };
        let tlsCaPem: string;

        before(async () => {
            const { admin, tlsCa } = await testAuthorities();
            identity = admin;
            tlsCaPem = tlsCa.certificatePem;
        });

        const failure = async (patienceMs = 0) =>
            listChannels({
                credentials: api.credentials,
                target: { ...target, tlsCaPem },
                admin: identity,
                patienceMs,
                answerWithinMs: 500,
            }).then(
                () => assert.fail("succeeded"),
                (error: Error) => error.message,
            );

        it("fails where the Pod does not exist", async () => {
            api.pods.clear();
            assert.equal(
                await failure(),
                'ordering node orderer-0: cannot list its channels: Pod orderer-0-0 does not exist in namespace "ordering"; look at "kubectl -n ordering get statefulsets,pods"',
            );
        });

        it("fails where the Pod does not run, with the reason", async () => {
            api.pods.set("orderer-0-0", { ready: false, waiting: "ImagePullBackOff" });
            assert.match(
                await failure(),
                /Pod orderer-0-0 is not running: container orderer is waiting \(ImagePullBackOff\); look at "kubectl -n ordering describe pod/,
            );
        });

        it("fails where the Pod is being replaced", async () => {
            api.pods.set("orderer-0-0", { ready: false, leaving: true });
            assert.match(await failure(), /Pod orderer-0-0 is being replaced/);
        });

        it("fails where nothing listens in the Pod", async () => {
            api.pods.set("orderer-0-0", { ready: false, ports: {} });
            assert.match(
                await failure(),
                /nothing listens at port 9443 of Pod orderer-0-0 \(connection refused\); the node starts or has stopped/,
            );
        });

        it("fails with the words of the Pod's machine where they are others", async () => {
            api.forwardFault = { said: "error forwarding port 9443: socat not found\nmore" };
            assert.match(
                await failure(),
                /port-forward to port 9443 .* failed: .*socat not found; look/,
            );
        });

        it("fails at once where the forward itself is forbidden", async () => {
            api.denied.add("get pods/portforward at the upgrade");
            assert.match(
                await failure(5_000),
                /forbids the port-forward to Pod orderer-0-0; grant "create" and "get"/,
            );
            assert.equal(api.requests.filter((line) => line.startsWith("UPGRADE")).length, 1);
        });

        it("fails where the cluster answers the forward with an error", async () => {
            api.forwardFault = { status: 500 };
            assert.match(await failure(), /does not forward to Pod orderer-0-0 \(HTTP 500\)/);
        });

        it("still says what is known where this user may not read Pods", async () => {
            api.denied.add("get pods");
            api.forwardFault = { status: 404 };
            assert.match(await failure(), /does not forward to Pod orderer-0-0 \(HTTP 404\)/);
        });

        it("fails in time where the forward is never opened", async () => {
            api.forwardFault = "hang";
            assert.match(await failure(), /there is no answer in time through the cluster/);
        });

        it("does not blame the cluster for what the node does after the forward works", async () => {
            const { adminCa, tlsCa } = await testAuthorities();
            const tls = await makeNodeIdentity(tlsCa, "orderer-1");
            const node = await new OrdererNode(tls, adminCa.certificatePem).start();
            api.pods.set("orderer-0-0", { ready: false, ports: {} });
            setTimeout(() => {
                api.pods.set("orderer-0-0", { ready: true, ports: { [PORT]: node.adminPort } });
            }, 100);
            assert.match(
                await failure(5_000),
                /its TLS certificate does not carry the name orderer-0/,
            );
            await node.stop();
        });

        it("succeeds as soon as the Pod is there", async () => {
            const { adminCa, tlsCa } = await testAuthorities();
            const tls = await makeNodeIdentity(tlsCa, "orderer-0");
            const node = await new OrdererNode(tls, adminCa.certificatePem).start();
            api.pods.set("orderer-0-0", { ready: false, ports: {} });
            setTimeout(() => {
                const ports = { [PORT]: node.adminPort };
                api.pods.set("orderer-0-0", { ready: true, ports });
            }, 150);
            try {
                const access = {
                    credentials: api.credentials,
                    target: { ...target, tlsCaPem },
                    admin: identity,
                    patienceMs: 5_000,
                };
                assert.deepEqual(await listChannels(access), []);
            } finally {
                await node.stop();
            }
        });
    });

    describe("with a kubeconfig that does not work", () => {
        const refused = (credentials: ClusterCredentials | undefined, words: RegExp) =>
            assert.rejects(
                withConnection(credentials, target, () => assert.fail("was used")),
                words,
            );

        it("fails when there is neither one nor an address", () =>
            refused(undefined, /no outside address, and no kubeconfig is given; give one of both/));

        it("fails when it is none", () =>
            refused({ kubeconfig: "nonsense" }, /not valid YAML of kind Config; give the content/));

        it("fails when the cluster is gone", async () => {
            const { credentials } = api;
            await api.stop();
            await refused(
                credentials,
                /the cluster at http:\/\/127.* cannot be reached \(ECONNREFUSED\)/,
            );
            await api.start();
        });

        it("fails when the cluster refuses the credentials", async () => {
            api.broken = 401;
            await refused(api.credentials, /refuses the credentials of the kubeconfig; check the/);
        });

        it("fails when the cluster is broken, with its words", async () => {
            api.broken = 500;
            await refused(api.credentials, /answers "the API server is broken" \(HTTP 500\)/);
        });
    });

    it("goes to the outside address of a node that has one, and asks no cluster", async () => {
        const { port } = echo.address() as AddressInfo;
        const outside = { ...target, address: `127.0.0.1:${port}` };
        const answer = await withConnection(undefined, outside, (at) => echoed(at, "hello"));
        assert.equal(answer, "hello");
        assert.deepEqual(api.requests, []);
    });

    it("takes an outside address of IPv6", async () => {
        await withConnection(
            undefined,
            { ...target, address: "[::1]:7050" },
            async ({ host, port }) => assert.deepEqual([host, port], ["::1", 7050]),
        );
    });

    it("fails with an outside address that is none", async () => {
        for (const address of ["orderer", "orderer:", ":7050", "orderer:x", "orderer:123456"]) {
            await assert.rejects(
                withConnection(undefined, { ...target, address }, async () => undefined),
                /is not an address; write it as "host:port"/,
            );
        }
    });
});

/** Sends a text and gives as much as comes back. */
function echoed({ host, port }: Endpoint, text: string): Promise<string> {
    return new Promise((resolve, reject) => {
        const chunks: Buffer[] = [];
        const socket = connect(port, host);
        socket.on("error", reject);
        socket.on("close", () => reject(new Error("closed")));
        socket.on("data", (chunk: Buffer) => {
            chunks.push(chunk);
            const received = Buffer.concat(chunks);
            if (received.length >= text.length) {
                resolve(received.toString());
                socket.destroy();
            }
        });
        socket.write(text);
    });
}

async function until(condition: () => boolean): Promise<void> {
    for (let waited = 0; !condition() && waited < 2_000; waited += 10) {
        await new Promise((resolve) => setTimeout(resolve, 10));
    }
    assert.ok(condition(), condition.toString());
}
