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

/** Whether a value is an object as JSON has them, and no list. */
export function isRecord(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A problem for each check that found one; `check` gives the reason or nothing. */
export function problemsOf(
    ...checks: readonly (readonly [path: string, reason: string | undefined])[]
): Problem[] {
    return checks.flatMap(([path, reason]) => (reason === undefined ? [] : [{ path, reason }]));
}

/** What is wrong with one of a few words, or nothing. */
export function choiceProblem(
    value: unknown,
    choices: readonly string[],
    what: string,
): string | undefined {
    const words = choices.map((choice) => `"${choice}"`);
    return choices.includes(value as string)
        ? undefined
        : `${shown(value)} is not a ${what}; write ` +
              `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
