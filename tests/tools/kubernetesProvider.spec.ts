import assert from "node:assert/strict";

import fc from "fast-check";
import {
    inputsFromLive,
    readCheckpoint,
    refreshedInputs,
    writeCheckpoint,
} from "kubefabric/internal/tools/kubernetes-provider/checkpoint";
import { diffObject } from "kubefabric/internal/tools/kubernetes-provider/diff";
import { normalize, prune } from "kubefabric/internal/tools/kubernetes-provider/normalize";
import {
    formatPath,
    isWithin,
    parsePath,
    touches,
} from "kubefabric/internal/tools/kubernetes-provider/paths";
import type { Json, JsonObject } from "kubefabric/internal/tools/kubernetes-provider/properties";
import {
    isSecret,
    reveal,
    secret,
    unknown,
    withSecretsOf,
} from "kubefabric/internal/tools/kubernetes-provider/properties";
import { canonicalQuantity } from "kubefabric/internal/tools/kubernetes-provider/quantity";

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

describe("the small Kubernetes provider's property values", () => {
    const token = secret("hunter2");

    it("opens secrets at every depth and leaves out null fields", () => {
        assert.deepEqual(reveal({ a: token, b: [secret({ c: token })], d: null, e: [null] }), {
            a: "hunter2",
            b: [{ c: "hunter2" }],
            e: [null],
        });
    });

    it("keeps the mark of what is not known", () => {
        assert.equal(reveal(secret(unknown)), unknown);
    });

    it("carries secrets over field by field, an array as a whole", () => {
        const marked = withSecretsOf(
            { a: "1", b: { c: "2", d: "3" }, e: [{ f: "4" }, { f: "5" }], g: "6" },
            { a: token, b: { c: token }, e: [{ f: token }], h: token },
        );
        assert.ok(isSecret(marked["a"]));
        assert.deepEqual(marked["b"], { c: secret("2"), d: "3" });
        assert.ok(isSecret(marked["e"]));
        assert.equal(marked["g"], "6");
        assert.equal("h" in marked, false);
    });

    it("makes the data of a Secret secret whatever the program says", () => {
        const marked = withSecretsOf({ kind: "Secret", data: { a: "b" }, stringData: {} }, {});
        assert.deepEqual(marked["data"], secret({ a: "b" }));
        assert.deepEqual(marked["stringData"], secret({}));
    });

    it("writes and reads paths with every kind of step", () => {
        for (const path of [
            ["spec", "ports", 0, "port"],
            ["metadata", "labels", 'a.b/"c"'],
            ["a"],
        ]) {
            assert.deepEqual(parsePath(formatPath(path)), path);
        }
        assert.deepEqual(parsePath("spec.containers[*].image"), [
            "spec",
            "containers",
            "*",
            "image",
        ]);
    });

    it("knows what lies within a path, and what a change touches", () => {
        assert.equal(isWithin(["a", "*"], ["a", 0, "b"]), true);
        assert.equal(isWithin(["a", "b"], ["a"]), false);
        assert.equal(touches(["spec", "selector", "a"], "1", ["spec", "selector"]), true);
        assert.equal(touches(["spec"], { selector: {} }, ["spec", "selector"]), true);
        assert.equal(touches(["spec"], { other: {} }, ["spec", "selector"]), false);
        assert.equal(touches(["spec"], undefined, ["spec", "selector"]), false);
        assert.equal(touches(["c"], [{ image: "x" }], ["c", "*", "image"]), true);
    });
});

describe("the small Kubernetes provider's spelling", () => {
    const quantities: Record<string, string> = {
        "1024Mi": "1Gi",
        "1.5Gi": "1536Mi",
        "512Mi": "512Mi",
        "0.5": "500m",
        "1000m": "1",
        "1000": "1k",
        "1024": "1024",
        "2048Ki": "2Mi",
        "0Gi": "0",
        "0.5Gi": "512Mi",
        "100m": "100m",
        "1e3": "1e3",
        "12e6": "12e6",
        "0.1Ki": "102400m",
        "-1024Mi": "-1Gi",
        "0.0000000001": "1n",
        "5G": "5G",
        "1E": "1E",
    };
    for (const [given, canonical] of Object.entries(quantities)) {
        it(`writes the quantity ${given} as ${canonical}`, () => {
            assert.equal(canonicalQuantity(given), canonical);
            assert.equal(canonicalQuantity(canonical), canonical);
        });
    }

    it("leaves alone what is no quantity", () => {
        for (const text of ["", "x", "1Q", "Gi", "1 Gi", "--1", "1e"]) {
            assert.equal(canonicalQuantity(text), undefined, text);
        }
    });

    it("writes quantities anew where they are quantities only", () => {
        const pod = object("v1 Pod", {
            spec: {
                containers: [{ name: "c", resources: { limits: { memory: "1024Mi", cpu: 0.5 } } }],
                volumes: [{ name: "v", emptyDir: { sizeLimit: "1024Mi" } }],
                nodeSelector: { sizeLimit: "1024Mi" },
            },
        });
        const normal = normalize(pod)["spec"] as JsonObject;
        assert.deepEqual(normal, {
            containers: [{ name: "c", resources: { limits: { memory: "1Gi", cpu: "500m" } } }],
            volumes: [{ name: "v", emptyDir: { sizeLimit: "1Gi" } }],
            nodeSelector: { sizeLimit: "1024Mi" },
        });
        assert.deepEqual(normalize(object("v1 ConfigMap", { data: { limits: "1024Mi" } })), {
            ...object("v1 ConfigMap", {}),
            data: { limits: "1024Mi" },
        });
    });

    it("leaves out empty lists and maps, but not objects that say something", () => {
        const policy = object("networking.k8s.io/v1 NetworkPolicy", {
            spec: { podSelector: {}, ingress: [], egress: [{ to: [{ namespaceSelector: {} }] }] },
        });
        assert.deepEqual(normalize(policy)["spec"], {
            podSelector: {},
            egress: [{ to: [{ namespaceSelector: {} }] }],
        });
        assert.equal("parameters" in normalize({ ...policy, parameters: {} }), false);
    });

    it("moves a Secret's words into its data, and encodes that anew", () => {
        const normal = normalize(
            object("v1 Secret", { stringData: { a: "words" }, data: { b: "d29y\nZHM=" } }),
        );
        assert.deepEqual(normal["data"], { a: "d29yZHM=", b: "d29yZHM=" });
        assert.equal("stringData" in normal, false);
    });

    it("changes nothing in custom resources, or while something is unknown", () => {
        const custom = object("example.com/v1 Thing", { spec: { limits: { a: "1024Mi" }, b: [] } });
        assert.deepEqual(normalize(custom), custom);
        const unclear = object("v1 Secret", { stringData: { a: unknown } });
        assert.deepEqual(normalize(unclear), unclear);
    });

    it("cuts the live object down to the shape of the inputs", () => {
        const live = { a: 1, b: { c: 2, d: 3 }, e: [{ f: 4, g: 5 }, { f: 6 }], h: "added" };
        const shape = { a: 0, b: { c: 0 }, e: [{ f: 0 }], i: "gone" };
        assert.deepEqual(prune(live, shape), { a: 1, b: { c: 2 }, e: [{ f: 4 }] });
    });
});

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

describe("the small Kubernetes provider's state", () => {
    const inputs = object("v1 ConfigMap", { data: { a: "1" } });
    const live = { ...inputs, data: { a: "1", b: "added" }, status: { ok: true } };
    const checkpoint = { inputs, live, initialApiVersion: "v1", fieldManager: "m" };

    it("comes back as it was written, with the secrets of the program marked", () => {
        const state = writeCheckpoint(checkpoint, { data: { a: secret("1") } });
        assert.deepEqual((state["data"] as JsonObject)["a"], secret("1"));
        assert.deepEqual((state["__inputs"] as JsonObject)["data"], { a: secret("1") });
        assert.deepEqual(readCheckpoint(state), checkpoint);
    });

    it("keeps the program's spelling of what has not changed in the cluster", () => {
        const written: Json = { size: "1024Mi", gone: [], list: [{ a: 1 }], kept: "x" };
        const before = { size: "1Gi", list: [{ a: 1, b: 2 }], kept: "x", more: 1 };
        assert.deepEqual(refreshedInputs(written, before, before), written);
        const after = { size: "2Gi", list: [{ a: 7, b: 2 }], more: 2 };
        assert.deepEqual(refreshedInputs(written, before, after), {
            size: "2Gi",
            gone: [],
            list: [{ a: 7 }],
        });
    });

    it("makes inputs of a live object without what only the server writes", () => {
        const metadata = {
            ...{ uid: "u", resourceVersion: "1", generation: 2, creationTimestamp: "t" },
            managedFields: [],
            annotations: { "deployment.kubernetes.io/revision": "1" },
        };
        assert.deepEqual(inputsFromLive(object("v1 ConfigMap", { status: {} }, metadata)), {
            ...object("v1 ConfigMap", {}),
        });
    });
});
