import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import { Service } from "@pulumi/kubernetes/core/v1/service";
import type * as pulumi from "@pulumi/pulumi";

import type { FabricOrg } from "./fabricOrg";
import type { NodeAddresses } from "./nodeAddresses";
import type { NodePod } from "./nodePod";
import { keepOptions } from "./protection";
import { exposedBy, isAdministeredOutside, type OutsidePlace } from "./outside";
import { tlsRouteManifest } from "./workloads/gateway";
import type { Owner } from "./workloads/labels";
import { loadBalancerService, outsideName } from "./workloads/loadBalancer";

/** A record that DNS has to have, for a node to be found by its name. */
export interface DnsRecord {
    name: string;
    type: "A" | "AAAA" | "CNAME";
    value: string;
}

/** What leads to a node from outside its cluster. */
export interface NodeOutside {
    /** Its name there. */
    readonly host: string;
    /** Its own load balancer; absent behind a gateway. */
    readonly loadBalancer?: Service;
    /** Its ways from the gateway, one for each port; none with a load balancer. */
    readonly routes: readonly CustomResource[];
    /** What DNS has to say; absent behind a gateway, and where the vendor's own DNS says it. */
    readonly record?: pulumi.Output<DnsRecord | undefined>;
    /** The last of it where this program itself comes this way, and so waits for it. */
    readonly needed?: pulumi.Resource;
}

/** What is to be exposed. */
interface Exposed {
    owner: Owner;
    org: FabricOrg;
    addresses: NodeAddresses;
    pod: NodePod;
}

/** Leads to a node from outside as its organization wants it. */
export function exposeNode(parent: pulumi.Resource, node: Exposed): NodeOutside | undefined {
    const { outside } = node.addresses;
    const by = exposedBy(node.org);
    if (outside === undefined || by === "none") {
        return undefined;
    }
    const made = by === "Gateway" ? routeTo(parent, node, outside) : balance(parent, node, outside);
    return { ...made, needed: isAdministeredOutside(node.org) ? made.needed : undefined };
}

function balance(
    parent: pulumi.Resource,
    { owner, org, pod }: Exposed,
    { host, formerHosts, ports, azureDnsLabel }: OutsidePlace,
): NodeOutside {
    const { internal = false, sourceRanges, annotations = {} } = org.outside ?? {};
    const reserved = org.cluster.reserveAddress?.({
        name: outsideName(owner),
        host,
        internal,
        options: keepOptions(org.protection, parent),
    });
    const loadBalancer = new Service(
        outsideName(owner),
        loadBalancerService({
            owner,
            namespace: org.namespace,
            vendor: org.cluster.vendor,
            hosts: [host, ...formerHosts],
            azureDnsLabel,
            ports,
            internal,
            sourceRanges,
            address: reserved?.address,
            annotations,
            simulated: org.cluster.simulated,
        }),
        { parent, deletedWith: org.cluster.managedCluster, dependsOn: [pod.service] },
    );
    const published = reserved?.publish(loadBalancer);
    const record = loadBalancer.status.apply((status) => recordOf(host, status?.loadBalancer));
    const isKnown = azureDnsLabel !== undefined || published !== undefined;
    return {
        host,
        loadBalancer,
        routes: [],
        record: isKnown ? undefined : record,
        needed: published ?? loadBalancer,
    };
}

/** A vendor's balancer has an address, or a name that the vendor keeps an address for. */
function recordOf(
    name: string,
    balancer: { ingress?: { ip?: string; hostname?: string }[] } | undefined,
): DnsRecord | undefined {
    const [{ ip = "", hostname = "" } = {}] = balancer?.ingress ?? [];
    if (ip !== "") {
        return { name, type: ip.includes(":") ? "AAAA" : "A", value: ip };
    }
    return hostname === "" ? undefined : { name, type: "CNAME", value: hostname };
}

function routeTo(
    parent: pulumi.Resource,
    { owner, org, pod }: Exposed,
    { host, formerHosts, ports }: OutsidePlace,
): NodeOutside {
    const version = org.outside?.gateway?.tlsRouteVersion ?? "v1";
    const routes = Object.keys(ports).map(
        (port) =>
            new CustomResource(
                `${outsideName(owner)}-${port}`,
                tlsRouteManifest({
                    owner,
                    namespace: org.namespace,
                    version,
                    hosts: [host, ...formerHosts],
                    port,
                    service: pod.service.metadata.name,
                    servicePort: pod.ports[port]!,
                }),
                {
                    parent,
                    deletedWith: org.cluster.managedCluster,
                    dependsOn: [pod.service, ...(org.gateway ? [org.gateway] : [])],
                },
            ),
    );
    return { host, routes, needed: routes.at(-1) };
}
