import type * as types from "@pulumi/kubernetes/types";

import { ORDERER_PORTS, PEER_PORTS } from "../../fabric/ports";
import { kindSelectorLabels, organizationLabels } from "./labels";
import { GATEWAY } from "./gateway";
import { SERVICE_ACCOUNT } from "./pod";

/** The namespace of an organization. */
export function namespaceManifest(name: string, mspId: string): types.input.core.v1.Namespace {
    return {
        metadata: {
            name,
            labels: {
                ...organizationLabels(mspId),
                // Pods that ask for more than Fabric needs are refused here by the API server.
                "pod-security.kubernetes.io/enforce": "restricted",
            },
        },
    };
}

/** The account that its Pods run under; it may do nothing. */
export function accountManifest(
    namespace: string,
    mspId: string,
): types.input.core.v1.ServiceAccount {
    return {
        metadata: { name: SERVICE_ACCOUNT, namespace, labels: organizationLabels(mspId) },
        automountServiceAccountToken: false,
    };
}

type NetworkPolicy = types.input.networking.v1.NetworkPolicy;
type NetworkPolicySpec = types.input.networking.v1.NetworkPolicySpec;

/** Label of a Namespace whose Pods may read metrics. */
export const METRICS_READER_LABEL = "kubefabric.io/metrics-reader";

const tcp = (...ports: number[]) => ports.map((port) => ({ protocol: "TCP", port }));

/** Ports at which a cluster's DNS answers. */
export const DNS_PORTS = [
    { protocol: "UDP", port: 53 },
    { protocol: "TCP", port: 53 },
] as const;

const FROM_METRICS_READERS = {
    namespaceSelector: { matchLabels: { [METRICS_READER_LABEL]: "true" } },
};

/**
 * The policies of an organization's namespace: nothing is open but what Fabric needs. An ordering
 * node's admin port is open to nobody, as a port-forward reaches it from inside its Pod, unless its program
 * comes from outside.
 */
export function organizationPolicies(
    namespace: string,
    mspId: string,
    {
        egressPorts,
        administeredOutside,
        hasGateway,
    }: { egressPorts: readonly number[]; administeredOutside: boolean; hasGateway: boolean },
): Record<"deny" | "dns" | "orderers" | "peers", NetworkPolicy> & { gateway?: NetworkPolicy } {
    const policy = (name: string, spec: NetworkPolicySpec): NetworkPolicy => ({
        metadata: { name, namespace, labels: organizationLabels(mspId) },
        spec,
    });
    const everyNode = tcp(ORDERER_PORTS.grpc, PEER_PORTS.grpc, ...egressPorts);
    return {
        deny: policy("default-deny", { podSelector: {}, policyTypes: ["Ingress", "Egress"] }),
        dns: policy("allow-dns", {
            podSelector: {},
            policyTypes: ["Egress"],
            egress: [{ ports: [...DNS_PORTS] }],
        }),
        orderers: policy("allow-orderers", {
            podSelector: { matchLabels: kindSelectorLabels("orderer") },
            policyTypes: ["Ingress", "Egress"],
            ingress: [
                {
                    ports: administeredOutside
                        ? tcp(ORDERER_PORTS.grpc, ORDERER_PORTS.admin, ORDERER_PORTS.operations)
                        : tcp(ORDERER_PORTS.grpc),
                },
                { from: [FROM_METRICS_READERS], ports: tcp(ORDERER_PORTS.operations) },
            ],
            egress: [{ ports: everyNode }],
        }),
        peers: policy("allow-peers", {
            podSelector: { matchLabels: kindSelectorLabels("peer") },
            policyTypes: ["Ingress", "Egress"],
            ingress: [
                { ports: tcp(PEER_PORTS.grpc) },
                { from: [{ podSelector: {} }], ports: tcp(PEER_PORTS.chaincode) },
                { from: [FROM_METRICS_READERS], ports: tcp(PEER_PORTS.operations) },
            ],
            egress: [{ ports: everyNode }],
        }),
        ...(hasGateway ? { gateway: policy("allow-gateway", GATEWAY_PODS) } : {}),
    };
}

/**
 * Istio and NGINX Gateway Fabric run a gateway's Pods in its own namespace, and which ports these listen at
 * and find their controller at is the controller's choice. They hold no key, and nodes open to them what
 * they open to everyone.
 *
 * @see https://gateway-api.sigs.k8s.io/geps/gep-1762/
 */
const GATEWAY_PODS: NetworkPolicySpec = {
    podSelector: { matchLabels: { "gateway.networking.k8s.io/gateway-name": GATEWAY } },
    policyTypes: ["Ingress", "Egress"],
    ingress: [{}],
    egress: [{}],
};
