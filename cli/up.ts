import { readFileSync } from "node:fs";
import { relative } from "node:path";

import type { Stack } from "@pulumi/pulumi/automation";

import { checkClusterAccess } from "../clients/clusterAccess";
import { parseUpArguments, UP_HELP, type UpArguments } from "./arguments";
import {
    chooseCluster,
    defaultKubeconfigFiles,
    describeCluster,
    namesCluster,
    refuseSecondCluster,
    SIMULATED_BANNER,
    type ClusterTarget,
} from "./cluster";
import { runEngine } from "./engine";
import { canRunKind } from "./kindCluster";
import { resolvePrograms, type Programs } from "./programs";
import { Refusal, runToEnd } from "./refusal";
import { changesText, secondsText } from "./report";
import { beginSession, type Session } from "./session";
import { programsFor, startCluster, type StartedCluster } from "./startCluster";
import { exportState, ownResources, pendingOperations, settlePendingOperations } from "./state";
import { endpointsOf, upSummary } from "./summary";
import { fingerprint, openStack, remember, saveSettings, type Memory } from "./workspace";

async function up(args: string[]): Promise<number> {
    const request = parseUpArguments(args);
    if (request === undefined) {
        console.log(UP_HELP);
        return 0;
    }
    const session = await beginSession("up");
    try {
        return await bringUp(request, session);
    } finally {
        await session.end();
    }
}

async function bringUp(request: UpArguments, session: Session): Promise<number> {
    const { places, memory } = session;
    const started = Date.now();
    const target = await chooseCluster(request, {
        remembered: memory?.target,
        canRunKind,
        kubeconfigFiles: defaultKubeconfigFiles,
    });
    const simulated = target.kind === "simulated";
    if (simulated) {
        console.log(`${SIMULATED_BANNER}\n`);
    }
    console.log(`The network goes to ${describeCluster(target)}.`);
    const programs = await resolvePrograms(programsFor(target), { log: console.log });
    const { workspace, backend } = await session.openWorkspace(programs);
    const stack = (await openStack(workspace, { create: true }))!;
    const state = await exportState(stack);
    const inState = ownResources(state).length;
    refuseSecondCluster(target, memory?.target, inState, namesCluster(request));

    const cluster = await startCluster(target, programs, places);
    const clusterUid = await preflight(cluster);
    if (inState > 0) {
        refuseOtherCluster(memory?.clusterUid, clusterUid, target);
    }
    const next: Memory = {
        target,
        clusterUid,
        kubeconfig: fingerprint(readFileSync(cluster.kubeconfig, "utf8")),
        backend: backend.kind === "own" ? "own" : { elsewhere: fingerprint(backend.url) },
    };
    // Before anything is made, so that a run that is cut off is found again.
    remember(places, { ...next, kubeconfig: inState > 0 ? memory?.kubeconfig : next.kubeconfig });
    await saveSettings(workspace, {
        ...request.settings,
        kubeconfig: cluster.kubeconfig,
        context: cluster.context,
        simulated: String(simulated),
    });
    await settle(stack, session, request);
    const { changes } = await runEngine(session, {
        what: "npm run up",
        verbose: request.verbose,
        run: (options) => stack.up(options),
    });
    remember(places, next);

    const outputs = await stack.outputs();
    console.log(
        `\n${upSummary({
            changes,
            elapsedMs: Date.now() - started,
            endpoints: endpointsOf(outputs.endpoints?.value),
            kubectl: kubectlFor(target, programs, cluster),
            simulated,
            ownState: backend.kind === "own",
        })}`,
    );
    if (simulated) {
        console.log(`\n${SIMULATED_BANNER}`);
    }
    return 0;
}

/** Asks the cluster everything that would otherwise fail halfway. Returns its UID. */
async function preflight({ kubeconfig, context }: StartedCluster): Promise<string> {
    let facts: Awaited<ReturnType<typeof checkClusterAccess>>;
    try {
        facts = await checkClusterAccess({ kubeconfig: readFileSync(kubeconfig, "utf8"), context });
    } catch (error) {
        throw new Refusal((error as Error).message);
    }
    if (facts.problems.length > 0) {
        const lines = facts.problems.map((problem) => `  ${problem}`);
        throw new Refusal([`context "${context}" cannot be used`, ...lines].join("\n"));
    }
    return facts.uid;
}

/** The same context can lead to another cluster than last time. */
function refuseOtherCluster(
    known: string | undefined,
    uid: string,
    target: ClusterTarget,
): void {
    if (known === undefined || known === uid) {
        return;
    }
    throw new Refusal(
        target.kind === "context"
            ? `context "${target.context}" leads to another cluster than the one the network is in; ` +
                  "point it at that cluster again"
            : `${describeCluster(target)} was made anew and holds nothing of the network in the state; ` +
                  'run "npm run down -- --delete-ledgers", then bring the network up again',
    );
}

/** Makes good what an interrupted run left. */
async function settle(stack: Stack, session: Session, { verbose }: UpArguments): Promise<void> {
    const state = await exportState(stack);
    const { creating, changing } = pendingOperations(state);
    if ((state.deployment.pending_operations ?? []).length === 0) {
        return;
    }
    const count = creating.length + changing.length;
    console.log(`An earlier run was interrupted at ${count} resources; going on from there.`);
    await settlePendingOperations(stack, session.places, state, async (target) => {
        const { changes, elapsedMs } = await runEngine(session, {
            what: "looking at what is there",
            verbose,
            run: (options) => stack.refresh({ ...options, target }),
        });
        console.log(`looked at what is there: ${changesText(changes)} (${secondsText(elapsedMs)})`);
    });
}

function kubectlFor(
    target: ClusterTarget,
    programs: Programs,
    { kubeconfig, context }: StartedCluster,
): string {
    const own = target.kind === "simulated" && programs.origins.kubectl !== "PATH";
    const program = own ? programs.paths.kubectl : "kubectl";
    const file = target.kind === "context" ? kubeconfig : relative(process.cwd(), kubeconfig);
    return `${program} --kubeconfig ${file} --context ${context}`;
}

if (require.main === module) {
    void runToEnd(() => up(process.argv.slice(2)));
}
