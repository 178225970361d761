import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { check, withName } from "kubefabric/internal/tools/kubernetes-provider/check";
import { ignoredInputs } from "kubefabric/internal/tools/kubernetes-provider/ignoreChanges";
import { loadKubeConfig } from "kubefabric/internal/tools/kubernetes-provider/kubeconfig";
import { takenOver } from "kubefabric/internal/tools/kubernetes-provider/managedFields";
import { objectTypeOf } from "kubefabric/internal/tools/kubernetes-provider/objects";
import type { JsonObject } from "kubefabric/internal/tools/kubernetes-provider/properties";
import { secret, unknown } from "kubefabric/internal/tools/kubernetes-provider/properties";
import { Provider } from "kubefabric/internal/tools/kubernetes-provider/provider";
import {
    checkSettings,
    diffSettings,
    readSettings,
} from "kubefabric/internal/tools/kubernetes-provider/settings";

const CANARY = "canary-4c1e";

function kubeconfigFor(server: string, more: JsonObject = {}): string {
    return JSON.stringify({
        apiVersion: "v1",
        kind: "Config",
        clusters: [{ name: "c", cluster: { server } }],
        users: [{ name: "u", user: { token: CANARY } }],
        contexts: [
            { name: "one", context: { cluster: "c", user: "u" } },
            { name: "two", context: { cluster: "c", user: "u", namespace: "own" } },
        ],
        "current-context": "one",
        ...more,
    });
}

const urnOf = (type: string, name = "x") => `urn:pulumi:s::p::a:b:C$kubernetes:${type}::${name}`;

describe("the small Kubernetes provider's settings", () => {
    it("are read from text, JSON inside text, and the environment", () => {
        const settings = readSettings(
            { namespace: '"n"', upsertExistingObjects: "true", enableSecretMutable: false },
            { PULUMI_K8S_ENABLE_SECRET_MUTABLE: "true", PULUMI_K8S_DELETE_UNREACHABLE: "true" },
        );
        assert.equal(settings.namespace, "n");
        assert.equal(settings.upsertExistingObjects, true);
        assert.equal(settings.enableSecretMutable, false);
        assert.equal(settings.deleteUnreachable, true);
        assert.equal(settings.skipUpdateUnreachable, false);
    });

    it("fails on what it does not do", () => {
        const properties = (args: JsonObject) =>
            checkSettings(args, {}).map(({ property }) => property);
        assert.deepEqual(properties({ enableServerSideApply: "true" }), []);
        assert.deepEqual(properties({ enableServerSideApply: "false" }), ["enableServerSideApply"]);
        assert.deepEqual(properties({ renderYamlToDirectory: "out" }), ["renderYamlToDirectory"]);
    });

    const a = kubeconfigFor("https://a.example.com");
    const b = kubeconfigFor("https://b.example.com");
    const other = kubeconfigFor("https://a.example.com", { extensions: [] });
    const cases: [name: string, olds: JsonObject, news: JsonObject, replaces: string[]][] = [
        ["another cluster", { kubeconfig: a }, { kubeconfig: b }, ["kubeconfig"]],
        ["the same cluster, written otherwise", { kubeconfig: a }, { kubeconfig: other }, []],
        [
            "a kubeconfig that is now secret",
            { kubeconfig: a },
            { kubeconfig: secret(b) },
            ["kubeconfig"],
        ],
        [
            "another cluster under one identifier",
            { kubeconfig: a, clusterIdentifier: "i" },
            { kubeconfig: b, clusterIdentifier: "i" },
            [],
        ],
        [
            "another identifier",
            { kubeconfig: a, clusterIdentifier: "i" },
            { kubeconfig: a, clusterIdentifier: "j" },
            ["clusterIdentifier"],
        ],
        ["a first identifier", { kubeconfig: a }, { kubeconfig: a, clusterIdentifier: "i" }, []],
        ["a kubeconfig not known yet", { kubeconfig: a }, { kubeconfig: unknown }, ["kubeconfig"]],
        ["another namespace", { kubeconfig: a }, { kubeconfig: a, namespace: "n" }, []],
        ["nothing", { kubeconfig: a }, { kubeconfig: a }, []],
    ];
    for (const [name, olds, news, replaces] of cases) {
        it(`make new objects for ${name}: ${replaces.join() || "no"}`, () => {
            const result = diffSettings(olds, news);
            assert.deepEqual(result.replaces, replaces);
            assert.equal(result.changed.length > 0, name !== "nothing");
        });
    }
});

describe("the small Kubernetes provider's kubeconfig", () => {
    const source = { kubeconfig: kubeconfigFor("https://a.example.com"), context: "", cluster: "" };

    it("is content or a file", () => {
        const folder = mkdtempSync(join(tmpdir(), "kubefabric-kubeconfig-"));
        const file = join(folder, "config");
        writeFileSync(file, source.kubeconfig);
        try {
            for (const kubeconfig of [source.kubeconfig, file]) {
                const config = loadKubeConfig({ ...source, kubeconfig, context: "two" });
                assert.equal(config.getCurrentCluster()?.server, "https://a.example.com");
                assert.equal(config.getCurrentContext(), "two");
            }
        } finally {
            rmSync(folder, { recursive: true });
        }
    });

    it("fails with the names that there are, and never with its content", () => {
        const broken = { ...source, kubeconfig: `{"users": [{"token": "${CANARY}"` };
        const failing: [given: typeof source, message: RegExp][] = [
            [{ ...source, context: "three" }, /no context "three" \(it has: one, two\)/],
            [{ ...source, cluster: "d" }, /no cluster "d"/],
            [{ ...source, kubeconfig: "/nowhere/config" }, /\/nowhere\/config does not exist/],
            [broken, /not a kubeconfig/],
        ];
        for (const [given, message] of failing) {
            assert.throws(
                () => loadKubeConfig(given),
                (error: Error) => message.test(error.message) && !error.message.includes(CANARY),
            );
        }
    });
});

describe("the small Kubernetes provider's check", () => {
    const provider = new Provider();
    const checked = (type: string, news: JsonObject, olds: JsonObject = {}) =>
        check(provider, {
            urn: urnOf(type),
            olds,
            news,
            randomSeed: new Uint8Array(),
            autonaming: undefined,
        });

    it("fills in type, name and namespace", async () => {
        provider.defaultNamespace = "default";
        const { inputs, failures } = await checked("apps/v1:StatefulSet", {});
        assert.deepEqual(failures, []);
        assert.equal(inputs["apiVersion"], "apps/v1");
        assert.equal(inputs["kind"], "StatefulSet");
        const metadata = inputs["metadata"] as Record<string, string>;
        assert.match(metadata["name"] ?? "", /^x-[0-9a-f]{8}$/);
        assert.equal(metadata["namespace"], "default");
        const namespace = await checked("core/v1:Namespace", { metadata: { name: "n" } });
        assert.deepEqual(namespace.inputs["metadata"], { name: "n" });
        assert.equal(namespace.inputs["apiVersion"], "v1");
    });

    it("keeps a generated name, and gives up one that the program takes away", async () => {
        const first = (await checked("core/v1:ConfigMap", {})).inputs;
        const again = (await checked("core/v1:ConfigMap", {}, first)).inputs;
        assert.deepEqual(again, first);
        const chosen = { metadata: { name: "mine", namespace: "default" } };
        const without = (await checked("core/v1:ConfigMap", {}, chosen)).inputs;
        assert.equal((without["metadata"] as JsonObject)["name"], undefined);
    });

    it("names alike for one seed, as the engine proposes, or not at all", () => {
        const common = { urn: urnOf("core/v1:ConfigMap"), autonaming: undefined };
        const named = (seed: number[], autonaming?: { disabled: boolean; proposedName: string }) =>
            withName({}, {}, { ...common, autonaming, randomSeed: new Uint8Array(seed) });
        assert.deepEqual(named([1]), named([1]));
        assert.notDeepEqual(named([1]), named([2]));
        const proposed = named([], { disabled: false, proposedName: "y" }) as JsonObject;
        assert.equal((proposed["metadata"] as JsonObject)["name"], "y");
        assert.match(
            named([], { disabled: true, proposedName: "" }) as string,
            /set metadata.name/,
        );
    });

    it("keeps secrets and unknowns", async () => {
        const data = { a: secret("YQ=="), b: unknown };
        const { inputs } = await checked("core/v1:ConfigMap", { metadata: unknown, data });
        assert.deepEqual(inputs["data"], data);
        assert.equal(inputs["metadata"], unknown);
    });

    it("fails on what it does not make", async () => {
        const types = ["helm.sh/v3:Release", "core/v1:ConfigMapPatch", "core/v1:PodList", "x:Y"];
        for (const type of types) {
            assert.equal((await checked(type, {})).failures.length, 1, type);
            assert.equal(typeof objectTypeOf(`kubernetes:${type}`), "string");
        }
        const generated = { metadata: { generateName: "x-" } };
        assert.equal((await checked("core/v1:ConfigMap", generated)).failures.length, 1);
    });
});

describe("the small Kubernetes provider's ownership of fields", () => {
    const owner = (manager: string, operation: string, fields: JsonObject) => ({
        manager,
        operation,
        fieldsV1: fields,
    });
    const live = {
        metadata: {
            managedFields: [
                owner("pulumi-kubernetes", "Update", { "f:data": { "f:a": {} } }),
                owner("mine", "Apply", { "f:data": { "f:b": {} } }),
                owner("theirs", "Apply", { "f:data": { "f:c": {} } }),
            ],
        },
        data: { a: "1", b: "2", c: "3" },
    };

    it("takes over those of its own first write, and only those", () => {
        const owners = takenOver(live, "mine") as JsonObject[];
        assert.deepEqual(owners, [
            owner("mine", "Apply", { "f:data": { "f:a": {}, "f:b": {} } }),
            owner("theirs", "Apply", { "f:data": { "f:c": {} } }),
        ]);
        assert.equal(takenOver({ metadata: { managedFields: owners } }, "mine"), undefined);
    });

    it("leaves ignored fields to their owner, and its own as they are", () => {
        const inputs = { data: { a: "new", b: "new", c: "new" } };
        const wanted = ignoredInputs(inputs, live, ["data.b", "data.c"], "mine");
        assert.deepEqual(wanted, { data: { a: "new", b: "2" } });
    });
});
