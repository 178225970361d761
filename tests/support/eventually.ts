import { setTimeout as sleep } from "node:timers/promises";

/** Tries a check until it passes; what it last failed with where it does not in time. */
export async function eventually(
    check: () => Promise<void>,
    { withinMs = 30_000 }: { withinMs?: number } = {},
): Promise<void> {
    const ended = Date.now() + withinMs;
    for (;;) {
        try {
            return await check();
        } catch (error) {
            if (Date.now() > ended) {
                throw error;
            }
        }
        await sleep(300);
    }
}
