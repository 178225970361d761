import { setTimeout as sleep } from "node:timers/promises";

import { status } from "@grpc/grpc-js";
import {
    GatewayError,
    StatusCode,
    type Contract,
    type ProposalOptions,
} from "@hyperledger/fabric-gateway";

/** How long a step is tried again, and how long the first pause is, in milliseconds. */
export interface Patience {
    withinMs: number;
    pauseMs: number;
}

const PATIENCE: Patience = { withinMs: 60_000, pauseMs: 200 };

/**
 * Submits a transaction, and comes back only when it is known what became of it.
 *
 * Each step is safe to repeat. Nothing is sent before it is endorsed. A transaction that is sent twice has one
 * ID, and peers count it once. Where another transaction changed the same in between, peers find it invalid,
 * and it begins again from the start.
 */
export async function submit(
    contract: Contract,
    name: string,
    options: ProposalOptions,
    patience: Patience = PATIENCE,
): Promise<Uint8Array> {
    const proposal = () => contract.newProposal(name, options).endorse();
    const transaction = await untilAnswered(proposal, patience);
    const sent = await untilAnswered(() => transaction.submit(), patience);
    const { successful, code, transactionId } = await untilAnswered(
        () => sent.getStatus(),
        patience,
    );
    if (successful) {
        return transaction.getResult();
    }
    if (code === StatusCode.MVCC_READ_CONFLICT || code === StatusCode.PHANTOM_READ_CONFLICT) {
        return submit(contract, name, options, patience);
    }
    throw new Error(`peers find transaction ${transactionId} invalid (${nameOf(code)})`);
}

function nameOf(code: number): string {
    return Object.entries(StatusCode).find(([, value]) => value === code)?.[0] ?? String(code);
}

/** Tries again while nobody answers; what the chaincode refuses is refused. */
export async function untilAnswered<T>(
    work: () => Promise<T>,
    { withinMs, pauseMs }: Patience = PATIENCE,
): Promise<T> {
    const ends = Date.now() + withinMs;
    for (let pause = pauseMs; ; pause = Math.min(2 * pause, 5_000)) {
        try {
            return await work();
        } catch (error) {
            if (!isPassing(error) || Date.now() + pause > ends) {
                throw error;
            }
            await sleep(pause);
        }
    }
}

/** What may be otherwise in a moment: a peer or ordering node that is away, or chaincode that starts. */
export function isPassing(error: unknown): boolean {
    if (!(error instanceof GatewayError)) {
        return false;
    }
    switch (error.code as status) {
        case status.UNAVAILABLE:
        case status.DEADLINE_EXCEEDED:
        case status.FAILED_PRECONDITION:
            return true;
        case status.ABORTED:
            return !error.details.some(({ message }) => /chaincode response \d/.test(message));
        default:
            return false;
    }
}

/** What a gateway says, with what the peers behind it said. */
export function toldBy(error: unknown): string {
    const details =
        error instanceof GatewayError ? error.details.map(({ message }) => message) : [];
    return [error instanceof Error ? error.message : String(error), ...details].join("\n  ");
}
