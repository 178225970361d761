import * as pulumi from "@pulumi/pulumi";

import type { OrdererService } from "./ordererService";
import type { PeerNode } from "./peerNode";

/** The nodes that join a channel, and how far. */
export interface JoiningNodes {
    orderers?: readonly OrdererService[];
    peers?: readonly PeerNode[];
    /** Whether only the ordering nodes join. */
    founding?: boolean;
}

/** What would be done on a cluster whose nodes run, one line a step. */
export function joinPlan(
    channelId: string,
    { orderers = [], peers = [], founding = false }: JoiningNodes,
): string[] {
    const later = founding
        ? []
        : [
              ...(orderers.length > 0 ? [`the consenters of ${channelId} elect a leader`] : []),
              ...peers.map(({ name, org }) => `peer ${name} of ${org.mspId} joins ${channelId}`),
          ];
    return [
        ...orderers.flatMap(({ nodes }) =>
            nodes.map(({ name }) => `ordering node ${name} joins ${channelId} as a consenter`),
        ),
        ...later,
    ];
}

/** Says what is left out on a simulated cluster, where no node runs that could join. */
export function reportJoinPlan(plan: readonly string[], channel: pulumi.Resource): void {
    const lines = plan.map((line) => `  ${line}`);
    void pulumi.log.info(
        ["the cluster is simulated, so these steps are planned and left out:", ...lines].join("\n"),
        channel,
    );
}
