import type { common } from "@hyperledger/fabric-protos";

import { anchorPeersIn } from "../fabric/anchorPeers";
import { endpointText } from "../fabric/msp";
import { NodeError } from "./nodeError";
import type { PeerAccess } from "./peerAdmin";

/** How long another organization's peer may be away before the next one is tried. */
const PATIENCE_MS = 5_000;

/** Peers of another organization, tried one after the other. */
export interface OtherEndorsers {
    mspId: string;
    peers: readonly PeerAccess[];
}

/**
 * Peers of other organizations, at the addresses that the channel tells of their anchor peers. They endorse
 * for any member of the channel, and nobody's program has the administrators of all.
 *
 * @param first - whose caller asks.
 */
export function otherEndorsers(
    first: PeerAccess,
    config: common.Config,
    mspIds: readonly string[],
): OtherEndorsers[] {
    const { signer, client, patienceMs = PATIENCE_MS } = first;
    return anchorPeersIn(config)
        .filter(({ mspId }) => mspIds.includes(mspId))
        .map(({ mspId, addresses, tlsCaPem }) => ({
            mspId,
            peers: addresses.map((at) => ({
                target: {
                    node: endpointText(at),
                    namespace: mspId,
                    kind: "peer" as const,
                    port: at.port,
                    address: endpointText(at),
                    serverName: at.host,
                    tlsCaPem,
                },
                signer,
                client,
                patienceMs: Math.min(patienceMs, PATIENCE_MS),
            })),
        }));
}

/** The first answer of an organization's peers, or why none of them gives one. */
export async function firstOf<T>(
    { mspId, peers }: OtherEndorsers,
    ask: (access: PeerAccess) => Promise<T>,
): Promise<{ answer: T; access: PeerAccess } | { reason: string }> {
    const reasons: string[] = [];
    for (const access of peers) {
        try {
            return { answer: await ask(access), access };
        } catch (error) {
            if (!(error instanceof NodeError)) {
                throw error;
            }
            reasons.push(error.message);
        }
    }
    return {
        reason:
            peers.length === 0 ? `${mspId} has no anchor peer in the channel` : reasons.join("; "),
    };
}
