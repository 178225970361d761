import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";
import { AksCluster, type AksClusterArgs } from "kubefabric/aks";
import { GkeCluster, type GkeClusterArgs } from "kubefabric/gke";
import { IksCluster, type IksClusterArgs } from "kubefabric/iks";
import { record } from "kubefabric/testing";

import { answersOfAzure, recordAks } from "../support/aks.ts";
import { CA, recordGke } from "../support/gke.ts";
import { CONFIGURATION, onVpc, recordIks } from "../support/iks.ts";
import { read } from "../support/kubeconfigs.ts";
import { recordNetwork, valueOf } from "../support/network.ts";

const CLASSIC = { classic: { datacenter: "fra02" } };

/** What a program is told that makes a cluster; nothing may have been registered. */
async function refusal(make: () => unknown): Promise<string[]> {
    let message = "";
    const recording = await recordNetwork(() => {
        try {
            make();
        } catch (error) {
            ({ message } = error as Error);
        }
    });
    assert.deepEqual(recording.resources, []);
    const [, ...lines] = message.split("\n");
    return lines.map((line) => line.trim());
}

describe("the endpoint of a GKE cluster", () => {
    const serverOf = async (args: Partial<GkeClusterArgs>) => {
        const { cluster } = await recordGke(args);
        const { server, caData } = read(await valueOf(cluster.kubeconfig)).cluster;
        return [server, caData];
    };
    const inputsOf = async (args: Partial<GkeClusterArgs>) =>
        (await recordGke(args)).recording.find("Cluster", "prod").inputs;

    it("is the public address, the private one, or Google's name", async () => {
        assert.deepEqual(await serverOf({}), ["https://203.0.113.7", CA]);
        assert.deepEqual(await serverOf({ endpoint: "public" }), ["https://203.0.113.7", CA]);
        assert.deepEqual(await serverOf({ endpoint: "private" }), ["https://10.0.0.2", CA]);
        assert.deepEqual(await serverOf({ endpoint: "dns" }), [
            "https://gke-1234.europe-west4.gke.goog",
            undefined,
        ]);
        // Its certificate is of a public authority, whoever logs in and however.
        const token = await serverOf({ endpoint: "dns", login: "token", autopilot: true });
        assert.deepEqual(token, ["https://gke-1234.europe-west4.gke.goog", undefined]);
    });

    it("answers by name only where it is told to, and keeps what else is written", async () => {
        for (const endpoint of ["public", "private"] as const) {
            assert.equal("controlPlaneEndpointsConfig" in (await inputsOf({ endpoint })), false);
        }
        const open = { dnsEndpointConfig: { allowExternalTraffic: true } };
        assert.deepEqual((await inputsOf({ endpoint: "dns" })).controlPlaneEndpointsConfig, open);
        const ipEndpointsConfig = { enabled: false };
        const more = { ipEndpointsConfig, dnsEndpointConfig: { enableK8sTokensViaDns: true } };
        for (const controlPlaneEndpointsConfig of [more, pulumi.output(more)]) {
            const clusterArgs = { controlPlaneEndpointsConfig };
            const inputs = await inputsOf({ endpoint: "dns", clusterArgs });
            assert.deepEqual(inputs.controlPlaneEndpointsConfig, {
                ipEndpointsConfig,
                dnsEndpointConfig: { allowExternalTraffic: true, enableK8sTokensViaDns: true },
            });
        }
    });

    it("stands in where a test of a user's own records a program", async () => {
        for (const [endpoint, server] of [
            ["private", "https://placeholder-private-endpoint"],
            ["dns", "https://placeholder-dns-endpoint"],
        ] as const) {
            const recording = await record(
                () => new GkeCluster("prod", { location: "us-east1", endpoint }),
            );
            const { kubeconfig } = recording.returned as GkeCluster;
            assert.equal(read(await valueOf(kubeconfig)).cluster.server, server);
        }
    });

    const byAddress = { controlPlaneEndpointsConfig: { ipEndpointsConfig: { enabled: false } } };
    const privateOnly = { privateClusterConfig: { enablePrivateEndpoint: true } };
    const cases: [string, Partial<GkeClusterArgs>, RegExp][] = [
        [
            "one that is none",
            { endpoint: "internal" as "private" },
            /^endpoint: "internal" is not .*; write "public", "private" or "dns"$/,
        ],
        [
            "an address that is taken away",
            { clusterArgs: byAddress },
            /^clusterArgs\.controlPlaneEndpointsConfig\.ipEndpointsConfig\.enabled: is false, and the endpoint that programs use is "public"; write endpoint: "dns", or take it away$/,
        ],
        [
            "a private address that is taken away",
            { clusterArgs: byAddress, endpoint: "private" },
            /ipEndpointsConfig\.enabled: is false, and the endpoint that programs use is "private"; write/,
        ],
        [
            "a name that answers nobody",
            {
                endpoint: "dns",
                clusterArgs: {
                    controlPlaneEndpointsConfig: {
                        dnsEndpointConfig: { allowExternalTraffic: false },
                    },
                },
            },
            /^clusterArgs\.controlPlaneEndpointsConfig\.dnsEndpointConfig\.allowExternalTraffic: is false, .*"dns"; take it away, or write endpoint: "private"$/,
        ],
        [
            "a public address where there is a private one alone",
            { clusterArgs: privateOnly },
            /^clusterArgs\.privateClusterConfig\.enablePrivateEndpoint: is true, .*"public"; write endpoint: "private" or "dns"$/,
        ],
    ];
    for (const [what, args, why] of cases) {
        it(`fails to be ${what}`, async () => {
            const [line, ...more] = await refusal(
                () => new GkeCluster("prod", { location: "europe-west4", ...args }),
            );
            assert.match(line ?? "", why);
            assert.deepEqual(more, []);
        });
    }

    it("may be alone", async () => {
        for (const args of [
            { endpoint: "dns", clusterArgs: { ...byAddress, ...privateOnly } },
            { endpoint: "private", clusterArgs: privateOnly },
        ] as const) {
            const { recording } = await recordGke(args);
            assert.equal(recording.ofKind("GkeCluster").length, 1);
        }
    });
});

describe("the endpoint of an AKS cluster", () => {
    const accessOf = async (args: Partial<AksClusterArgs>) =>
        (await recordAks(args)).recording.find("ManagedCluster", "prod").inputs
            .apiServerAccessProfile;

    it("is public unless the program says otherwise, with ranges where it has some", async () => {
        assert.equal(await accessOf({}), undefined);
        const authorizedIPRanges = ["203.0.113.0/29"];
        const clusterArgs = { apiServerAccessProfile: { authorizedIPRanges } };
        assert.deepEqual(await accessOf({ clusterArgs }), { authorizedIPRanges });
    });

    it("is private, with a name that its own DNS or any DNS knows", async () => {
        const privately = (enablePrivateClusterPublicFQDN: boolean) => ({
            enablePrivateCluster: true,
            enablePrivateClusterPublicFQDN,
        });
        assert.deepEqual(await accessOf({ endpoint: "private" }), privately(false));
        const named = { endpoint: "private with public name" } as const;
        assert.deepEqual(await accessOf(named), privately(true));
        const more = { privateDNSZone: "none", disableRunCommand: true };
        for (const apiServerAccessProfile of [more, pulumi.output(more)]) {
            const clusterArgs = { apiServerAccessProfile };
            assert.deepEqual(await accessOf({ ...named, clusterArgs }), {
                ...privately(true),
                ...more,
            });
        }
    });

    it("is what Azure is asked the credentials for", async () => {
        const asked = async (args: Partial<AksClusterArgs>) => {
            const questions: unknown[] = [];
            const answers: Record<string, Record<string, unknown>> = answersOfAzure("prod");
            const { returned } = await record(
                () => new AksCluster("prod", { location: "westeurope", ...args }),
                {
                    outputs: ({ type, inputs }) => {
                        const kind = type.split(":").at(-1)!;
                        if (/^list/.test(kind)) {
                            questions.push([kind, inputs.serverFqdn]);
                        }
                        return answers[kind] ?? {};
                    },
                },
            );
            read(await valueOf((returned as AksCluster).kubeconfig));
            return questions;
        };
        const user = "listManagedClusterUserCredentials";
        const admin = "listManagedClusterAdminCredentials";
        const endpoint = "private with public name";
        assert.deepEqual(await asked({}), [[user, undefined]]);
        assert.deepEqual(await asked({ endpoint: "private" }), [[user, undefined]]);
        assert.deepEqual(await asked({ endpoint }), [[user, "public"]]);
        assert.deepEqual(await asked({ endpoint, login: "admin" }), [[admin, "public"]]);
    });

    const ranges = { apiServerAccessProfile: { authorizedIPRanges: ["203.0.113.0/29"] } };
    const cases: [string, Partial<AksClusterArgs>, RegExp][] = [
        [
            "one that is none",
            { endpoint: "internal" as "private" },
            /^endpoint: "internal" is not .*; write "public", "private" or "private with public name"$/,
        ],
        [
            "private past this package",
            { clusterArgs: { apiServerAccessProfile: { enablePrivateCluster: true } } },
            /^clusterArgs\.apiServerAccessProfile\.enablePrivateCluster: is set; write it as endpoint$/,
        ],
        [
            "named past this package",
            { clusterArgs: { apiServerAccessProfile: { enablePrivateClusterPublicFQDN: true } } },
            /^clusterArgs\.apiServerAccessProfile\.enablePrivateClusterPublicFQDN: is set; write it as endpoint$/,
        ],
        ...(["private", "private with public name"] as const).map(
            (endpoint): [string, Partial<AksClusterArgs>, RegExp] => [
                `${endpoint} and open to ranges of the internet`,
                { endpoint, clusterArgs: ranges },
                /^clusterArgs\.apiServerAccessProfile\.authorizedIPRanges: is set, and Azure knows such ranges for a public API server alone; take it away, or write endpoint: "public"$/,
            ],
        ),
    ];
    for (const [what, args, why] of cases) {
        it(`fails to be ${what}`, async () => {
            const [line, ...more] = await refusal(
                () => new AksCluster("prod", { location: "westeurope", ...args }),
            );
            assert.match(line ?? "", why);
            assert.deepEqual(more, []);
        });
    }
});

describe("the endpoint of an IKS cluster", () => {
    const asked = async (args: Partial<IksClusterArgs>) => {
        const questions: unknown[] = [];
        const { returned } = await record(
            () => new IksCluster("prod", { infrastructure: onVpc(), ...args }),
            {
                outputs: ({ type, inputs }) => {
                    if (!/getContainerClusterConfig$/.test(type)) {
                        return {};
                    }
                    questions.push("endpointType" in inputs ? inputs.endpointType : "usual");
                    const address = (inputs.endpointType as string | undefined) ?? "public";
                    return { ...CONFIGURATION, host: `https://${address}.cloud.ibm.com:30000` };
                },
            },
        );
        const { cluster } = read(await valueOf((returned as IksCluster).kubeconfig));
        return [...questions, cluster.server];
    };

    it("is what IBM is asked the configuration for", async () => {
        const server = (name: string) => `https://${name}.cloud.ibm.com:30000`;
        assert.deepEqual(await asked({}), ["usual", server("public")]);
        assert.deepEqual(await asked({ endpoint: "public" }), ["usual", server("public")]);
        assert.deepEqual(await asked({ endpoint: "private" }), ["private", server("private")]);
        assert.deepEqual(await asked({ endpoint: "vpe" }), ["vpe", server("vpe")]);
        const classic = { endpoint: "private", infrastructure: CLASSIC } as const;
        assert.deepEqual(await asked(classic), ["private", server("private")]);
    });

    it("is asked for on classic, where there is no private one otherwise", async () => {
        const inputsOf = async (args: Partial<IksClusterArgs>, kind: string) =>
            (await recordIks(args)).recording.find(kind, "prod").inputs;
        const classic = { infrastructure: CLASSIC, endpoint: "private" } as const;
        const { privateServiceEndpoint } = await inputsOf(classic, "ContainerCluster");
        assert.equal(privateServiceEndpoint, true);
        const name = "privateServiceEndpoint";
        const open = await inputsOf({ infrastructure: CLASSIC }, "ContainerCluster");
        assert.equal(name in open, false);
        const onVpc = await inputsOf({ endpoint: "private" }, "ContainerVpcCluster");
        assert.equal(name in onVpc, false, "IBM has no such argument there");
    });

    const on = (kind: "vpc" | "classic", clusterArgs: object) => ({
        infrastructure:
            kind === "vpc"
                ? onVpc({ clusterArgs })
                : { classic: { ...CLASSIC.classic, clusterArgs } },
    });
    const cases: [string, Partial<IksClusterArgs>, RegExp][] = [
        [
            "one that is none",
            { endpoint: "link" as "vpe" },
            /^endpoint: "link" is not .*; write "public", "private" or "vpe"$/,
        ],
        [
            "one of VPC on classic",
            { endpoint: "vpe", infrastructure: CLASSIC },
            /^endpoint: "vpe" is an endpoint of VPC; write "private" or "public"$/,
        ],
        [
            "a public one that is taken away on VPC",
            on("vpc", { disablePublicServiceEndpoint: true }),
            /^infrastructure\.vpc\.clusterArgs\.disablePublicServiceEndpoint: is true, and the endpoint that programs use is "public"; write endpoint: "private", or take it away$/,
        ],
        [
            "a public one that is taken away on classic",
            on("classic", { publicServiceEndpoint: false }),
            /^infrastructure\.classic\.clusterArgs\.publicServiceEndpoint: is false, .*"public"; write endpoint: "private", or/,
        ],
        [
            "a private one that is taken away",
            { endpoint: "private", ...on("classic", { privateServiceEndpoint: false }) },
            /^infrastructure\.classic\.clusterArgs\.privateServiceEndpoint: is false, .*"private"; write endpoint: "public", or/,
        ],
    ];
    for (const [what, args, why] of cases) {
        it(`fails to be ${what}`, async () => {
            const [line, ...more] = await refusal(
                () => new IksCluster("prod", { infrastructure: onVpc(), ...args }),
            );
            assert.match(line ?? "", why);
            assert.deepEqual(more, []);
        });
    }

    it("may be alone", async () => {
        for (const endpoint of ["private", "vpe"] as const) {
            const args = { endpoint, ...on("vpc", { disablePublicServiceEndpoint: true }) };
            assert.equal((await recordIks(args)).recording.ofKind("IksCluster").length, 1);
        }
    });
});
