import type * as pulumi from "@pulumi/pulumi";

import { domainProblem, hostNameProblem } from "../fabric/names";
import { objectNameProblem } from "../fabric/objectNames";
import { ORDERER_PORTS, PEER_PORTS, portProblem } from "../fabric/ports";
import { shown, type Problem } from "../fabric/problem";
import type { FabricCluster } from "./clusters/fabricCluster";
import { choiceProblem, problemsOf } from "./validation";
import { ownAnnotations } from "./workloads/loadBalancer";

/** What leads to nodes from outside their cluster; Kubernetes' own words. */
export type ExposedBy = (typeof EXPOSED_BY)[number];

const EXPOSED_BY = ["LoadBalancer", "Gateway", "none"] as const;

/** Versions of `TLSRoute`: `"v1"` from Gateway API 1.5 on, before it those of its experimental channel. */
export type TlsRouteVersion = (typeof TLS_ROUTE_VERSIONS)[number];

const TLS_ROUTE_VERSIONS = ["v1", "v1alpha3", "v1alpha2"] as const;

/** The way that this program itself takes to a node. */
export type Administration = (typeof ADMINISTRATIONS)[number];

const ADMINISTRATIONS = ["port-forward", "outside"] as const;

/** A gateway of the Gateway API, one for all nodes of the organization. */
export interface GatewayArgs {
    /** Name of the GatewayClass, of which something in the cluster has to be the controller. */
    className: string;
    /**
     * Port that all nodes share; which one is dialed is told by the name in the TLS handshake.
     *
     * @default 443
     */
    port?: number;
    /**
     * Version of `TLSRoute` that the cluster has.
     *
     * @default "v1", of Gateway API 1.5
     */
    tlsRouteVersion?: TlsRouteVersion;
}

/** How the nodes of an organization are reached from outside their cluster. */
export interface OutsideArgs {
    /**
     * Domain of the nodes' names: the peer `org1-peer0` is `org1-peer0.<domain>`. They are in TLS certificates
     * from the start. That they lead to the nodes is for DNS: the records are in `outside.record` of each node,
     * and external-dns makes them where it runs.
     *
     * @default - with `azureDnsLabel`, Azure's own domain
     */
    domain?: string;
    /**
     * Domains that the nodes' names were below before, and by which they still answer: in certificates and at
     * the gateway. Others may go on dialing them until every channel has the new addresses; then take them
     * away. `docs/outside.md` has the order of a rename.
     *
     * @default []
     */
    formerDomains?: readonly string[];
    /**
     * On AKS, the beginning of names that Azure keeps in its own DNS: with `"acme"` the peer `org1-peer0` is
     * `acme-org1-peer0.<region>.cloudapp.azure.com`. Nobody else in the region may have that name.
     *
     * @default - none; write `domain`
     * @see https://learn.microsoft.com/en-us/azure/aks/static-ip
     */
    azureDnsLabel?: string;
    /**
     * What leads to the nodes: a load balancer for each, a gateway for all, or nothing. Names and certificates
     * are the same with each; ports are not, and channels have them.
     *
     * @default "LoadBalancer"
     */
    exposedBy?: ExposedBy;
    /** The gateway, with `exposedBy: "Gateway"`. */
    gateway?: GatewayArgs;
    /**
     * Whether load balancers, also that of the gateway, have an address of the cluster's network only, for
     * parties that joined it to theirs.
     *
     * @default false
     */
    internal?: boolean;
    /**
     * Addresses that may dial load balancers, such as `["203.0.113.0/24"]`.
     *
     * @default - all
     */
    sourceRanges?: readonly string[];
    /** Further annotations of the load balancers, or of what the gateway makes. They win over those made here. */
    annotations?: Readonly<Record<string, pulumi.Input<string>>>;
    /**
     * The way that this program itself takes: a port-forward through the Kubernetes API, or the one from
     * outside, where port-forwards are forbidden. The admin and operations ports of ordering nodes are then
     * reached from outside, too; they admit nobody without a certificate of the CA of the admin endpoints, but
     * tell everyone whether they are well, and their version.
     *
     * @default "port-forward"
     */
    administration?: Administration;
}

/** Port of the gateway where none is written. */
export const USUAL_GATEWAY_PORT = 443;

/** Everything wrong with how an organization is to be reached, given as `outside`. */
export function checkOutside(outside: OutsideArgs, cluster: FabricCluster): Problem[] {
    const { domain, exposedBy = "LoadBalancer", administration = "port-forward" } = outside;
    return problemsOf(
        ["outside.domain", nameProblem(outside)],
        ["outside.azureDnsLabel", azureProblem(outside, cluster)],
        ["outside.exposedBy", choiceProblem(exposedBy, EXPOSED_BY, "way to nodes from outside")],
        ["outside.gateway", gatewayProblem(outside)],
        ...gatewayProblems(outside.gateway, administration),
        ...(outside.sourceRanges ?? []).map(
            (range, index) => [`outside.sourceRanges[${index}]`, rangeProblem(range)] as const,
        ),
        [
            "outside.administration",
            choiceProblem(administration, ADMINISTRATIONS, "way of this program to nodes") ??
                (administration === "outside" && exposedBy === "none"
                    ? '"outside" needs a way from outside, and exposedBy is "none"; write another ' +
                      'exposedBy, or "port-forward"'
                    : undefined),
        ],
        ...Object.keys(outside.annotations ?? {}).map(
            (key) =>
                [
                    `outside.annotations[${shown(key)}]`,
                    ownAnnotations(cluster.vendor)[key] === undefined
                        ? undefined
                        : `is set, and ${ownAnnotations(cluster.vendor)[key]} says it; take it away`,
                ] as const,
        ),
        [
            "outside.internal",
            exposedBy === "none" && outside.internal !== undefined
                ? 'is for what leads to nodes, and exposedBy is "none"; take it away'
                : undefined,
        ],
        [
            "outside.sourceRanges",
            exposedBy !== "LoadBalancer" && outside.sourceRanges !== undefined
                ? `is for load balancers, and exposedBy is ${shown(exposedBy)}; take it away`
                : outside.sourceRanges !== undefined && cluster.vendor === "iks"
                  ? "is set, and nothing says that load balancers of IBM's VPC heed it; take it away, and " +
                    "let a security group say who may dial"
                  : undefined,
        ],
        ["outside.domain", domain === undefined ? undefined : domainProblem(domain)],
        ...(outside.formerDomains ?? []).map(
            (former, index) =>
                [
                    `outside.formerDomains[${index}]`,
                    domainProblem(former) ??
                        (former === domain
                            ? `${shown(former)} is the domain that the nodes have; take it away`
                            : undefined),
                ] as const,
        ),
    );
}

function nameProblem({ domain, azureDnsLabel }: OutsideArgs): string | undefined {
    if (domain === undefined && azureDnsLabel === undefined) {
        return 'is not set, and nodes have no names outside; write one such as "org1.example.com"';
    }
    return domain !== undefined && azureDnsLabel !== undefined
        ? "is set, and so is azureDnsLabel, which gives nodes names in Azure's own domain; take one of " +
              "them away"
        : undefined;
}

/** First and longest part of a name in Azure's DNS, and where it is told by. */
const AZURE_LABEL = /^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$/;

function azureProblem(
    { azureDnsLabel, exposedBy = "LoadBalancer" }: OutsideArgs,
    { vendor, region }: FabricCluster,
): string | undefined {
    if (azureDnsLabel === undefined) {
        return undefined;
    }
    if (vendor !== "aks") {
        return `is set, and the cluster's vendor is ${shown(vendor)}; write domain in its place`;
    }
    if (region === undefined) {
        return (
            "needs the cluster's region, which is in the names; write it as the cluster's location, in " +
            "plain text"
        );
    }
    if (exposedBy === "Gateway") {
        return "is a name of one node's load balancer, and a gateway is for all; write domain in its place";
    }
    return AZURE_LABEL.test(azureDnsLabel)
        ? undefined
        : `${shown(azureDnsLabel)} is not the beginning of a name in Azure's DNS (at most 32 lower-case ` +
              'letters, digits and "-", a letter first, no "-" at the end); write one such as "acme"';
}

function gatewayProblem({ gateway, exposedBy = "LoadBalancer" }: OutsideArgs): string | undefined {
    if (exposedBy === "Gateway" && gateway === undefined) {
        return 'is not set; write the class of gateways in the cluster, as in { className: "eg" }';
    }
    return exposedBy !== "Gateway" && gateway !== undefined
        ? `is set, and exposedBy is ${shown(exposedBy)}; write "Gateway" there, or take it away`
        : undefined;
}

function gatewayProblems(
    gateway: GatewayArgs | undefined,
    administration: Administration,
): (readonly [string, string | undefined])[] {
    if (gateway === undefined) {
        return [];
    }
    const { className, port = USUAL_GATEWAY_PORT, tlsRouteVersion = "v1" } = gateway;
    const others =
        administration === "outside" ? [ORDERER_PORTS.admin, ORDERER_PORTS.operations] : [];
    return [
        ["outside.gateway.className", objectNameProblem(className)],
        [
            "outside.gateway.port",
            portProblem(port) ??
                ((others as number[]).includes(port)
                    ? `${port} is the port of ordering nodes' own endpoints, which this program dials; ` +
                      `write another, such as ${USUAL_GATEWAY_PORT} or ${PEER_PORTS.grpc}`
                    : undefined),
        ],
        [
            "outside.gateway.tlsRouteVersion",
            choiceProblem(tlsRouteVersion, TLS_ROUTE_VERSIONS, "version of TLSRoute"),
        ],
    ];
}

function rangeProblem(range: string): string | undefined {
    const [, address, bits] = /^([^/]+)\/([0-9]{1,3})$/.exec(range) ?? [];
    const most = address?.includes(":") ? 128 : 32;
    const isAddress = address !== undefined && /^[0-9a-f.:]+$/i.test(address);
    return isAddress && hostNameProblem(address) === undefined && Number(bits) <= most
        ? undefined
        : `${shown(range)} is not a range of addresses; write one such as "203.0.113.0/24"`;
}
