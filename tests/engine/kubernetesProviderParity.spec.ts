import assert from "node:assert/strict";

import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { Namespace } from "@pulumi/kubernetes/core/v1/namespace.js";
import { PersistentVolumeClaim } from "@pulumi/kubernetes/core/v1/persistentVolumeClaim.js";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";

import { clusterProvider, kubeconfig, namespaceIsGone, others } from "./parity.ts";
import { claimArgs, onEachProvider, succeed } from "./parityBench.ts";
import { CANARY, everyKind, kinds } from "./parityObjects.ts";

const mutable = { enableConfigMapMutable: true };

/** The data of a ConfigMap that was read. */
const dataOf = (object: object) => (object as { data?: Record<string, string> }).data;

onEachProvider("what it writes", (bench) => {
    it("makes, keeps, refreshes, changes and removes every kind", async () => {
        const { stack, namespace } = bench;
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

        await succeed(stack.destroy());
        assert.equal(await namespaceIsGone(namespace), true);
    });

    it("keeps the data of Secrets encrypted in the state", async () => {
        const data = { key: Buffer.from(CANARY).toString("base64") };
        const program = bench.program((metadata, opts) => {
            new Secret("a", { metadata, stringData: { password: CANARY } }, opts);
            const secret = new Secret("b", { metadata, data }, opts);
            const copy = secret.data.apply((all) => all["key"] ?? "");
            new ConfigMap("c", { metadata, data: { copy } }, opts);
        });
        await succeed(bench.stack.up(program));
        await succeed(bench.stack.refresh());
        const state = bench.stack.state();
        assert.equal(state.includes(CANARY), false);
        assert.equal(state.includes(data.key), false);
        assert.equal(state.includes("ciphertext"), true);
    });

    it("fails on an object that exists, and says which", async () => {
        const program = bench.program((metadata, opts) => {
            new ConfigMap("taken", { metadata: { ...metadata, name: "taken" } }, opts);
        });
        await succeed(bench.stack.up(bench.program()));
        await others.create(bench.object("ConfigMap", "taken"));
        const { failure } = await bench.stack.up(program);
        assert.match(failure, /configmaps "taken" already exists/);
    });

    it("takes over an object that exists with upsertExistingObjects", async () => {
        const upsert = { upsertExistingObjects: true };
        const program = (annotations: Record<string, string>) =>
            bench.program((metadata, opts) => {
                const args = { ...metadata, name: "taken", annotations };
                new ConfigMap("taken", { metadata: args, data: { owner: "us" } }, opts);
            }, upsert);
        await succeed(bench.stack.up(bench.program(undefined, upsert)));
        const theirs = { ...bench.object("ConfigMap", "taken"), data: { owner: "them" } };
        await others.apply(theirs);
        const { failure } = await bench.stack.up(program({}));
        assert.match(failure, /conflict with "someone-else"/);

        await succeed(bench.stack.up(program({ "pulumi.com/patchForce": "true" })));
        assert.deepEqual(dataOf(await others.read(theirs)), { owner: "us" });
        assert.deepEqual(
            (await bench.stack.up(program({ "pulumi.com/patchForce": "true" }))).changes,
            {},
        );
    });

    it("fails on a field that someone else owns, and takes it when told to", async () => {
        const program = (owner: string, annotations: Record<string, string> = {}) =>
            bench.program((metadata, opts) => {
                const args = { ...metadata, name: "shared", annotations };
                new ConfigMap("shared", { metadata: args, data: { owner } }, opts);
            }, mutable);
        await succeed(bench.stack.up(program("one")));
        await succeed(bench.stack.up(program("two")));
        const theirs = { ...bench.object("ConfigMap", "shared"), data: { owner: "three" } };
        await others.apply(theirs);
        const { failure } = await bench.stack.up(program("four"));
        assert.match(failure, /conflict.*"someone-else".*\.data\.owner/s);
        await succeed(bench.stack.up(program("four", { "pulumi.com/patchForce": "true" })));
        assert.deepEqual(dataOf(await others.read(theirs)), { owner: "four" });
    });

    it("takes fields away that the program no longer has", async () => {
        const program = (data: Record<string, string>) =>
            bench.program((metadata, opts) => {
                new ConfigMap("map", { metadata: { ...metadata, name: "map" }, data }, opts);
            }, mutable);
        await succeed(bench.stack.up(program({ a: "1", b: "2" })));
        await succeed(bench.stack.up(program({ a: "1" })));
        const live = await others.read(bench.object("ConfigMap", "map"));
        assert.deepEqual(dataOf(live), { a: "1" });
    });

    it("replaces a named object by deleting it first, a generated one after the new one", async () => {
        const program = (mode: string, data: string) =>
            bench.program((metadata, opts) => {
                new PersistentVolumeClaim("claim", claimArgs(metadata, mode), opts);
                new ConfigMap("generated", { metadata, data: { data } }, opts);
            });
        await succeed(bench.stack.up(program("ReadWriteOnce", "one")));
        const before = (await bench.stack.resources())["generated"]?.id ?? "";
        assert.match(before, new RegExp(`^${bench.namespace}/generated-[0-9a-f]{8}$`));
        const { steps, failure } = await bench.stack.up(program("ReadWriteOncePod", "two"));
        assert.equal(failure, "");
        const of = (name: string) =>
            steps.filter((step) => step.endsWith(` ${name}`)).map((step) => step.split(" ")[0]);
        assert.deepEqual(of("claim"), ["delete-replaced", "replace", "create-replacement"]);
        assert.deepEqual(of("generated"), ["create-replacement", "replace", "delete-replaced"]);
        assert.notEqual((await bench.stack.resources())["generated"]?.id, before);
    });

    it("shows drift in a refresh and what the next run makes of it", async () => {
        const program = bench.program((metadata, opts) => {
            const named = (name: string) => ({ ...metadata, name });
            const data = { a: "1", b: "2" };
            new ConfigMap("drifting", { metadata: named("drifting"), data }, opts);
            new ConfigMap("vanishing", { metadata: named("vanishing") }, opts);
        }, mutable);
        await succeed(bench.stack.up(program));
        const theirs = { ...bench.object("ConfigMap", "drifting"), data: { a: "drift" } };
        await others.apply(theirs);
        await others.delete(bench.object("ConfigMap", "vanishing"));
        assert.deepEqual((await bench.stack.refresh()).changes, { update: 1, delete: 1 });
        const { failure, steps } = await bench.stack.up(program);
        assert.match(failure, /conflict with "someone-else"/);
        assert.deepEqual(steps.sort(), ["create ConfigMap vanishing", "update ConfigMap drifting"]);
    });

    it("leaves ignored fields to their owner", async () => {
        const program = (a: string, b: string) =>
            bench.program((metadata, opts) => {
                const args = { metadata: { ...metadata, name: "shared" }, data: { a, b } };
                new ConfigMap("shared", args, { ...opts, ignoreChanges: ["data.a"] });
            }, mutable);
        await succeed(bench.stack.up(program("1", "1")));
        await succeed(bench.stack.up(program("1", "2")));
        assert.deepEqual((await bench.stack.up(program("2", "2"))).changes, {});
        const theirs = { ...bench.object("ConfigMap", "shared"), data: { a: "theirs" } };
        await others.apply(theirs);
        await succeed(bench.stack.up(program("3", "3")));
        assert.deepEqual(dataOf(await others.read(theirs)), { a: "theirs", b: "3" });
    });

    it("previews what is not known yet, without writing", async () => {
        const program = bench.program((metadata, opts) => {
            const first = new ConfigMap("first", { metadata }, opts);
            const { uid } = first.metadata;
            const named = { ...metadata, name: uid };
            const copy = new ConfigMap("second", { metadata: named, data: { uid } }, opts);
            new Secret("third", { metadata: copy.metadata, stringData: { uid } }, opts);
        });
        const { failure, changes } = await bench.stack.preview(program);
        assert.equal(failure, "");
        assert.deepEqual(changes, { create: 6 });
        assert.equal(await namespaceIsGone(bench.namespace), true);
    });

    it("replaces everything for another cluster, nothing for another kubeconfig", async () => {
        const program = (clusterIdentifier: string, remark: string) => () => {
            const content = `${kubeconfig()}\n# ${remark}\n`;
            const provider = clusterProvider({ clusterIdentifier, kubeconfig: content });
            new Namespace("namespace", { metadata: { name: bench.namespace } }, { provider });
        };
        await succeed(bench.stack.up(program("one", "a")));
        const { changes } = await bench.stack.up(program("one", "b"));
        assert.deepEqual(changes, { update: 1 });
        assert.deepEqual((await bench.stack.preview(program("two", "b"))).changes, { replace: 2 });
    });

    it("reads an object that Pulumi does not own", async () => {
        const program = bench.program((metadata, opts) => {
            const known = ConfigMap.get("known", "kube-public/kube-root-ca.crt", opts);
            new ConfigMap("copy", { metadata, data: { uid: known.metadata.uid } }, opts);
        });
        await succeed(bench.stack.up(program));
        assert.deepEqual((await bench.stack.up(program)).changes, { read: 1 });
    });
});
