import { readFileSync } from "node:fs";

import { checkClusterAccess, type ClusterFacts } from "../clients/clusterAccess";
import { describeCluster, type ClusterTarget } from "./cluster";
import { Refusal } from "./refusal";
import type { StartedCluster } from "./startCluster";

/** Asks a cluster who it is. One that does not answer is a refusal. */
export async function askCluster({ kubeconfig, context }: StartedCluster): Promise<ClusterFacts> {
    try {
        return await checkClusterAccess({
            kubeconfig: readFileSync(kubeconfig, "utf8"),
            context,
        });
    } catch (error) {
        throw new Refusal((error as Error).message);
    }
}

/** Refuses what would otherwise fail halfway: missing permissions, a Kubernetes that is too old. */
export function refuseProblems({ problems }: ClusterFacts, { context }: StartedCluster): void {
    if (problems.length > 0) {
        const lines = problems.map((problem) => `  ${problem}`);
        throw new Refusal([`context "${context}" cannot be used`, ...lines].join("\n"));
    }
}

/** The same context can lead to another cluster than last time; nothing is done to that one. */
export function refuseOtherCluster(
    { uid }: ClusterFacts,
    known: string | undefined,
    target: ClusterTarget,
): void {
    if (known === undefined || known === uid) {
        return;
    }
    throw new Refusal(
        target.kind === "context"
            ? `context "${target.context}" leads to another cluster than the one the network is in; ` +
                  "point it at that cluster again"
            : goneText(target),
    );
}

/** A cluster of our own that was deleted behind our back, or made anew since. */
export function goneText(target: ClusterTarget): string {
    return (
        `${describeCluster(target)} was deleted, and the ledgers of the network with it. To forget ` +
        'what the state still lists, run "npm run down -- --delete-ledgers"; then bring the network ' +
        "up again"
    );
}
