import assert from "node:assert/strict";

import { CLAIM_KINDS, misfits, volumeClaims } from "kubefabric/internal/storage/claims";
import { manifestsIn, podSpecOf, type Fields } from "kubefabric/internal/storage/manifests";

import { claim, podWith, workload, WORKLOADS } from "../support/policy.ts";

/** Claims of an object, as `origin path name`. */
function claimsIn(object: Fields & { kind: string }): string[] {
    return manifestsIn(object.kind, object)
        .flatMap(volumeClaims)
        .map(({ origin, path, name }) => `${origin} ${path} ${String(name)}`);
}

function misfitsIn(object: Fields & { kind: string }): string[] {
    return manifestsIn(object.kind, object)
        .flatMap(misfits)
        .map(({ path, expected }) => `${path}: ${expected}`);
}

const template = { metadata: { name: "ledger" }, spec: claim().spec };
const ephemeral = { ephemeral: { volumeClaimTemplate: { spec: claim().spec } } };

/** Where the specification of the Pods of a kind stands. */
const POD_PATHS: Record<string, string> = {
    Pod: "spec",
    PodTemplate: "template.spec",
    ReplicationController: "spec.template.spec",
    Deployment: "spec.template.spec",
    ReplicaSet: "spec.template.spec",
    StatefulSet: "spec.template.spec",
    DaemonSet: "spec.template.spec",
    Job: "spec.template.spec",
    CronJob: "spec.jobTemplate.spec.template.spec",
};

describe("claims for storage in an object", () => {
    it("are a PersistentVolumeClaim's own", () => {
        assert.deepEqual(claimsIn(claim()), ["claim spec data"]);
    });

    it("are what a PersistentVolume allows", () => {
        const volume = { kind: "PersistentVolume", metadata: { name: "disk" }, spec: {} };
        assert.deepEqual(claimsIn(volume), ["volume spec disk"]);
    });

    it("are a StatefulSet's templates, each", () => {
        const set = workload(
            "StatefulSet",
            {},
            { spec: { volumeClaimTemplates: [template, template] } },
        );
        assert.deepEqual(claimsIn(set), [
            "template spec.volumeClaimTemplates[0].spec ledger",
            "template spec.volumeClaimTemplates[1].spec ledger",
        ]);
    });

    for (const kind of WORKLOADS) {
        it(`are the ephemeral volumes of a ${kind}`, () => {
            const path = `${POD_PATHS[kind]}.volumes[0].ephemeral.volumeClaimTemplate.spec`;
            assert.deepEqual(claimsIn(workload(kind, podWith(ephemeral))), [
                `ephemeral ${path} data`,
            ]);
        });

        it(`are not the other volumes of a ${kind}`, () => {
            assert.deepEqual(claimsIn(workload(kind, podWith({ emptyDir: {} }))), []);
        });
    }

    it("are not templates of a kind that has none", () => {
        const deployment = workload(
            "Deployment",
            {},
            { spec: { volumeClaimTemplates: [template] } },
        );
        assert.deepEqual(claimsIn(deployment), []);
    });

    it("are found in patches", () => {
        for (const [kind, path] of [
            ["PersistentVolumeClaimPatch", "claim spec data"],
            ["PersistentVolumePatch", "volume spec data"],
        ] as const) {
            assert.deepEqual(claimsIn({ ...claim(), kind }), [path]);
        }
        const set = workload("StatefulSet", {}, { spec: { volumeClaimTemplates: [template] } });
        assert.deepEqual(claimsIn({ ...set, kind: "StatefulSetPatch" }), [
            "template spec.volumeClaimTemplates[0].spec ledger",
        ]);
    });

    it("are found in lists of one kind, and in lists of all kinds, below one another", () => {
        const { kind: _, ...item } = claim();
        assert.deepEqual(claimsIn({ kind: "PersistentVolumeClaimList", items: [item, item] }), [
            "claim items[0].spec data",
            "claim items[1].spec data",
        ]);
        const list = { kind: "List", items: [claim(), workload("Pod", podWith(ephemeral))] };
        assert.deepEqual(claimsIn({ kind: "List", items: [{ kind: "Service" }, list] }), [
            "claim items[1].items[0].spec data",
            "ephemeral items[1].items[1].spec.volumes[0].ephemeral.volumeClaimTemplate.spec data",
        ]);
    });

    it("take the namespace of the workload they stand in", () => {
        const set = workload("StatefulSet", {}, { spec: { volumeClaimTemplates: [template] } });
        const [found] = manifestsIn("StatefulSet", set).flatMap(volumeClaims);
        assert.equal(found?.namespace, "org1");
    });
});

describe("what hides claims", () => {
    it("is nothing in an object that is right, nor in one of another kind", () => {
        for (const kind of WORKLOADS) {
            assert.deepEqual(misfitsIn(workload(kind, podWith(ephemeral))), [], kind);
        }
        assert.deepEqual(misfitsIn(claim()), []);
        assert.deepEqual(misfitsIn({ kind: "ConfigMap", spec: "text" }), []);
    });

    it("is a specification that is no object", () => {
        for (const kind of CLAIM_KINDS.filter((one) => one !== "PodTemplate")) {
            assert.deepEqual(misfitsIn({ kind, spec: ["text"] }), ["spec: an object"], kind);
        }
    });

    it("is anything on the way to a Pod that is no object", () => {
        for (const kind of WORKLOADS) {
            const path = POD_PATHS[kind]!;
            const steps = path.split(".");
            steps.forEach((_, index) => {
                const broken = steps
                    .slice(0, index + 1)
                    .reduceRight<unknown>((below, step) => ({ [step]: below }), "text");
                const object = { kind, ...(broken as Fields) };
                const expected = `${steps.slice(0, index + 1).join(".")}: an object`;
                assert.deepEqual(misfitsIn(object), [expected], `${kind} ${expected}`);
            });
        }
    });

    it("is a list of volumes or templates that is no list, and an item that is no object", () => {
        const broken = (spec: Fields) => misfitsIn({ kind: "StatefulSet", spec });
        assert.deepEqual(broken({ volumeClaimTemplates: {} }), [
            "spec.volumeClaimTemplates: a list",
        ]);
        assert.deepEqual(broken({ volumeClaimTemplates: ["x"] }), [
            "spec.volumeClaimTemplates[0]: an object",
        ]);
        assert.deepEqual(broken({ volumeClaimTemplates: [{ spec: "x" }] }), [
            "spec.volumeClaimTemplates[0].spec: an object",
        ]);
        assert.deepEqual(broken({ template: { spec: { volumes: "x" } } }), [
            "spec.template.spec.volumes: a list",
        ]);
        const volume = { ephemeral: { volumeClaimTemplate: "x" } };
        assert.deepEqual(broken({ template: { spec: { volumes: [{}, volume] } } }), [
            "spec.template.spec.volumes[1].ephemeral.volumeClaimTemplate: an object",
        ]);
    });
});

describe("how many Pods of an object run at once", () => {
    const replicasOf = (object: Fields & { kind: string }) =>
        manifestsIn(object.kind, object).map((manifest) => podSpecOf(manifest)?.replicas)[0];

    it("is what it says, and one where it says nothing", () => {
        for (const kind of ["Deployment", "StatefulSet", "ReplicaSet", "ReplicationController"]) {
            assert.equal(replicasOf(workload(kind, {})), 1, kind);
            assert.equal(replicasOf(workload(kind, {}, { spec: { replicas: 3 } })), 3, kind);
            assert.equal(replicasOf(workload(kind, {}, { spec: { replicas: 0 } })), 0, kind);
        }
        for (const kind of ["Job", "CronJob"]) {
            assert.equal(replicasOf(workload(kind, {}, { spec: { parallelism: 2 } })), 2, kind);
        }
        assert.equal(replicasOf(workload("Pod", {})), 1);
    });

    it("is one on every machine for a DaemonSet", () => {
        assert.equal(replicasOf(workload("DaemonSet", {})), Infinity);
    });

    it("is not known where it is no number", () => {
        assert.equal(
            replicasOf(workload("Deployment", {}, { spec: { replicas: "3" } })),
            undefined,
        );
    });
});
