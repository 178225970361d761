import type { ChannelCapabilities, Consensus } from "../fabric/channelDefinition";
import type { Problem } from "../fabric/problem";
import { DEFAULT_FABRIC_VERSION, fabricLine } from "../fabric/versions";
import type { OrdererService } from "./ordererService";
import type { PeerNode } from "./peerNode";

/**
 * Nodes that do not know what the channel asks of them: Fabric 2.5 does not serve a channel with `V3_0`.
 *
 * @see https://github.com/hyperledger/fabric/blob/v2.5.16/common/capabilities/channel.go
 */
export function versionProblems(
    nodes: { orderers: readonly OrdererService[]; peers: readonly PeerNode[] },
    { channel }: ChannelCapabilities,
): Problem[] {
    const consensus = nodes.orderers[0]?.consensus;
    if (channel !== "V3_0" && consensus !== "BFT") {
        return [];
    }
    return [
        ...nodes.orderers.map((service, index) => ({
            path: `orderers[${index}]`,
            owner: `"${service.name}"`,
            old: service.nodes.filter(isOld),
        })),
        ...nodes.peers.map((peer, index) => ({
            path: `peers[${index}]`,
            owner: `"${peer.name}"`,
            old: [peer].filter(isOld),
        })),
    ].flatMap(({ path, owner, old }) =>
        old.length === 0 ? [] : [{ path, reason: reason(owner, old, consensus) }],
    );
}

/** What of a node says what it can do. */
type Versioned = Readonly<Record<"name" | "fabricVersion", string>>;

function isOld({ fabricVersion }: Versioned): boolean {
    return fabricLine(fabricVersion) === "2.5";
}

function reason(owner: string, old: readonly Versioned[], consensus?: Consensus): string {
    const who = old.map(({ name, fabricVersion }) => `${name} (Fabric ${fabricVersion})`);
    const instead =
        consensus === "BFT" ? 'consensus: "etcdraft"' : 'capabilities: { channel: "V2_0" }';
    return (
        `${who.join(", ")} ${old.length === 1 ? "does" : "do"} not know the channel capability "V3_0"` +
        (consensus === "BFT" ? ", which SmartBFT needs" : "") +
        `; write fabricVersion: "${DEFAULT_FABRIC_VERSION}" for ${owner}, or ${instead}`
    );
}
