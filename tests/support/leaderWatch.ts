import { setTimeout as sleep } from "node:timers/promises";

import { withConnection, type NodeTarget } from "kubefabric/internal/clients/connection";
import type { ClusterCredentials } from "kubefabric/internal/clients/kubeconfig";
import { channelGauges } from "kubefabric/internal/clients/metrics";
import { withRequests } from "kubefabric/internal/clients/ordererRequest";
import type { ClientIdentity } from "kubefabric/internal/clients/transportFault";

/** How long a channel had no leader while something went on. */
export interface LeaderReport {
    /** Longest time in which no node said that it leads, in milliseconds. */
    longestGapMs: number;
    /** How often another node led than before. */
    changes: number;
}

/** How often each node is asked; what is seen is as exact as that. */
const EVERY_MS = 100;

/**
 * Asks every ordering node, again and again over a connection that stays open, whether it leads a
 * Raft channel, while `during` runs.
 */
export async function watchLeader(
    args: {
        credentials: ClusterCredentials;
        /** Operations ports. */
        targets: readonly NodeTarget[];
        admin: ClientIdentity;
        channelId: string;
    },
    during: () => Promise<unknown>,
): Promise<LeaderReport> {
    const { credentials, targets, admin, channelId } = args;
    const seen: { at: number; node: string }[] = [];
    let running = true;
    const watch = async (target: NodeTarget) => {
        while (running) {
            await withConnection(credentials, target, (at) =>
                withRequests(at, { admin }, async (ask) => {
                    while (running) {
                        const { body } = await ask({
                            method: "GET",
                            path: "/metrics",
                            attempted: "read its metrics",
                        });
                        const leads = channelGauges(body.toString("utf8"))
                            .get("consensus_etcdraft_is_leader")
                            ?.get(channelId);
                        if (leads === 1) {
                            seen.push({ at: Date.now(), node: target.node });
                        }
                        await sleep(EVERY_MS);
                    }
                }),
            ).catch(() => undefined);
            await sleep(EVERY_MS);
        }
    };
    const watching = Promise.all(targets.map(watch));
    try {
        while (seen.length === 0) {
            await sleep(20);
        }
        await during();
    } finally {
        running = false;
        await watching;
    }
    const gaps = seen.map(({ at }, index) => at - (seen[index - 1]?.at ?? at));
    const changes = seen.filter(({ node }, index) => index > 0 && seen[index - 1]?.node !== node);
    return { longestGapMs: Math.max(...gaps), changes: changes.length };
}
