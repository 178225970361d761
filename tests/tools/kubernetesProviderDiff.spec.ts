import assert from "node:assert/strict";

import fc from "fast-check";
import { diffObject } from "kubefabric/internal/tools/kubernetes-provider/diff";
import { formatPath } from "kubefabric/internal/tools/kubernetes-provider/paths";
import type { JsonObject } from "kubefabric/internal/tools/kubernetes-provider/properties";
import { unknown } from "kubefabric/internal/tools/kubernetes-provider/properties";

const settings = { enableSecretMutable: false, enableConfigMapMutable: false };

function object(type: string, fields: JsonObject, metadata: JsonObject = {}): JsonObject {
    const [apiVersion = "", kind = ""] = type.split(" ");
    return { apiVersion, kind, metadata: { name: "x", namespace: "n", ...metadata }, ...fields };
}

interface Given {
    old: JsonObject;
    /** What the cluster shows where that is not the old inputs. */
    live?: JsonObject;
    wanted: JsonObject;
    ignoreChanges?: string[];
    mutable?: boolean;
}

function diff({ old, live = old, wanted, ignoreChanges = [], mutable = false }: Given) {
    return diffObject({
        live,
        oldInputs: old,
        newInputs: wanted,
        namespaced: true,
        ignoreChanges,
        settings: mutable ? { enableSecretMutable: true, enableConfigMapMutable: true } : settings,
    });
}

/** The changes as `kind path`, with `!` where a new object is made. */
function changes(given: Given): string[] {
    return diff(given).changes.map(
        ({ kind, path, replace }) => `${kind} ${formatPath(path)}${replace ? "!" : ""}`,
    );
}

describe("the small Kubernetes provider's comparison", () => {
    const set = (spec: JsonObject) => object("apps/v1 StatefulSet", { spec });

    it("finds no change between anything and itself", () => {
        const anything = fc.object({
            maxDepth: 3,
            values: [fc.string(), fc.integer(), fc.boolean()],
        });
        fc.assert(
            fc.property(anything, (spec) => {
                const old = set(spec as JsonObject);
                assert.deepEqual(changes({ old, wanted: old }), []);
            }),
        );
    });

    it("does not mind what the server added, or left out, or spelled otherwise", () => {
        const old = set({
            replicas: 1,
            a: false,
            b: "",
            c: { d: {} },
            resources: { requests: { storage: "1024Mi" } },
        });
        const live = {
            ...set({ replicas: 1, added: 1, c: {}, resources: { requests: { storage: "1Gi" } } }),
            status: {},
        };
        assert.deepEqual(changes({ old, live, wanted: old }), []);
    });

    it("sees drift of the live object", () => {
        const old = set({ replicas: 1, minReadySeconds: 5 });
        const live = set({ replicas: 3 });
        assert.deepEqual(changes({ old, live, wanted: old }), [
            "update spec.replicas",
            "add spec.minReadySeconds",
        ]);
    });

    it("names added, changed and removed fields, inside lists too", () => {
        const old = set({ a: 1, b: 2, list: [{ x: 1, y: 2 }, { x: 3 }] });
        const wanted = set({ b: 3, c: 4, list: [{ x: 1 }], more: [] });
        assert.deepEqual(changes({ old, wanted }).sort(), [
            "add spec.c",
            "delete spec.a",
            "delete spec.list[0].y",
            "delete spec.list[1]",
            "update spec.b",
        ]);
    });

    it("takes what is not known for a change", () => {
        const old = set({ a: 1 });
        assert.deepEqual(changes({ old, wanted: set({ a: unknown, b: unknown }) }), [
            "update spec.a",
            "add spec.b",
        ]);
    });

    it("leaves ignored fields out", () => {
        const given = { old: set({ a: 1, b: { c: 1 } }), wanted: set({ a: 2, b: { c: 2 } }) };
        assert.deepEqual(changes({ ...given, ignoreChanges: ["spec.b"] }), ["update spec.a"]);
        assert.deepEqual(changes({ ...given, ignoreChanges: ["spec.*"] }), []);
    });

    it("takes no namespace and the default one for the same", () => {
        const old = object("v1 ConfigMap", {}, { namespace: "default" });
        const wanted: JsonObject = { ...old, metadata: { name: "x" } };
        assert.deepEqual(changes({ old, wanted }), []);
    });

    const forced: [type: string, fields: string[]][] = [
        ["v1 PersistentVolumeClaim", ["accessModes", "selector", "storageClassName", "volumeName"]],
        [
            "apps/v1 StatefulSet",
            [
                ...["podManagementPolicy", "revisionHistoryLimit", "selector"],
                ...["serviceName", "volumeClaimTemplates"],
            ],
        ],
        ["apps/v1 Deployment", ["selector"]],
        ["apps/v1 DaemonSet", ["selector"]],
        ["v1 Service", ["clusterIP"]],
        ["batch/v1 Job", ["completions", "parallelism", "selector", "template"]],
        ["v1 Pod", ["nodeName", "volumes", "restartPolicy"]],
        ["v1 ResourceQuota", ["scopes"]],
        ["v1 PersistentVolume", ["csi", "hostPath", "nfs"]],
    ];
    for (const [type, fields] of forced) {
        for (const field of fields) {
            it(`makes a new ${type} for another ${field}, whether added, changed or removed`, () => {
                const [one, two] = [
                    object(type, { spec: { a: 1, [field]: { x: "1" } } }),
                    object(type, { spec: { a: 1, [field]: { x: "2" } } }),
                ];
                const none = object(type, { spec: { a: 1 } });
                assert.deepEqual(changes({ old: one, wanted: two }), [`update spec.${field}.x!`]);
                assert.deepEqual(changes({ old: none, wanted: one }), [`add spec.${field}!`]);
                assert.deepEqual(changes({ old: one, wanted: none }), [`delete spec.${field}!`]);
            });
        }
        it(`changes another field of a ${type} in place`, () => {
            const [old, wanted] = [1, 2].map((other) => object(type, { spec: { other } }));
            assert.deepEqual(changes({ old: old ?? {}, wanted: wanted ?? {} }), [
                "update spec.other",
            ]);
        });
    }

    const outsideSpec: [type: string, field: string][] = [
        ["storage.k8s.io/v1 StorageClass", "parameters"],
        ["storage.k8s.io/v1 StorageClass", "provisioner"],
        ["rbac.authorization.k8s.io/v1 RoleBinding", "roleRef"],
        ["rbac.authorization.k8s.io/v1 ClusterRoleBinding", "roleRef"],
        ["v1 Secret", "type"],
        ["v1 Secret", "data"],
        ["v1 ConfigMap", "data"],
        ["v1 ConfigMap", "binaryData"],
    ];
    for (const [type, field] of outsideSpec) {
        it(`makes a new ${type} for another ${field}`, () => {
            const [old, wanted] = ["YQ==", "Yg=="].map((a) => object(type, { [field]: { a } }));
            assert.deepEqual(changes({ old: old ?? {}, wanted: wanted ?? {} }), [
                `update ${field}.a!`,
            ]);
        });
    }

    it("changes data in place where that is turned on, unless the object is immutable", () => {
        for (const type of ["v1 Secret", "v1 ConfigMap"]) {
            const data = (a: string, more: JsonObject = {}) =>
                object(type, { data: { a }, ...more });
            const given = { old: data("YQ=="), wanted: data("Yg=="), mutable: true };
            assert.deepEqual(changes(given), ["update data.a"]);
            const immutable = data("Yg==", { immutable: true });
            assert.ok(changes({ ...given, wanted: immutable }).includes("update data.a!"));
        }
        const typed = (type: string) => object("v1 Secret", { type });
        const given = { old: typed("a"), wanted: typed("b"), mutable: true };
        assert.deepEqual(changes(given), ["update type!"]);
    });

    it("deletes first what keeps a name of the program's choice", () => {
        const claim = (mode: string, metadata: JsonObject = {}) =>
            object("v1 PersistentVolumeClaim", { spec: { accessModes: [mode] } }, metadata);
        const generated = { annotations: { "pulumi.com/autonamed": "true" } };
        const first = (old: JsonObject, wanted: JsonObject) =>
            diff({ old, wanted }).deleteBeforeReplace;
        assert.equal(first(claim("A"), claim("B")), true);
        assert.equal(first(claim("A", generated), claim("B", generated)), false);
        assert.equal(first(claim("A"), claim("B", { name: "y" })), false);
        assert.equal(first(claim("A"), claim("B", { namespace: "m" })), false);
        assert.equal(first(claim("A"), claim("A", { labels: { a: "b" } })), false);
    });

    it("makes a new object for another name or namespace", () => {
        const old = object("v1 ServiceAccount", {});
        for (const field of ["name", "namespace"]) {
            const wanted = object("v1 ServiceAccount", {}, { [field]: "y" });
            assert.deepEqual(diff({ old, wanted }).replaces, [`metadata.${field}`]);
        }
    });
});
