import { type Command, Option } from "commander";

import { runToEnd } from "../refusal";
import {
    STATUS_FORMATS,
    type StatusOptions,
    TOPOLOGY_FORMATS,
    type TopologyOptions,
} from "./options";

const STATE = [
    "[state]",
    "file that pulumi stack export wrote, - for standard input; without it pulumi is run",
] as const;

const STACK = ["--stack <name>", "stack to export; default: the one that is selected"] as const;

const STATUS_HELP = `
What is shown is what the state knows: what the last update or refresh saw. --live asks the nodes
themselves, with the kubeconfigs and administrators' keys of the state, which stay in memory.

Ends with 0, 1 where something needs a look, 2 on a wrong command line or a state that cannot be read.`;

const TOPOLOGY_HELP = `
Ends with 0, 1 where the state holds no network, 2 on a wrong command line or a state that cannot be read.`;

/** Commands that show a network out of a stack's state. What they do is loaded when they are called. */
export function addNetworkCommands(program: Command): void {
    program
        .command("status")
        .description("show nodes and channels of a stack in a table, and what needs a look")
        .argument(...STATE)
        .option(...STACK)
        .option("--live", "ask the nodes for heights and leaders")
        .addOption(
            new Option("--format <format>", "form of the output")
                .choices(STATUS_FORMATS)
                .default("text"),
        )
        .addHelpText("after", STATUS_HELP)
        .action((file: string | undefined, options: StatusOptions) =>
            runToEnd(async () => (await import("./status.js")).status(file, options)),
        );
    program
        .command("topology")
        .description(
            "draw clusters, organizations, nodes, volumes, channels and chaincode of a stack",
        )
        .argument(...STATE)
        .option(...STACK)
        .addOption(
            new Option("--format <format>", 'form of the drawing (default: "mermaid")').choices(
                TOPOLOGY_FORMATS,
            ),
        )
        .option("--output <file>", "file to write, .svg or .mmd; default: standard output")
        .addHelpText("after", TOPOLOGY_HELP)
        .action((file: string | undefined, options: TopologyOptions) =>
            runToEnd(async () => (await import("./topology.js")).topology(file, options)),
        );
}
