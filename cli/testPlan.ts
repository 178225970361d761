import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

import type { Counts } from "./mochaReporter";

/** Kinds of tests, in the order in which they run: the quickest first. */
export const SUITES = ["unit", "engine", "network"] as const;
export type Suite = (typeof SUITES)[number];

/** Folders of `tests` that hold no unit tests. */
const NOT_UNIT = ["engine", "network", "support", "golden"];

/** `npm test -- [unit | engine | network] [arguments of mocha]`. */
export function parseTestArguments(args: string[]): {
    suites: readonly Suite[];
    mochaArguments: string[];
} {
    const [first, ...rest] = args;
    const suite = SUITES.find((name) => name === first);
    return suite === undefined
        ? { suites: SUITES, mochaArguments: args }
        : { suites: [suite], mochaArguments: rest };
}

/** Files of a suite, in a fixed order. Every folder that is not known to be another kind is unit. */
export function specsOf(root: string, suite: Suite): string[] {
    const tests = join(root, "tests");
    const folders =
        suite === "unit"
            ? readdirSync(tests, { withFileTypes: true })
                  .filter((entry) => entry.isDirectory() && !NOT_UNIT.includes(entry.name))
                  .map(({ name }) => name)
            : [suite];
    return folders
        .map((folder) => join(tests, folder))
        .filter((folder) => existsSync(folder))
        .flatMap((folder) =>
            readdirSync(folder, { recursive: true, encoding: "utf8" }).map((file) =>
                join(folder, file),
            ),
        )
        .filter((file) => file.endsWith(".spec.ts"))
        .sort();
}

/** The last line of a run, as CI reads it. */
export function totalLine(counts: readonly Counts[]): string {
    const sum = (of: keyof Counts) => counts.reduce((total, count) => total + count[of], 0);
    return `${sum("passed")} passed, ${sum("failed")} failed, ${sum("skipped")} skipped`;
}

/** A run in which nothing was tested is no success. */
export function exitCodeOf(counts: readonly Counts[]): number {
    const failed = counts.some((count) => count.failed > 0);
    const tested = counts.some((count) => count.passed > 0);
    return failed || !tested ? 1 : 0;
}
