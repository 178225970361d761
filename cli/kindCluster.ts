import { execFile } from "node:child_process";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

import { Refusal } from "./refusal";

const run = promisify(execFile);

/** Name of our cluster, so that no other is ever touched. */
const NAME = "kubefabric";
/** A daemon that does not answer within this time is as good as none. */
const DOCKER_ANSWERS_WITHIN_MS = 4000;

/** Whether a Docker daemon answers and the program `kind` is found. */
export async function canRunKind(): Promise<boolean> {
    const works = async (program: string, args: string[]) =>
        run(program, args, { timeout: DOCKER_ANSWERS_WITHIN_MS, killSignal: "SIGKILL" }).then(
            () => true,
            () => false,
        );
    return (await works("kind", ["version"])) && (await works("docker", ["info"]));
}

/** Starts our cluster in Docker, or finds it running. Its kubeconfig is written into `folder`. */
export async function startKindCluster({
    folder,
    log,
}: {
    folder: string;
    log: (line: string) => void;
}): Promise<{ kubeconfig: string; context: string }> {
    const kubeconfig = join(folder, "kind.kubeconfig");
    const started = Date.now();
    try {
        if (await kindClusterExists()) {
            // After a restart of the machine its containers may be there, but stopped.
            await run("docker", ["start", `${NAME}-control-plane`]);
            await run("kind", ["export", "kubeconfig", "--name", NAME, "--kubeconfig", kubeconfig]);
        } else {
            log(`making the kind cluster "${NAME}" (about a minute; its image is fetched once)`);
            await run("kind", [
                ...["create", "cluster", "--name", NAME, "--kubeconfig", kubeconfig],
                ...["--wait", "120s"],
            ]);
            log(`kind cluster ready (${((Date.now() - started) / 1000).toFixed(1)} s)`);
        }
    } catch (error) {
        throw new Refusal(`the kind cluster "${NAME}" does not start: ${lastWords(error)}`);
    }
    chmodSync(kubeconfig, 0o600);
    return { kubeconfig, context: `kind-${NAME}` };
}

export async function kindClusterExists(): Promise<boolean> {
    const { stdout } = await run("kind", ["get", "clusters"]);
    return stdout.split("\n").includes(NAME);
}

export async function deleteKindCluster(): Promise<void> {
    await run("kind", ["delete", "cluster", "--name", NAME]);
}

function lastWords(error: unknown): string {
    const { stderr, message } = error as { stderr?: string; message: string };
    return (stderr?.trim() || message).split("\n").slice(-5).join("\n");
}
