import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { resolvePrograms, type Programs } from "../cli/programs";
import { programsFor } from "../cli/startCluster";
import { applyAndJoin, removeNamespaces, type Steps } from "./flatApply";
import { median, timed } from "./measure";
import { NotHere, type Bench, type Part } from "./part";
import { namespacesOf, type NetworkShape } from "./program";
import { msText } from "./report";
import { ScratchStack, type StateResource } from "./scratchStack";

const SMALL = 2;
const LARGE = 8;

export const realNetwork: Part = {
    name: "network",
    title: "3 ordering nodes, 2 peers, all joined, on a real cluster; with the engine, and without",
    run: async (bench) => {
        const path = process.env.KUBEFABRIC_TEST_KUBECONFIG;
        if (!path) {
            throw new NotHere(
                "set KUBEFABRIC_TEST_KUBECONFIG to the kubeconfig of a cluster that runs containers",
            );
        }
        const kubeconfig = readFileSync(path, "utf8");
        const target = { kind: "context", kubeconfig: path, context: "" } as const;
        const programs = await resolvePrograms(programsFor(target), { log: bench.note });
        const small = await compare(bench, programs, kubeconfig);
        const large = await fromNothing(bench, programs, shapeOf(kubeconfig, LARGE));
        await large.remove();
        const floor = sum(await applyAndJoin(large.resources, kubeconfig));
        await large.remove();
        bench.finding({
            what: `${LARGE} organizations / ${SMALL}, from nothing to all joined`,
            figure: large.ms / small.ms,
            goal: 1.5,
            detail: `${msText(large.ms)}, ${msText(small.ms)}`,
        });
        bench.finding({
            what: `the same without an engine`,
            figure: floor / small.floor,
            detail: `${msText(floor)}, ${msText(small.floor)}`,
        });
        bench.finding({
            what: `${LARGE} organizations, up --skip-preview / applied and joined without an engine`,
            figure: large.ms / floor,
            goal: 3,
        });
    },
};

/** A shape in namespaces of its own. */
function shapeOf(kubeconfig: string, organizations: number): NetworkShape {
    return { kubeconfig, organizations, prefix: `b${randomBytes(3).toString("hex")}-` };
}

/** With and without an engine in turn; gives what each takes. */
async function compare(
    bench: Bench,
    programs: Programs,
    kubeconfig: string,
): Promise<{ ms: number; floor: number }> {
    const runs: { preview: number; ms: number; steps: Steps; floor: Steps }[] = [];
    for (let round = 0; round < (bench.full ? 3 : 2); round++) {
        const { preview, ms, begin, resources, remove } = await fromNothing(
            bench,
            programs,
            shapeOf(kubeconfig, SMALL),
        );
        await remove();
        const floor = await applyAndJoin(resources, kubeconfig);
        await remove();
        runs.push({ preview, ms, steps: stepsOf(resources, begin, ms), floor });
    }
    const ms = median(runs.map((run) => run.ms));
    const floor = median(runs.map((run) => sum(run.floor)));
    bench.finding({
        what: "up --skip-preview / applied and joined without an engine",
        figure: ms / floor,
        goal: 3,
        detail: `${msText(ms)}, ${msText(floor)}`,
    });
    bench.finding({
        what: "preview / up --skip-preview",
        figure: median(runs.map((run) => run.preview)) / ms,
        detail: msText(median(runs.map((run) => run.preview))),
    });
    shares(
        bench,
        "with the engine",
        runs.map((run) => run.steps),
    );
    shares(
        bench,
        "without",
        runs.map((run) => run.floor),
    );
    return { ms, floor };
}

interface FromNothing {
    preview: number;
    ms: number;
    /** When `up` began, as a date. */
    begin: number;
    resources: StateResource[];
    /** Takes the network out of the cluster. */
    remove(this: void): Promise<void>;
}

async function fromNothing(
    { scratch, root, afterwards }: Bench,
    programs: Programs,
    shape: NetworkShape,
): Promise<FromNothing> {
    const remove = () => removeNamespaces(namespacesOf(shape), shape.kubeconfig);
    afterwards(remove);
    const stack = await ScratchStack.make(join(scratch, shape.prefix ?? ""), root, programs);
    afterwards(() => stack.end());
    const [, preview] = await timed(() => stack.preview(shape));
    const begin = Date.now();
    const [, ms] = await timed(() => stack.up(shape));
    return { preview, ms, begin, resources: await stack.resources(), remove };
}

/** What each step ends with: the last resource of its kinds that the state says was made. */
const STEPS: readonly [string, RegExp][] = [
    ["engine and program started", /^$/],
    ["keys and certificates made", /:(PrivateKey|CaCertificate|Certificate)$/],
    ["objects applied, nodes ready", /^kubernetes:/],
    ["ordering nodes joined", /:(OrdererChannelMembership|ConsenterSet)$/],
    ["peers joined", /:PeerChannelMembership$/],
];

/** The time of `up` by steps, which overlap; each is counted from the end of the one before. */
function stepsOf(resources: readonly StateResource[], begin: number, ms: number): Steps {
    const timesOf = (kinds: RegExp) =>
        resources.flatMap(({ type, created }) =>
            created !== undefined && kinds.test(type) ? [Date.parse(created) - begin] : [],
        );
    const steps: Steps = {};
    let end = 0;
    for (const [name, kinds] of STEPS) {
        const reached =
            end === 0 && name === STEPS[0]![0]
                ? Math.min(...timesOf(/./))
                : Math.max(end, ...timesOf(kinds));
        steps[name] = reached - end;
        end = reached;
    }
    return { ...steps, "channel read back, engine ended": ms - end };
}

function shares({ finding }: Bench, how: string, runs: readonly Steps[]): void {
    for (const step of Object.keys(runs[0] ?? {})) {
        const ms = median(runs.map((run) => run[step] ?? 0));
        finding({
            what: `  ${how}: ${step}`,
            figure: (100 * ms) / median(runs.map(sum)),
            unit: "%",
            detail: msText(ms),
        });
    }
}

function sum(steps: Steps): number {
    return Object.values(steps).reduce((total, value) => total + value, 0);
}
