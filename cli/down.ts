import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";

import type { Stack } from "@pulumi/pulumi/automation";

import { DOWN_HELP, parseDownArguments, type DownArguments } from "./arguments";
import { describeCluster, type ClusterTarget } from "./cluster";
import { runEngine } from "./engine";
import { deleteKindCluster, kindClusterExists } from "./kindCluster";
import { ledgersInCluster, volumesOf, volumesThatRemain } from "./ledgers";
import { resolvePrograms, type Programs } from "./programs";
import { Refusal, runToEnd } from "./refusal";
import { changesText, secondsText } from "./report";
import { beginSession, type Session } from "./session";
import {
    deleteSimulatedCluster,
    simulatedClusterExists,
    stopSimulatedCluster,
} from "./simulatedCluster";
import { programsFor, startCluster, type StartedCluster } from "./startCluster";
import { exportState, liftProtection, ownResources, type State } from "./state";
import { keptIn, keptText } from "./summary";
import { fingerprint, openStack, remember, saveSettings, type Memory } from "./workspace";

async function down(args: string[]): Promise<number> {
    const request = parseDownArguments(args);
    if (request === undefined) {
        console.log(DOWN_HELP);
        return 0;
    }
    const session = await beginSession("down");
    try {
        return await takeDown(request, session);
    } finally {
        await session.end();
    }
}

async function takeDown(request: DownArguments, session: Session): Promise<number> {
    const { memory, places } = session;
    if (memory === undefined) {
        if (existsSync(places.state)) {
            throw new Refusal(
                "there is a state in .kubefabric/state, but no note of the cluster it belongs to; run " +
                    '"npm run up" with --context NAME or --cluster kind|simulated first',
            );
        }
        console.log("No network is up here; there is nothing to take down.");
        if (request.deleteLedgers) {
            forget(session);
        }
        return 0;
    }
    const started = Date.now();
    const programs = await resolvePrograms(programsFor(memory.target), { log: console.log });
    const { workspace } = await session.openWorkspace(programs);
    const stack = await openStack(workspace, { create: false });
    const state = stack === undefined ? undefined : await exportState(stack);
    const lost = state !== undefined && (await clusterIsGone(memory.target, session));
    if (lost && !request.deleteLedgers) {
        throw new Refusal(
            `${describeCluster(memory.target)} is gone, and the ledgers with it; to forget what the ` +
                'state still lists, run "npm run down -- --delete-ledgers"',
        );
    }
    if (stack !== undefined && state !== undefined && !lost) {
        const finished = request.deleteLedgers
            ? await deleteAll(stack, state, programs, request, session)
            : await destroyNodes(stack, state, programs, request, session);
        if (!finished) {
            return 1;
        }
    } else if (request.deleteLedgers && !(await confirmed(request, ["  (the cluster is gone)"]))) {
        return 1;
    }
    if (request.deleteLedgers) {
        if (stack !== undefined) {
            await workspace.removeStack(stack.name, { force: lost });
        }
        await deleteOwnCluster(memory.target, session);
        forget(session);
        console.log(`Everything of the network is deleted (${secondsText(Date.now() - started)}).`);
    } else if (memory.target.kind === "simulated") {
        await stopSimulatedCluster({ folder: places.cluster });
        console.log("The simulated cluster is stopped; what it holds is kept.");
    }
    return 0;
}

/** Takes away what runs; keeps what cannot be made again. */
async function destroyNodes(
    stack: Stack,
    state: State,
    programs: Programs,
    { verbose }: DownArguments,
    session: Session,
): Promise<boolean> {
    const kept = keptIn(ownResources(state));
    if (ownResources(state).every(({ protect }) => protect === true)) {
        console.log("The network is down already.");
    } else {
        const { target } = session.memory!;
        const cluster = await startCluster(target, programs, session.places);
        const runProgram = await useCurrentCredentials(stack, cluster, session);
        const { changes, elapsedMs } = await runEngine(session, {
            what: "npm run down",
            verbose,
            run: (options) => stack.destroy({ ...options, excludeProtected: true, runProgram }),
        });
        console.log(`${changesText(changes)} (${secondsText(elapsedMs)})`);
    }
    const lines = keptText(kept);
    if (lines.length > 0) {
        console.log(["Kept:", ...lines].join("\n"));
    }
    console.log(
        'Bring the network back: npm run up. Delete what is kept: npm run down -- --delete-ledgers',
    );
    return true;
}

/** Deletes everything for good; false where the person does not want it. */
async function deleteAll(
    stack: Stack,
    state: State,
    programs: Programs,
    request: DownArguments,
    session: Session,
): Promise<boolean> {
    const { target } = session.memory!;
    const kept = keptIn(ownResources(state));
    if (!request.yes && !process.stdin.isTTY) {
        await confirmed(request, keptText(kept));
    }
    const cluster = await startCluster(target, programs, session.places);
    // Ledgers of nodes that were removed are in no state any more, but go with their namespaces.
    const inCluster = await ledgersInCluster(cluster, kept.namespaces);
    const ledgers = [...new Set([...kept.ledgers, ...inCluster])].sort();
    if (!(await confirmed(request, keptText({ ...kept, ledgers })))) {
        console.log("Nothing was deleted.");
        return false;
    }
    const volumes = await volumesOf(cluster, kept.namespaces);
    await liftProtection(stack, session.places, state);
    const runProgram = await useCurrentCredentials(stack, cluster, session);
    const { changes, elapsedMs } = await runEngine(session, {
        what: "npm run down -- --delete-ledgers",
        verbose: request.verbose,
        run: (options) => stack.destroy({ ...options, runProgram }),
    });
    console.log(`${changesText(changes)} (${secondsText(elapsedMs)})`);
    if (target.kind === "context") {
        const remaining = await volumesThatRemain(cluster, volumes);
        if (remaining.length > 0) {
            console.log(
                "Their storage class keeps these volumes, with the ledgers on them: " +
                    `${remaining.join(", ")}; delete them with "kubectl delete persistentvolume"`,
            );
        }
    }
    return true;
}

/**
 * The state remembers the credentials it was last given. Where they are others now, the program has to
 * run, so that the engine deletes with the present ones.
 */
async function useCurrentCredentials(
    stack: Stack,
    { kubeconfig, context }: StartedCluster,
    { memory, places }: Session,
): Promise<boolean> {
    const present = fingerprint(readFileSync(kubeconfig, "utf8"));
    const runProgram = memory?.kubeconfig !== present;
    if (runProgram) {
        await saveSettings(stack.workspace as never, { kubeconfig, context });
    }
    remember(places, { ...(memory as Memory), kubeconfig: memory?.kubeconfig });
    return runProgram;
}

async function clusterIsGone(target: ClusterTarget, { places }: Session): Promise<boolean> {
    switch (target.kind) {
        case "context":
            return false;
        case "kind":
            return !(await kindClusterExists());
        case "simulated":
            return !simulatedClusterExists(places.cluster);
    }
}

async function deleteOwnCluster(target: ClusterTarget, { places }: Session): Promise<void> {
    if (target.kind === "simulated") {
        await deleteSimulatedCluster({ folder: places.cluster });
    } else if (target.kind === "kind") {
        await deleteKindCluster();
    }
}

/** Removes what this checkout knows of the network, the passphrase last. */
function forget({ places }: Session): void {
    const { state, memory, cluster, passphrase, logs, folder } = places;
    const kindConfig = join(folder, "kind.kubeconfig");
    for (const path of [state, memory, cluster, logs, kindConfig, passphrase]) {
        rmSync(path, { recursive: true, force: true });
    }
}

/** Names what is going to be deleted and asks; `--yes` is the answer where nobody can be asked. */
async function confirmed({ yes }: DownArguments, lines: string[]): Promise<boolean> {
    console.log(["This deletes for good:", ...lines].join("\n"));
    if (yes) {
        return true;
    }
    if (!process.stdin.isTTY) {
        throw new Refusal(
            "nobody can be asked here (no terminal); add --yes to delete all this: " +
                '"npm run down -- --delete-ledgers --yes"',
        );
    }
    const terminal = createInterface({ input: process.stdin, output: process.stdout });
    try {
        const answer = await terminal.question("Delete it? (y/N) ");
        return /^y(es)?$/i.test(answer.trim());
    } finally {
        terminal.close();
    }
}

if (require.main === module) {
    void runToEnd(() => down(process.argv.slice(2)));
}
