import { Channel, ExistingCluster, FabricOrg, OrdererService, PeerNode } from "../components";

/** A network as large as a measurement wants it. */
export interface NetworkShape {
    kubeconfig: string;
    /** Peer organizations; there is one more of the ordering nodes. */
    organizations: number;
    /** @default 1 */
    peersEach?: number;
    /** @default "" */
    prefix?: string;
    /** @default false */
    simulated?: boolean;
    /** @default "none" */
    protection?: "protect" | "none";
}

/** Name of the channel of a shape. */
export function channelOf({ prefix = "" }: NetworkShape): string {
    return `${prefix}channel`;
}

/** Namespaces of a shape, the ordering organization's first. */
export function namespacesOf({ prefix = "", organizations }: NetworkShape): string[] {
    const numbers = Array.from({ length: organizations }, (_, index) => index + 1);
    return [`${prefix}orderers`, ...numbers.map((number) => `${prefix}org${number}`)];
}

/** Three ordering nodes, organizations with their peers, and a channel of all. */
export function network(shape: NetworkShape): void {
    const { kubeconfig, simulated, peersEach = 1, protection = "none" } = shape;
    const node = {
        ledgerSize: "1Gi",
        resources: { requests: { cpu: "10m", memory: "32Mi" } },
    } as const;
    const cluster = new ExistingCluster("cluster", { kubeconfig, vendor: "local", simulated });
    const [ordererNamespace = "", ...orgNamespaces] = namespacesOf(shape);
    const shared = { cluster, protection } as const;
    const ordererOrg = new FabricOrg(ordererNamespace, { ...shared, mspId: "OrdererMSP" });
    const orderers = new OrdererService("orderer", { org: ordererOrg, ...node });
    const peers = orgNamespaces.flatMap((namespace, index) => {
        const org = new FabricOrg(namespace, { ...shared, mspId: `Org${index + 1}MSP` });
        return Array.from(
            { length: peersEach },
            (_, peer) => new PeerNode(`org${index + 1}-peer${peer}`, { org, ...node }),
        );
    });
    new Channel(channelOf(shape), { orderers: [orderers], peers, profile: "local" });
}
