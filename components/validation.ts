import * as pulumi from "@pulumi/pulumi";

import { type Problem, shown } from "../fabric/problem";

/**
 * Stops the program when there are problems, listing all of them at once.
 *
 * Called before `super()`, so nothing has been registered yet. The error carries no resource: Pulumi
 * holds a log line for a resource until that resource has a URN, and a component that depends on a
 * cluster gets its URN only once the cluster is up.
 */
export function rejectInvalid(component: string, name: string, problems: readonly Problem[]): void {
    if (problems.length === 0) {
        return;
    }
    const lines = problems.map(({ path, reason }) => `  ${path}: ${reason}`);
    throw new pulumi.ResourceError(
        [`${component} "${name}" has invalid arguments`, ...lines].join("\n"),
        undefined,
        true,
    );
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
