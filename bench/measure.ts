/** Middle of the figures; of two middle ones their mean. Throws where there is none. */
export function median(figures: readonly number[]): number {
    const sorted = [...figures].sort((a, b) => a - b);
    const upper = sorted[Math.floor(sorted.length / 2)];
    const lower = sorted[Math.floor((sorted.length - 1) / 2)];
    if (upper === undefined || lower === undefined) {
        throw new Error("no figure was measured");
    }
    return (lower + upper) / 2;
}

/** What some work returns, and the milliseconds it takes. */
export async function timed<T>(work: () => T | Promise<T>): Promise<[T, number]> {
    const begin = performance.now();
    const result = await work();
    return [result, performance.now() - begin];
}

/**
 * Runs all in turn, and that so often: A B A B. What else this machine does meets all of them alike, so
 * that their ratio means something where none of the figures does.
 */
export async function alternate<K extends string, T>(
    rounds: number,
    works: Record<K, () => T | Promise<T>>,
): Promise<Record<K, T[]>> {
    const names = Object.keys(works) as K[];
    const results = Object.fromEntries(names.map((name) => [name, [] as T[]])) as Record<K, T[]>;
    for (let round = 0; round < rounds; round++) {
        for (const name of names) {
            results[name].push(await works[name]());
        }
    }
    return results;
}

/** The medians of what {@link alternate} has measured. */
export function medians<K extends string>(results: Record<K, number[]>): Record<K, number> {
    const entries = Object.entries<number[]>(results);
    return Object.fromEntries(entries.map(([name, all]) => [name, median(all)])) as Record<
        K,
        number
    >;
}
