import { type Command, Option } from "commander";

import { runToEnd } from "../refusal";
import { SHOW_FORMATS, SIGN_INPUTS, type ShowOptions, type SignOptions } from "./options";

const CONFIG_BLOCK = [
    "--config-block <file>",
    "the channel's last config block, as peer channel fetch config writes it",
] as const;

const SIGN_HELP = `
The key is that of an MSP's folder (--msp), a file (--key and --certificate), or one that only a command
can use (--sign-command with --certificate or --msp): it gets on standard input what --sign-input says,
and writes an ECDSA signature in DER to standard output.

Ends with 0 when the file is signed, 1 when it is not (refused, or answered with no), 2 on a wrong
command line or a file that cannot be read.`;

const SHOW_HELP = `
Ends with 0, 1 where the update has expired or no longer fits the channel, 2 on a wrong command line or a
file that cannot be read.`;

const MERGE_HELP = `
Ends with 0, 1 where a file is damaged or of another update, 2 on a wrong command line or a file that
cannot be read.`;

/** Commands for files of config updates. What they do is loaded when they are called. */
export function addUpdateCommands(program: Command): void {
    program
        .command("sign")
        .description("show what a config update changes, and sign it for an organization")
        .argument("<file>", "file of a config update; the signature is written into it")
        .requiredOption("--msp-id <id>", "MSP ID of the organization that signs")
        .option("--msp <folder>", "folder of a local MSP, with signcerts and keystore")
        .option("--certificate <file>", "certificate of who signs, PEM")
        .option("--key <file>", "its key, PEM; - is standard input")
        .option("--sign-command <command>", "command that signs, for a key that is no file")
        .addOption(
            new Option("--sign-input <what>", 'what the command gets (default: "bytes")').choices(
                SIGN_INPUTS,
            ),
        )
        .option(...CONFIG_BLOCK)
        .option("--yes", "sign without a question")
        .addHelpText("after", SIGN_HELP)
        .action((file: string, options: SignOptions) =>
            runToEnd(async () => (await import("./sign.js")).sign(file, options)),
        );
    program
        .command("show")
        .description("show what a config update changes, who signed it and who still has to")
        .argument("<file>", "file of a config update; - is standard input")
        .option(...CONFIG_BLOCK)
        .addOption(
            new Option("--format <format>", "form of the output")
                .choices(SHOW_FORMATS)
                .default("text"),
        )
        .addHelpText("after", SHOW_HELP)
        .action((file: string, options: ShowOptions) =>
            runToEnd(async () => (await import("./show.js")).show(file, options)),
        );
    program
        .command("merge")
        .description("take the signatures of files that were signed apart into one")
        .argument("<file>", "file of a config update; the signatures are written into it")
        .argument("<others...>", "files of the same update")
        .addHelpText("after", MERGE_HELP)
        .action((file: string, others: string[]) =>
            runToEnd(async () => (await import("./merge.js")).merge(file, others)),
        );
}
