import * as pulumi from "@pulumi/pulumi";

import type { OrgDefinition } from "../fabric/msp";
import type { FabricOrg } from "./fabricOrg";
import type { OrdererService } from "./ordererService";
import type { PeerNode } from "./peerNode";
import { problemsOf, rejectInvalid } from "./validation";

/** Nodes of an organization that others are to know. */
export interface PublishedNodes {
    /**
     * Peers that other organizations' peers meet first, at the addresses that they advertise.
     *
     * @default []
     */
    anchorPeers?: readonly PeerNode[];

    /**
     * Ordering services whose nodes are to be consenters of a channel.
     *
     * @default []
     */
    orderers?: readonly OrdererService[];
}

/** The public half of an organization with nodes of its own. */
export function definitionWith(
    org: FabricOrg,
    { anchorPeers = [], orderers = [] }: PublishedNodes,
): pulumi.Output<OrgDefinition> {
    const foreign = (node: { name: string; org: FabricOrg }) =>
        node.org === org
            ? undefined
            : `"${node.name}" is of ${node.org.mspId}; write it into that organization's definition`;
    rejectInvalid(
        "FabricOrg",
        org.mspId,
        problemsOf(
            ...anchorPeers.map((peer, index) => [`anchorPeers[${index}]`, foreign(peer)] as const),
            ...orderers.map((node, index) => [`orderers[${index}]`, foreign(node)] as const),
        ),
    );
    return pulumi
        .all([org.definition, pulumi.all(orderers.map(({ definition }) => definition))])
        .apply(([definition, services]) => ({
            ...definition,
            anchorPeers: anchorPeers.map(({ told: { host, port } }) => ({ host, port })),
            ordererEndpoints: services.flatMap(({ ordererEndpoints }) => ordererEndpoints),
            consenters: services.flatMap(({ consenters }) => consenters),
        }));
}
