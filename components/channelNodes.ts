import type { Problem } from "../fabric/problem";
import type { FabricOrg } from "./fabricOrg";
import type { OrdererService } from "./ordererService";
import { insideEndpoint } from "./outside";
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

/** Nodes of a channel that are told together. */
interface Told {
    path: string;
    name: string;
    org: FabricOrg;
    /** Whether others are told an address inside the cluster, and nobody wrote that they should be. */
    isInside: boolean;
}

/** Nodes that those in other clusters could not reach. Names inside may be known there: then it is written. */
export function placeProblems(
    orderers: readonly OrdererService[],
    peers: readonly PeerNode[],
): Problem[] {
    const told = [
        ...orderers.map((service, index) => toldOf(`orderers[${index}]`, service, service.nodes)),
        ...peers.map((peer, index) => toldOf(`peers[${index}]`, peer, [peer])),
    ];
    return [
        ...told
            .filter(({ isInside }) => isInside)
            .flatMap(({ path, name, org }) =>
                elsewhereProblems(path, org, told, {
                    what: `"${name}" tells an address inside the cluster ${org.cluster.name}`,
                    instead: 'outside of its FabricOrg, or advertise: "internal"',
                }),
            ),
        ...orderers.flatMap((service, index) =>
            service.consenterAddresses === undefined
                ? elsewhereProblems(`orderers[${index}]`, service.org, orderers, {
                      what: `the consenters of "${service.name}" reach each other inside the cluster ${service.org.cluster.name}`,
                      instead: 'consenterAddresses: "external", or "internal"',
                  })
                : [],
        ),
    ];
}

function toldOf(
    path: string,
    { name, org, advertise }: OrdererService | PeerNode,
    nodes: readonly { name: string; externalEndpoint: string }[],
): Told {
    const kind = path.startsWith("orderers") ? "orderer" : "peer";
    const isInside = nodes.some(
        (node) => node.externalEndpoint === insideEndpoint(org, { kind, name: node.name }),
    );
    return { path, name, org, isInside: isInside && advertise === undefined };
}

function elsewhereProblems(
    path: string,
    { cluster }: FabricOrg,
    nodes: readonly { org: FabricOrg }[],
    { what, instead }: { what: string; instead: string },
): Problem[] {
    const others = nodes.map(({ org }) => org.cluster.name).filter((name) => name !== cluster.name);
    return others.length === 0
        ? []
        : [
              {
                  path,
                  reason:
                      `${what}, and the channel has nodes in ${[...new Set(others)].join(", ")}; write ` +
                      `${instead} where names inside are known there, too`,
              },
          ];
}
