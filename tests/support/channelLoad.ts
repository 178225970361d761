import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

import { withConnection, type NodeTarget } from "kubefabric/internal/clients/connection";
import type { ClusterCredentials } from "kubefabric/internal/clients/kubeconfig";
import { Broadcaster } from "kubefabric/internal/clients/ordererBroadcast";
import { signedEnvelope, type Signer } from "kubefabric/internal/fabric/signing";

/** What a steady load of envelopes found out. */
export interface LoadReport {
    sent: number;
    ordered: number;
    /** Payloads of the envelopes that were taken into the order. */
    acknowledged: string[];
    /** Longest time between two envelopes that were taken into the order, in milliseconds. */
    longestGapMs: number;
    /** The three longest gaps, with how long after the beginning each began. */
    gaps: { afterMs: number; ms: number }[];
    /** Why envelopes were refused, and how often. */
    refusals: Record<string, number>;
}

/** How long an answer is waited for before another node is tried, as a gateway would. */
const PATIENCE_MS = 1_000;

/**
 * Sends an envelope every `everyMs`, to one ordering node after the other, while `during` runs. A node
 * that cannot be reached is left out until it can; as a client of Fabric does, the next one is tried.
 */
export async function underLoad(
    args: {
        credentials: ClusterCredentials;
        targets: readonly NodeTarget[];
        channelId: string;
        signer: Signer;
        everyMs?: number;
    },
    during: () => Promise<unknown>,
): Promise<LoadReport> {
    const { credentials, targets, channelId, signer, everyMs = 50 } = args;
    const taken: number[] = [];
    const acknowledged: string[] = [];
    const refusals: Record<string, number> = {};
    let [sent, running] = [0, true];
    const open = new Map<string, Broadcaster>();
    const mark = randomBytes(4).toString("hex");
    const envelope = (data = `load ${mark} ${sent++}`) =>
        signedEnvelope({
            type: "MESSAGE",
            channelId,
            data: Buffer.from(data),
            signer,
            now: new Date(),
        });
    const keepOpen = async (target: NodeTarget) => {
        while (running) {
            await withConnection(credentials, target, async (at) => {
                const broadcaster = new Broadcaster(at);
                // An envelope that is answered proves the way; the load goes over it from then on.
                try {
                    await broadcaster.send(envelope(), PATIENCE_MS);
                    open.set(target.node, broadcaster);
                    while (running && open.get(target.node) === broadcaster) {
                        await sleep(20);
                    }
                } finally {
                    broadcaster.close();
                }
            }).catch(() => undefined);
            await sleep(50);
        }
    };
    const send = async () => {
        for (let turn = 0; running; turn++) {
            const nodes = [...open.keys()];
            const node = nodes[turn % Math.max(1, nodes.length)];
            const broadcaster = node === undefined ? undefined : open.get(node);
            const payload = `load ${mark} ${sent++}`;
            void broadcaster?.send(envelope(payload), PATIENCE_MS).then(
                ({ status, info }) => {
                    if (status === "SUCCESS") {
                        taken.push(Date.now());
                        acknowledged.push(payload);
                    } else {
                        refusals[`${status} ${info}`] = (refusals[`${status} ${info}`] ?? 0) + 1;
                    }
                },
                () => open.delete(node!),
            );
            await sleep(everyMs);
        }
    };
    const work = Promise.all([send(), ...targets.map(keepOpen)]);
    try {
        while (open.size < targets.length || taken.length === 0) {
            await sleep(50);
        }
        taken.splice(0);
        taken.push(Date.now());
        await during();
        taken.push(Date.now());
    } finally {
        running = false;
        await work;
    }
    const [begin = 0] = taken.sort((a, b) => a - b);
    const gaps = taken
        .map((at, index) => ({
            afterMs: (taken[index - 1] ?? at) - begin,
            ms: at - (taken[index - 1] ?? at),
        }))
        .sort((a, b) => b.ms - a.ms)
        .slice(0, 3);
    const [longest] = gaps;
    return {
        sent,
        ordered: taken.length - 2,
        acknowledged,
        longestGapMs: longest?.ms ?? 0,
        gaps,
        refusals,
    };
}
