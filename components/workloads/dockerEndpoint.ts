import type * as types from "@pulumi/kubernetes/types";
import type * as pulumi from "@pulumi/pulumi";

import { TLS_FILES } from "../../fabric/msp";
import { DOCKER_PORT } from "../../fabric/ports";
import type { Resources } from "../../storage/quantities";
import { IDENTITY_FILES } from "./identity";
import { kindSelectorLabels, organizationLabels } from "./labels";
import { CERTIFICATES_ANNOTATION } from "./node";
import { DNS_PORTS } from "./organization";
import { podsOf, toPeers, type PeerChaincode } from "./peerChaincode";
import { containerPorts, tcpProbe, withResources, type Placement } from "./pod";

/** Whose Docker endpoint it is, and where it runs. */
export interface EndpointOwner {
    mspId: string;
    /** Namespace of the organization. */
    organization: string;
    /** Namespace of the endpoint. */
    namespace: string;
}

/** Name of everything in the endpoint's namespace. */
export const DOCKER = "docker";

const COMPONENT = { "app.kubernetes.io/component": "docker-endpoint" };
const PORTS = { docker: DOCKER_PORT };
const TLS_PATH = "/etc/docker/tls";

function metadata({ mspId, namespace }: EndpointOwner) {
    return {
        name: DOCKER,
        namespace,
        labels: { ...organizationLabels(mspId), ...COMPONENT },
    };
}

/** Name under which peers dial it, on each machine the one beside them. */
export function endpointHost(namespace: string): string {
    return `${DOCKER}.${namespace}.svc`;
}

/**
 * A Docker daemon on each machine. It takes who has a TLS certificate of the organization's, and listens at
 * no socket and no port of the machine. What it has pulled and built goes with its Pod.
 *
 * @see https://docs.docker.com/reference/cli/dockerd/
 */
export function endpointDaemonSet(
    owner: EndpointOwner,
    args: {
        image: pulumi.Input<string>;
        imagePullSecrets: readonly string[];
        /** Changes when the certificate does: the daemon reads it at start only. */
        certificates: pulumi.Input<string>;
        resources: Resources;
        placement: Placement;
    },
): types.input.apps.v1.DaemonSet {
    const { priorityClassName, tolerations, nodeSelector } = args.placement;
    const container: types.input.core.v1.Container = {
        name: DOCKER,
        image: args.image,
        // With the image's entry point, which makes room for containers in the Pod's control group.
        args: [
            "dockerd",
            `--host=tcp://0.0.0.0:${DOCKER_PORT}`,
            "--tlsverify",
            `--tlscacert=${TLS_PATH}/${TLS_FILES.ca}`,
            `--tlscert=${TLS_PATH}/${TLS_FILES.certificate}`,
            `--tlskey=${TLS_PATH}/${TLS_FILES.privateKey}`,
        ],
        securityContext: { privileged: true },
        ports: containerPorts(PORTS),
        readinessProbe: tcpProbe(DOCKER, 5, 3),
        livenessProbe: tcpProbe(DOCKER, 10, 6),
        volumeMounts: [
            { name: "tls", mountPath: TLS_PATH, readOnly: true },
            { name: "data", mountPath: "/var/lib/docker" },
        ],
    };
    return {
        metadata: metadata(owner),
        spec: {
            selector: { matchLabels: COMPONENT },
            template: {
                metadata: {
                    labels: metadata(owner).labels,
                    annotations: { [CERTIFICATES_ANNOTATION]: args.certificates },
                },
                spec: {
                    automountServiceAccountToken: false,
                    enableServiceLinks: false,
                    imagePullSecrets: args.imagePullSecrets.map((name) => ({ name })),
                    ...(priorityClassName === undefined ? {} : { priorityClassName }),
                    ...(tolerations === undefined ? {} : { tolerations }),
                    ...(nodeSelector === undefined ? {} : { nodeSelector }),
                    containers: [withResources(container, args.resources)],
                    volumes: [
                        { name: "tls", secret: { secretName: DOCKER, defaultMode: 0o400 } },
                        { name: "data", emptyDir: {} },
                    ],
                },
            },
        },
    };
}

/** Leads each peer to the daemon on its own machine, and to no other. */
export function endpointService(owner: EndpointOwner): types.input.core.v1.Service {
    return {
        metadata: {
            ...metadata(owner),
            // The DaemonSet was waited for; waiting for its Pods again costs 10 s.
            annotations: { "pulumi.com/skipAwait": "true" },
        },
        spec: {
            type: "ClusterIP",
            internalTrafficPolicy: "Local",
            selector: COMPONENT,
            ports: [{ name: DOCKER, port: DOCKER_PORT, targetPort: DOCKER }],
        },
    };
}

/** The endpoint's key and certificate, and the CA of those whom it takes. */
export function endpointSecret(
    owner: EndpointOwner,
    data: Record<string, pulumi.Input<string>>,
): types.input.core.v1.Secret {
    return { metadata: metadata(owner), type: "Opaque", data };
}

/**
 * Peers of the organization dial the endpoint and nobody else. Chaincode in it has the network of its Pod:
 * it dials its peers, and while it is built, registries.
 */
export function endpointPolicy(
    owner: EndpointOwner,
    egressPorts: readonly number[],
): types.input.networking.v1.NetworkPolicy {
    const peers = {
        ...podsOf(owner.organization),
        podSelector: { matchLabels: kindSelectorLabels("peer") },
    };
    return {
        metadata: metadata(owner),
        spec: {
            podSelector: {},
            policyTypes: ["Ingress", "Egress"],
            ingress: [{ from: [peers], ports: [{ protocol: "TCP", port: DOCKER_PORT }] }],
            egress: [
                { ports: [...DNS_PORTS] },
                toPeers(owner.organization),
                { ports: egressPorts.map((port) => ({ protocol: "TCP", port })) },
            ],
        },
    };
}

/**
 * The endpoint in a peer's Pod: the peer is its client with the TLS certificate that it serves with. Its
 * `/healthz` asks the endpoint from then on.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/sampleconfig/core.yaml#L515
 */
export function endpointOfPeer(
    { namespace }: EndpointOwner,
    certificates: pulumi.Input<string>,
): PeerChaincode {
    return {
        namespace,
        settings: {
            CORE_VM_ENDPOINT: `tcp://${endpointHost(namespace)}:${DOCKER_PORT}`,
            CORE_VM_DOCKER_TLS_ENABLED: "true",
            CORE_VM_DOCKER_TLS_CA_FILE: IDENTITY_FILES.tlsCa,
            CORE_VM_DOCKER_TLS_CERT_FILE: IDENTITY_FILES.tlsCertificate,
            CORE_VM_DOCKER_TLS_KEY_FILE: IDENTITY_FILES.tlsKey,
            // A peer believes that what it once built is still there: it starts again with the endpoint.
            DOCKER_ENDPOINT: certificates,
        },
        initContainers: [],
        volumes: [],
        mounts: [],
        egress: {
            to: [podsOf(namespace)],
            ports: [{ protocol: "TCP", port: DOCKER_PORT }],
        },
    };
}
