import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import * as automation from "@pulumi/pulumi/automation/index.js";

import { separateConnections } from "./connections.ts";

separateConnections();

/** The API server that engine tests use; its nodes are simulated. */
const kubeconfigPath = process.env.KUBEFABRIC_ENGINE_KUBECONFIG;
/** Folders with the Pulumi CLI and the Kubernetes provider. */
const programs = process.env.KUBEFABRIC_TEST_PATH;

/** Skips a suite, with one clear line, where there is no engine to run it on. */
export function needsEngine(suite: Mocha.Suite): void {
    if (!kubeconfigPath || !programs) {
        suite.pending = true;
    }
}

/** Content of the cluster's kubeconfig. */
export function engineKubeconfig(): string {
    return readFileSync(kubeconfigPath ?? "", "utf8");
}

/** The official client of the cluster. */
export function cluster(): KubeConfig {
    const config = new KubeConfig();
    config.loadFromString(engineKubeconfig());
    return config;
}

/** A stack with a state, a passphrase and a folder of its own. */
export interface EngineStack {
    readonly stack: automation.Stack;
    readonly folder: string;
    /** Runs `pulumi up`, or a preview of it, with another program. */
    run(program: automation.PulumiFn): Promise<automation.UpResult>;
    /** Runs `pulumi up` and says what it did, such as `update StatefulSet peer0`. */
    steps(program: automation.PulumiFn): Promise<string[]>;
    /** What `pulumi stack export` prints. */
    exported(): Promise<string>;
    /** File that the state is kept in. */
    readonly stateFile: string;
    /** Forgets stack and state; what is in the cluster stays. */
    forget(): void;
}

/** Environment of an engine that keeps state, settings and passphrase to one folder. */
export function engineEnvironment(folder: string): Record<string, string> {
    return {
        PATH: [programs, process.env.PATH].join(delimiter),
        PULUMI_BACKEND_URL: `file://${folder}`,
        PULUMI_CONFIG_PASSPHRASE: "test",
        PULUMI_SKIP_UPDATE_CHECK: "true",
        PULUMI_HOME: join(folder, "home"),
        // The engine would download the plugins of every cloud's SDK below `node_modules`.
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    };
}

/**
 * Makes a stack whose program runs in this process, against the real engine; `config` is what its
 * `Pulumi.yaml` says of its settings.
 */
export async function engineStack(
    project: string,
    env: Record<string, string> = {},
    config: object = {},
): Promise<EngineStack> {
    const folder = mkdtempSync(join(tmpdir(), "kubefabric-engine-"));
    // Dynamic resources run in the program's folder and load the package from there.
    symlinkSync(join(import.meta.dirname, "../../node_modules"), join(folder, "node_modules"));
    const envVars = { ...engineEnvironment(folder), ...env };
    const stack = await automation.LocalWorkspace.createOrSelectStack(
        { stackName: "test", projectName: project, program: async () => {} },
        {
            workDir: folder,
            envVars,
            projectSettings: {
                name: project,
                runtime: "nodejs",
                backend: { url: `file://${folder}` },
                // The SDK has the type of an older file.
                config: config as unknown as string,
            },
        },
    );
    return {
        stack,
        folder,
        stateFile: join(folder, ".pulumi/stacks", project, "test.json"),
        run: (program) => stack.up({ program, color: "never" }),
        steps: async (program) => {
            const steps: string[] = [];
            await stack.up({
                program,
                color: "never",
                onEvent: ({ resourcePreEvent }) => {
                    const { op, type, urn } = resourcePreEvent?.metadata ?? { op: "same" };
                    if (op !== "same") {
                        steps.push(`${op} ${type?.split(":").at(-1)} ${urn?.split("::").at(-1)}`);
                    }
                },
            });
            return steps.sort();
        },
        exported: async () => {
            // By the command itself: the Automation API exports with secrets in clear.
            const args = ["stack", "export", "--stack", "test"];
            const { stdout } = await promisify(execFile)("pulumi", args, {
                cwd: folder,
                env: { ...process.env, ...envVars },
                maxBuffer: 2 ** 28,
            });
            return stdout;
        },
        forget: () => rmSync(folder, { recursive: true, force: true }),
    };
}

/** How many resources of each kind a run changed, without the unchanged ones. */
export function changes(summary: automation.UpdateSummary): Record<string, number> {
    const { same: _same, ...changed } = summary.resourceChanges ?? {};
    return changed;
}

/** Removes namespaces of a test and waits until they are gone. */
export async function removeNamespaces(...names: string[]): Promise<void> {
    const api = cluster().makeApiClient(CoreV1Api);
    for (const name of names) {
        await api.deleteNamespace({ name }).catch(() => undefined);
    }
    for (const name of names) {
        while (
            await api.readNamespace({ name }).then(
                () => true,
                () => false,
            )
        ) {
            await new Promise((resolve) => setTimeout(resolve, 200));
        }
    }
}

/** What a program gives out, without which of it is secret. */
export function outputValues(outputs: Record<string, { value: unknown }>): Record<string, unknown> {
    return Object.fromEntries(Object.entries(outputs).map(([name, { value }]) => [name, value]));
}
