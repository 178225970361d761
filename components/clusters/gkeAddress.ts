import { createHash } from "node:crypto";

import { Address } from "@pulumi/gcp/compute/address";
import { RecordSet } from "@pulumi/gcp/dns/recordSet";
import * as pulumi from "@pulumi/pulumi";

import type { AddressRequest, ReservedAddress } from "./fabricCluster";
import { regionOf, type GkeClusterArgs } from "./gkeClusterArgs";
import type { GkeResources } from "./gkeResources";

/** Time for which others may remember where a name leads, in seconds. */
const TTL_SECONDS = 300;

/** Longest name of an address. */
const NAME_LIMIT = 63;

/** A name that no other stack has in the project, and that is short enough for any node's. */
function addressName(name: string): string {
    const owner = [pulumi.getProject(), pulumi.getStack(), name].join("/");
    const mark = `-${createHash("sha256").update(owner).digest("hex").slice(0, 8)}`;
    return `${name.slice(0, NAME_LIMIT - mark.length).replace(/-+$/, "")}${mark}`;
}

/**
 * Reserves an address, which outlives the load balancer that has it, and writes it into the zone of the
 * cluster's names where it has one.
 *
 * @see https://cloud.google.com/kubernetes-engine/docs/concepts/service-load-balancer-parameters
 */
export function reserveGkeAddress(
    { project, location, dnsZone, network }: GkeClusterArgs,
    { subnetwork }: GkeResources,
    { name, host, internal, options }: AddressRequest,
): ReservedAddress {
    const { address } = new Address(
        `${name}-address`,
        {
            name: addressName(name),
            project,
            region: regionOf(location),
            // Another one would be another address: a name may change and the address stay.
            description: `Of ${name}`,
            addressType: internal ? "INTERNAL" : "EXTERNAL",
            ...(internal ? { subnetwork: network?.subnetwork ?? subnetwork?.id } : {}),
        },
        options,
    );
    return {
        address,
        publish: (after) =>
            dnsZone === undefined
                ? undefined
                : new RecordSet(
                      `${name}-record`,
                      {
                          project,
                          managedZone: dnsZone,
                          name: `${host}.`,
                          type: "A",
                          ttl: TTL_SECONDS,
                          rrdatas: [address],
                      },
                      // Not kept, as it can be made again: kept, it would keep the node's Pod, too.
                      { parent: options.parent, dependsOn: [after] },
                  ),
    };
}
