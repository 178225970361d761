import * as pulumi from "@pulumi/pulumi";

import type { ChannelArgs } from "./channelArgs";

/** What would be done on a cluster whose nodes run, one line a step. */
export function joinPlan(channelId: string, { orderers, peers }: ChannelArgs): string[] {
    return [
        ...orderers.flatMap(({ nodes }) =>
            nodes.map(({ name }) => `ordering node ${name} joins ${channelId} as a consenter`),
        ),
        `the consenters of ${channelId} elect a leader`,
        ...peers.map(({ name, org }) => `peer ${name} of ${org.mspId} joins ${channelId}`),
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
