import { mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { pathToFileURL } from "node:url";

import { LocalWorkspace, type Stack } from "@pulumi/pulumi/automation";

import type { Programs } from "../cli/programs";
import type { RawResource } from "./flatList";
import type { NetworkShape } from "./program";

const PROJECT = "kubefabric-bench";
const STACK = "bench";

/** A resource as a state has it. */
export interface StateResource {
    urn: string;
    type: string;
    custom?: boolean;
    inputs?: Record<string, unknown>;
    outputs?: Record<string, unknown>;
    dependencies?: string[];
    propertyDependencies?: Record<string, string[]>;
    /** When it was made, ISO 8601. */
    created?: string;
}

/** A stack of a compiled program with a state, a passphrase and a folder of its own. */
export class ScratchStack {
    private readonly stack: Stack;
    private readonly folder: string;
    private readonly stopping = new AbortController();
    private running: Promise<unknown> = Promise.resolve();

    private constructor(stack: Stack, folder: string) {
        this.stack = stack;
        this.folder = folder;
    }

    /**
     * Makes one in a new folder. The program runs as `pulumi up` runs it, in a process of its own: a
     * network of the shape that is given later, or a flat list of resources.
     */
    static async make(
        folder: string,
        root: string,
        programs: Programs,
        list?: readonly RawResource[],
    ): Promise<ScratchStack> {
        mkdirSync(join(folder, "home"), { recursive: true });
        symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
        const runtime = "runtime:\n  name: nodejs\n  options: { typescript: false }\n";
        writeFileSync(join(folder, "Pulumi.yaml"), `name: ${PROJECT}\n${runtime}main: index.js\n`);
        writeFileSync(join(folder, "package.json"), '{ "main": "index.js" }\n');
        const compiled = (file: string) => JSON.stringify(join(root, "dist", "bench", file));
        writeFileSync(join(folder, "resources.json"), JSON.stringify(list ?? []));
        writeFileSync(
            join(folder, "index.js"),
            list === undefined
                ? `require(${compiled("program.js")})` +
                      ".network(JSON.parse(process.env.KUBEFABRIC_BENCH_SHAPE));\n"
                : `require(${compiled("flatList.js")}).registerFlat(require("./resources.json"));\n`,
        );
        // The Automation API and everything below it look programs up on the PATH.
        const path = process.env.PATH ?? "";
        if (!path.startsWith(programs.pathFolders.join(delimiter))) {
            process.env.PATH = [...programs.pathFolders, path].join(delimiter);
        }
        const stack = await LocalWorkspace.createOrSelectStack(
            { stackName: STACK, workDir: folder },
            {
                envVars: {
                    PULUMI_BACKEND_URL: pathToFileURL(folder).href,
                    PULUMI_CONFIG_PASSPHRASE: "bench",
                    PULUMI_SKIP_UPDATE_CHECK: "true",
                    PULUMI_HOME: join(folder, "home"),
                    // The engine would download the plugins of every cloud's SDK below `node_modules`.
                    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
                },
            },
        );
        return new ScratchStack(stack, folder);
    }

    /** Runs `pulumi up --skip-preview`; gives how many resources it left as they were and changed. */
    async up(shape?: NetworkShape): Promise<{ same: number; changed: number }> {
        this.set(shape);
        const up = this.stack.up({ color: "never", signal: this.stopping.signal });
        this.running = up.catch(() => undefined);
        const { summary } = await up;
        const { same = 0, ...changes } = summary.resourceChanges ?? {};
        return { same, changed: Object.values(changes).reduce((sum, count) => sum + count, 0) };
    }

    async preview(shape: NetworkShape): Promise<void> {
        this.set(shape);
        const preview = this.stack.preview({ color: "never", signal: this.stopping.signal });
        this.running = preview.catch(() => undefined);
        await preview;
    }

    /** Stops what the engine is doing, so that it makes nothing any more, and waits for its end. */
    async end(): Promise<void> {
        this.stopping.abort();
        await this.running;
    }

    /** What the state lists, secrets in clear. */
    async resources(): Promise<StateResource[]> {
        const exported = await this.stack.exportStack();
        return (exported.deployment as { resources?: StateResource[] }).resources ?? [];
    }

    /** Bytes of the state as it is kept, secrets encrypted. */
    stateBytes(): number {
        const file = join(this.folder, ".pulumi", "stacks", PROJECT, `${STACK}.json`);
        return statSync(file).size;
    }

    private set(shape?: NetworkShape): void {
        this.stack.workspace.envVars.KUBEFABRIC_BENCH_SHAPE = JSON.stringify(shape);
    }
}

/** A value of a state without the wrapping of secrets. */
export function unwrapped(value: unknown): unknown {
    if (Array.isArray(value)) {
        return value.map(unwrapped);
    }
    if (typeof value !== "object" || value === null) {
        return value;
    }
    if ("plaintext" in value && typeof value.plaintext === "string") {
        return unwrapped(JSON.parse(value.plaintext));
    }
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, unwrapped(item)]));
}
