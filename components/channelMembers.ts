import * as pulumi from "@pulumi/pulumi";

import { joinParts, partProblems } from "../fabric/definitionParts";
import { addressWarnings } from "../fabric/definitionWarnings";
import type { HostPort, OrgDefinition } from "../fabric/msp";
import type { Problem } from "../fabric/problem";
import { otherMembers, otherOrderers, type ChannelArgs } from "./channelArgs";
import type { FabricOrg } from "./fabricOrg";
import { otherOrganizations, warn } from "./otherOrganizations";
import type { PeerNode } from "./peerNode";
import type { ChannelOutline } from "./resources/channelConfig";
import { rejectInvalid } from "./validation";

/** The organizations of a channel, in the order in which its first block lists them. */
export interface ChannelMembers {
    ordering: OrgDefinition[];
    application: OrgDefinition[];
    /** MSP IDs of those whose definitions other programs published. */
    others: string[];
}

/** Organizations of the channel's peers, in the order in which they first appear. */
export function memberOrganizations(peers: readonly PeerNode[]): FabricOrg[] {
    return [...new Set(peers.map(({ org }) => org))];
}

/** Organizations of this program that order or run peers, each once. */
export function ownOrganizations({ orderers, peers }: ChannelArgs): FabricOrg[] {
    return [...new Set([...orderers, ...peers].map(({ org }) => org))];
}

/** Who is in the channel by this program. */
export function outlineOf({ orderers, peers }: ChannelArgs): ChannelOutline {
    const mspIds = [...new Set(orderers.map(({ org }) => org.mspId))];
    const nodesOf = (mspId: string) =>
        orderers.filter(({ org }) => org.mspId === mspId).flatMap(({ nodes }) => nodes);
    return {
        consenters: Object.fromEntries(mspIds.map((mspId) => [mspId, nodesOf(mspId).length])),
        application: memberOrganizations(peers).map(({ mspId }) => mspId),
    };
}

/** Peers that are anchors: those that are named, else the first of each organization. */
export function anchorPeersOf({ peers, anchorPeers }: ChannelArgs): readonly PeerNode[] {
    return (
        anchorPeers ??
        memberOrganizations(peers).map((org) => peers.find((peer) => peer.org === org)!)
    );
}

/** Gathers the public definitions of everyone in the channel. */
export function channelMembers(
    name: string,
    args: ChannelArgs,
    about: pulumi.Resource,
): pulumi.Output<ChannelMembers> {
    const others = [otherOrderers(args), otherMembers(args)] as const;
    const [otherOrdering, otherApplication] = others.map((list) =>
        otherOrganizations("Channel", name, list, about),
    ) as [pulumi.Output<OrgDefinition[]>, pulumi.Output<OrgDefinition[]>];
    const own = pulumi.output(ownMembers(args));
    if (others.some(({ definitions }) => definitions.length > 0)) {
        const [{ definitions: otherConsenters }] = others;
        own.apply((members) => warnOfAddresses(members, otherConsenters.length > 0, about));
    }
    return pulumi
        .all([own, otherOrdering, otherApplication])
        .apply(([{ ordering, application }, moreOrdering, moreApplication]) => {
            const parts = [...ordering, ...moreOrdering];
            rejectInvalid("Channel", name, strangers(parts, ordering.length));
            return {
                ordering: joinParts(parts),
                application: [...application, ...moreApplication],
                others: [
                    ...new Set([...moreOrdering, ...moreApplication].map(({ mspId }) => mspId)),
                ],
            };
        });
}

/** Definitions of other programs that only call themselves like an organization of this one. */
function strangers(parts: readonly OrgDefinition[], own: number): Problem[] {
    return partProblems(parts).map(({ path, reason }) => ({
        path:
            Number(path) < own
                ? `orderers[${path}]`
                : `orderingOrganizations[${Number(path) - own}].mspId`,
        reason,
    }));
}

function ownMembers(args: ChannelArgs) {
    const anchors = anchorPeersOf(args);
    const anchorsOf = (org: FabricOrg): HostPort[] =>
        anchors.filter((peer) => peer.org === org).map(({ told }) => told);
    return {
        ordering: args.orderers.map(({ definition }) => definition),
        application: memberOrganizations(args.peers).map((org) =>
            org.definition.apply((definition) => ({
                ...definition,
                anchorPeers: anchorsOf(org),
            })),
        ),
    };
}

/**
 * What others are told of this program's nodes must be an address that they can dial. Nobody but another
 * consenter dials a consenter's.
 */
function warnOfAddresses(
    { ordering, application }: Omit<ChannelMembers, "others">,
    areOthersConsenters: boolean,
    about: pulumi.Resource,
): void {
    for (const org of ordering) {
        const consenters = areOthersConsenters ? org.consenters : [];
        warn(`${org.mspId}: `, addressWarnings({ ...org, consenters }, "ordering"), about);
    }
    for (const org of application) {
        warn(`${org.mspId}: `, addressWarnings(org, "application"), about);
    }
}
