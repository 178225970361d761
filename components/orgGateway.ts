import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import type * as pulumi from "@pulumi/pulumi";

import { ORDERER_PORTS } from "../fabric/ports";
import type { FabricOrg } from "./fabricOrg";
import { exposedBy, isAdministeredOutside } from "./outside";
import { USUAL_GATEWAY_PORT } from "./outsideArgs";
import { gatewayManifest } from "./workloads/gateway";
import { balancerAnnotations } from "./workloads/loadBalancer";

/** Makes the gateway that leads to all nodes of an organization, where it wants one. */
export function createGateway(
    org: FabricOrg,
    name: string,
    after: readonly pulumi.Resource[],
): CustomResource | undefined {
    const { outside, namespace, mspId, cluster } = org;
    if (outside?.gateway === undefined || exposedBy(org) !== "Gateway") {
        return undefined;
    }
    const { admin, operations } = ORDERER_PORTS;
    return new CustomResource(
        `${name}-gateway`,
        gatewayManifest({
            namespace,
            mspId,
            className: outside.gateway.className,
            // Only with a domain: checked.
            domains: [outside.domain!, ...(outside.formerDomains ?? [])],
            ports: {
                grpc: outside.gateway.port ?? USUAL_GATEWAY_PORT,
                ...(isAdministeredOutside(org) ? { admin, operations } : {}),
            },
            annotations: {
                ...balancerAnnotations(cluster.vendor, outside.internal ?? false),
                ...outside.annotations,
            },
        }),
        { parent: org, deletedWith: cluster.managedCluster, dependsOn: [...after] },
    );
}
