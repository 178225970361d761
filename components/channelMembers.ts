import * as pulumi from "@pulumi/pulumi";

import type { HostPort, OrgDefinition } from "../fabric/msp";
import type { ChannelArgs } from "./channelArgs";
import type { FabricOrg } from "./fabricOrg";
import type { PeerNode } from "./peerNode";

/** The organizations of a channel, as its first block lists them. */
export interface ChannelMembers {
    ordering: OrgDefinition[];
    application: OrgDefinition[];
}

/** Organizations of the channel's peers, in the order in which they first appear. */
export function memberOrganizations(peers: readonly PeerNode[]): FabricOrg[] {
    return [...new Set(peers.map(({ org }) => org))];
}

/** Peers that are anchors: those that are named, else the first of each organization. */
export function anchorPeersOf({ peers, anchorPeers }: ChannelArgs): readonly PeerNode[] {
    return (
        anchorPeers ??
        memberOrganizations(peers).map((org) => peers.find((peer) => peer.org === org)!)
    );
}

/** Gathers the public definitions of everyone in the channel. */
export function channelMembers(args: ChannelArgs): pulumi.Output<ChannelMembers> {
    const anchors = anchorPeersOf(args);
    const anchorsOf = (org: FabricOrg): HostPort[] =>
        anchors.filter((peer) => peer.org === org).map(({ told }) => told);
    return pulumi.output({
        ordering: args.orderers.map(({ definition }) => definition),
        application: [
            ...memberOrganizations(args.peers).map((org) =>
                org.definition.apply((definition) => ({
                    ...definition,
                    anchorPeers: anchorsOf(org),
                })),
            ),
            ...(args.organizations ?? []),
        ],
    });
}
