import assert from "node:assert/strict";
import { createRequire } from "node:module";

import * as sdk from "@pulumi/policy";
import { isUnknown, read } from "kubefabric/internal/policy/rules/unknown";
import { policies } from "kubefabric/policy";
import { Recording, replay } from "kubefabric/testing";

import {
    claim,
    ledgerClaim,
    nodeLabels,
    podWith,
    registered,
    storageClass,
    UNKNOWN_LIST,
    UNKNOWN_OBJECT,
    UNKNOWN_TEXT,
    workload,
    type KubernetesObject,
} from "../support/policy.ts";

/** What the SDK exports without saying so in its types. */
const { unknownCheckingProxy, UnknownValueError } = sdk as unknown as {
    unknownCheckingProxy: <T>(value: T) => T;
    UnknownValueError: new () => Error;
};

/** The SDK's stand-ins, which it keeps to itself. */
const SENTINELS = Object.entries(
    createRequire(import.meta.url)("@pulumi/policy/proxy") as Record<string, unknown>,
).filter(([name, value]) => /^unknown\w+Value$/.test(name) && typeof value === "string");

describe("values that a preview does not know", () => {
    it("are told by all the stand-ins that the SDK has", () => {
        assert.equal(SENTINELS.length, 7);
        for (const [name, value] of SENTINELS) {
            assert.ok(isUnknown(value), name);
            const proxied = unknownCheckingProxy({ field: value });
            assert.throws(() => proxied.field, UnknownValueError, name);
        }
        for (const value of [undefined, null, "", "text", 0, {}, []]) {
            assert.ok(!isUnknown(value), JSON.stringify(value));
        }
    });

    it("make everything below them unknown", () => {
        assert.ok(isUnknown(read({ a: UNKNOWN_OBJECT }, "a", "b", "c")));
        assert.equal(read({ a: {} }, "a", "b", "c"), undefined);
    });
});

/** Every place in an object, and the object with something unknown there. */
function* unknownAnywhere(value: unknown, path = ""): Generator<[string, unknown]> {
    if (path !== "") {
        yield [path, UNKNOWN_TEXT];
        yield [path, Array.isArray(value) ? UNKNOWN_LIST : UNKNOWN_OBJECT];
    }
    if (typeof value === "object" && value !== null) {
        for (const [key, item] of Object.entries(value)) {
            for (const [at, broken] of unknownAnywhere(item, `${path}.${key}`)) {
                const copy = Array.isArray(value) ? [...(value as unknown[])] : { ...value };
                (copy as Record<string, unknown>)[key] = broken;
                yield [at, copy];
            }
        }
    }
}

describe("a policy that meets an unknown value", () => {
    const spec = claim().spec;
    const objects: KubernetesObject[] = [
        ledgerClaim({ accessModes: ["ReadWriteMany"] }),
        storageClass(),
        workload("StatefulSet", podWith({ persistentVolumeClaim: { claimName: "peer0-ledger" } }), {
            labels: nodeLabels(),
            spec: { replicas: 1, volumeClaimTemplates: [{ metadata: { name: "data" }, spec }] },
        }),
        workload("CronJob", podWith({ ephemeral: { volumeClaimTemplate: { spec } } })),
        {
            apiVersion: "v1",
            kind: "Service",
            metadata: { name: "outside", labels: nodeLabels(), annotations: {} },
            spec: { type: "LoadBalancer", ports: [{ port: 7051 }] },
        },
    ];

    for (const object of objects) {
        it(`is never taken for an advice by accident: any field of a ${object.kind}`, async () => {
            for (const vendor of ["gke", "iks-vpc"]) {
                for (const [path, broken] of unknownAnywhere(object)) {
                    const recording = new Recording(
                        [
                            registered({
                                ...(broken as object),
                                kind: object.kind,
                                apiVersion: object.apiVersion,
                            }),
                        ],
                        undefined,
                    );
                    const config = { "volume-access-mode": { vendor, onUnknown: "mandatory" } };
                    for (const { message, level } of await replay(recording, policies, {
                        config,
                    })) {
                        assert.doesNotMatch(message, /can't run policy/, path);
                        const isKnownAdvice = !/is not known before the update/.test(message);
                        assert.ok(level === "mandatory" || isKnownAdvice, `${path}: ${message}`);
                    }
                }
            }
        });
    }

    it("keeps a violation that it knows, whatever else is unknown", async () => {
        const many = ledgerClaim({ accessModes: ["ReadWriteMany"] });
        for (const [path, broken] of unknownAnywhere(many)) {
            if (
                /^\.(kind|apiVersion|spec$|spec\.(accessModes|storageClassName|volumeMode))/.test(
                    path,
                )
            ) {
                continue;
            }
            const recording = new Recording([registered(broken as KubernetesObject)], undefined);
            const config = { "volume-access-mode": { vendor: "gke" } };
            const found = await replay(recording, policies, { config });
            const refused = found.filter(
                ({ policy, level }) => policy === "volume-access-mode" && level === "mandatory",
            );
            assert.equal(refused.length, 1, path);
        }
    });
});
