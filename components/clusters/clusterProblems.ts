import * as pulumi from "@pulumi/pulumi";

import { kubernetesVersionProblem } from "../../clients/kubernetesVersion";
import { labelFrom } from "../../fabric/names";
import { type Problem, shown } from "../../fabric/problem";
import { claim, takenProblem } from "../claimed";
import { problemsOf } from "../validation";

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

/**
 * A name is one cluster's in a program, whoever runs it: what is unique in a cluster, such as a namespace,
 * is known by the cluster's name, and so is the cluster itself to its provider.
 */
export function takenNameProblems(name: string): Problem[] {
    return problemsOf([
        "name",
        takenProblem({ kind: "cluster name", name }, "write another name for one of them"),
    ]);
}

/** Notes whose a name is; `place` is what else tells the cluster from another, as it is written. */
export function claimName(kind: string, name: string, place: Record<string, unknown>): void {
    const told = Object.entries(place)
        .filter(([, value]) => typeof value === "string")
        .map(([path, value]) => `${path} ${shown(value)}`);
    const where = told.length === 0 ? "" : ` (${told.join(", ")})`;
    claim({ kind: "cluster name", name }, `${kind} "${name}"${where}`);
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

/**
 * A value somewhere in what a program wrote for the vendor itself; nothing where the way ends early. What
 * is an output is not looked into: each of its properties seems to be there.
 */
export function writtenAt(written: object | undefined, path: string): unknown {
    return path
        .split(".")
        .reduce<unknown>(
            (found, key) =>
                typeof found === "object" &&
                found !== null &&
                !pulumi.Output.isInstance(found) &&
                Object.hasOwn(found, key)
                    ? (found as Record<string, unknown>)[key]
                    : undefined,
            written,
        );
}
