import * as pulumi from "@pulumi/pulumi";

import { joinParts, partProblems } from "../fabric/definitionParts";
import type { OrgDefinition } from "../fabric/msp";
import type { FabricOrg } from "./fabricOrg";
import type { OrdererService } from "./ordererService";
import { otherOrganizations, type PublishedDefinition } from "./otherOrganizations";
import type { PeerNode } from "./peerNode";
import type { Problem } from "../fabric/problem";
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

    /**
     * Definitions of the same organization that its programs for other clusters publish. Their nodes are
     * told, too.
     *
     * @default []
     */
    elsewhere?: readonly PublishedDefinition[];
}

/** The public half of an organization with nodes of its own. */
export function definitionWith(
    org: FabricOrg,
    { anchorPeers = [], orderers = [], elsewhere = [] }: PublishedNodes,
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
        .all([
            org.definition,
            pulumi.all(orderers.map(({ definition }) => definition)),
            partsElsewhere(org, elsewhere),
        ])
        .apply(([definition, services, others]) => {
            const here = {
                ...definition,
                anchorPeers: anchorPeers.map(({ told: { host, port } }) => ({ host, port })),
                ordererEndpoints: services.flatMap(({ ordererEndpoints }) => ordererEndpoints),
                consenters: services.flatMap(({ consenters }) => consenters),
            };
            rejectInvalid("FabricOrg", org.mspId, strangers(here, others));
            return joinParts([here, ...others])[0]!;
        });
}

function partsElsewhere(org: FabricOrg, definitions: readonly PublishedDefinition[]) {
    const path = "elsewhere";
    // Parts of one organization are all alike, and none is there twice by its name alone.
    return pulumi.all(
        definitions.map((definition) =>
            otherOrganizations(
                "FabricOrg",
                org.mspId,
                { path, definitions: [definition], own: [] },
                org,
            ).apply(([only]) => only!),
        ),
    );
}

function strangers(here: OrgDefinition, others: readonly OrgDefinition[]): Problem[] {
    return others.flatMap((other, index) =>
        problemsOf([
            `elsewhere[${index}].mspId`,
            other.mspId === here.mspId
                ? partProblems([here, other])[0]?.reason
                : `"${other.mspId}" is another organization; it publishes a definition of its own`,
        ]),
    );
}
