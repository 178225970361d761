import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { CHECKOUT } from "../support/installed.ts";

const MANIFEST = JSON.parse(readFileSync(join(CHECKOUT, "package.json"), "utf8")) as {
    types: string;
    exports: Record<string, { types: string } | string>;
    dependencies: Record<string, string>;
    peerDependencies: Record<string, string>;
    peerDependenciesMeta: Record<string, { optional?: boolean }>;
};
const CLOUD_SDK = /^@pulumi\/(gcp|azure|azure-native|ibm)(\/|$)/;
const INDEX_OF_SDK = /^@pulumi\/(gcp|azure|azure-native|ibm|kubernetes)$/;

/** Declaration files that a program's compiler reads for one import, and all that they import. */
function typesBehind(entry: string): { files: string[]; packages: string[] } {
    const files = new Set<string>();
    const packages = new Set<string>();
    const follow = (file: string) => {
        if (files.has(file)) {
            return;
        }
        files.add(file);
        const text = readFileSync(file, "utf8");
        for (const [, name] of text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*"([^"]+)"/g)) {
            if (!name!.startsWith(".")) {
                packages.add(name!);
                continue;
            }
            const path = join(dirname(file), name!);
            follow([`${path}.d.ts`, join(path, "index.d.ts")].find((each) => existsSync(each))!);
        }
    };
    follow(join(CHECKOUT, entry));
    return { files: [...files], packages: [...packages] };
}

describe("the SDKs of the clouds", () => {
    it("are peers that may be missing, and no dependencies", () => {
        const peers = Object.keys(MANIFEST.peerDependencies).filter((name) => CLOUD_SDK.test(name));
        assert.ok(peers.includes("@pulumi/ibm"));
        for (const name of peers) {
            assert.equal(MANIFEST.peerDependenciesMeta[name]?.optional, true, name);
        }
        assert.deepEqual(
            Object.keys(MANIFEST.dependencies).filter((name) => CLOUD_SDK.test(name)),
            [],
        );
    });

    for (const [name, entry] of Object.entries(MANIFEST.exports)) {
        if (typeof entry === "string" || name.includes("*")) {
            continue;
        }
        it(`are read by single files, as that of Kubernetes is: ${name}`, () => {
            const { packages } = typesBehind(entry.types);
            // An index would have a compiler read the types of all resources.
            assert.deepEqual(
                packages.filter((each) => INDEX_OF_SDK.test(each)),
                [],
            );
        });
    }

    it("show no type of theirs from the root import", () => {
        const { files, packages } = typesBehind(MANIFEST.types);
        assert.ok(files.length > 20, `${files.length} files`);
        assert.ok(packages.includes("@pulumi/pulumi"));
        assert.deepEqual(
            packages.filter((name) => CLOUD_SDK.test(name)),
            [],
        );
    });
});
