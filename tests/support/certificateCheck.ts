import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** The parts of a CronJob that say what its container runs. */
export interface CheckCronJob {
    spec: {
        jobTemplate: {
            spec: {
                template: {
                    spec: {
                        containers: {
                            command: string[];
                            env: { name: string; value: string }[];
                            volumeMounts: { name: string; mountPath: string }[];
                        }[];
                        volumes: {
                            name: string;
                            configMap: { items: { key: string; path: string }[] };
                        }[];
                    };
                };
            };
        };
    };
}

export interface CheckRun {
    code: number;
    stdout: string;
    stderr: string;
}

/**
 * Runs what a CronJob's container would run, with the files of its ConfigMap laid out as its mount has
 * them and the settings of its manifest, on the Node.js at hand; nothing else of the package is in reach.
 */
export async function runCheck(
    cronJob: CheckCronJob,
    program: Record<string, string>,
    pod: { host: string; port: string; token: string; ca: string },
): Promise<CheckRun> {
    const folder = mkdtempSync(join(tmpdir(), "kubefabric-check-"));
    const write = (path: string, text: string) => {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        writeFileSync(join(folder, path), text);
    };
    try {
        const { containers, volumes } = cronJob.spec.jobTemplate.spec.template.spec;
        const [container, volume] = [containers[0]!, volumes[0]!];
        const { mountPath } = container.volumeMounts[0]!;
        for (const { key, path } of volume.configMap.items) {
            write(join("program", path), program[key]!);
        }
        write("account/token", pod.token);
        write("account/ca.crt", pod.ca);
        const [command, ...args] = container.command.map((each) =>
            each.replace(mountPath, join(folder, "program")),
        );
        const env = {
            ...Object.fromEntries(container.env.map(({ name, value }) => [name, value])),
            KUBERNETES_SERVICE_HOST: pod.host,
            KUBERNETES_SERVICE_PORT: pod.port,
            SERVICE_ACCOUNT_FOLDER: join(folder, "account"),
        };
        const file = command === "node" ? process.execPath : `unknown command ${command}`;
        return await new Promise((resolve) => {
            const child = execFile(file, args, { env, cwd: "/" }, (_error, stdout, stderr) =>
                resolve({ code: child.exitCode ?? -1, stdout, stderr }),
            );
        });
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
}
