import { setTimeout as sleep } from "node:timers/promises";

import { checkpointers, GatewayError, type Network } from "@hyperledger/fabric-gateway";

/** What happened in a transaction, as the chaincode tells it. */
export interface Told {
    eventName: string;
    transactionId: string;
    asset: unknown;
}

/**
 * Hands over every event of a chaincode, the first time from the channel's beginning. The checkpoint says
 * which one was handed over last: after a broken connection, or another start, it goes on with the next one.
 * Whoever ends between an event and its checkpoint gets that event again, and none is left out.
 */
export async function listen(
    network: Network,
    { chaincode, checkpointFile }: { chaincode: string; checkpointFile: string },
    handle: (told: Told) => Promise<void> | void,
    signal: AbortSignal,
): Promise<void> {
    const checkpoint = await checkpointers.file(checkpointFile);
    while (!signal.aborted) {
        try {
            const startBlock = BigInt(0);
            const events = await network.getChaincodeEvents(chaincode, { checkpoint, startBlock });
            const stop = () => events.close();
            signal.addEventListener("abort", stop, { once: true });
            try {
                for await (const event of events) {
                    const { eventName, transactionId, payload } = event;
                    const asset = JSON.parse(Buffer.from(payload).toString()) as unknown;
                    await handle({ eventName, transactionId, asset });
                    await checkpoint.checkpointChaincodeEvent(event);
                }
            } finally {
                signal.removeEventListener("abort", stop);
                events.close();
            }
        } catch (error) {
            if (signal.aborted) {
                return;
            }
            if (!(error instanceof GatewayError)) {
                throw error;
            }
            console.error(`listening again: ${error.message}`);
        }
        await sleep(1_000, undefined, { signal }).catch(() => undefined);
    }
}
