import type { Problem } from "../fabric/problem";
import type { OrdererService } from "./ordererService";
import type { PeerNode } from "./peerNode";
import { problemsOf } from "./validation";

/** Everything wrong with the ordering services of a channel. */
export function ordererProblems(orderers: readonly OrdererService[]): Problem[] {
    const [first] = orderers;
    if (first === undefined) {
        return [{ path: "orderers", reason: "is empty; write the OrdererService of the channel" }];
    }
    return orderers.flatMap((service, index) => {
        const unknown = service.nodes.filter(({ consenter }) => consenter === undefined);
        return problemsOf(
            [
                `orderers[${index}]`,
                orderers.indexOf(service) === index
                    ? undefined
                    : `"${service.name}" is there twice; take one of them away`,
            ],
            [
                `orderers[${index}]`,
                service.consensus === first.consensus
                    ? undefined
                    : `"${service.name}" has the consensus "${service.consensus}" and ` +
                      `"${first.name}" has "${first.consensus}"; a channel has one of them`,
            ],
            [
                `orderers[${index}]`,
                unknown.length === 0
                    ? undefined
                    : `the certificates of ${unknown.map((node) => node.name).join(", ")} are not ` +
                      `known; write them as identityCertificates of "${service.name}"`,
            ],
        );
    });
}

/** Everything wrong with the peers of a channel. */
export function peerProblems(
    peers: readonly PeerNode[],
    anchorPeers: readonly PeerNode[],
): Problem[] {
    const [first] = peers;
    if (first === undefined) {
        return [{ path: "peers", reason: "is empty; write the peers that join" }];
    }
    return [
        ...peers.flatMap((peer, index) =>
            problemsOf(
                [
                    `peers[${index}]`,
                    peers.indexOf(peer) === index
                        ? undefined
                        : `"${peer.name}" is there twice; take one of them away`,
                ],
                [
                    `peers[${index}]`,
                    peer.stateDatabase === first.stateDatabase
                        ? undefined
                        : `"${peer.name}" keeps its state in ${peer.stateDatabase} and "${first.name}" ` +
                          `in ${first.stateDatabase}; all peers of a channel use the same`,
                ],
            ),
        ),
        ...anchorPeers.flatMap((peer, index) =>
            peers.includes(peer)
                ? []
                : [
                      {
                          path: `anchorPeers[${index}]`,
                          reason: `"${peer.name}" does not join the channel; write it into peers too`,
                      },
                  ],
        ),
    ];
}
