import { parseArgs, type ParseArgsConfig } from "node:util";

import { Refusal } from "./refusal";

/** Where the user wants the network; nothing named means "as last time, else the first that fits". */
export interface ClusterRequest {
    /** Context of a kubeconfig. */
    context?: string;
    /** Path of a kubeconfig file. */
    kubeconfig?: string;
    /** A cluster of our own. */
    cluster?: "kind" | "simulated";
}

/** Arguments of `npm run up`. */
export interface UpArguments extends ClusterRequest {
    /** Stack settings to change; an empty value takes a setting back. */
    settings: Record<string, string>;
    /** Show what the engine prints. */
    verbose: boolean;
}

/** Arguments of `npm run down`. */
export interface DownArguments {
    /** Delete ledgers, keys and genesis block as well. */
    deleteLedgers: boolean;
    /** The answer to the question whether to. */
    yes: boolean;
    /** Show what the engine prints. */
    verbose: boolean;
}

const CLUSTERS = ["kind", "simulated"] as const;

/** Settings that the options and commands make themselves. */
const RESERVED_SETTINGS: Record<string, string> = {
    kubeconfig: "use --kubeconfig",
    context: "use --context",
    simulated: "use --cluster simulated",
    deleteLedgers: 'use "npm run down -- --delete-ledgers"',
};

export const UP_HELP = `npm run up -- [options]     brings the example network up, or changes it
  --context NAME              in the cluster of this context of your kubeconfig
  --kubeconfig FILE           in the cluster of this kubeconfig file
  --cluster kind|simulated    in a cluster of its own: in Docker, or without containers
  --set KEY=VALUE             a setting of the example, such as ordererNodes=1; may be repeated
  --verbose                   show what Pulumi prints`;

export const DOWN_HELP = `npm run down -- [options]   takes the network down; keeps ledgers, keys and genesis block
  --delete-ledgers            delete those as well, for good; asks first
  --yes                       the answer to that question
  --verbose                   show what Pulumi prints`;

/** Nothing where help was asked for. */
export function parseUpArguments(args: string[]): UpArguments | undefined {
    const values = parse("up", args, {
        context: { type: "string" },
        kubeconfig: { type: "string" },
        cluster: { type: "string" },
        set: { type: "string", multiple: true },
        verbose: { type: "boolean" },
        help: { type: "boolean", short: "h" },
    });
    if (values.help === true) {
        return undefined;
    }
    const { context, kubeconfig, cluster } = values as Record<string, string | undefined>;
    if (cluster !== undefined && !isCluster(cluster)) {
        throw new Refusal(`--cluster: "${cluster}" is not known; use ${CLUSTERS.join(" or ")}`, 2);
    }
    const named = context !== undefined ? "--context" : "--kubeconfig";
    if (cluster !== undefined && (context ?? kubeconfig) !== undefined) {
        throw new Refusal(`--cluster: cannot be given together with ${named}; keep one`, 2);
    }
    for (const [name, value] of Object.entries({ context, kubeconfig })) {
        if (value === "") {
            throw new Refusal(`--${name}: "" is empty; give a name or leave the option away`, 2);
        }
    }
    return {
        context,
        kubeconfig,
        cluster,
        settings: parseSettings((values.set as string[] | undefined) ?? []),
        verbose: values.verbose === true,
    };
}

/** Nothing where help was asked for. */
export function parseDownArguments(args: string[]): DownArguments | undefined {
    const values = parse("down", args, {
        "delete-ledgers": { type: "boolean" },
        yes: { type: "boolean", short: "y" },
        verbose: { type: "boolean" },
        help: { type: "boolean", short: "h" },
    });
    if (values.help === true) {
        return undefined;
    }
    if (values.yes === true && values["delete-ledgers"] !== true) {
        throw new Refusal("--yes: answers only the question of --delete-ledgers; leave it away", 2);
    }
    return {
        deleteLedgers: values["delete-ledgers"] === true,
        yes: values.yes === true,
        verbose: values.verbose === true,
    };
}

function isCluster(name: string): name is (typeof CLUSTERS)[number] {
    return (CLUSTERS as readonly string[]).includes(name);
}

function parseSettings(pairs: string[]): Record<string, string> {
    const settings: Record<string, string> = {};
    for (const pair of pairs) {
        const [, key, value] = /^([A-Za-z][\w-]*)=(.*)$/s.exec(pair) ?? [];
        if (key === undefined || value === undefined) {
            throw new Refusal(
                `--set: "${pair}" is not a setting; write KEY=VALUE, such as ordererNodes=1`,
                2,
            );
        }
        const instead = RESERVED_SETTINGS[key];
        if (instead !== undefined) {
            throw new Refusal(`--set: "${key}" cannot be set; ${instead}`, 2);
        }
        if (key in settings) {
            throw new Refusal(`--set: "${key}" is given twice; keep one`, 2);
        }
        settings[key] = value;
    }
    return settings;
}

function parse(
    command: string,
    args: string[],
    options: NonNullable<ParseArgsConfig["options"]>,
): Record<string, unknown> {
    try {
        return parseArgs({ args, options, strict: true, allowPositionals: false }).values;
    } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        const names = Object.keys(options).map((name) => `--${name}`);
        const option = /'(-[^' ]+)/.exec(message)?.[1] ?? "";
        switch (code) {
            case "ERR_PARSE_ARGS_UNKNOWN_OPTION":
                throw new Refusal(`"${option}" is not an option; use ${names.join(", ")}`, 2);
            case "ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL": {
                // npm keeps options for itself unless they come after "--".
                const stray = /'([^']*)'/.exec(message)?.[1] ?? "";
                throw new Refusal(
                    `"${stray}" is not expected; options come after "--", as in ` +
                        `"npm run ${command} -- ${names[0]}"`,
                    2,
                );
            }
            default: {
                const reason = message.includes("does not take")
                    ? "takes no value"
                    : "needs a value";
                throw new Refusal(`${option}: ${reason}`, 2);
            }
        }
    }
}
