import assert from "node:assert/strict";

import {
    inputsFromLive,
    readCheckpoint,
    refreshedInputs,
    writeCheckpoint,
} from "kubefabric/internal/tools/kubernetes-provider/checkpoint";
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

function object(type: string, fields: JsonObject, metadata: JsonObject = {}): JsonObject {
    const [apiVersion = "", kind = ""] = type.split(" ");
    return { apiVersion, kind, metadata: { name: "x", namespace: "n", ...metadata }, ...fields };
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
        const live: JsonObject = {
            a: 1,
            b: { c: 2, d: 3 },
            e: [{ f: 4, g: 5 }, { f: 6 }],
            h: "added",
        };
        const shape = { a: 0, b: { c: 0 }, e: [{ f: 0 }], i: "gone" };
        assert.deepEqual(prune(live, shape), { a: 1, b: { c: 2 }, e: [{ f: 4 }] });
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
