import { createHash } from "node:crypto";

import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap";
import * as pulumi from "@pulumi/pulumi";

import type { FabricOrg } from "./fabricOrg";
import { insideEndpoint } from "./outside";
import type { OrdererService } from "./ordererService";
import { nodeLabels, type Owner } from "./workloads/labels";
import type { OrdererOverrides } from "./workloads/peer";

/** Lets a peer reach ordering nodes of its cluster inside it, where they tell an address outside. */
export function createOrdererOverrides(
    parent: pulumi.Resource,
    owner: Owner,
    org: FabricOrg,
    services: readonly OrdererService[],
): (OrdererOverrides & { map: ConfigMap; digest: pulumi.Output<string> }) | undefined {
    const told = services.flatMap((service) =>
        service.nodes.map((node) => ({
            from: node.externalEndpoint,
            to: insideEndpoint(service.org, { kind: "orderer", name: node.name }),
            tlsCa: caFile(service.org),
        })),
    );
    const addresses = told.filter(({ from, to }) => from !== to);
    if (addresses.length === 0) {
        return undefined;
    }
    const configuration = `${owner.name}-orderers`;
    const map = new ConfigMap(
        configuration,
        {
            metadata: {
                name: configuration,
                namespace: org.namespace,
                labels: nodeLabels(owner),
            },
            data: Object.fromEntries(
                services.map((service) => [caFile(service.org), service.org.tlsCa.rootPem]),
            ),
        },
        { parent, deletedWith: org.cluster.managedCluster, dependsOn: [org.ready] },
    );
    const digest = pulumi
        .all(services.map((service) => service.org.tlsCa.rootPem))
        .apply((roots) => createHash("sha256").update(roots.join()).digest("hex"));
    return { configuration, addresses, map, digest };
}

const caFile = ({ mspId }: FabricOrg) => `${mspId}.pem`;
