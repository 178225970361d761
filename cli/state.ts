import { execFile } from "node:child_process";
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import type { Stack } from "@pulumi/pulumi/automation";

import { Refusal } from "./refusal";
import { mendStateFile } from "./stateFile";
import { STACK, stateFile, type Places } from "./workspace";

/** A resource as the state has it; secrets stay encrypted. */
export interface StateResource {
    urn: string;
    type: string;
    custom?: boolean;
    protect?: boolean;
    retainOnDelete?: boolean;
    outputs?: Record<string, unknown>;
}

/** What `pulumi stack export` prints, as far as it is used here. */
export interface State {
    version: number;
    deployment: {
        resources?: StateResource[];
        pending_operations?: { type: string; resource: StateResource }[];
    };
}

/** Who holds the lock of a stack. */
export interface LockHolder {
    pid: number;
    hostname: string;
    timestamp: string;
}

/**
 * Removes locks that processes of this machine left behind when they were killed. A lock of a process
 * that lives, or of another machine, is a refusal.
 */
export function releaseDeadLocks(
    { state }: Pick<Places, "state">,
    project: string,
    isRunning: (pid: number) => boolean = pulumiRuns,
): void {
    const folder = join(state, ".pulumi", "locks", "organization", project, STACK);
    const names = existsSync(folder) ? readdirSync(folder) : [];
    for (const file of names.filter((name) => name.endsWith(".json"))) {
        const path = join(folder, file);
        const problem = lockProblem(readLock(path), path, isRunning);
        if (problem !== undefined) {
            throw new Refusal(problem);
        }
        rmSync(path, { force: true });
        // What the storage library keeps beside each file.
        rmSync(`${path}.attrs`, { force: true });
    }
}

/** Says so when the state of a run that was killed had to be taken from the step before. */
export function mendState({ state }: Pick<Places, "state">, project: string): void {
    if (mendStateFile(stateFile({ state }, project))) {
        console.log(
            "The last run was killed while it wrote the state; the step before it is used.",
        );
    }
}

function lockProblem(
    holder: LockHolder | undefined,
    file: string,
    isRunning: (pid: number) => boolean,
): string | undefined {
    if (holder === undefined) {
        // Cut off while it was written: its process is gone.
        return undefined;
    }
    const { pid, hostname: host, timestamp } = holder;
    if (host !== hostname()) {
        return (
            `the state is locked by process ${pid} on "${host}" since ${timestamp}; if that run has ` +
            `ended, remove ${file}`
        );
    }
    return isRunning(pid)
        ? `process ${pid} is changing this network since ${timestamp}; wait for it, or stop it with ` +
              `"kill -INT ${pid}"`
        : undefined;
}

function readLock(file: string): LockHolder | undefined {
    try {
        return JSON.parse(readFileSync(file, "utf8")) as LockHolder;
    } catch {
        return undefined;
    }
}

/** Whether a process with this id runs and may be Pulumi: after a restart the id can be anyone's. */
function pulumiRuns(pid: number): boolean {
    try {
        process.kill(pid, 0);
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EPERM") {
            return false;
        }
    }
    const status = `/proc/${pid}/stat`;
    if (!existsSync(status)) {
        return true;
    }
    // "123 (pulumi) S 1 …": a process that has ended but was not yet waited for is in state Z.
    const [, name = "", state] = /^\d+ \((.*)\) (\S)/.exec(readFileSync(status, "utf8")) ?? [];
    return name.includes("pulumi") && state !== "Z";
}

/** The state with its secrets encrypted, as they must stay on the disk. */
export async function exportState(stack: Stack): Promise<State> {
    // `Stack.exportStack` would decrypt them.
    return JSON.parse(await pulumi(stack, ["stack", "export"])) as State;
}

async function importState(stack: Stack, places: Places, state: State): Promise<void> {
    const file = join(places.folder, "state-to-import.json");
    writeFileSync(file, JSON.stringify(state), { mode: 0o600 });
    try {
        await pulumi(stack, ["stack", "import", "--file", file]);
    } finally {
        rmSync(file, { force: true });
    }
}

async function pulumi({ name, workspace }: Stack, args: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)("pulumi", [...args, "--stack", name], {
        cwd: workspace.workDir,
        env: { ...process.env, ...workspace.envVars },
        maxBuffer: 1024 * 1024 * 1024,
    });
    return stdout;
}

/** Resources that stand for something: not components, not providers. */
export function ownResources({ deployment }: State): StateResource[] {
    return (deployment.resources ?? []).filter(
        ({ custom, type }) => custom === true && !type.startsWith("pulumi:providers:"),
    );
}

/** What an interrupted run has begun and not finished. */
export interface PendingOperations {
    /** Resources that were being made; what came of it is not known. */
    creating: string[];
    /** Resources that were being changed or deleted. */
    changing: string[];
}

export function pendingOperations({ deployment }: State): PendingOperations {
    const operations = deployment.pending_operations ?? [];
    const known = new Set((deployment.resources ?? []).map(({ urn }) => urn));
    const urns = (wanted: (type: string) => boolean) => [
        ...new Set(
            operations.filter(({ type }) => wanted(type)).map(({ resource }) => resource.urn),
        ),
    ];
    return {
        creating: urns((type) => type === "creating"),
        changing: urns((type) => type !== "creating").filter((urn) => known.has(urn)),
    };
}

/**
 * Makes the state true again after an interrupted run, so that the next one goes on.
 *
 * What was being made is forgotten: making it again adopts what is there, because our resources are
 * safe to make twice. What was being changed or deleted is looked at, since the state still has it as
 * it was before.
 */
export async function settlePendingOperations(
    stack: Stack,
    places: Places,
    state: State,
    refresh: (urns: string[]) => Promise<void>,
): Promise<void> {
    const { changing } = pendingOperations(state);
    await importState(stack, places, {
        ...state,
        deployment: { ...state.deployment, pending_operations: [] },
    });
    if (changing.length > 0) {
        await refresh(changing);
    }
}

/**
 * Takes the protection from everything in the state, so that a `destroy` after it deletes ledgers, keys
 * and namespaces for good.
 *
 * It is done in the state, not by an `up` without protection: that would first make again every node
 * that an earlier `down` has taken away.
 */
export async function liftProtection(stack: Stack, places: Places, state: State): Promise<void> {
    const { deployment } = state;
    await importState(stack, places, {
        ...state,
        deployment: {
            ...deployment,
            pending_operations: [],
            resources: (deployment.resources ?? []).map((resource) => ({
                ...resource,
                protect: false,
                retainOnDelete: false,
            })),
        },
    });
}
