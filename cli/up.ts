import { readFileSync } from "node:fs";
import { relative } from "node:path";

import type { Stack } from "@pulumi/pulumi/automation";

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
import { askCluster, refuseOtherCluster, refuseProblems } from "./preflight";
import { resolvePrograms, type Programs } from "./programs";
import { runToEnd } from "./refusal";
import { changesText, resourceText, secondsText } from "./report";
import { beginSession, type Session } from "./session";
import { programsFor, startCluster, type StartedCluster } from "./startCluster";
import { exportState, ownResources, pendingOperations, settlePendingOperations } from "./state";
import { channelsOf, endpointsOf, upSummary } from "./summary";
import {
    DELETE_LEDGERS,
    fingerprint,
    openStack,
    remember,
    saveSettings,
    type Memory,
} from "./workspace";

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
    const facts = await askCluster(cluster);
    if (inState > 0) {
        refuseOtherCluster(facts, memory?.clusterUid, target);
    }
    refuseProblems(facts, cluster);
    const next: Memory = {
        target,
        clusterUid: facts.uid,
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
        // Left by a deletion that was cut off.
        [DELETE_LEDGERS]: "",
    });
    await settle(stack, session, request, memory?.kubeconfig !== next.kubeconfig);
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
            channels: channelsOf(outputs.channels?.value),
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

/** Makes good what an interrupted run left. */
async function settle(
    stack: Stack,
    session: Session,
    { verbose }: UpArguments,
    runProgram: boolean,
): Promise<void> {
    const state = await exportState(stack);
    const { creating, changing } = pendingOperations(state);
    if ((state.deployment.pending_operations ?? []).length === 0) {
        return;
    }
    const urns = [...creating, ...changing].map(resourceText);
    console.log(`An earlier run was interrupted at ${urns.join(", ")}; going on from there.`);
    await settlePendingOperations(stack, session.places, state, async (target) => {
        const { changes, elapsedMs } = await runEngine(session, {
            what: "looking at what is there",
            verbose,
            run: (options) => stack.refresh({ ...options, target, runProgram }),
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
