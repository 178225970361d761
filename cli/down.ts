import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";

import type { LocalWorkspace, Stack } from "@pulumi/pulumi/automation";

import { DOWN_HELP, parseDownArguments, type DownArguments } from "./arguments";
import type { ClusterTarget } from "./cluster";
import { runEngine } from "./engine";
import { deleteKindCluster, kindClusterExists } from "./kindCluster";
import { ledgersInCluster, volumesOf, volumesThatRemain } from "./ledgers";
import { askCluster, goneText, refuseOtherCluster } from "./preflight";
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
import { keptIn, keptText, type Kept } from "./summary";
import {
    DELETE_LEDGERS,
    fingerprint,
    openStack,
    ownStateIsEmpty,
    remember,
    saveSettings,
} from "./workspace";

/** What an empty stack, or none, amounts to. */
const NO_STATE: State = { version: 3, deployment: {} };

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
        if (!ownStateIsEmpty(places)) {
            throw new Refusal(
                "there is a state in .kubefabric/state, but no note of the cluster it belongs to; run " +
                    '"npm run up" with --context NAME or --cluster kind|simulated first',
            );
        }
        // A first run may have got no further than its cluster.
        if (request.deleteLedgers) {
            await deleteSimulatedCluster({ folder: places.cluster });
            forget(session);
        } else {
            await stopSimulatedCluster({ folder: places.cluster });
        }
        console.log("No network is up here; there is nothing to take down.");
        return 0;
    }
    const started = Date.now();
    const { target } = memory;
    const programs = await resolvePrograms(programsFor(target), { log: console.log });
    const { workspace } = await session.openWorkspace(programs);
    const stack = await openStack(workspace, { create: false });
    const state = stack === undefined ? NO_STATE : await exportState(stack);
    const kept = keptIn(ownResources(state));
    if (!request.deleteLedgers) {
        if (memory.down === true || ownResources(state).length === 0) {
            console.log("The network is down already.");
        } else {
            const cluster = await findCluster(target, programs, session);
            if (cluster === undefined) {
                throw new Refusal(goneText(target));
            }
            await destroyNodes(stack!, cluster, request, session);
            remember(places, { ...memory, down: true });
        }
        tellKept(kept);
        if (target.kind === "simulated") {
            await stopSimulatedCluster({ folder: places.cluster });
            console.log("The simulated cluster is stopped; what it holds is kept.");
        }
        return 0;
    }

    refuseToGuess(request, kept);
    const cluster = await findCluster(target, programs, session);
    // Ledgers of nodes that were removed are in no state any more, but go with their namespaces.
    const inCluster = cluster ? await ledgersInCluster(cluster, kept.namespaces) : [];
    const ledgers = [...new Set([...kept.ledgers, ...inCluster])].sort();
    if (!(await confirmed(request, { ...kept, ledgers }))) {
        console.log("Nothing was deleted.");
        return 1;
    }
    if (stack !== undefined) {
        if (cluster !== undefined) {
            await destroyAll(stack, state, cluster, request, session);
        }
        await workspace.removeStack(stack.name, { force: cluster === undefined });
    }
    await deleteOwnCluster(target, session);
    forget(session);
    console.log(`Everything of the network is deleted (${secondsText(Date.now() - started)}).`);
    return 0;
}

/** The cluster of the network, running; nothing where it was one of ours and is gone. */
async function findCluster(
    target: ClusterTarget,
    programs: Programs,
    { places, memory }: Session,
): Promise<StartedCluster | undefined> {
    const isGone =
        (target.kind === "kind" && !(await kindClusterExists())) ||
        (target.kind === "simulated" && !simulatedClusterExists(places.cluster));
    if (isGone) {
        return undefined;
    }
    const cluster = await startCluster(target, programs, places);
    const facts = await askCluster(cluster);
    if (target.kind !== "context" && facts.uid !== memory?.clusterUid) {
        return undefined;
    }
    refuseOtherCluster(facts, memory?.clusterUid, target);
    return cluster;
}

/** Takes away what runs; what cannot be made again is protected, and stays. */
async function destroyNodes(
    stack: Stack,
    cluster: StartedCluster,
    { verbose }: DownArguments,
    session: Session,
): Promise<void> {
    const runProgram = await programMustRun(stack, cluster, session);
    const { changes, elapsedMs } = await runEngine(session, {
        what: "npm run down",
        verbose,
        destroying: true,
        run: (options) => stack.destroy({ ...options, excludeProtected: true, runProgram }),
    });
    console.log(`${changesText(changes)} (${secondsText(elapsedMs)})`);
}

function tellKept(kept: Kept): void {
    const lines = keptText(kept);
    if (lines.length > 0) {
        console.log(["Kept:", ...lines].join("\n"));
        console.log(
            "Bring the network back: npm run up. Delete what is kept: npm run down -- --delete-ledgers",
        );
    }
}

/** Deletes everything for good, ledgers, keys and namespaces included. */
async function destroyAll(
    stack: Stack,
    state: State,
    cluster: StartedCluster,
    { verbose }: DownArguments,
    session: Session,
): Promise<void> {
    const volumes = await volumesOf(cluster, keptIn(ownResources(state)).namespaces);
    await liftProtection(stack, session.places, state);
    // Where the program runs, it would protect everything again.
    const unprotected = { [DELETE_LEDGERS]: "true" };
    const runProgram = await programMustRun(stack, cluster, session, unprotected);
    const { changes, elapsedMs } = await runEngine(session, {
        what: "npm run down -- --delete-ledgers",
        verbose,
        destroying: true,
        run: (options) => stack.destroy({ ...options, runProgram }),
    });
    console.log(`${changesText(changes)} (${secondsText(elapsedMs)})`);
    const remaining = await volumesThatRemain(cluster, volumes);
    if (remaining.length > 0) {
        console.log(
            "Their storage class keeps these volumes, with the ledgers on them: " +
                `${remaining.join(", ")}; delete them with "kubectl delete persistentvolume"`,
        );
    }
}

/**
 * The state remembers the credentials it was last given. Where they are others now, the program has to
 * run, so that the engine deletes with the present ones.
 */
async function programMustRun(
    stack: Stack,
    { kubeconfig, context }: StartedCluster,
    { memory }: Session,
    settings: Record<string, string> = {},
): Promise<boolean> {
    await saveSettings(stack.workspace as LocalWorkspace, { ...settings, kubeconfig, context });
    return memory?.kubeconfig !== fingerprint(readFileSync(kubeconfig, "utf8"));
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

/** Deleting needs an answer; where nobody can be asked, `--yes` has to give it. */
function refuseToGuess({ yes }: DownArguments, kept: Kept): void {
    if (!yes && !process.stdin.isTTY) {
        throw new Refusal(
            [
                "this would delete for good:",
                ...keptText(kept),
                "Nobody can be asked here (no terminal); to delete it, run " +
                    '"npm run down -- --delete-ledgers --yes"',
            ].join("\n"),
        );
    }
}

/** Names what is going to be deleted, and asks. */
async function confirmed({ yes }: DownArguments, kept: Kept): Promise<boolean> {
    console.log(["This deletes for good:", ...keptText(kept)].join("\n"));
    if (yes) {
        return true;
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
