import assert from "node:assert/strict";

import { FUNCTIONS, MANIFEST, RESOURCES, SCHEMA, SETTINGS, source } from "../support/ibmSdk.ts";
import { inputsOf, outputsOf, plainOf } from "../support/sdkDeclarations.ts";
import type { ObjectShape, Property } from "../support/terraformBridge.ts";

const isGiven = ({ input }: Property) => input !== undefined;

describe("sdks/ibm, held against the schema of IBM's provider", () => {
    it("has the version of the provider whose schema it is held against", () => {
        assert.equal(MANIFEST.name, "@pulumi/ibm");
        assert.equal(MANIFEST.version, SCHEMA.version);
    });

    for (const { member, className, declared } of RESOURCES) {
        describe(className, () => {
            it("takes what the schema takes, as required as there", () => {
                assert.deepEqual(
                    source(member).interface(`${className}Args`),
                    inputsOf(declared.filter(isGiven)),
                );
            });

            it("is looked up by any of its properties, and by none", () => {
                const all = declared.map((each): Property => ({ ...each, input: "optional" }));
                assert.deepEqual(source(member).interface(`${className}State`), inputsOf(all));
            });

            it("gives what the schema gives, undefined only where nobody fills it in", () => {
                assert.deepEqual(source(member).outputs(className), outputsOf(declared));
            });
        });
    }

    for (const { member, declared } of FUNCTIONS) {
        const title = member[0]!.toUpperCase() + member.slice(1);
        describe(member, () => {
            it("takes what the schema takes, plain or as inputs", () => {
                const given = declared.filter(isGiven);
                assert.deepEqual(source(member).interface(`${title}Args`), plainOf(given, "input"));
                assert.deepEqual(source(member).interface(`${title}OutputArgs`), inputsOf(given));
            });

            it("gives what the schema gives", () => {
                const results = plainOf(declared, "output");
                assert.deepEqual(source(member).interface(`${title}Result`), results);
            });
        });
    }

    it("has every type of a block, nested ones included, and no other", () => {
        const objects = RESOURCES.flatMap(({ declared }) => declared.flatMap(objectsOf));
        const names = objects.map(({ object }) => object).sort();
        assert.equal(new Set(names).size, names.length);
        assert.deepEqual(source("types/input").interfaces().sort(), names);
        assert.deepEqual(source("types/output").interfaces().sort(), names);
        for (const { object, properties } of objects) {
            assert.deepEqual(source("types/input").interface(object), inputsOf(properties), object);
            const plain = plainOf(properties, "output");
            assert.deepEqual(source("types/output").interface(object), plain, object);
        }
    });

    it("has the settings of the provider", () => {
        assert.deepEqual(source("provider").interface("ProviderArgs"), inputsOf(SETTINGS));
        const texts = SETTINGS.filter(({ shape }) => shape === "string");
        assert.ok(texts.length > 10 && texts.length < SETTINGS.length);
        // A provider's outputs are texts only.
        assert.deepEqual(source("provider").outputs("Provider"), outputsOf(texts));
    });

    it("has the names that a cluster is made with", () => {
        const names = (className: string) =>
            RESOURCES.find((each) => each.className === className)!.declared.map(
                ({ name }) => name,
            );
        const has = (className: string, ...wanted: string[]) =>
            assert.deepEqual(
                wanted.filter((name) => !names(className).includes(name)),
                [],
                className,
            );
        has("ContainerVpcCluster", "containerVpcClusterId", "zones", "kmsConfig", "securityGroups");
        has("ContainerCluster", "subnetIds", "webhooks", "workersInfos", "workerPools");
        has("IsVpc", "dns", "cseSourceAddresses", "publicAddressRanges", "healthReasons");
        const zones = source("types/input").interface("ContainerVpcClusterZone");
        assert.deepEqual(Object.keys(zones), ["name", "subnetId"]);
    });
});

function objectsOf({ shape }: Property): ObjectShape[] {
    const inner = typeof shape === "object" && "list" in shape ? shape.list : shape;
    if (typeof inner === "string" || !("object" in inner)) {
        return [];
    }
    return [inner, ...inner.properties.flatMap(objectsOf)];
}
