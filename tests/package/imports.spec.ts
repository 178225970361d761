import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";

/** Every component, as a program uses it. */
const COMPONENTS = [
    ".Chaincode",
    ".Channel",
    ".DockerEndpoint",
    ".ExistingCluster",
    ".FabricOrg",
    ".Headlamp",
    ".JoinedChannel",
    ".KubernetesBuilder",
    ".LedgerStorageClass",
    ".Monitoring",
    ".OrdererNode",
    ".OrdererService",
    ".PeerNode",
    ".parseOrgDefinition",
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
    const clusters = [
        {
            path: "kubefabric/gke",
            use: ".GkeCluster",
            sdk: "gcp",
            folder: "/@pulumi/gcp/",
            parts: [
                "compute/address.js",
                "compute/network.js",
                "compute/subnetwork.js",
                "container/cluster.js",
                "container/nodePool.js",
                "dns/recordSet.js",
                "organizations/getClientConfig.js",
                "utilities.js",
            ],
        },
        {
            path: "kubefabric/aks",
            use: ".AksCluster",
            sdk: "azure-native",
            folder: "/@pulumi/azure-native/",
            parts: [
                "containerservice/agentPool.js",
                "containerservice/listManagedClusterAdminCredentials.js",
                "containerservice/listManagedClusterUserCredentials.js",
                "containerservice/managedCluster.js",
                "resources/resourceGroup.js",
                // Its class of clusters asks it for the defaults of their parts.
                "types/input.js",
                "utilities.js",
            ],
        },
        {
            path: "kubefabric/iks",
            use: ".IksCluster",
            sdk: "ibm",
            folder: "/sdks/ibm/",
            parts: [
                "bin/containerCluster.js",
                "bin/containerVpcCluster.js",
                "bin/getContainerClusterConfig.js",
                "bin/isPublicGateway.js",
                "bin/isSubnet.js",
                "bin/isVpc.js",
                "bin/utilities.js",
            ],
        },
    ];
    for (const { path, use, sdk, folder, parts } of clusters) {
        const modules = loadedBy(path, use);

        it(`loads of @pulumi/${sdk} what it makes, and no more`, () => {
            const loaded = modules.filter((file) => file.includes(folder));
            assert.deepEqual(loaded.map((file) => file.split(folder)[1]).sort(), parts);
        });

        it(`loads no SDK of a cloud but @pulumi/${sdk} and no client`, () => {
            const clouds = ["gcp", "azure", "azure-native", "ibm"].filter((name) => name !== sdk);
            const heavy = new RegExp(
                `@pulumi/(${clouds.join("|")})/|${sdk === "ibm" ? "" : "sdks/ibm/|"}@kubernetes/|@peculiar|grpc-js/build|@hyperledger|/yaml/`,
            );
            assert.deepEqual(
                ownModules(modules).filter((file) => heavy.test(file)),
                [],
            );
        });
    }
});
