import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";

/** The modules that a fresh process has loaded after some imports, beyond those of the SDK. */
function loadedBy(...packages: string[]): string[] {
    const script = `
        require("@pulumi/pulumi");
        const before = new Set(Object.keys(require.cache));
        for (const name of ${JSON.stringify(packages)}) require(name);
        const loaded = Object.keys(require.cache).filter((file) => !before.has(file));
        console.log(JSON.stringify(loaded));`;
    const printed = execFileSync(process.execPath, ["-e", script], { encoding: "utf8" });
    return JSON.parse(printed) as string[];
}

describe("importing kubefabric/storage", () => {
    it("loads its own few modules, and neither Pulumi nor anything else", () => {
        const script = `
            require("kubefabric/storage");
            console.log(JSON.stringify(Object.keys(require.cache)));`;
        const printed = execFileSync(process.execPath, ["-e", script], { encoding: "utf8" });
        const modules = (JSON.parse(printed) as string[]).map((file) => file.replaceAll("\\", "/"));
        assert.ok(modules.length > 1 && modules.length <= 10, modules.join("\n"));
        assert.deepEqual(
            modules.filter((file) => !file.includes("/dist/storage/")),
            [],
        );
    });
});

describe("importing the package", () => {
    const modules = loadedBy("kubefabric").map((file) => file.replaceAll("\\", "/"));

    it("loads at most 40 modules beyond the SDK and the Kubernetes classes it uses", () => {
        const others = modules.filter((file) => !file.includes("/@pulumi/kubernetes/"));
        assert.ok(others.length > 10, "the package itself was loaded");
        assert.ok(others.length <= 40, `${others.length}: ${others.join("\n")}`);
    });

    it("loads single Kubernetes classes, not all of them", () => {
        const classes = modules.filter((file) => file.includes("/@pulumi/kubernetes/"));
        assert.ok(classes.length <= 16, `${classes.length}: ${classes.join("\n")}`);
    });

    it("loads the table of storage only when a program asks for it", () => {
        assert.deepEqual(
            modules.filter((file) => file.includes("/capabilities")),
            [],
        );
    });

    it("loads no cloud's SDK and no client of Kubernetes or Fabric", () => {
        const heavy =
            /@pulumi\/(gcp|azure|azure-native|ibm)|@kubernetes\/|@peculiar|grpc-js\/build/;
        assert.deepEqual(
            modules.filter((file) => heavy.test(file)),
            [],
        );
    });
});
