import type * as pulumi from "@pulumi/pulumi";

import type { Consenter } from "../fabric/msp";
import {
    administeredNodes,
    ordererConnection,
    orderingNodes,
    peerConnection,
    signerOf,
} from "./nodeConnections";
import type { OrdererService } from "./ordererService";
import type { PeerNode } from "./peerNode";
import { ConsenterSet } from "./resources/consenterSet";
import { OrdererChannelMembership } from "./resources/ordererChannelMembership";
import { PeerChannelMembership, type FirstBlock } from "./resources/peerChannelMembership";

/** A channel whose nodes join it, whoever made it. */
interface JoinedByNodes extends pulumi.ComponentResource {
    readonly name: string;
    readonly channelId: string;
    readonly orderers: readonly OrdererService[];
    readonly peers: readonly PeerNode[];
}

/** Lets every ordering node join, after its service and none after another. */
export function joinOrderers(
    channel: JoinedByNodes,
    block: pulumi.Input<string>,
): OrdererChannelMembership[] {
    return channel.orderers.flatMap((service) =>
        service.nodes.map(
            (node) =>
                new OrdererChannelMembership(
                    `${channel.name}-${node.name}`,
                    {
                        ...ordererConnection(service, node.name),
                        channelId: channel.channelId,
                        block,
                        admin: service.admin,
                        // A service of whose node it is not known was refused.
                        consenter: node.consenter!.apply(withoutIdentity),
                        siblings: orderingNodes(service).nodes,
                    },
                    // Its Pod too: a node that goes leaves the channel first.
                    { parent: channel, dependsOn: [service.ready, node.pod.statefulSet] },
                ),
        ),
    );
}

/** Who a node is for the others; what it signs with says nothing of that. */
function withoutIdentity({ host, port, tlsCertificatePem }: Consenter): Consenter {
    return { host, port, tlsCertificatePem };
}

/** Waits until the consenters of this program are active and see a leader. */
export function findTogether(
    channel: JoinedByNodes,
    memberships: readonly OrdererChannelMembership[],
): ConsenterSet {
    const [first] = channel.orderers as [OrdererService];
    return new ConsenterSet(
        `${channel.name}-consenters`,
        {
            channelId: channel.channelId,
            consensus: first.consensus,
            services: channel.orderers.map(administeredNodes),
        },
        { parent: channel, dependsOn: [...memberships] },
    );
}

/** Lets every peer join, none after another: they may be in clusters that know nothing of each other. */
export function joinPeers(
    channel: JoinedByNodes,
    from: FirstBlock & { genesisHash: pulumi.Input<string> },
    after: readonly pulumi.Resource[],
): PeerChannelMembership[] {
    return channel.peers.map(
        (peer) =>
            new PeerChannelMembership(
                `${channel.name}-${peer.name}`,
                {
                    ...peerConnection(peer),
                    channelId: channel.channelId,
                    admin: signerOf(peer.org),
                    ...from,
                },
                { parent: channel, dependsOn: [peer.ready, ...after] },
            ),
    );
}
