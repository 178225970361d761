import assert from "node:assert/strict";

import fc from "fast-check";
import { definitionProblems } from "kubefabric/internal/fabric/chaincodeDefinition";
import { chaincodePackageProblems } from "kubefabric/internal/fabric/chaincodePackage";
import {
    defaultPackageLabel,
    serviceAddress,
    serviceName,
    serviceNameProblem,
} from "kubefabric/internal/fabric/chaincodeService";

const SERVICE_NAME = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;

describe("the name under which a chaincode is dialed", () => {
    const NAMES: [chaincode: string, label: string | undefined, version: string, name: string][] = [
        ["asset", undefined, "1.0", "chaincode-asset-1-0"],
        ["asset", "asset_1.0", "2.0", "chaincode-asset-1-0-2-0"],
        ["basic", "asset_1.0", "1.0", "chaincode-asset-1-0-1-0"],
        ["basic", "Asset", "v2+hotfix", "chaincode-asset-v2-hotfix"],
        ["9lives", undefined, "1", "chaincode-9lives-1"],
        ["asset", undefined, "1.0-", "chaincode-asset-1-0"],
    ];
    for (const [chaincode, given, version, name] of NAMES) {
        const label = given ?? defaultPackageLabel(chaincode, version);
        it(`is ${name} for version ${version} of ${chaincode} under the label ${label}`, () => {
            const named = { chaincode, version, label };
            assert.equal(serviceName(named), name);
            assert.equal(serviceAddress(named), `${name}:9999`);
        });
    }

    it("is one that Kubernetes takes and a package may have, for every name and version that peers take", () => {
        const text = (first: string, more: string) =>
            fc.stringMatching(new RegExp(`^[${first}][${more}]{0,20}$`));
        const names = text("A-Za-z0-9", "A-Za-z0-9");
        const versions = text("A-Za-z0-9_.+-", "A-Za-z0-9_.+-");
        fc.assert(
            fc.property(names, versions, (name, version) => {
                fc.pre(definitionProblems({ name, version }).length === 0);
                const label = defaultPackageLabel(name, version);
                const named = { chaincode: name, version, label };
                assert.equal(serviceNameProblem(named), undefined);
                assert.match(serviceName(named), SERVICE_NAME);
                const address = serviceAddress(named);
                assert.deepEqual(chaincodePackageProblems(label, { type: "ccaas", address }), []);
            }),
        );
    });

    it("differs from version to version under one label, whatever the label ends in", () => {
        const versions = ["0", "1", "1.0", "1.1", "1.10", "2", "11", "v1"];
        for (const label of ["asset", "asset_1.0", "asset_11"]) {
            const names = versions.map((version) =>
                serviceName({ chaincode: "asset", version, label }),
            );
            assert.equal(new Set(names).size, versions.length, names.join());
        }
    });

    it("fails where it is longer than a Service's may be", () => {
        const longest = "a".repeat(63 - "chaincode--1".length);
        const named = { chaincode: "asset", version: "1" };
        assert.equal(serviceNameProblem({ ...named, label: longest }), undefined);
        assert.equal(
            serviceNameProblem({ ...named, label: `${longest}a` }),
            `"${longest}a" with version "1" gives the Service the name "chaincode-${longest}a-1", which ` +
                "has 64 characters, and a Service's ends at 63; write a shorter label",
        );
    });
});
