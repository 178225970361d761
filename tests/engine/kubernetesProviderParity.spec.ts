import assert from "node:assert/strict";

import { StatefulSet } from "@pulumi/kubernetes/apps/v1/statefulSet.js";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { Namespace } from "@pulumi/kubernetes/core/v1/namespace.js";
import { PersistentVolumeClaim } from "@pulumi/kubernetes/core/v1/persistentVolumeClaim.js";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import { Provider } from "@pulumi/kubernetes/provider.js";
import type { ResourceOptions } from "@pulumi/pulumi";

import {
    ParityStack,
    clusterProvider,
    kubeconfig,
    namespaceIsGone,
    others,
    providersUnderTest,
    whyNot,
} from "./parity.ts";
import { CANARY, everyKind, kinds, template } from "./parityObjects.ts";

const obstacle = whyNot();
const providers = obstacle === "" ? providersUnderTest() : [];
if (obstacle !== "") {
    // One line for the whole suite.
    it(obstacle);
}

for (const provider of providers) {
    describe(`the ${provider.name} Kubernetes provider`, function () {
        this.timeout(180_000);
        const namespace = `prov-parity-${provider.name}-${process.pid % 1000}`;
        let stack: ParityStack;

        beforeEach(async () => {
            stack = await ParityStack.make(provider);
        });

        afterEach(async () => {
            stack.setEnvironment({ PULUMI_K8S_DELETE_UNREACHABLE: "true" });
            const { failure } = await stack.destroy();
            stack.forget();
            assert.equal(failure, "");
        });

        /** A namespace with the test's own objects in it. */
        const inNamespace =
            (
                objects: (
                    metadata: { namespace: string },
                    opts: ResourceOptions,
                ) => void = () => {},
                args: ConstructorParameters<typeof Provider>[1] = {},
            ) =>
            () => {
                const opts = { provider: clusterProvider(args) };
                const ns = new Namespace("namespace", { metadata: { name: namespace } }, opts);
                objects({ namespace }, { ...opts, dependsOn: ns });
            };

        const succeed = async (run: Promise<{ failure: string }>) =>
            assert.equal((await run).failure, "");

        /** A claim under the class `name`, of one gibibyte. */
        const claimArgs = (metadata: object, storageClassName: string) => ({
            metadata: { ...metadata, name: "claim" },
            spec: {
                accessModes: ["ReadWriteOnce"],
                storageClassName,
                resources: { requests: { storage: "1Gi" } },
            },
        });

        const setArgs = (metadata: object, spec: Record<string, unknown> = {}) => ({
            metadata: { ...metadata, name: "set" },
            spec: {
                serviceName: "set",
                replicas: 1,
                selector: { matchLabels: { app: "set" } },
                template: template("set"),
                ...spec,
            },
        });
        const nowhere = { template: template("set", { nodeSelector: { nowhere: "true" } }) };

        it("makes, keeps, refreshes, changes and removes every kind", async () => {
            const program = (version: string, replicas: number) => () =>
                everyKind(clusterProvider({ enableSecretMutable: true }), {
                    namespace,
                    version,
                    replicas,
                });
            const first = await stack.up(program("one", 1));
            assert.equal(first.failure, "");
            assert.deepEqual(first.changes, { create: kinds.made + 2 });

            assert.deepEqual((await stack.up(program("one", 1))).changes, {});
            assert.deepEqual((await stack.refresh()).changes, {});
            assert.deepEqual((await stack.up(program("one", 1))).changes, {});

            const changed = await stack.up(program("two", 2));
            assert.equal(changed.failure, "");
            assert.deepEqual(changed.changes, { update: kinds.changed });
            assert.deepEqual((await stack.up(program("two", 2))).changes, {});
            assert.deepEqual((await stack.refresh()).changes, {});

            assert.equal((await stack.destroy()).failure, "");
            assert.equal(await namespaceIsGone(namespace), true);
        });

        it("keeps the data of Secrets encrypted in the state", async () => {
            const program = inNamespace((metadata, opts) => {
                new Secret("a", { metadata, stringData: { password: CANARY } }, opts);
                const data = { key: Buffer.from(CANARY).toString("base64") };
                const secret = new Secret("b", { metadata, data }, opts);
                new ConfigMap("c", { metadata, data: { copy: secret.data.apply((all) => all["key"] ?? "") } }, opts);
            });
            await succeed(stack.up(program));
            await succeed(stack.refresh());
            const state = stack.state();
            assert.equal(state.includes(CANARY), false);
            assert.equal(
                state.includes(Buffer.from(CANARY).toString("base64").slice(0, 16)),
                false,
            );
        });

        it("fails on an object that exists, and says which", async () => {
            const program = inNamespace((metadata, opts) => {
                new ConfigMap("taken", { metadata: { ...metadata, name: "taken" } }, opts);
            });
            await succeed(stack.up(inNamespace()));
            await others.create({
                apiVersion: "v1",
                kind: "ConfigMap",
                metadata: { namespace, name: "taken" },
            });
            assert.match((await stack.up(program)).failure, /configmaps "taken" already exists/);
        });

        it("takes over an object that exists with upsertExistingObjects", async () => {
            const taken = {
                apiVersion: "v1",
                kind: "ConfigMap",
                metadata: { namespace, name: "taken" },
            };
            const program = (annotations: Record<string, string>) =>
                inNamespace(
                    (metadata, opts) => {
                        const args = { ...metadata, name: "taken", annotations };
                        new ConfigMap("taken", { metadata: args, data: { owner: "us" } }, opts);
                    },
                    { upsertExistingObjects: true },
                );
            await succeed(stack.up(inNamespace(undefined, { upsertExistingObjects: true })));
            await others.apply({ ...taken, data: { owner: "them" } } as typeof taken);
            assert.match((await stack.up(program({}))).failure, /conflict with "someone-else"/);

            await succeed(stack.up(program({ "pulumi.com/patchForce": "true" })));
            const live = await others.read("v1", "ConfigMap", namespace, "taken");
            assert.deepEqual((live as { data?: object }).data, { owner: "us" });
        });

        it("fails on a field that someone else owns, and takes it when told to", async () => {
            const program = (owner: string, annotations: Record<string, string> = {}) =>
                inNamespace(
                    (metadata, opts) => {
                        const args = { ...metadata, name: "shared", annotations };
                        new ConfigMap("shared", { metadata: args, data: { owner } }, opts);
                    },
                    { enableConfigMapMutable: true },
                );
            await succeed(stack.up(program("one")));
            await succeed(stack.up(program("two")));
            const data = { owner: "three" };
            const metadata = { namespace, name: "shared" };
            const theirs = { apiVersion: "v1", kind: "ConfigMap", metadata, data };
            await others.apply(theirs);
            const refused = await stack.up(program("four"));
            assert.match(refused.failure, /conflict.*"someone-else".*\.data\.owner/s);
            await succeed(stack.up(program("four", { "pulumi.com/patchForce": "true" })));
        });

        it("replaces a named object by deleting it first, a generated one after the new one", async () => {
            const program = (modes: string[], data: string) =>
                inNamespace((metadata, opts) => {
                    const args = claimArgs(metadata, "standard");
                    args.spec.accessModes = modes;
                    new PersistentVolumeClaim("claim", args, opts);
                    new ConfigMap("generated", { metadata, data: { data } }, opts);
                });
            await succeed(stack.up(program(["ReadWriteOnce"], "one")));
            const before = (await stack.resources())["generated"]?.id ?? "";
            assert.match(before, new RegExp(`^${namespace}/generated-[0-9a-f]{8}$`));
            const { steps, failure } = await stack.up(program(["ReadWriteOncePod"], "two"));
            assert.equal(failure, "");
            const of = (name: string) =>
                steps.filter((step) => step.endsWith(` ${name}`)).map((step) => step.split(" ")[0]);
            assert.deepEqual(of("claim"), ["delete-replaced", "replace", "create-replacement"]);
            assert.deepEqual(of("generated"), ["create-replacement", "replace", "delete-replaced"]);
            assert.notEqual((await stack.resources())["generated"]?.id, before);
        });

        it("keeps what did not become ready, and finishes it in the next run", async () => {
            const program = (spec: Record<string, unknown>) =>
                inNamespace((metadata, opts) => {
                    const customTimeouts = { create: "3s", update: "60s" };
                    new StatefulSet("set", setArgs(metadata, spec), { ...opts, customTimeouts });
                });
            const late = await stack.up(program(nowhere));
            assert.match(late.failure, /timed out waiting to be ready/i);
            assert.match(late.failure, /0 (out )?of 1 replicas/);
            const kept = (await stack.resources())["set"];
            assert.equal(kept?.id, `${namespace}/set`);
            assert.notEqual(kept?.initErrors?.length ?? 0, 0);

            // A Pod of a broken revision is not replaced by itself.
            await others.delete({
                apiVersion: "apps/v1",
                kind: "StatefulSet",
                metadata: { namespace, name: "set" },
            });
            await succeed(stack.refresh());
            await succeed(stack.up(program({})));
            assert.equal((await stack.resources())["set"]?.initErrors, undefined);
        });

        it("ends a wait when it is called off, and keeps what it made", async () => {
            const program = inNamespace((metadata, opts) => {
                new StatefulSet("set", setArgs(metadata, nowhere), opts);
            });
            await succeed(stack.up(inNamespace()));
            const control = new AbortController();
            setTimeout(() => control.abort(), 9000);
            const { failure, seconds } = await stack.up(program, { signal: control.signal });
            assert.notEqual(failure, "");
            assert.ok(seconds < 20, `it took ${seconds} s`);
            assert.equal((await stack.resources())["set"]?.id, `${namespace}/set`);
        });

        it("waits for nothing that is annotated or cannot become ready by itself", async () => {
            const program = inNamespace((metadata, opts) => {
                const annotations = { "pulumi.com/skipAwait": "true" };
                new StatefulSet("set", setArgs({ ...metadata, annotations }, nowhere), opts);
                const services = {
                    headless: { clusterIP: "None", selector: { app: "set" } },
                    plain: {},
                    external: { type: "ExternalName", externalName: "example.com" },
                };
                for (const [name, spec] of Object.entries(services)) {
                    const ports = [{ port: 80 }];
                    new Service(name, { metadata, spec: { ports, ...spec } }, opts);
                }
                new PersistentVolumeClaim("claim", claimArgs(metadata, "standard"), opts);
            });
            const { failure, seconds } = await stack.up(program);
            assert.equal(failure, "");
            assert.ok(seconds < 20, `it took ${seconds} s`);
        });

        it("gives a Service with a selector ten seconds to settle", async () => {
            const program = inNamespace((metadata, opts) => {
                const set = new StatefulSet("set", setArgs(metadata), opts);
                const spec = { selector: { app: "set" }, ports: [{ port: 80 }] };
                new Service("door", { metadata, spec }, { ...opts, dependsOn: set });
            });
            const { failure, seconds } = await stack.up(program);
            assert.equal(failure, "");
            assert.ok(seconds > 10, `it took ${seconds} s`);
        });

        it("waits no longer than an annotation says", async () => {
            const program = inNamespace((metadata, opts) => {
                const annotations = { "pulumi.com/timeoutSeconds": "3" };
                new StatefulSet("set", setArgs({ ...metadata, annotations }, nowhere), opts);
            });
            assert.match((await stack.up(program)).failure, /timed out/i);
        });

        it("shows drift in a refresh and puts it right in the next run", async () => {
            const program = inNamespace(
                (metadata, opts) => {
                    const data = { a: "1", b: "2" };
                    new ConfigMap(
                        "drifting",
                        { metadata: { ...metadata, name: "drifting" }, data },
                        opts,
                    );
                    new ConfigMap(
                        "vanishing",
                        { metadata: { ...metadata, name: "vanishing" } },
                        opts,
                    );
                },
                { enableConfigMapMutable: true },
            );
            await succeed(stack.up(program));
            const of = (name: string) => ({
                apiVersion: "v1",
                kind: "ConfigMap",
                metadata: { namespace, name },
            });
            await others.apply({ ...of("drifting"), data: { a: "drift" } } as ReturnType<
                typeof of
            >);
            await others.delete(of("vanishing"));
            assert.deepEqual((await stack.refresh()).changes, { update: 1, delete: 1 });
            const again = await stack.up(program);
            assert.match(again.failure, /conflict/);
            assert.deepEqual(again.steps.sort(), [
                "create ConfigMap vanishing",
                "update ConfigMap drifting",
            ]);
        });

        it("leaves ignored fields to their owner", async () => {
            const program = (a: string, b: string) =>
                inNamespace(
                    (metadata, opts) => {
                        const args = { metadata: { ...metadata, name: "shared" }, data: { a, b } };
                        new ConfigMap("shared", args, { ...opts, ignoreChanges: ["data.a"] });
                    },
                    { enableConfigMapMutable: true },
                );
            await succeed(stack.up(program("1", "1")));
            await succeed(stack.up(program("1", "2")));
            assert.deepEqual((await stack.up(program("2", "2"))).changes, {});
            const metadata = { namespace, name: "shared" };
            const theirs = { apiVersion: "v1", kind: "ConfigMap", metadata, data: { a: "theirs" } };
            await others.apply(theirs);
            await succeed(stack.up(program("3", "3")));
            const live = await others.read("v1", "ConfigMap", namespace, "shared");
            assert.deepEqual((live as { data?: object }).data, { a: "theirs", b: "3" });
        });

        it("previews what is not known yet, without writing", async () => {
            const program = inNamespace((metadata, opts) => {
                const first = new ConfigMap("first", { metadata }, opts);
                const uid = first.metadata.uid;
                const data = { uid };
                const copy = new ConfigMap(
                    "second",
                    { metadata: { ...metadata, name: uid }, data },
                    opts,
                );
                new Secret("third", { metadata: copy.metadata, stringData: data }, opts);
            });
            assert.equal((await stack.preview(program)).failure, "");
            assert.equal(await namespaceIsGone(namespace), true);
        });

        it("previews without a cluster, and says in a run that there is none", async () => {
            const away = kubeconfig().replaceAll(/https:\/\/[^"'\s,}]+/g, "https://127.0.0.1:1");
            const program = inNamespace(
                (metadata, opts) => {
                    new ConfigMap("a", { metadata }, opts);
                },
                { kubeconfig: away },
            );
            assert.equal((await stack.preview(program)).failure, "");
            const { failure, output } = await stack.up(program);
            assert.match(failure, /unreachable/);
            assert.match(failure, /127\.0\.0\.1:1/);
            assert.equal(output.includes("client-key-data"), false);
        });

        it("removes objects of a cluster that is gone only when told to", async () => {
            const away = kubeconfig().replaceAll(/https:\/\/[^"'\s,}]+/g, "https://127.0.0.1:1");
            const program = (args: object) =>
                inNamespace((metadata, opts) => {
                    new ConfigMap("a", { metadata: { ...metadata, name: "a" } }, opts);
                }, args);
            await succeed(stack.up(program({})));
            assert.match((await stack.up(program({ kubeconfig: away }))).output, /unreachable/);
            assert.match((await stack.destroy()).failure, /PULUMI_K8S_DELETE_UNREACHABLE/);
            stack.setEnvironment({ PULUMI_K8S_DELETE_UNREACHABLE: "true" });
            await succeed(stack.destroy());
            const metadata = { name: namespace };
            await others.delete({ apiVersion: "v1", kind: "Namespace", metadata });
            while (!(await namespaceIsGone(namespace))) {
                await new Promise((resolve) => setTimeout(resolve, 200));
            }
        });

        it("replaces everything for another cluster, nothing for another kubeconfig", async () => {
            const program = (clusterIdentifier: string, remark: string) => () => {
                const content = `${kubeconfig()}\n# ${remark}\n`;
                const opts = {
                    provider: clusterProvider({ clusterIdentifier, kubeconfig: content }),
                };
                new Namespace("namespace", { metadata: { name: namespace } }, opts);
            };
            await succeed(stack.up(program("one", "a")));
            assert.deepEqual((await stack.up(program("one", "b"))).changes, { update: 1 });
            const { changes } = await stack.preview(program("two", "b"));
            assert.deepEqual(changes, { replace: 2 });
        });

        it("reads an object that Pulumi does not own", async () => {
            const program = inNamespace((metadata, opts) => {
                const known = ConfigMap.get("known", "kube-public/kube-root-ca.crt", opts);
                const data = { uid: known.metadata.uid };
                new ConfigMap("copy", { metadata, data }, opts);
            });
            await succeed(stack.up(program));
            assert.deepEqual((await stack.up(program)).changes, { read: 1 });
        });
    });
}
