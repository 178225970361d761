import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** In the order in which they are stopped: etcd last, so that nothing writes to a dead store. */
const STOP_ORDER = [
    "kwok-controller",
    "kube-scheduler",
    "kube-controller-manager",
    "kube-apiserver",
    "etcd",
] as const;

/** What a program gets to end by itself, before it is ended. */
const GRACE_MS = 5000;

/**
 * The programs of a cluster that run, by name.
 *
 * `pids` is the folder in which kwokctl notes one process id per program. An id may be a stranger's by
 * now (the machine was restarted), so a process counts only if its command line names the cluster's
 * folder. Notes of processes that are gone are removed, because kwokctl would take the stranger for
 * the program and not start it.
 */
export function runningPrograms(cluster: string): Map<string, number> {
    const running = new Map<string, number>();
    const pids = join(cluster, "pids");
    for (const file of filesIn(pids)) {
        const pid = Number(readFileSync(join(pids, file), "utf8"));
        if (commandLine(pid).includes(cluster)) {
            running.set(basename(file, ".pid"), pid);
        } else {
            rmSync(join(pids, file), { force: true });
        }
    }
    return running;
}

/** Whether all programs of a cluster run. */
export function allRunning(running: Map<string, number>): boolean {
    return STOP_ORDER.every((program) => running.has(program));
}

/** Stops every program of a cluster, and returns when all have ended. */
export async function stopPrograms(cluster: string): Promise<void> {
    const running = runningPrograms(cluster);
    const others = STOP_ORDER.slice(0, -1).flatMap((program) => running.get(program) ?? []);
    await end(cluster, others);
    await end(
        cluster,
        [...running.values()].filter((pid) => !others.includes(pid)),
    );
    // Removes the notes.
    runningPrograms(cluster);
}

async function end(cluster: string, pids: number[]): Promise<void> {
    const remaining = () => pids.filter((pid) => commandLine(pid).includes(cluster));
    signal(remaining(), "SIGTERM");
    for (const deadline = Date.now() + GRACE_MS; Date.now() < deadline; await delay(50)) {
        if (remaining().length === 0) {
            return;
        }
    }
    signal(remaining(), "SIGKILL");
    while (remaining().length > 0) {
        await delay(20);
    }
}

function signal(pids: number[], name: NodeJS.Signals): void {
    for (const pid of pids) {
        try {
            process.kill(pid, name);
        } catch {
            // It has ended in the meantime.
        }
    }
}

/** Empty where there is no such process. */
function commandLine(pid: number): string {
    if (!Number.isInteger(pid) || pid <= 0) {
        return "";
    }
    try {
        return process.platform === "linux"
            ? readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ")
            : execFileSync("ps", ["-ww", "-o", "args=", "-p", String(pid)], { encoding: "utf8" });
    } catch {
        return "";
    }
}

function filesIn(folder: string): string[] {
    try {
        return readdirSync(folder).filter((file) => file.endsWith(".pid"));
    } catch {
        return [];
    }
}
