import { readdirSync, readFileSync } from "node:fs";

/** Marks every process that a run of the engine starts, with the folder of the checkout it is for. */
export const RUN_MARK = "KUBEFABRIC_RUN";

/**
 * Ends what a killed run has left running. Without its engine, a program or a provider may wait for
 * ever, and a program can meanwhile fill the memory.
 *
 * To be called only while no engine runs for this folder. Only Linux tells the environment of a process;
 * elsewhere nothing is ended.
 *
 * @returns how many were ended.
 */
export function endOrphans(folder: string): number {
    const mark = `${RUN_MARK}=${folder}`;
    const orphans = processIds().filter(
        (pid) => pid !== process.pid && environment(pid).includes(mark),
    );
    for (const pid of orphans) {
        try {
            process.kill(pid, "SIGKILL");
        } catch {
            // It has ended by itself.
        }
    }
    return orphans.length;
}

function processIds(): number[] {
    try {
        return readdirSync("/proc").map(Number).filter(Number.isInteger);
    } catch {
        return [];
    }
}

/** Empty for processes of other users, and for those that have ended. */
function environment(pid: number): string[] {
    try {
        return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
    } catch {
        return [];
    }
}
