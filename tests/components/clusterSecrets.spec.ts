import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";
import { FabricOrg, PeerNode, type FabricCluster } from "kubefabric";
import { AksCluster } from "kubefabric/aks";
import { GkeCluster } from "kubefabric/gke";
import { IksCluster } from "kubefabric/iks";
import { record, type Outputs } from "kubefabric/testing";

import { answersOfAzure, keyOf } from "../support/aks.ts";
import { GKE_ANSWERS } from "../support/gke.ts";
import { ADMIN_KEY, CONFIGURATION, onVpc } from "../support/iks.ts";
import { base64 } from "../support/kubeconfigs.ts";
import { valueOf } from "../support/network.ts";
import { textsIn, watchRequests, type Sent } from "../support/requests.ts";

interface Vendor {
    make: () => FabricCluster;
    answers: Record<string, Record<string, unknown>>;
    /** What nobody may read: as the vendor gives it, and as the kubeconfig has it. */
    credential: { given: string; written: string };
    /** What has to be there before the cluster is asked for its kubeconfig. */
    nodes: string;
    /** The function that is asked. */
    asked: string;
}

const USER_KEY = keyOf("clusterUser");

const VENDORS: Readonly<Record<string, Vendor>> = {
    GKE: {
        make: () => new GkeCluster("prod", { location: "europe-west4", login: "token" }),
        answers: { ...GKE_ANSWERS, getClientConfig: { accessToken: "canary-token" } },
        credential: { given: "canary-token", written: "canary-token" },
        nodes: "NodePool",
        asked: "getClientConfig",
    },
    AKS: {
        make: () => new AksCluster("prod", { location: "westeurope" }),
        answers: answersOfAzure("prod"),
        credential: { given: USER_KEY, written: base64(USER_KEY) },
        nodes: "AgentPool",
        asked: "listManagedClusterUserCredentials",
    },
    "IKS on VPC": {
        make: () => new IksCluster("prod", { infrastructure: onVpc() }),
        answers: { getContainerClusterConfig: CONFIGURATION },
        credential: { given: ADMIN_KEY, written: base64(ADMIN_KEY) },
        nodes: "ContainerVpcCluster",
        asked: "getContainerClusterConfig",
    },
    "IKS on classic": {
        make: () =>
            new IksCluster("prod", { infrastructure: { classic: { datacenter: "fra02" } } }),
        answers: { getContainerClusterConfig: CONFIGURATION },
        credential: { given: ADMIN_KEY, written: base64(ADMIN_KEY) },
        nodes: "ContainerCluster",
        asked: "getContainerClusterConfig",
    },
};

const kindOf = (type: string) => type.split(":").at(-1) ?? type;

/** What is written while something runs, on both streams. */
async function printedBy(run: () => Promise<void>): Promise<string> {
    const printed: string[] = [];
    const streams = [process.stdout, process.stderr];
    const writes = streams.map((stream) => stream.write.bind(stream));
    streams.forEach((stream) => {
        stream.write = (chunk: string | Uint8Array) => printed.push(String(chunk)) > 0;
    });
    try {
        await run();
    } finally {
        streams.forEach((stream, index) => {
            stream.write = writes[index]!;
        });
    }
    return printed.join("");
}

for (const [vendor, { make, answers, credential, nodes, asked }] of Object.entries(VENDORS)) {
    describe(`the kubeconfig of a cluster on ${vendor}`, () => {
        const answering: Outputs = ({ type }) => answers[kindOf(type)] ?? {};
        let sent: Sent[] = [];
        let kubeconfig = "";
        let printed = "";
        before(async () => {
            printed = await printedBy(async () => {
                const { returned } = await record(
                    () => {
                        sent = watchRequests();
                        const cluster = make();
                        const org = new FabricOrg("org1", { cluster, mspId: "Org1MSP" });
                        new PeerNode("org1-peer0", { org });
                        pulumi.log.info(`${JSON.stringify(cluster.name)} is recorded`);
                        return cluster;
                    },
                    { outputs: answering },
                );
                kubeconfig = await valueOf((returned as FabricCluster).kubeconfig);
            });
        });

        const isIn = (text: string) =>
            text.includes(credential.given.split("\n")[1] ?? credential.given) ||
            text.includes(credential.written) ||
            text.includes(kubeconfig) ||
            text.includes(base64(kubeconfig)) ||
            text.includes(JSON.stringify(kubeconfig).slice(1, -1));

        it("holds a credential, which reaches the provider as a secret", () => {
            assert.ok(kubeconfig.includes(credential.written));
            const [provider, ...more] = sent.filter(
                ({ what }) => what === "registerResource prod-provider",
            );
            assert.deepEqual(more, []);
            const found = textsIn(provider?.value).filter(({ text }) => isIn(text));
            assert.deepEqual(
                found.map(({ isSecret }) => isSecret),
                [true],
            );
        });

        it("is in clear in no input and no output of any resource, and in no question", () => {
            assert.ok(sent.length > 20);
            const clear = sent.flatMap(({ what, value }) =>
                textsIn(value).some(({ text, isSecret }) => !isSecret && isIn(text)) ? [what] : [],
            );
            assert.deepEqual(clear, []);
        });

        it("is printed nowhere", () => {
            assert.match(printed, /"prod" is recorded/, "what is printed is seen");
            assert.equal(isIn(printed), false);
        });

        it("is asked for only when the nodes are there", async () => {
            const order: string[] = [];
            const outputs: Outputs = async ({ type }) => {
                const kind = kindOf(type);
                if (kind === nodes) {
                    // Whoever does not wait is first.
                    await new Promise((resolve) => setTimeout(resolve, 30));
                }
                order.push(kind);
                return answers[kind] ?? {};
            };
            await record(make, { outputs });
            const [first, second, ...more] = order.filter((kind) =>
                [nodes, asked, "kubernetes", "ClusterAccess"].includes(kind),
            );
            assert.deepEqual([first, second], [nodes, asked]);
            assert.deepEqual(more, ["ClusterAccess", "kubernetes"]);
        });
    });
}
