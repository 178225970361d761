import * as pulumi from "@pulumi/pulumi";

import {
    connectionProfile,
    gatewayParameters,
    type ConnectionProfile,
    type GatewayParameters,
} from "../fabric/connectionProfile";
import type { HostPort } from "../fabric/msp";
import { shown, type Problem } from "../fabric/problem";
import type { Channel } from "./channel";
import type { FabricOrg } from "./fabricOrg";
import type { JoinedChannel } from "./joinedChannel";
import type { PeerNode } from "./peerNode";
import { problemsOf, rejectInvalid } from "./validation";

/** From where a client comes. */
export interface ClientPlace {
    /**
     * Which address of a peer it dials: the one inside the peer's cluster, or the one outside.
     *
     * @default - the one that the peer tells others (its `advertise`).
     */
    from?: "internal" | "external";
}

/** What an organization's connection profile lists. */
export interface ProfileArgs extends ClientPlace {
    /** Peers of the organization. */
    peers: readonly PeerNode[];

    /**
     * Channels that all of these peers have joined. SDKs that know service discovery need none.
     *
     * @default []
     */
    channels?: readonly (Channel | JoinedChannel)[];
}

/** What a client needs to reach the gateway of a peer. */
export function gatewayOf(peer: PeerNode, place: ClientPlace): pulumi.Output<GatewayParameters> {
    rejectInvalid("PeerNode", peer.name, placeProblems(peer, "from", place));
    const { org } = peer;
    // The endpoint, so that what uses the address starts after the peer.
    return pulumi
        .all([org.tlsCa.rootPem, peer.endpoint])
        .apply(([tlsCaPem]) =>
            gatewayParameters({ mspId: org.mspId, tlsCaPem }, addressFrom(peer, place)!),
        );
}

/** The connection profile of an organization. */
export function profileOf(
    org: FabricOrg,
    { peers, channels = [], from }: ProfileArgs,
): pulumi.Output<ConnectionProfile> {
    rejectInvalid("FabricOrg", org.mspId, [
        ...peersProblems(org, peers),
        ...peers.flatMap((peer, index) => placeProblems(peer, `peers[${index}]`, { from })),
        ...channels.flatMap((channel, index) => joinProblems(channel, index, peers)),
    ]);
    const reached = peers.map((peer) => gatewayOf(peer, { from }));
    return pulumi.all(reached).apply((parameters) =>
        connectionProfile(
            org.mspId,
            Object.fromEntries(parameters.map((known, index) => [peers[index]!.name, known])),
            channels.map(({ channelId }) => channelId),
        ),
    );
}

function addressFrom({ told, addresses }: PeerNode, { from }: ClientPlace): HostPort | undefined {
    return from === undefined ? told : from === "internal" ? addresses.inside : addresses.external;
}

function placeProblems(peer: PeerNode, path: string, { from }: ClientPlace): Problem[] {
    if (from !== undefined && !["internal", "external"].includes(from)) {
        const reason = `${shown(from)} is not an address of a peer; write "internal" or "external"`;
        return [{ path: "from", reason }];
    }
    const reason =
        addressFrom(peer, { from }) === undefined
            ? `"${peer.name}" has no external address; write outside of its organization, or "internal"`
            : undefined;
    return problemsOf([path, reason]);
}

function peersProblems(org: FabricOrg, peers: readonly PeerNode[]): Problem[] {
    if (peers.length === 0) {
        return [{ path: "peers", reason: "is empty, and a client dials a peer; write one" }];
    }
    return problemsOf(
        ...peers.map((peer, index) => {
            const reason =
                peer.org === org
                    ? undefined
                    : `"${peer.name}" is of ${peer.org.mspId}; write it into that organization's profile`;
            return [`peers[${index}]`, reason] as const;
        }),
    );
}

function joinProblems(
    channel: Channel | JoinedChannel,
    index: number,
    peers: readonly PeerNode[],
): Problem[] {
    const missing = peers.find((peer) => !channel.peers.includes(peer));
    return problemsOf([
        `channels[${index}]`,
        missing && `"${missing.name}" has not joined "${channel.name}"; take one of them away`,
    ]);
}
