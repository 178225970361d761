import { deliverBlock, type DeliverAccess } from "../../../clients/ordererDeliver";
import { settingsOf, type ChannelConfiguration } from "../../../fabric/channelConfiguration";
import type { OrderingAddresses } from "../../../fabric/orderingAddresses";
import { absenceFault } from "../../../fabric/publishedBlock";
import type { Signer } from "../../../fabric/signing";
import { firstAnswerOf } from "./access";

/** Ways to a channel's blocks over the addresses that its ordering organizations publish. */
export function publishedAccesses(
    addresses: readonly OrderingAddresses[],
    signer: Signer,
    patience: Pick<DeliverAccess, "patienceMs"> = {},
): DeliverAccess[] {
    return addresses.flatMap(({ endpoints, tlsCaPem }) =>
        endpoints.map((endpoint) => {
            const [host, port] = hostAndPort(endpoint);
            return {
                ...patience,
                target: {
                    node: endpoint,
                    namespace: "",
                    kind: "orderer" as const,
                    address: endpoint,
                    port,
                    serverName: host,
                    tlsCaPem,
                },
                signer,
            };
        }),
    );
}

/** The newest configuration of a channel; nothing where no ordering node has it. */
export async function latestConfig(
    accesses: readonly DeliverAccess[],
    channelId: string,
): Promise<ChannelConfiguration | undefined> {
    const block = await configBlock(accesses, channelId);
    return block && settingsOf(block);
}

/** The block that it is in. */
export async function configBlock(
    accesses: readonly DeliverAccess[],
    channelId: string,
): Promise<Uint8Array | undefined> {
    return firstAnswerOf(accesses, (access) => deliverBlock(access, channelId, "config"));
}

/**
 * Refuses an organization that is not in a channel: its peers would join by the first block and then be
 * given no other one.
 */
export async function requireMember(
    accesses: readonly DeliverAccess[],
    { channelId, mspId, who }: { channelId: string; mspId: string; who: string },
): Promise<void> {
    const config = await latestConfig(accesses, channelId);
    if (config === undefined) {
        throw new Error(
            `${who}: cannot join channel "${channelId}": no ordering node has it; run the update ` +
                "again once they have joined",
        );
    }
    const fault = absenceFault(config, mspId);
    if (fault !== undefined) {
        throw new Error(`${who}: cannot join channel "${channelId}": ${fault}`);
    }
}

function hostAndPort(endpoint: string): [host: string, port: number] {
    const at = endpoint.lastIndexOf(":");
    return [endpoint.slice(0, at).replace(/^\[(.*)\]$/, "$1"), Number(endpoint.slice(at + 1))];
}
