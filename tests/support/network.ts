import type * as pulumi from "@pulumi/pulumi";
import { Channel, ExistingCluster, FabricOrg, OrdererService, PeerNode } from "kubefabric";
import type { ChannelArgs, ExistingClusterArgs, FabricOrgArgs } from "kubefabric";
import { create } from "kubefabric/internal/components/resources/methods/dispatch";
import { record, type Outputs, type Recording } from "kubefabric/testing";

/** A kubeconfig that parses; nothing answers at its address. */
export const KUBECONFIG = `apiVersion: v1
kind: Config
clusters: [{name: test, cluster: {server: "https://127.0.0.1:1"}}]
users: [{name: test, user: {token: canary-kubeconfig-token}}]
contexts: [{name: test, context: {cluster: test, user: test}}]
current-context: test
`;

/** Records what a program of this package registers. */
export function recordNetwork(
    program: () => unknown,
    options:
        Outputs | { preview?: boolean; outputs?: Record<string, Record<string, unknown>> } = {},
): Promise<Recording> {
    const { preview, outputs } =
        typeof options === "function"
            ? { preview: undefined, outputs: options }
            : { preview: options.preview, outputs: byKind(options.outputs ?? {}) };
    return record(program, { project: "test", preview, outputs });
}

function byKind(outputs: Record<string, Record<string, unknown>>): Outputs {
    return ({ type }) => outputs[type.split(":").at(-1) ?? ""] ?? {};
}

/** Outputs with which keys and certificates are really made, as the engine has them made. */
export const issuing: Outputs = async ({ type, inputs }) => {
    const kind = type.split(":").at(-1)!;
    if (!["PrivateKey", "CaCertificate", "Certificate"].includes(kind)) {
        return {};
    }
    const { outs } = await create(kind.charAt(0).toLowerCase() + kind.slice(1), inputs);
    return outs;
};

export function testCluster(args: Partial<ExistingClusterArgs> = {}): ExistingCluster {
    return new ExistingCluster("cluster", { kubeconfig: KUBECONFIG, ...args });
}

export function testOrg(args: Partial<FabricOrgArgs> = {}, name = "org1"): FabricOrg {
    return new FabricOrg(name, {
        cluster: args.cluster ?? testCluster(),
        mspId: "Org1MSP",
        ...args,
    });
}

/** The nodes of a network, for a channel. */
export interface TestNodes {
    orderers: OrdererService;
    peers: PeerNode[];
}

/** A network as large as a test wants it. */
export function network(
    organizations: number,
    peersEach = 1,
    args: Partial<ExistingClusterArgs> = {},
): TestNodes {
    const cluster = testCluster(args);
    const ordererOrg = new FabricOrg("orderer-org", { cluster, mspId: "OrdererMSP" });
    const orderers = new OrdererService("orderer", { org: ordererOrg });
    const peers: PeerNode[] = [];
    for (let number = 1; number <= organizations; number++) {
        const org = new FabricOrg(`org${number}`, { cluster, mspId: `Org${number}MSP` });
        for (let peer = 0; peer < peersEach; peer++) {
            peers.push(new PeerNode(`org${number}-peer${peer}`, { org }));
        }
    }
    return { orderers, peers };
}

/** A channel `trade` over all nodes of a network, or as a test wants it. */
export function testChannel(
    { orderers, peers }: TestNodes,
    args: Partial<ChannelArgs> = {},
): Channel {
    return new Channel("trade", { orderers: [orderers], peers, ...args });
}

/** The value of an output, once it is known. */
export function valueOf<T>(output: pulumi.Output<T>): Promise<T> {
    return new Promise((resolve) => output.apply(resolve));
}
