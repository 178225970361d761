/** One thing wrong with what a program wrote. Checks return all of them at once. */
export interface Problem {
    /** Path of the argument as the caller wrote it: `ledger.size`, `externalHosts[1]`. */
    path: string;

    /** What is wrong with which value and what to write instead; no final period. */
    reason: string;
}

/** A value as a reason quotes it: text in quotation marks, so that "3" is not taken for 3. */
export function shown(value: unknown): string {
    return typeof value === "number" ? String(value) : (JSON.stringify(value) ?? typeof value);
}
