import assert from "node:assert/strict";

import * as ibm from "@pulumi/ibm";
import * as pulumi from "@pulumi/pulumi";
import type { RegisterPackageRequest } from "@pulumi/pulumi/proto/resource_pb.js";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks.js";
import { record } from "kubefabric/testing";

import { FUNCTIONS, MANIFEST, RESOURCES, SCHEMA, sdkFile } from "../support/ibmSdk.ts";
import type { Shape } from "../support/terraformBridge.ts";

describe("sdks/ibm, as the engine gets it", () => {
    const made: Record<string, () => pulumi.CustomResource> = {
        ContainerVpcCluster: () =>
            new ibm.ContainerVpcCluster("it", {
                ...{ name: "cluster", flavor: "bx2.4x16", vpcId: "vpc", workerCount: 1 },
                zones: [{ name: "us-south-1", subnetId: "subnet" }],
                kmsConfig: { instanceId: "kms", crkId: "key" },
                timeouts: { create: "2h" },
            }),
        ContainerVpcWorkerPool: () =>
            new ibm.ContainerVpcWorkerPool("it", {
                ...{ cluster: "cluster", flavor: "bx2.4x16", vpcId: "vpc", workerCount: 1 },
                ...{ workerPoolName: "pool", zones: [{ name: "us-south-1", subnetId: "subnet" }] },
            }),
        ContainerCluster: () =>
            new ibm.ContainerCluster("it", { datacenter: "dal10", hardware: "shared" }),
        ContainerWorkerPool: () =>
            new ibm.ContainerWorkerPool("it", {
                ...{ cluster: "cluster", machineType: "b3c.4x16", workerPoolName: "pool" },
                sizePerZone: 1,
            }),
        IsVpc: () => new ibm.IsVpc("it", { addressPrefixManagement: "auto" }),
        IsSubnet: () => new ibm.IsSubnet("it", { vpc: "vpc", zone: "us-south-1" }),
        IsPublicGateway: () => new ibm.IsPublicGateway("it", { vpc: "vpc", zone: "us-south-1" }),
    };

    it("has a class for every resource of the schema", () => {
        assert.deepEqual(
            Object.keys(made).sort(),
            RESOURCES.map(({ className }) => className).sort(),
        );
    });

    for (const { member, className, declared } of RESOURCES) {
        it(`registers ${className} under its token, in its package, secrets named`, async () => {
            const { recording, requests, packages } = await observed(made[className]!);
            const [registered] = recording.resources;
            assert.equal(registered!.type, `ibm:index/${member}:${className}`);
            assert.deepEqual(
                registered!.additionalSecretOutputs,
                declared.filter(({ secret }) => secret).map(({ name }) => name),
            );
            assert.equal(packages.length, 1);
            assert.deepEqual(
                requests.map((request) => request.getPackageref()),
                [PACKAGE],
            );
        });
    }

    for (const { className, declared } of RESOURCES) {
        it(`hands every input of ${className} on, and nothing that only the provider knows`, async () => {
            const all = Object.fromEntries(
                declared.map(({ name, shape }) => [name, sample(shape)]),
            );
            const given = declared.filter(({ input }) => input !== undefined);
            const { recording } = await observed(() => new CLASSES[className]!("it", all));
            const inputs = Object.fromEntries(given.map(({ name }) => [name, all[name]]));
            assert.deepEqual(recording.resources[0]!.inputs, inputs);
        });
    }

    for (const { member, declared } of FUNCTIONS) {
        it(`hands every argument of ${member} on, plain or as inputs`, async () => {
            const given = declared.filter(({ input }) => input !== undefined);
            const args = Object.fromEntries(given.map(({ name, shape }) => [name, sample(shape)]));
            const { calls } = await observed(async () => {
                await CALLS[member]!(args);
                await CALLS[`${member}Output`]!(args);
            });
            assert.deepEqual(
                calls.map((call) => call.getArgs()!.toJavaScript()),
                [args, args],
            );
        });
    }

    it("hands inputs on as they are, blocks of at most one as objects", async () => {
        const { recording } = await observed(made.ContainerVpcCluster!);
        assert.deepEqual(recording.resources[0]!.inputs, {
            ...{ name: "cluster", flavor: "bx2.4x16", vpcId: "vpc", workerCount: 1 },
            zones: [{ name: "us-south-1", subnetId: "subnet" }],
            kmsConfig: { instanceId: "kms", crkId: "key" },
            timeouts: { create: "2h" },
        });
    });

    it("registers the package once, with the provider that the plugin is to run", async () => {
        const { packages } = await observed(() => {
            new ibm.IsVpc("vpc");
            return ibm.getResourceGroupOutput({ isDefault: true });
        });
        const [request] = packages;
        assert.equal(packages.length, 1);
        assert.equal(request!.getName(), "terraform-provider");
        assert.equal(request!.getVersion(), MANIFEST.pulumi.version);
        const parameter = request!.getParameterization()!;
        assert.equal(parameter.getName(), "ibm");
        assert.equal(parameter.getVersion(), SCHEMA.version);
        assert.deepEqual(JSON.parse(Buffer.from(parameter.getValue_asU8()).toString()), {
            remote: { url: "registry.opentofu.org/ibm-cloud/ibm", version: SCHEMA.version },
        });
    });

    it("names the same package in package.json, where the engine looks for plugins", () => {
        const { name, version, parameterization } = MANIFEST.pulumi;
        const written = sdkFile("utilities.ts");
        const { value, ...named } = parameterization;
        assert.equal(name, "terraform-provider");
        assert.deepEqual(named, { name: "ibm", version: SCHEMA.version });
        assert.ok(written.includes(`base64Parameter: "${value}"`));
        assert.ok(written.includes(`baseProviderVersion: "${version}"`));
    });

    it("calls its functions under their tokens, in its package", async () => {
        const { calls, recording } = await observed(async () => {
            const group = await ibm.getResourceGroup({ name: "default" });
            const config = ibm.getContainerClusterConfigOutput({
                clusterNameId: pulumi.output("cluster"),
                admin: true,
            });
            const admin = await new Promise((resolve) => config.admin!.apply(resolve));
            return [group.name, admin];
        });
        assert.deepEqual(
            calls.map((call) => [call.getTok(), call.getPackageref()]),
            [
                ["ibm:index/getResourceGroup:getResourceGroup", PACKAGE],
                ["ibm:index/getContainerClusterConfig:getContainerClusterConfig", PACKAGE],
            ],
        );
        assert.deepEqual(recording.returned, ["default", true]);
    });

    it("has a provider that belongs to the package, numbers written as the engine wants them", async () => {
        const { recording, requests } = await observed(
            () => new ibm.Provider("it", { region: "us-south", maxRetries: 3 }),
        );
        assert.equal(recording.resources[0]!.type, "pulumi:providers:ibm");
        assert.deepEqual(recording.resources[0]!.inputs, { region: "us-south", maxRetries: "3" });
        assert.equal(requests[0]!.getPackageref(), PACKAGE);
    });

    it("fails without a required property", async () => {
        const args = { flavor: "bx2.4x16", zones: [] } as unknown as ibm.ContainerVpcClusterArgs;
        await assert.rejects(
            observed(() => new ibm.ContainerVpcCluster("it", args)),
            /Missing required property 'vpcId'/,
        );
    });
});

/** The reference that the monitor gives the package. */
const PACKAGE = "mock-uuid";

const CLASSES = ibm as unknown as Record<string, new (name: string, args: object) => unknown>;
const CALLS = ibm as unknown as Record<string, (args: object) => unknown>;

/** A value of a shape. */
function sample(shape: Shape): unknown {
    if (typeof shape === "string") {
        return { string: "text", number: 1, boolean: true }[shape];
    }
    if ("list" in shape) {
        return [sample(shape.list)];
    }
    return "map" in shape
        ? { key: sample(shape.map) }
        : Object.fromEntries(shape.properties.map((each) => [each.name, sample(each.shape)]));
}

interface Request {
    getArgs(): { toJavaScript(): object } | undefined;
    getPackageref(): string;
    getTok(): string;
}

/** What a program records, and what reaches the monitor beside it. */
async function observed(program: () => unknown) {
    const packages: RegisterPackageRequest[] = [];
    const requests: Request[] = [];
    const calls: Request[] = [];
    const monitor = MockMonitor.prototype as unknown as Record<string, Method>;
    const originals = { ...pick(monitor, "registerPackage", "registerResource", "invoke") };
    const seen: Record<string, unknown[]> = {
        registerPackage: packages,
        registerResource: requests,
        invoke: calls,
    };
    for (const [name, original] of Object.entries(originals)) {
        monitor[name] = function (this: unknown, request: unknown, answer: unknown) {
            seen[name]!.push(request);
            return original.call(this, request, answer);
        };
    }
    try {
        return { recording: await record(program), packages, requests, calls };
    } finally {
        Object.assign(monitor, originals);
    }
}

type Method = (request: unknown, answer: unknown) => unknown;

function pick(from: Record<string, Method>, ...names: string[]): Record<string, Method> {
    return Object.fromEntries(names.map((name) => [name, from[name]!]));
}
