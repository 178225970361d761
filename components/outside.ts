import { endpointText } from "../fabric/msp";
import { nodeAddress } from "../fabric/names";
import { ORDERER_PORTS, PEER_PORTS } from "../fabric/ports";
import type { FabricCluster } from "./clusters/fabricCluster";
import { USUAL_GATEWAY_PORT, type ExposedBy, type OutsideArgs } from "./outsideArgs";
import type { NodeKind } from "./workloads/labels";

/** A node as it is reached from outside its cluster. */
export interface OutsidePlace {
    /** Its name there. */
    host: string;
    /** Names that it had there before, and still answers to. */
    formerHosts: readonly string[];
    /** Ports by their names, as the outside has them. */
    ports: Readonly<Record<string, number>>;
    /** Part of the name that is registered in Azure's DNS, where it is. */
    azureDnsLabel?: string;
}

/** What of an organization decides where its nodes are reached from outside. */
export interface ExposedOrg {
    cluster: Pick<FabricCluster, "region">;
    outside?: OutsideArgs;
}

/** What leads to an organization's nodes, nothing where it says nothing of it. */
export function exposedBy({ outside }: Pick<ExposedOrg, "outside">): ExposedBy {
    return outside === undefined ? "none" : (outside.exposedBy ?? "LoadBalancer");
}

/** Whether this program takes the way from outside, too. */
export function isAdministeredOutside({ outside }: Pick<ExposedOrg, "outside">): boolean {
    return outside?.administration === "outside";
}

/** Where a node is reached from outside; absent where its organization has no names there. */
export function outsidePlace(
    org: ExposedOrg,
    { kind, name }: { kind: NodeKind; name: string },
): OutsidePlace | undefined {
    const { outside } = org;
    if (outside === undefined) {
        return undefined;
    }
    const ports = outsidePorts(org, kind);
    const { azureDnsLabel: prefix, domain, formerDomains = [] } = outside;
    const formerHosts = formerDomains.map((former) => `${name}.${former}`);
    if (prefix === undefined) {
        return { host: `${name}.${domain}`, formerHosts, ports };
    }
    const label = `${prefix}-${name}`;
    const host = `${label}.${org.cluster.region}.cloudapp.azure.com`;
    return { host, formerHosts, ports, azureDnsLabel: label };
}

/** Ports that a kind of node has outside: its own behind a load balancer, one for all behind a gateway. */
function outsidePorts(org: ExposedOrg, kind: NodeKind): Record<string, number> {
    const own = kind === "peer" ? { grpc: PEER_PORTS.grpc } : ordererPorts(org);
    return exposedBy(org) === "Gateway"
        ? { ...own, grpc: org.outside?.gateway?.port ?? USUAL_GATEWAY_PORT }
        : own;
}

function ordererPorts(org: ExposedOrg): Record<string, number> {
    const { grpc, admin, operations } = ORDERER_PORTS;
    return isAdministeredOutside(org) ? { grpc, admin, operations } : { grpc };
}

/** Where a node is reached by this program from outside; absent where it takes a port-forward. */
export function administeredPlace(
    org: ExposedOrg,
    node: { kind: NodeKind; name: string },
): Pick<OutsidePlace, "host" | "ports"> | undefined {
    const place = isAdministeredOutside(org) ? outsidePlace(org, node) : undefined;
    return place === undefined ? undefined : { host: place.host, ports: place.ports };
}

/** The address inside its cluster. */
export function insidePlace(
    { namespace }: { namespace: string },
    { kind, name }: { kind: NodeKind; name: string },
): { host: string; port: number } {
    const { grpc: port } = kind === "peer" ? PEER_PORTS : ORDERER_PORTS;
    return { host: nodeAddress(name, namespace), port };
}

/** The address inside its cluster, as `host:port`. */
export function insideEndpoint(...node: Parameters<typeof insidePlace>): string {
    return endpointText(insidePlace(...node));
}
