import { createInterface } from "node:readline/promises";

import { Interrupted, Refusal } from "../refusal";

/** Where a person is asked. */
export interface Terminal {
    input: NodeJS.ReadableStream & { isTTY?: boolean };
    output: NodeJS.WritableStream;
}

/**
 * Asks until it is answered with yes or no.
 *
 * @throws Refusal where nobody can answer.
 */
export async function askYes(
    question: string,
    { input, output }: Terminal = { input: process.stdin, output: process.stderr },
): Promise<boolean> {
    if (input.isTTY !== true) {
        throw new Refusal("--yes: is missing, and nobody is at a terminal to be asked", 2);
    }
    const lines = createInterface({ input, output });
    const stopped = new Promise<never>((_, reject) => {
        lines.once("SIGINT", () => reject(new Interrupted()));
        lines.once("close", () => reject(new Interrupted()));
    });
    try {
        for (;;) {
            const answer = await Promise.race([lines.question(`${question} (yes/no) `), stopped]);
            const word = answer.trim().toLowerCase();
            if (word === "yes" || word === "no") {
                return word === "yes";
            }
        }
    } finally {
        stopped.catch(() => undefined);
        lines.close();
    }
}
