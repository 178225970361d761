import assert from "node:assert/strict";

import * as fc from "fast-check";
import { holds, type Condition, type StorageFacts } from "kubefabric/storage";

const known: [string, Condition, StorageFacts, boolean | undefined][] = [
    ["a data source", { kind: "dataSource" }, { dataSource: true }, true],
    ["no data source", { kind: "dataSource" }, { dataSource: false }, false],
    ["nothing known of one", { kind: "dataSource" }, {}, undefined],
    ["a static volume", { kind: "staticVolume" }, { staticVolume: true }, true],
    ["nothing known of a static volume", { kind: "staticVolume" }, { dataSource: true }, undefined],
    [
        "a parameter with its value, in any case",
        { kind: "parameter", name: "sharedv4", values: ["true"] },
        { parameters: { SharedV4: "True" } },
        true,
    ],
    [
        "a parameter with another value",
        { kind: "parameter", name: "sharedv4", values: ["true"] },
        { parameters: { sharedv4: "false" } },
        false,
    ],
    [
        "a parameter that is absent",
        { kind: "parameter", name: "maxShares", atLeast: 2 },
        { parameters: {} },
        false,
    ],
    [
        "parameters that are not known",
        { kind: "parameter", name: "maxShares", atLeast: 2 },
        {},
        undefined,
    ],
    [
        "a parameter that is enough",
        { kind: "parameter", name: "maxShares", atLeast: 2 },
        { parameters: { maxShares: "2" } },
        true,
    ],
    [
        "a parameter that is too little",
        { kind: "parameter", name: "maxShares", atLeast: 2 },
        { parameters: { maxShares: "1" } },
        false,
    ],
    [
        "a parameter that is no number",
        { kind: "parameter", name: "maxShares", atLeast: 2 },
        { parameters: { maxShares: "many" } },
        false,
    ],
    [
        "a machine of the series",
        { kind: "machineSeries", values: ["n2"] },
        { machineSeries: "n2" },
        true,
    ],
    [
        "a machine of another series",
        { kind: "machineSeries", values: ["n2"] },
        { machineSeries: "n2d" },
        false,
    ],
    ["a machine that is not known", { kind: "machineSeries", values: ["n2"] }, {}, undefined],
    [
        "a driver of that version",
        { kind: "driverVersion", atLeast: "1.35.0" },
        { driverVersion: "v1.35.0" },
        true,
    ],
    [
        "a driver that is older by the number, not by the text",
        { kind: "driverVersion", atLeast: "1.35.0" },
        { driverVersion: "1.9.12" },
        false,
    ],
    [
        "a driver that is newer in a part that is not asked for",
        { kind: "driverVersion", atLeast: "1.35" },
        { driverVersion: "1.35.7-beta.1" },
        true,
    ],
    ["a driver that is not known", { kind: "driverVersion", atLeast: "1.35" }, {}, undefined],
    [
        "a Kubernetes of a later major version",
        { kind: "kubernetesVersion", atLeast: "1.29" },
        { kubernetesVersion: "2.0" },
        true,
    ],
    [
        "an older Kubernetes",
        { kind: "kubernetesVersion", atLeast: "1.29" },
        { kubernetesVersion: "1.28" },
        false,
    ],
    [
        "a provisioner that is set up so",
        { kind: "provisionerSetting", name: "sharedFileSystemPath" },
        { provisionerSettings: ["sharedFileSystemPath"] },
        true,
    ],
    [
        "a provisioner that is not",
        { kind: "provisionerSetting", name: "sharedFileSystemPath" },
        { provisionerSettings: ["nodePathMap"] },
        false,
    ],
    [
        "a provisioner that nobody looked at",
        { kind: "provisionerSetting", name: "sharedFileSystemPath" },
        {},
        undefined,
    ],
];

describe("holds", () => {
    for (const [what, condition, facts, expected] of known) {
        it(`says ${expected} of ${what}`, () => {
            assert.equal(holds(condition, facts), expected);
        });
    }

    /** A condition that is true, false or not known. */
    const one = (value: boolean | undefined): [Condition, boolean | undefined] =>
        value === undefined
            ? [{ kind: "machineSeries", values: ["n2"] }, undefined]
            : [{ kind: value ? "dataSource" : "staticVolume" }, value];
    const facts: StorageFacts = { dataSource: true, staticVolume: false };
    const several = fc.array(fc.constantFrom(true, false, undefined).map(one), { minLength: 1 });

    it("is true of any if one is, false if none is, and not known otherwise", () => {
        fc.assert(
            fc.property(several, (each) => {
                const values = each.map(([, value]) => value);
                const of = each.map(([condition]) => condition);
                const expected = values.includes(true)
                    ? true
                    : values.includes(undefined)
                      ? undefined
                      : false;
                assert.equal(holds({ kind: "anyOf", of }, facts), expected);
            }),
        );
    });

    it("is false of all if one is, true if all are, and not known otherwise", () => {
        fc.assert(
            fc.property(several, (each) => {
                const values = each.map(([, value]) => value);
                const of = each.map(([condition]) => condition);
                const expected = values.includes(false)
                    ? false
                    : values.includes(undefined)
                      ? undefined
                      : true;
                assert.equal(holds({ kind: "allOf", of }, facts), expected);
            }),
        );
    });
});
