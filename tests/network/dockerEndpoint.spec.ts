import assert from "node:assert/strict";
import { request } from "node:https";

import { Exec, type KubeConfig } from "@kubernetes/client-node";
import { Chaincode, DockerEndpoint, type Channel } from "kubefabric";
import { installedPackages } from "kubefabric/internal/clients/chaincodeInstall";
import { packageOfFolder } from "kubefabric/internal/components/chaincodeFolder";
import { openPortForward } from "kubefabric/internal/clients/portForward";
import { kubeConfigOf } from "kubefabric/internal/clients/kubeconfig";

import { evaluate, invoke } from "../support/contractCall.ts";
import { changes, engineStack, type EngineStack } from "../support/engine.ts";
import { eventually } from "../support/eventually.ts";
import {
    needsRealCluster,
    RealNetwork,
    realApis,
    realCredentials,
    type RealOutputs,
} from "../support/realNetwork.ts";

/** An image with a Docker daemon that the cluster has. */
const image = process.env.KUBEFABRIC_TEST_DOCKER_IMAGE;

/**
 * A folder with a chaincode in Go that has the functions `PutValue` and `GetValue` and its dependencies below
 * `vendor`. The daemon pulls `fabric-ccenv` and `fabric-baseos`, or its image has them as archives in `/images` and
 * a `docker` to load them with.
 */
const source = process.env.KUBEFABRIC_TEST_DOCKER_SOURCE;
const title =
    "a Docker endpoint beside real peers" +
    (image === undefined
        ? " (skipped: set KUBEFABRIC_TEST_DOCKER_IMAGE to an image with a Docker daemon)"
        : "");

for (const fabricVersion of [
    "3.1.5",
    ...(process.env.KUBEFABRIC_TEST_FABRIC_25 ? ["2.5.16"] : []),
]) {
    describe(`${title}, with Fabric ${fabricVersion}`, function () {
        if (image === undefined) {
            this.pending = true;
        }
        needsRealCluster(this);
        this.timeout(300_000);
        const network = new RealNetwork();
        const [organization] = network.orgNamespaces;
        const namespaces = network.orgNamespaces.map((org) => `${org}-docker`);
        const [namespace] = namespaces as [string];
        let engine: EngineStack;

        const program = (beyond?: (channel: Channel) => Record<string, unknown>) =>
            network.program({
                protection: "none",
                fabricVersion,
                beyond,
                peerArgs: (org) => ({
                    dockerEndpoint: new DockerEndpoint(`${org.namespace}-docker`, {
                        org,
                        image,
                        resources: { requests: { cpu: "10m", memory: "64Mi" } },
                    }),
                }),
            });
        const apps = () => realApis().apps;
        const config = (): KubeConfig => kubeConfigOf(realCredentials());

        /** What a Pod answers at a port, over TLS. */
        async function ask(
            pod: { namespace: string; pod: string; port: number },
            path: string,
            tls: { ca: string; servername: string; cert?: string; key?: string },
        ): Promise<{ status: number; text: string }> {
            const forward = await openPortForward(config(), pod);
            try {
                return await new Promise((resolve, reject) => {
                    const { port } = forward;
                    request({ host: "127.0.0.1", port, path, ...tls, agent: false }, (answer) => {
                        let text = "";
                        answer.on("data", (chunk) => (text += String(chunk)));
                        answer.on("end", () => resolve({ status: answer.statusCode ?? 0, text }));
                    })
                        .on("error", reject)
                        .end();
                });
            } finally {
                forward.close();
            }
        }

        /** TLS files of the first organization's peer. */
        async function peerTls(): Promise<Record<"cert" | "key" | "ca", string>> {
            const { data = {} } = await realApis().core.readNamespacedSecret({
                namespace: organization,
                name: "peer0-identity",
            });
            const text = (entry: string) => Buffer.from(data[entry] ?? "", "base64").toString();
            return { cert: text("tls.crt"), key: text("tls.key"), ca: text("ca.crt") };
        }

        async function health() {
            const { ca } = await peerTls();
            const pod = { namespace: organization, pod: "peer0-0", port: 9443 };
            return ask(pod, "/healthz", { ca, servername: "localhost" });
        }

        async function daemon(): Promise<string> {
            const { items } = await realApis().core.listNamespacedPod({ namespace });
            return items[0]?.metadata?.name ?? "";
        }

        before(async () => {
            engine = await engineStack("kubefabric-docker-endpoint");
            const started = performance.now();
            await engine.run(program());
            console.log(`      · update: ${((performance.now() - started) / 1000).toFixed(2)} s`);
        });
        after(async () => {
            const { core } = realApis();
            await Promise.all(
                [...network.namespaces, ...namespaces].map((name) =>
                    core.deleteNamespace({ name }).catch(() => undefined),
                ),
            );
            engine?.forget();
        });

        it("is a daemon of each organization on each machine, whose peers are healthy by it", async () => {
            for (const each of namespaces) {
                const { status } = await apps().readNamespacedDaemonSet({
                    namespace: each,
                    name: "docker",
                });
                assert.ok((status?.desiredNumberScheduled ?? 0) > 0);
                assert.equal(status?.numberReady, status?.desiredNumberScheduled);
            }
            const { status, text } = await health();
            assert.equal(status, 200, text);
            assert.equal((JSON.parse(text) as { status: string }).status, "OK");
        });

        it("takes who has a certificate of the organization's TLS CA, and nobody else", async () => {
            const { ca, cert, key } = await peerTls();
            const pod = { namespace, pod: await daemon(), port: 2376 };
            const servername = `docker.${namespace}.svc`;
            const { status, text } = await ask(pod, "/version", { ca, servername, cert, key });
            assert.equal(status, 200, text);
            console.log(`      · Docker ${(JSON.parse(text) as { Version: string }).Version}`);
            await assert.rejects(
                ask(pod, "/version", { ca, servername }),
                /certificate required|bad certificate|ECONNRESET|socket hang up/,
            );
        });

        it("changes nothing when nothing changed", async () => {
            assert.deepEqual(changes((await engine.run(program())).summary), {});
        });

        it("makes its peers unhealthy while it is gone, and healthy when it is back", async () => {
            const target = { namespace, name: "docker" };
            const nodeSelector = "/spec/template/spec/nodeSelector";
            await apps().patchNamespacedDaemonSet({
                ...target,
                body: [{ op: "add", path: nodeSelector, value: { nowhere: "true" } }],
            });
            await eventually(
                async () => {
                    const { status, text } = await health();
                    assert.equal(status, 503, text);
                    const { failed_checks: failed } = JSON.parse(text) as {
                        failed_checks: { component: string }[];
                    };
                    assert.deepEqual(
                        failed.map(({ component }) => component),
                        ["docker"],
                    );
                },
                { withinMs: 120_000 },
            );
            await apps().patchNamespacedDaemonSet({
                ...target,
                body: [{ op: "remove", path: nodeSelector }],
            });
            await eventually(async () => assert.equal((await health()).status, 200), {
                withinMs: 120_000,
            });
        });

        const built = source === undefined ? it.skip : it;
        built(
            "builds chaincode from its sources and runs it, for both organizations",
            async function () {
                // Images are loaded and Go is compiled, in two daemons.
                this.timeout(1_200_000);
                const started = performance.now();
                const passed = () => `${((performance.now() - started) / 1000).toFixed(0)} s`;
                for (const each of namespaces) {
                    await loadImages(each);
                }
                console.log(`      · images loaded after ${passed()}`);
                const result = await engine.run(program((channel) => contractOn(channel, source!)));
                const outputs = Object.fromEntries(
                    Object.entries(result.outputs).map(([name, { value }]) => [
                        name,
                        value as unknown,
                    ]),
                ) as unknown as RealOutputs & { waiting: string; packageId: string };
                console.log(`      · built and committed after ${passed()}`);
                assert.equal(outputs.waiting, "");
                const peers = [
                    network.peerAccess("peer0", outputs),
                    network.otherPeerAccess(outputs),
                ] as const;
                for (const access of peers) {
                    assert.equal(
                        (await installedPackages(access))[0]?.packageId,
                        outputs.packageId,
                    );
                }
                const orderers = [
                    {
                        credentials: realCredentials(),
                        target: network.ordererTarget("orderer-0", "grpc", outputs.ordererTlsCaPem),
                    },
                ];
                const call = (...args: string[]) => ({
                    channelId: network.channelId,
                    chaincode: "contract",
                    args,
                });
                await invoke(peers, orderers, call("PutValue", "a", "one"));
                for (const access of peers) {
                    await eventually(async () => {
                        assert.equal(await evaluate(access, call("GetValue", "a")), "one");
                    });
                }
                const state = await engine.exported();
                console.log(`      · state: ${(state.length / 2 ** 20).toFixed(1)} MiB`);
                const folder = { folder: source!, language: "golang" } as const;
                const { bytes } = packageOfFolder("contract_1.0", folder);
                console.log(`      · package: ${(bytes.length / 2 ** 20).toFixed(1)} MiB`);
                assert.ok(!state.includes(Buffer.from(bytes).toString("base64").slice(-1000)));
            },
        );
    });
}

/** Loads what the image of a daemon has brought along. */
async function loadImages(namespace: string): Promise<void> {
    const folder = "/etc/docker/tls";
    const tls = `--tlsverify --tlscacert=${folder}/ca.crt --tlscert=${folder}/tls.crt --tlskey=${folder}/tls.key`;
    const { items } = await realApis().core.listNamespacedPod({ namespace });
    const load = `docker -H tcp://localhost:2376 ${tls} load -i $archive`;
    const command = `for archive in /images/*.tar; do [ ! -f $archive ] || ${load}; done`;
    await new Promise<void>((resolve, reject) => {
        const exec = new Exec(kubeConfigOf(realCredentials()));
        const done = ({ status, message }: { status?: string; message?: string }) =>
            status === "Success" ? resolve() : reject(new Error(message));
        exec.exec(
            namespace,
            items[0]!.metadata!.name!,
            "docker",
            ["sh", "-c", command],
            process.stderr,
            process.stderr,
            null,
            false,
            done,
        ).catch(reject);
    });
}

function contractOn(channel: Channel, source: string): Record<string, unknown> {
    const { packageId, waiting } = new Chaincode("contract", {
        channel,
        mode: "docker",
        language: "golang",
        source,
        version: "1.0",
        endorsementPolicy: "AND('Org1MSP.peer', 'Org2MSP.peer')",
    });
    return { packageId, waiting };
}
