import { settingsOf } from "../fabric/channelConfiguration";
import { nodeTarget } from "./connection";
import { NodeError } from "./nodeError";
import { askBlock, askChannels, asking } from "./ordererAdmin";
import type { AskedNodes } from "./rolloutGate";

/**
 * Refuses that ordering nodes lose names at which a channel of theirs still has them: at their next start they
 * would have certificates without these, and nobody who dials them by these could connect.
 *
 * Versions of Fabric before 3.1.2 do not tell what a channel has; there it is not known, and not refused.
 *
 * @throws NodeError naming the channel and the addresses.
 */
export async function requireUntold(asked: AskedNodes, lost: readonly string[]): Promise<void> {
    for (const { name: node, outside } of asked.nodes) {
        const { namespace, tlsCaPem, credentials, admin } = asked;
        const target = nodeTarget({ node, namespace, tlsCaPem, outside }, "orderer", "admin");
        await asking({ credentials, target, admin }, async (orderer) => {
            for (const channelId of await askChannels(orderer)) {
                const block = await askBlock(orderer, channelId, "config");
                const told = block instanceof NodeError ? [] : toldIn(block, lost);
                if (told.length > 0) {
                    throw new NodeError(target, "take the names in its new certificate", {
                        cause:
                            `channel "${channelId}" still has ${told.join(", ")}, at which its ordering nodes ` +
                            "would not answer any more",
                        advice:
                            "write formerDomains in outside of the FabricOrg, or externalHosts, as they were; " +
                            "no node was restarted. Change the channel first, and let every peer have that block",
                        passing: false,
                    });
                }
            }
        });
    }
}

function toldIn(block: Uint8Array, lost: readonly string[]): string[] {
    const { ordering, consenters } = settingsOf(block);
    const addresses = [
        ...ordering.flatMap(({ endpoints }) => endpoints),
        ...consenters.map(({ host, port }) => `${host}:${port}`),
    ];
    const isLost = (address: string) => lost.some((host) => address.startsWith(`${host}:`));
    return [...new Set(addresses.filter(isLost))];
}
