import {
    Chaincode,
    Channel,
    ExistingCluster,
    FabricOrg,
    OrdererService,
    PeerNode,
} from "kubefabric";
import type { ChannelArgs } from "kubefabric";

import { later } from "../fabric/authorities.ts";
import { exportedState } from "./exportedState.ts";
import { KUBECONFIG, recordNetwork } from "./network.ts";

/** An exported state, to be changed by a test. */
export type ExportedState = ReturnType<typeof exportedState>;

/** A resource in an exported state. */
export type ExportedResource = ExportedState["deployment"]["resources"][number] & {
    outputs: Record<string, unknown>;
};

/** How an organization looks in a test's state. */
export interface Shape {
    /** Organizations with peers. */
    organizations: number;
    peersEach?: number;
    clusters?: number;
    channels?: number;
    chaincode?: boolean;
    simulated?: boolean;
    mspId?: (number: number) => string;
}

/** What `pulumi stack export` would print of a network of this shape. */
export async function networkState(shape: Shape): Promise<ExportedState> {
    const recording = await recordNetwork(() => network(shape));
    const state = exportedState(recording.resources);
    for (const resource of resourcesOf(state)) {
        const kind = resource.type.split(":").at(-1)!;
        if (kind === "Certificate" || kind === "CaCertificate") {
            const notAfter = later(kind === "Certificate" ? 400 : 5000, new Date());
            resource.outputs = { ...resource.outputs, notAfter: notAfter.toISOString() };
        }
        if (kind === "PeerNode" || kind === "OrdererNode") {
            const { namespace } = resource.inputs as { namespace: string };
            const name = resource.urn.split("::").at(-1);
            const port = kind === "PeerNode" ? 7051 : 7050;
            resource.outputs = { externalEndpoint: `${name}.${namespace}.svc:${port}` };
        }
        if (kind === "CommittedChaincode") {
            resource.outputs = { ...resource.outputs, sequence: 1, waiting: "" };
        }
    }
    return state;
}

export function resourcesOf(state: ExportedState): ExportedResource[] {
    return state.deployment.resources;
}

/** The resource of a kind and a name, which has to be there. */
export function resourceAt(state: ExportedState, kind: string, name: string): ExportedResource {
    const found = resourcesOf(state).find(
        ({ type, urn }) => type.endsWith(`:${kind}`) && urn.endsWith(`::${name}`),
    );
    if (found === undefined) {
        throw new Error(`the state has no ${kind} ${name}`);
    }
    return found;
}

function network({
    organizations,
    peersEach = 1,
    clusters: count = 1,
    channels = 1,
    chaincode = false,
    simulated = false,
    mspId = (number) => `Org${number}MSP`,
}: Shape): void {
    const vendors = ["gke", "aks", "iks"] as const;
    const clusters = [...Array(count).keys()].map(
        (number) =>
            new ExistingCluster(`cluster${number}`, {
                kubeconfig: KUBECONFIG.replaceAll("127.0.0.1:1", `127.0.0.1:${number + 1}`),
                vendor: count === 1 ? "local" : vendors[number % vendors.length],
                location: count === 1 ? undefined : `region-${number}`,
                simulated,
            }),
    );
    const outside = (name: string) => (count === 1 ? undefined : { domain: `${name}.example.com` });
    const at = (number: number) => clusters[number % count]!;
    const ordererOrg = new FabricOrg("orderer-org", {
        cluster: at(0),
        mspId: "OrdererMSP",
        outside: outside("orderer"),
    });
    const orderers = new OrdererService("orderer", { org: ordererOrg });
    const peers = [...Array(organizations).keys()].flatMap((index) => {
        const name = `org${index + 1}`;
        const org = new FabricOrg(name, {
            cluster: at(index),
            mspId: mspId(index + 1),
            outside: outside(name),
        });
        return [...Array(peersEach).keys()].map(
            (peer) =>
                new PeerNode(`${name}-peer${peer}`, {
                    org,
                    stateDatabase: peersEach > 1 ? "CouchDB" : "goleveldb",
                }),
        );
    });
    for (let number = 0; number < channels; number++) {
        const members = peers.filter((_, index) => number === 0 || index % (number + 1) === 0);
        const args: ChannelArgs = { orderers: [orderers], peers: members };
        const channel = new Channel(["trade", "settlement", "audit"][number] ?? `c${number}`, args);
        if (chaincode) {
            new Chaincode(`asset${number}`, {
                channel,
                peers: members,
                image: `ghcr.io/example/asset@sha256:${"a".repeat(64)}`,
                version: "1.0",
            });
        }
    }
}
