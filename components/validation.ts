import * as pulumi from "@pulumi/pulumi";

import type { Problem } from "../fabric/problem";

export { choiceProblem, problemsOf } from "../fabric/problem";

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
