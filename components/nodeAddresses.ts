import type { HostPort } from "../fabric/msp";
import { shown } from "../fabric/problem";
import {
    exposedBy,
    insidePlace,
    outsidePlace,
    type ExposedOrg,
    type OutsidePlace,
} from "./outside";
import type { NodeKind } from "./workloads/labels";

/** What decides the addresses of a node. */
export interface AddressedNode {
    org: ExposedOrg & { namespace: string };
    kind: NodeKind;
    name: string;
    advertise?: "internal" | "external";
    externalHosts?: readonly string[];
    externalPort?: number;
    /** Where consenters reach it, of an ordering node. */
    consenterAddresses?: "internal" | "external";
}

/** Where a node is reached, and what others are told of it. */
export interface NodeAddresses {
    /** Inside its cluster. */
    inside: HostPort;
    /** Outside its cluster; absent where it has no name there. */
    external?: HostPort;
    /** The one of them that channels and other organizations are told. */
    told: HostPort;
    /** Every name and address that it has outside. */
    externalHosts: readonly string[];
    /** Those of them that others are told. */
    toldHosts: readonly string[];
    /** What its organization makes of it outside. */
    outside?: OutsidePlace;
}

/** Addresses of a node, worked out from its arguments and its organization's. */
export function nodeAddresses(node: AddressedNode): NodeAddresses {
    const { org, externalHosts = [], externalPort } = node;
    const inside = insidePlace(org, node);
    const outside = outsidePlace(org, node);
    const [host] = externalHosts;
    const external = outside
        ? { host: outside.host, port: outside.ports.grpc ?? inside.port }
        : host === undefined
          ? undefined
          : { host, port: externalPort ?? inside.port };
    const usual = exposedBy(org) === "none" ? "internal" : "external";
    const { advertise = usual } = node;
    const isTold = advertise === "external" || node.consenterAddresses === "external";
    return {
        inside,
        external,
        told: advertise === "external" ? (external ?? inside) : inside,
        externalHosts: [
            ...(outside ? [outside.host, ...outside.formerHosts] : []),
            ...externalHosts,
        ],
        toldHosts: isTold && external !== undefined ? [external.host] : [],
        outside,
    };
}

/** What is wrong with what a node is to tell of itself, or nothing. */
export function advertiseProblem({
    advertise,
    ...node
}: Omit<AddressedNode, "advertise"> & { advertise?: string }): string | undefined {
    if (advertise === undefined || advertise === "internal") {
        return undefined;
    }
    if (advertise !== "external") {
        return `${shown(advertise)} is not an address of a node; write "internal" or "external"`;
    }
    return nodeAddresses(node).external === undefined
        ? '"external" needs an external host; write externalHosts, or "internal"'
        : undefined;
}
