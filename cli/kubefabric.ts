#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { Command, CommanderError, Option } from "commander";

import { check, FORMATS, type CheckOptions } from "./check";
import { addNetworkCommands } from "./network/commands";
import { addUpdateCommands } from "./updates/commands";
import { VENDOR_SETTINGS } from "../policy/rules/settings";

/** What a wrong command line ends with; violations end with 1. */
const WRONG_USE = 2;

const program = new Command("kubefabric")
    .description("Hyperledger Fabric on Kubernetes: what needs no engine")
    .version(version())
    .exitOverride();

program
    .command("check")
    .description("hold Kubernetes manifests or an exported Pulumi state against the policy pack")
    .argument("<file...>", "YAML or JSON files, or exported states; - is standard input")
    .addOption(
        new Option("--vendor <vendor>", "who runs the clusters")
            .choices([...VENDOR_SETTINGS])
            .makeOptionMandatory(),
    )
    .addOption(
        new Option("--format <format>", "form of the report").choices(FORMATS).default("text"),
    )
    .option("--config <file>", "settings and levels, as for --policy-pack-config")
    .action(async (files: string[], options: CheckOptions) => {
        process.exitCode = await check(files, options);
    });

addUpdateCommands(program);
addNetworkCommands(program);

/** Version of this package; the compiled file is two folders below its root. */
function version(): string {
    const file = join(__dirname, "..", "..", "package.json");
    return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

program.parseAsync().catch((error: unknown) => {
    if (!(error instanceof CommanderError)) {
        throw error;
    }
    process.exitCode = error.exitCode === 0 ? 0 : WRONG_USE;
});
