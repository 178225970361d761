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
    domain: string;
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
            listeners: Object.entries(args.ports).map(([name, port]) => ({
                name,
                port,
                protocol: "TLS",
                hostname: `*.${args.domain}`,
                tls: { mode: "Passthrough" },
                allowedRoutes: { namespaces: { from: "Same" } },
            })),
        },
    };
}

/** The way from the gateway to one port of a node. */
export function tlsRouteManifest(args: {
    owner: Owner;
    namespace: string;
    version: string;
    host: string;
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
            parentRefs: [{ name: GATEWAY, sectionName: args.port }],
            hostnames: [args.host],
            rules: [{ backendRefs: [{ name: args.service, port: args.servicePort }] }],
        },
    };
}
