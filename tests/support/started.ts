import {
    Chaincode,
    DockerEndpoint,
    KubernetesBuilder,
    PeerNode,
    type DockerMode,
    type KubernetesMode,
    type PeerNodeArgs,
    type SharedChaincodeArgs,
} from "kubefabric";
import type { RecordedResource } from "kubefabric/testing";

import { network, testChannel, testOrg } from "./network.ts";

/** An object of Kubernetes, as it was registered. */
export interface Manifest {
    metadata: { name: string; namespace: string; labels: Record<string, string> };
    spec: Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any
    [more: string]: any; // eslint-disable-line @typescript-eslint/no-explicit-any
}

export const manifestOf = ({ inputs }: RecordedResource) => inputs as unknown as Manifest;

/** An organization with a builder, an endpoint, or both, and a peer that has them. */
export function startingPeer(args: Partial<PeerNodeArgs>, ways: readonly ("k8s" | "docker")[]) {
    const org = testOrg();
    const kubernetesBuilder = ways.includes("k8s")
        ? new KubernetesBuilder("cc", { org })
        : undefined;
    const dockerEndpoint = ways.includes("docker")
        ? new DockerEndpoint("dind", { org })
        : undefined;
    const peer = new PeerNode("peer0", { org, kubernetesBuilder, dockerEndpoint, ...args });
    return { org, kubernetesBuilder, dockerEndpoint, peer };
}

/** A chaincode that peers start, on a channel of its own. */
export function startedChaincode(
    args: (KubernetesMode | DockerMode) & Partial<SharedChaincodeArgs>,
    { simulated = false }: { simulated?: boolean } = {},
): Chaincode {
    const { orderers } = network(0, 0, { simulated });
    const org = testOrg({ cluster: orderers.org.cluster });
    const way =
        args.mode === "kubernetes"
            ? { kubernetesBuilder: new KubernetesBuilder("cc", { org }) }
            : { dockerEndpoint: new DockerEndpoint("dind", { org }) };
    const peers = ["peer0", "peer1"].map((name) => new PeerNode(name, { org, ...way }));
    const channel = testChannel({ orderers, peers });
    return new Chaincode("asset", { channel, version: "1.0", ...args });
}
