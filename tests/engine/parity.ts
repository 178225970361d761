import {
    chmodSync,
    existsSync,
    mkdtempSync,
    readFileSync,
    readdirSync,
    rmSync,
    writeFileSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { delimiter, join } from "node:path";

import { CoreV1Api, KubeConfig, KubernetesObjectApi, PatchStrategy } from "@kubernetes/client-node";
import type { KubernetesObject } from "@kubernetes/client-node";
import { Provider } from "@pulumi/kubernetes/provider.js";
import * as automation from "@pulumi/pulumi/automation/index.js";

import { engineEnvironment } from "../support/engine.ts";

const kubeconfigPath = process.env.KUBEFABRIC_ENGINE_KUBECONFIG;
const programs = process.env.KUBEFABRIC_TEST_PATH;

/** A Kubernetes provider that the suite runs on. */
export interface ProviderUnderTest {
    name: string;
    /** The folder with `pulumi-resource-kubernetes`. */
    folder: string;
}

const binary = "pulumi-resource-kubernetes";

/** The folder of the real provider: named, else among the installed plugins. */
function realProviderFolder(): string | undefined {
    const plugins = join(homedir(), ".pulumi", "plugins");
    const installed = existsSync(plugins)
        ? readdirSync(plugins)
              .filter((name) => /^resource-kubernetes-v4\.[\d.]+$/.test(name))
              .map((name) => join(plugins, name))
        : [];
    return [process.env.KUBEFABRIC_REAL_PROVIDER, ...installed].find(
        (folder) => folder !== undefined && existsSync(join(folder, binary)),
    );
}

function smallProviderFolder(): string {
    const folder = mkdtempSync(join(tmpdir(), "kubefabric-small-provider-"));
    const main = join(import.meta.dirname, "../../dist/tools/kubernetes-provider/main.js");
    const file = join(folder, binary);
    writeFileSync(file, `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`);
    chmodSync(file, 0o755);
    process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
    return folder;
}

/**
 * The small provider, and the real one where there is one. KUBEFABRIC_PROVIDER_UNDER_TEST, `small`
 * or `real`, leaves only that one.
 */
export function providersUnderTest(): ProviderUnderTest[] {
    const only = process.env.KUBEFABRIC_PROVIDER_UNDER_TEST;
    const real = only === "small" ? undefined : realProviderFolder();
    if (only === "real" && real === undefined) {
        throw new Error("the real Kubernetes provider was asked for, but there is none here");
    }
    return [
        ...(only === "real" ? [] : [{ name: "small", folder: smallProviderFolder() }]),
        ...(real === undefined ? [] : [{ name: "real", folder: real }]),
    ];
}

/** Why the suite cannot run, or an empty string where it can. */
export function whyNot(): string {
    return kubeconfigPath && programs
        ? ""
        : "the parity suite needs KUBEFABRIC_ENGINE_KUBECONFIG and KUBEFABRIC_TEST_PATH: skipped";
}

export const kubeconfig = () => readFileSync(kubeconfigPath ?? "", "utf8");

function client(): KubeConfig {
    const config = new KubeConfig();
    config.loadFromString(kubeconfig());
    return config;
}

/** Enough to find an object. */
export interface NamedObject extends KubernetesObject {
    metadata: { namespace: string; name: string };
}

/** What someone else does to the cluster, behind Pulumi's back. */
export const others = {
    create: (object: KubernetesObject) =>
        client().makeApiClient(KubernetesObjectApi).create(object),
    read: (object: NamedObject) => client().makeApiClient(KubernetesObjectApi).read(object),
    delete: (object: KubernetesObject) =>
        client().makeApiClient(KubernetesObjectApi).delete(object),
    /** Server-side apply under another name, by force. */
    apply: (object: KubernetesObject) =>
        client()
            .makeApiClient(KubernetesObjectApi)
            .patch(
                object,
                undefined,
                undefined,
                "someone-else",
                true,
                PatchStrategy.ServerSideApply,
            ),
};

export async function namespaceIsGone(name: string): Promise<boolean> {
    const api = client().makeApiClient(CoreV1Api);
    return api.readNamespace({ name }).then(
        () => false,
        () => true,
    );
}

export interface Run {
    /** Changes by kind of operation, without the unchanged. */
    changes: Record<string, number>;
    /** `operation kind name`, in the order in which they began. */
    steps: string[];
    /** Everything that was printed. */
    output: string;
    /** Empty, or why the run failed. */
    failure: string;
    seconds: number;
}

/** A stack with a state of its own, run with one provider. */
export class ParityStack {
    private readonly stack: automation.Stack;
    private readonly folder: string;

    private constructor(stack: automation.Stack, folder: string) {
        this.stack = stack;
        this.folder = folder;
    }

    static async make(provider: ProviderUnderTest): Promise<ParityStack> {
        const folder = mkdtempSync(join(tmpdir(), "kubefabric-parity-"));
        const url = `file://${folder}`;
        const name = "parity";
        const stack = await automation.LocalWorkspace.createOrSelectStack(
            { stackName: "test", projectName: name, program: async () => {} },
            {
                workDir: folder,
                envVars: {
                    ...engineEnvironment(folder),
                    PATH: [provider.folder, programs, process.env.PATH].join(delimiter),
                    KUBECONFIG: "",
                },
                projectSettings: { name, runtime: "nodejs", backend: { url } },
            },
        );
        return new ParityStack(stack, folder);
    }

    setEnvironment(variables: Record<string, string>): void {
        this.stack.workspace.envVars = { ...this.stack.workspace.envVars, ...variables };
    }

    up = (program: () => void, options: { signal?: AbortSignal } = {}) =>
        this.run((common) =>
            this.stack.up({ ...common, ...options, program: async () => program() }),
        );

    preview = (program: () => void) =>
        this.run((common) => this.stack.preview({ ...common, program: async () => program() }));

    refresh = () => this.run((common) => this.stack.refresh(common));

    destroy = () => this.run((common) => this.stack.destroy(common));

    /** The state as it lies on the disk, secrets encrypted. */
    state(): string {
        const folder = join(this.folder, ".pulumi", "stacks", "parity");
        return readFileSync(join(folder, "test.json"), "utf8");
    }

    /** The resources in the state, by name. */
    async resources(): Promise<Record<string, { id: string; initErrors?: string[] }>> {
        const { deployment } = await this.stack.exportStack();
        const resources: { urn: string; id: string; initErrors?: string[] }[] =
            deployment.resources ?? [];
        return Object.fromEntries(
            resources.map((resource) => [resource.urn.split("::").at(-1), resource]),
        );
    }

    forget(): void {
        rmSync(this.folder, { recursive: true, force: true });
    }

    private async run(
        action: (common: {
            color: "never";
            onOutput: (text: string) => void;
            onEvent: (event: automation.EngineEvent) => void;
        }) => Promise<unknown>,
    ): Promise<Run> {
        const run: Run = { changes: {}, steps: [], output: "", failure: "", seconds: 0 };
        const start = Date.now();
        try {
            await action({
                color: "never",
                onOutput: (text) => (run.output += text),
                onEvent: (event) => record(run, event),
            });
        } catch (error) {
            run.failure = String(error instanceof Error ? error.message : error);
            run.output += run.failure;
        }
        run.seconds = (Date.now() - start) / 1000;
        return run;
    }
}

function record(
    run: Run,
    { resourcePreEvent, summaryEvent, diagnosticEvent }: automation.EngineEvent,
): void {
    if (resourcePreEvent !== undefined && resourcePreEvent.metadata.op !== "same") {
        const { op, urn, type } = resourcePreEvent.metadata;
        run.steps.push(`${op} ${type.split(":").at(-1)} ${urn.split("::").at(-1)}`);
    }
    if (diagnosticEvent !== undefined) {
        run.output += diagnosticEvent.message;
    }
    if (summaryEvent !== undefined) {
        const { same: _same, ...changes } = summaryEvent.resourceChanges;
        run.changes = changes;
    }
}

/** The provider resource for the cluster, with what every program here gives it. */
export function clusterProvider(args: ConstructorParameters<typeof Provider>[1] = {}): Provider {
    return new Provider("cluster", {
        kubeconfig: kubeconfig(),
        clusterIdentifier: "parity",
        ...args,
    });
}
