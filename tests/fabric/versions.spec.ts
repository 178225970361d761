import assert from "node:assert/strict";

import fc from "fast-check";
import {
    DEFAULT_FABRIC_VERSION,
    fabricLine,
    fabricVersionProblems,
} from "kubefabric/internal/fabric/versions";

const paths = (version: unknown, image?: unknown) =>
    fabricVersionProblems(version, image).map(({ path }) => path);

describe("the version of a node", () => {
    it("is of a known line, from its first known version on", () => {
        for (const version of ["3.1.4", "3.1.5", "3.1.10", "2.5.15", "2.5.16", "2.5.100"]) {
            assert.deepEqual(paths(version), [], version);
        }
        assert.deepEqual(paths(DEFAULT_FABRIC_VERSION), []);
    });

    it("fails where it is older, unknown, or no version, and says what to write", () => {
        const versions = ["3.1.3", "3.0.0", "3.2.0", "2.5.14", "2.5.9", "2.4.9", "1.4.12", "4.0.0"];
        const others = ["2.5", "3.1", "", "latest", "v3.1.5", "3.1.05", "3.1.5 ", "3.1.5-rc1", 3.1];
        for (const version of [...versions, ...others]) {
            const [problem, ...more] = fabricVersionProblems(version);
            assert.deepEqual(more, []);
            assert.equal(problem?.path, "fabricVersion", String(version));
            assert.ok(problem.reason.startsWith(`"${version}" is not a version`), problem.reason);
            assert.match(problem.reason, /write "3\.1\.5" \(3\.1\.4 or newer\) or "2\.5\.16"/);
        }
    });

    it("may be any of 2.5 and 3 with an image of one's own, and no other", () => {
        for (const version of ["2.5.0", "2.5.9", "3.0.0", "3.1.2", "3.2.0", "3.10.1-acme.4"]) {
            assert.deepEqual(paths(version, "registry.example/node:7"), [], version);
            assert.match(fabricVersionProblems(version)[0]?.reason ?? "", /image of your own/);
        }
        for (const version of ["2.4.9", "2.50.1", "4.0.0", "2.5", "latest"]) {
            assert.deepEqual(paths(version, "registry.example/node:7"), ["fabricVersion"], version);
            assert.doesNotMatch(fabricVersionProblems(version)[0]?.reason ?? "", /of your own/);
        }
    });

    it("fails where Fabric's own image is tagged with another line", () => {
        for (const [image, version] of [
            ["ghcr.io/hyperledger/fabric-peer:2.5.16", "3.1.5"],
            ["fabric-orderer:2.5", "3.1.5"],
            ["localhost:5000/fabric-peer:3.1.5@sha256:0123", "2.5.16"],
            ["fabric-peer:2.2.15", "2.5.16"],
        ] as const) {
            const [problem] = fabricVersionProblems(version, image);
            assert.equal(problem?.path, "image", image);
            assert.ok(problem.reason.startsWith(`"${image}" is of Fabric `), problem.reason);
        }
    });

    it("believes an image whose version is not known", () => {
        for (const image of [
            "fabric-peer:2.5.16-acme",
            "fabric-peer@sha256:2.5.16",
            "acme/peer:3.1.5",
            "registry.example:2.5/fabric-peer",
            "fabric-peer:latest",
            Promise.resolve("fabric-peer:3.1.5"),
        ]) {
            assert.deepEqual(paths("2.5.16", image), []);
        }
    });

    it("has a line that depends on its first two numbers only", () => {
        fc.assert(
            fc.property(fc.nat(9), fc.nat(9), fc.nat(99), (major, minor, patch) => {
                const line = major === 3 ? "3" : major === 2 && minor === 5 ? "2.5" : undefined;
                assert.equal(fabricLine(`${major}.${minor}.${patch}`), line);
            }),
        );
    });
});
