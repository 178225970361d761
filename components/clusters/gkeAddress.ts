import { Address } from "@pulumi/gcp/compute/address";
import { RecordSet } from "@pulumi/gcp/dns/recordSet";

import type { AddressRequest, ReservedAddress } from "./fabricCluster";
import { regionOf, type GkeClusterArgs } from "./gkeClusterArgs";
import type { GkeResources } from "./gkeResources";

/** Time for which others may remember where a name leads, in seconds. */
const TTL_SECONDS = 300;

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
                      { ...options, dependsOn: [after] },
                  ),
    };
}
