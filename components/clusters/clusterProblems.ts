import { kubernetesVersionProblem } from "../../clients/kubernetesVersion";
import { labelFrom } from "../../fabric/names";
import { type Problem, shown } from "../../fabric/problem";

/** What is wrong with a name for a cluster of `what`, such as `a GKE cluster`, or nothing. */
export function clusterNameProblem(
    name: string,
    { what, limit, prefix }: { what: string; limit: number; prefix: string },
): string | undefined {
    return name.length <= limit && /^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(name)
        ? undefined
        : `${shown(name)} is not the name of ${what} (at most ${limit} lower-case letters, digits ` +
              `and "-", a letter first, no "-" at the end); write ` +
              shown(labelFrom(name, { limit, prefix }));
}

/** What is wrong with a version that a cluster is to have, written in the vendor's `form`, or nothing. */
export function clusterVersionProblem(
    version: string | undefined,
    { vendor, form, example }: { vendor: string; form: RegExp; example: string },
): string | undefined {
    if (version === undefined) {
        return undefined;
    }
    return form.test(version)
        ? kubernetesVersionProblem(version)
        : `${shown(version)} is not a version of ${vendor}; write one such as "1.34" or "${example}"`;
}

export function nodeCountProblem(count: number | undefined): string | undefined {
    return count === undefined || (Number.isInteger(count) && count >= 1)
        ? undefined
        : `${shown(count)} is not a number of nodes; write 1 or more`;
}

/** Arguments for the vendor itself that this package has to know, and which are therefore its own. */
export function ownArgumentProblems(
    known: readonly (readonly [path: string, value: unknown, instead: string])[],
): Problem[] {
    return known
        .filter(([, value]) => value !== undefined)
        .map(([path, , instead]) => ({ path, reason: `is set; write it as ${instead}` }));
}
