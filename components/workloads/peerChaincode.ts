import type * as types from "@pulumi/kubernetes/types";
import type * as pulumi from "@pulumi/pulumi";

import { PEER_PORTS } from "../../fabric/ports";
import { kindSelectorLabels, nodeLabels, nodeSelectorLabels, type Owner } from "./labels";

type PodSpec = types.input.core.v1.PodSpec;
type Rule = types.input.networking.v1.NetworkPolicyEgressRule;

/** What lets a peer start chaincode itself: an addition to its Pod. */
export interface PeerChaincode {
    /** Settings over its `core.yaml`. */
    settings: Readonly<Record<string, pulumi.Input<string>>>;
    /** What runs before it. */
    initContainers: types.input.core.v1.Container[];
    volumes: types.input.core.v1.Volume[];
    mounts: types.input.core.v1.VolumeMount[];
    /** Account of its Pod, where it needs one of its own. */
    account?: string;
    /** Namespace that chaincode runs in, and dials the peer from. */
    namespace: string;
    /** What the peer dials to start it. */
    egress: Rule;
}

/** Adds to a peer's Pod what it needs to start chaincode itself. */
export function withChaincode(pod: PodSpec, [...additions]: readonly PeerChaincode[]): PodSpec {
    const [peer, ...others] = pod.containers as types.input.core.v1.Container[];
    const initContainers = [
        ...additions.flatMap((addition) => addition.initContainers),
        ...((pod.initContainers ?? []) as types.input.core.v1.Container[]),
    ];
    const account = additions.find(({ account }) => account !== undefined)?.account;
    const settings = additions.flatMap((addition) =>
        Object.entries(addition.settings).map(([name, value]) => ({ name, value })),
    );
    const replaced = new Set<unknown>(settings.map(({ name }) => name));
    const own = (peer!.env as types.input.core.v1.EnvVar[]).filter(
        ({ name }) => !replaced.has(name),
    );
    return {
        ...pod,
        ...(account === undefined ? {} : { serviceAccountName: account }),
        ...(initContainers.length === 0 ? {} : { initContainers }),
        containers: [
            {
                ...peer!,
                env: [...own, ...settings],
                volumeMounts: [
                    ...(peer!.volumeMounts as types.input.core.v1.VolumeMount[]),
                    ...additions.flatMap(({ mounts }) => mounts),
                ],
            },
            ...others,
        ],
        volumes: [
            ...(pod.volumes as types.input.core.v1.Volume[]),
            ...additions.flatMap(({ volumes }) => volumes),
        ],
    };
}

/** Name of the policy that lets a peer start chaincode. */
const chaincodePolicyName = (owner: Owner) => `${owner.name}-chaincode`;

/** Lets a peer dial what starts chaincode, and chaincode that it started dial the peer. */
export function peerChaincodePolicy(
    owner: Owner,
    namespace: string,
    additions: readonly PeerChaincode[],
): types.input.networking.v1.NetworkPolicy {
    return {
        metadata: { name: chaincodePolicyName(owner), namespace, labels: nodeLabels(owner) },
        spec: {
            podSelector: { matchLabels: nodeSelectorLabels(owner) },
            policyTypes: ["Ingress", "Egress"],
            ingress: [
                {
                    from: additions.map((addition) => podsOf(addition.namespace)),
                    ports: CHAINCODE_PORTS,
                },
            ],
            egress: additions.map(({ egress }) => egress),
        },
    };
}

/** What chaincode that peers started may dial: its peers, at the port that is for it alone. */
export function toPeers(organizationNamespace: string): Rule {
    return {
        to: [
            {
                ...podsOf(organizationNamespace),
                podSelector: { matchLabels: kindSelectorLabels("peer") },
            },
        ],
        ports: CHAINCODE_PORTS,
    };
}

const CHAINCODE_PORTS = [{ protocol: "TCP", port: PEER_PORTS.chaincode }];

/** The Pods of a namespace, by the label that Kubernetes gives to each. */
export function podsOf(namespace: string) {
    return { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } } };
}
