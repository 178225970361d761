import { Command, CommanderError } from "commander";

import { Refusal } from "../cli/refusal";

/** What was asked for on the command line. */
export interface BenchArguments {
    /** Names of the parts, in the order in which they run. */
    parts: string[];
    /** Whether the sizes that take minutes are measured as well. */
    full: boolean;
    /** File for all findings. */
    json?: string;
}

/** Reads the command line. Throws a `Refusal` that says what can be written instead. */
export function parseBenchArguments(args: string[], known: readonly string[]): BenchArguments {
    const command = new Command("bench")
        .usage("[PART…] [--full] [--json FILE]")
        .description(`measures; the parts are ${known.join(", ")}; without a name all run`)
        .argument("[part...]")
        .option("--full", "also the sizes that take minutes", false)
        .option("--json <file>", "write all findings to a file")
        .exitOverride()
        .configureOutput({ writeErr: () => {} });
    try {
        command.parse(args, { from: "user" });
    } catch (error) {
        if (error instanceof CommanderError && error.exitCode !== 0) {
            throw new Refusal(error.message, 2);
        }
        throw error;
    }
    const unknown = command.args.find((part) => !known.includes(part));
    if (unknown !== undefined) {
        throw new Refusal(`"${unknown}" is not a part; use one of ${known.join(", ")}`, 2);
    }
    const parts = known.filter((part) => command.args.length === 0 || command.args.includes(part));
    return { parts, ...command.opts<{ full: boolean; json?: string }>() };
}
