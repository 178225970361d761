import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";

/** Every component, as a program uses it. */
const COMPONENTS = [
    ".Channel",
    ".ExistingCluster",
    ".FabricOrg",
    ".LedgerStorageClass",
    ".OrdererNode",
    ".OrdererService",
    ".PeerNode",
];

/** The modules that a fresh process has loaded after an import and uses of its exports. */
function loadedBy(name: string, ...uses: string[]): string[] {
    const script = `
        require("@pulumi/pulumi");
        const before = new Set(Object.keys(require.cache));
        const imported = require(${JSON.stringify(name)});
        ${uses.map((use) => `if (typeof imported${use} !== "function") throw "${use}";`).join("\n")}
        const loaded = Object.keys(require.cache).filter((file) => !before.has(file));
        console.log(JSON.stringify(loaded));`;
    const printed = execFileSync(process.execPath, ["-e", script], { encoding: "utf8" });
    return (JSON.parse(printed) as string[]).map((file) => file.replaceAll("\\", "/"));
}

/** Beyond the Kubernetes classes in use. */
function ownModules(modules: readonly string[]): string[] {
    return modules.filter((file) => !file.includes("/@pulumi/kubernetes/"));
}

describe("importing the package", () => {
    const imported = loadedBy("kubefabric");

    it("loads at most 40 modules beyond the SDK", () => {
        const modules = ownModules(imported);
        assert.ok(modules.length > 0, "the package itself was loaded");
        assert.ok(modules.length <= 40, `${modules.length}: ${modules.join("\n")}`);
    });

    it("loads a component when it is first used, and no other", () => {
        const names = (modules: string[]) =>
            modules.flatMap((file) => /components\/(\w+)\.js$/.exec(file)?.[1] ?? []);
        const loaded = names(loadedBy("kubefabric", ".ExistingCluster"));
        assert.ok(!loaded.includes("fabricOrg"), loaded.join());
        assert.ok(names(loadedBy("kubefabric", ".FabricOrg")).includes("fabricOrg"));
    });

    const used = loadedBy("kubefabric", ...COMPONENTS);

    it("loads single Kubernetes classes, not all of them, whatever is used", () => {
        const classes = used.filter((file) => file.includes("/@pulumi/kubernetes/"));
        assert.ok(classes.length > 8 && classes.length <= 32, classes.join("\n"));
    });

    it("loads no cloud's SDK and no client of Kubernetes or Fabric, whatever is used", () => {
        const heavy =
            /@pulumi\/(gcp|azure|azure-native|ibm)|sdks\/ibm\/|@kubernetes\/|@peculiar|grpc-js\/build|@hyperledger|@noble|\/undici\//;
        assert.deepEqual(
            used.filter((file) => heavy.test(file)),
            [],
        );
    });
});

describe("importing a vendor's cluster", () => {
    const modules = loadedBy("kubefabric/gke", ".GkeCluster");

    it("loads of Google's SDK what it makes, and no more", () => {
        const ofGoogle = modules.flatMap((file) => /\/@pulumi\/gcp\/(.+)$/.exec(file)?.[1] ?? []);
        assert.deepEqual(ofGoogle.sort(), [
            "compute/network.js",
            "compute/subnetwork.js",
            "container/cluster.js",
            "container/nodePool.js",
            "organizations/getClientConfig.js",
            "utilities.js",
        ]);
    });

    it("loads no other cloud's SDK and no client", () => {
        const heavy =
            /@pulumi\/(azure|azure-native|ibm)|sdks\/ibm\/|@kubernetes\/|@peculiar|grpc-js\/build|@hyperledger|\/yaml\//;
        assert.deepEqual(
            ownModules(modules).filter((file) => heavy.test(file)),
            [],
        );
    });

    const ofIks = loadedBy("kubefabric/iks", ".IksCluster");

    it("loads of IBM's SDK what it makes, and no more", () => {
        const ofIbm = ofIks.flatMap((file) => /\/sdks\/ibm\/(.+)$/.exec(file)?.[1] ?? []);
        assert.deepEqual(ofIbm.sort(), [
            "bin/containerCluster.js",
            "bin/containerVpcCluster.js",
            "bin/getContainerClusterConfig.js",
            "bin/isPublicGateway.js",
            "bin/isSubnet.js",
            "bin/isVpc.js",
            "bin/utilities.js",
        ]);
    });

    it("loads with IBM's no other cloud's SDK and no client", () => {
        const heavy =
            /@pulumi\/(gcp|azure|azure-native)|@kubernetes\/|@peculiar|grpc-js\/build|@hyperledger|\/yaml\//;
        assert.deepEqual(
            ownModules(ofIks).filter((file) => heavy.test(file)),
            [],
        );
    });
});
