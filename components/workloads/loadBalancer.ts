import type * as types from "@pulumi/kubernetes/types";
import type * as pulumi from "@pulumi/pulumi";

import type { Vendor } from "../clusters/fabricCluster";
import { nodeLabels, serviceSelectorLabels, type Owner } from "./labels";

/** What a vendor's load balancers are told. */
interface VendorAnnotations {
    /** For addresses that everyone can reach. */
    external: Readonly<Record<string, string>>;
    /** For addresses of the cluster's network. */
    internal: Readonly<Record<string, string>>;
    /** That a connection may be quiet: Fabric is for 60 s, applications for longer. */
    idle: Readonly<Record<string, string>>;
}

const AZURE = "service.beta.kubernetes.io/azure";
const IBM = "service.kubernetes.io/ibm-load-balancer-cloud-provider";
/** How long IBM's balancer on VPC lets a connection be quiet, in seconds. */
export const IDLE_TIMEOUT_ANNOTATION = `${IBM}-vpc-idle-connection-timeout`;

const AZURE_DNS_LABEL = `${AZURE}-dns-label-name`;
const EXTERNAL_DNS = "external-dns.alpha.kubernetes.io/hostname";

const IBM_TYPES = {
    external: { [`${IBM}-ip-type`]: "public" },
    internal: { [`${IBM}-ip-type`]: "private" },
};

const NOTHING: VendorAnnotations = { external: {}, internal: {}, idle: {} };

/**
 * @see https://cloud.google.com/kubernetes-engine/docs/concepts/service-load-balancer-parameters
 * @see https://learn.microsoft.com/en-us/azure/aks/load-balancer-standard
 * @see https://cloud.ibm.com/docs/containers?topic=containers-setup_vpc_alb
 */
const ANNOTATIONS: Readonly<Record<Vendor, VendorAnnotations>> = {
    gke: {
        external: { "cloud.google.com/l4-rbs": "enabled" },
        internal: { "networking.gke.io/load-balancer-type": "Internal" },
        // Packets pass through; nothing counts how long a connection is quiet but ten minutes' tracking.
        idle: {},
    },
    aks: {
        external: {},
        internal: { [`${AZURE}-load-balancer-internal`]: "true" },
        idle: { [`${AZURE}-load-balancer-tcp-idle-timeout`]: "30" },
    },
    iks: { ...IBM_TYPES, idle: { [IDLE_TIMEOUT_ANNOTATION]: "900" } },
    "iks-classic": { ...IBM_TYPES, idle: {} },
    local: NOTHING,
    other: NOTHING,
};

/** What of a load balancer is this package's to say, and the argument that says it. */
export function ownAnnotations(vendor: Vendor): Readonly<Record<string, string>> {
    const { external, internal } = ANNOTATIONS[vendor];
    return {
        ...Object.fromEntries(
            Object.keys({ ...external, ...internal }).map((key) => [key, "outside.internal"]),
        ),
        [AZURE_DNS_LABEL]: "outside.azureDnsLabel",
        [EXTERNAL_DNS]: "outside.domain",
    };
}

/** Annotations of whatever is a load balancer of a vendor, or has one made. */
export function balancerAnnotations(vendor: Vendor, internal: boolean): Record<string, string> {
    const of = ANNOTATIONS[vendor];
    return { ...(internal ? of.internal : of.external), ...of.idle };
}

/** The Service of a node's own load balancer. */
export function loadBalancerService(args: {
    owner: Owner;
    namespace: string;
    vendor: Vendor;
    /** Its names, the one that others are told first. */
    hosts: readonly string[];
    azureDnsLabel?: string;
    ports: Readonly<Record<string, number>>;
    internal: boolean;
    sourceRanges?: readonly string[];
    /** The one that was reserved for it. */
    address?: pulumi.Input<string>;
    annotations: Readonly<Record<string, pulumi.Input<string>>>;
    /** Nothing gives it an address, and nobody has to wait for one. */
    simulated: boolean;
}): types.input.core.v1.Service {
    const { owner, azureDnsLabel, sourceRanges, address } = args;
    return {
        metadata: {
            name: outsideName(owner),
            namespace: args.namespace,
            labels: nodeLabels(owner),
            annotations: {
                ...balancerAnnotations(args.vendor, args.internal),
                ...(azureDnsLabel === undefined
                    ? { [EXTERNAL_DNS]: args.hosts.join(",") }
                    : { [AZURE_DNS_LABEL]: azureDnsLabel }),
                ...(args.simulated ? { "pulumi.com/skipAwait": "true" } : {}),
                ...args.annotations,
            },
        },
        spec: {
            type: "LoadBalancer",
            selector: serviceSelectorLabels(owner),
            ports: Object.entries(args.ports).map(([name, port]) => ({
                name,
                port,
                targetPort: name,
            })),
            ...(address === undefined ? {} : { loadBalancerIP: address }),
            ...(sourceRanges === undefined ? {} : { loadBalancerSourceRanges: [...sourceRanges] }),
        },
    };
}

/** Name of what leads to a node from outside. */
export function outsideName({ name }: Pick<Owner, "name">): string {
    return `${name}-outside`;
}
