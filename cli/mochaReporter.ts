import { writeFileSync } from "node:fs";

import { reporters, type MochaOptions, type Runner } from "mocha";

/** What a run of mocha counted. */
export interface Counts {
    passed: number;
    failed: number;
    skipped: number;
}

/** Mocha's usual report; besides, it writes the counts to the file in the option `counts`. */
class CountingReporter extends reporters.Spec {
    constructor(runner: Runner, options: MochaOptions) {
        super(runner, options);
        const file = (options.reporterOptions as { counts: string }).counts;
        runner.once("end", () => {
            const { passes, failures, pending } = this.stats;
            const counts: Counts = { passed: passes, failed: failures, skipped: pending };
            writeFileSync(file, JSON.stringify(counts));
        });
    }
}

// Mocha wants the class itself from the module.
module.exports = CountingReporter;
