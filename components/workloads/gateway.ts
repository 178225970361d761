import type * as pulumi from "@pulumi/pulumi";

import { nodeLabels, organizationLabels, type Owner } from "./labels";
import { outsideName } from "./loadBalancer";

const GROUP = "gateway.networking.k8s.io";

/** Name of an organization's gateway. */
export const GATEWAY = "fabric-outside";

/**
 * The gateway of an organization: one address for all its nodes. It reads the name in the TLS handshake and
 * passes the connection on as it is: TLS ends in the nodes, which tell each other by their certificates.
 *
 * @see https://gateway-api.sigs.k8s.io/guides/tls/
 */
export function gatewayManifest(args: {
    namespace: string;
    mspId: string;
    className: string;
    /** Domains of the nodes' names, the present one first. */
    domains: readonly string[];
    /** By the names that the nodes give their ports. */
    ports: Readonly<Record<string, number>>;
    annotations: Readonly<Record<string, pulumi.Input<string>>>;
}) {
    return {
        apiVersion: `${GROUP}/v1`,
        kind: "Gateway",
        metadata: {
            name: GATEWAY,
            namespace: args.namespace,
            labels: organizationLabels(args.mspId),
        },
        spec: {
            gatewayClassName: args.className,
            infrastructure: { annotations: args.annotations },
            listeners: args.domains.flatMap((domain, index) =>
                Object.entries(args.ports).map(([name, port]) => ({
                    name: listenerName(name, index),
                    port,
                    protocol: "TLS",
                    hostname: `*.${domain}`,
                    tls: { mode: "Passthrough" },
                    allowedRoutes: { namespaces: { from: "Same" } },
                })),
            ),
        },
    };
}

/** A listener's name is its own: the first domain's are called like the ports. */
const listenerName = (port: string, index: number) => (index === 0 ? port : `${port}-${index}`);

/** The way from the gateway to one port of a node. */
export function tlsRouteManifest(args: {
    owner: Owner;
    namespace: string;
    version: string;
    /** Its names, one in each of the gateway's domains. */
    hosts: readonly string[];
    /** Name of the node's port, and of the gateway's listener. */
    port: string;
    /** The port of the node's Service. */
    servicePort: number;
    service: pulumi.Input<string>;
}) {
    return {
        apiVersion: `${GROUP}/${args.version}`,
        kind: "TLSRoute",
        metadata: {
            name: `${outsideName(args.owner)}-${args.port}`,
            namespace: args.namespace,
            labels: nodeLabels(args.owner),
        },
        spec: {
            parentRefs: args.hosts.map((_, index) => ({
                name: GATEWAY,
                sectionName: listenerName(args.port, index),
            })),
            hostnames: [...args.hosts],
            rules: [{ backendRefs: [{ name: args.service, port: args.servicePort }] }],
        },
    };
}
