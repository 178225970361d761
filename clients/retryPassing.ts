import pRetry from "p-retry";

import { NodeError } from "./nodeError";

/** How often and how long something is tried. */
export interface Patience {
    withinMs: number;

    /** @default 250 */
    everyMs?: number;
}

/** Tries again while the failure may pass by itself, until the time is over; then fails with it. */
export async function retryPassing<T>(
    attempt: () => Promise<T>,
    { withinMs, everyMs = 250 }: Patience,
): Promise<T> {
    const end = Date.now() + withinMs;
    return pRetry(attempt, {
        forever: true,
        factor: 1.5,
        minTimeout: everyMs,
        maxTimeout: Math.max(everyMs, 2_000),
        shouldRetry: (error) =>
            error instanceof NodeError && error.fault.passing && Date.now() < end,
    });
}
