import type * as pulumi from "@pulumi/pulumi";
import { ExistingCluster, FabricOrg, OrdererService, PeerNode } from "kubefabric";
import type { ExistingClusterArgs, FabricOrgArgs } from "kubefabric";
import { record, type Recording } from "kubefabric/testing";

/** A kubeconfig that parses; nothing answers at its address. */
export const KUBECONFIG = `apiVersion: v1
kind: Config
clusters: [{name: test, cluster: {server: "https://127.0.0.1:1"}}]
users: [{name: test, user: {token: canary-kubeconfig-token}}]
contexts: [{name: test, context: {cluster: test, user: test}}]
current-context: test
`;

/** What the custom resources give back, so that everything after them has values. */
const life = (notAfter: string) => ({
    notBefore: "2026-01-01T00:00:00.000Z",
    notAfter,
    caNotAfter: "2040-01-01T00:00:00.000Z",
});
const OUTPUTS: Record<string, Record<string, unknown>> = {
    PrivateKey: { privateKeyPem: "canary-private-key", publicKeyPem: "public", fingerprint: "f" },
    CaCertificate: { certificatePem: "ca-certificate", life: life("2040-01-01T00:00:00.000Z") },
    Certificate: { certificatePem: "certificate", life: life("2039-01-01T00:00:00.000Z") },
    ClusterAccess: { uid: "uid", ledgerClassName: "standard" },
    Password: { text: "canary-password" },
};

/** Records what a program of this package registers. */
export function recordNetwork(
    program: () => unknown,
    options: { preview?: boolean; outputs?: Record<string, Record<string, unknown>> } = {},
): Promise<Recording> {
    const { preview, outputs } = options;
    const known = { ...OUTPUTS, ...outputs };
    return record(program, {
        project: "test",
        preview,
        outputs: ({ type }) => known[type.split(":").at(-1) ?? ""] ?? {},
    });
}

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

/** A network as large as a test wants it. */
export function network(organizations: number, peersEach = 1): void {
    const cluster = testCluster();
    const ordererOrg = new FabricOrg("orderer-org", { cluster, mspId: "OrdererMSP" });
    new OrdererService("orderer", { org: ordererOrg });
    for (let number = 1; number <= organizations; number++) {
        const org = new FabricOrg(`org${number}`, { cluster, mspId: `Org${number}MSP` });
        for (let peer = 0; peer < peersEach; peer++) {
            new PeerNode(`org${number}-peer${peer}`, { org });
        }
    }
}

/** The value of an output, once it is known. */
export function valueOf<T>(output: pulumi.Output<T>): Promise<T> {
    return new Promise((resolve) => output.apply(resolve));
}
