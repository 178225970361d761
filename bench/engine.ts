import { readFileSync } from "node:fs";
import { join } from "node:path";

import { ALL_PROGRAMS, resolvePrograms, type Programs } from "../cli/programs";
import { deleteSimulatedCluster, startSimulatedCluster } from "../cli/simulatedCluster";
import { removeNamespaces } from "./flatApply";
import type { RawResource } from "./flatList";
import { timed } from "./measure";
import type { Bench, Part } from "./part";
import { namespacesOf, type NetworkShape } from "./program";
import { msText } from "./report";
import { ScratchStack, unwrapped, type StateResource } from "./scratchStack";

const SIZES = [2, 8] as const;
const FULL_SIZES = [2, 8, 32] as const;

/** What one network took from nothing to one organization more. */
interface Life {
    organizations: number;
    resources: number;
    first: number;
    second: number;
    more: number;
    moreResources: number;
    dependencies: number;
    stateBytes: number;
    /** The same raw resources without components, from nothing. */
    flat: number;
    flatResources: number;
}

export const engine: Part = {
    name: "engine",
    title: "up, up again, one organization more, and the same resources as a flat list; real engine, simulated cluster",
    run: async (bench) => {
        const programs = await resolvePrograms(ALL_PROGRAMS, { log: bench.note });
        const folder = join(bench.scratch, "cluster");
        bench.afterwards(() => deleteSimulatedCluster({ folder }));
        const { kubeconfig } = await startSimulatedCluster({ folder, programs });
        const environment = { programs, kubeconfig: readFileSync(kubeconfig, "utf8") };
        // What the first run alone pays for is none of the sizes' business.
        await live(bench, environment, 1);
        const lives: Life[] = [];
        for (const organizations of bench.full ? FULL_SIZES : SIZES) {
            const life = await live(bench, environment, organizations);
            describe(bench, life);
            lives.push(life);
        }
        compare(bench, lives);
    },
};

interface Environment {
    programs: Programs;
    kubeconfig: string;
}

async function live(
    { scratch, root, afterwards }: Bench,
    { programs, kubeconfig }: Environment,
    organizations: number,
): Promise<Life> {
    const stack = await ScratchStack.make(join(scratch, `of-${organizations}`), root, programs);
    afterwards(() => stack.end());
    const prefix = `b${organizations}-`;
    const shape: NetworkShape = { kubeconfig, organizations, prefix, simulated: true };
    const [, first] = await timed(() => stack.up(shape));
    const resources = await stack.resources();
    const stateBytes = stack.stateBytes();
    const [, second] = await timed(() => stack.up(shape));
    const [{ changed }, more] = await timed(() =>
        stack.up({ ...shape, organizations: organizations + 1 }),
    );
    const remove = (size: number) =>
        removeNamespaces(namespacesOf({ ...shape, organizations: size }), kubeconfig);
    await remove(organizations + 1);
    const list = rawOf(resources);
    const lean = await ScratchStack.make(
        join(scratch, `flat-${organizations}`),
        root,
        programs,
        list,
    );
    afterwards(() => lean.end());
    const [, flat] = await timed(() => lean.up());
    await remove(organizations);
    return {
        organizations,
        resources: resources.length,
        first,
        second,
        more,
        moreResources: changed,
        dependencies: resources.reduce((sum, resource) => sum + dependenciesOf(resource), 0),
        stateBytes,
        flat,
        flatResources: list.length,
    };
}

/** What a state lists, as somebody would write it down who uses no component, in the same order. */
function rawOf(resources: readonly StateResource[]): RawResource[] {
    return (
        resources
            // The engine makes the provider of dynamic resources itself.
            .filter(({ type, custom }) => custom && type !== "pulumi:providers:pulumi-nodejs")
            .map(({ urn, type, dependencies, inputs = {} }) => {
                const isOwn = ([key]: [string, unknown]) => !key.startsWith("__");
                const own = Object.fromEntries(Object.entries(inputs).filter(isOwn));
                const plain = unwrapped(own) as Record<string, unknown>;
                const name = urn.slice(urn.lastIndexOf("::") + 2);
                return { urn, type, name, inputs: plain, dependencies };
            })
    );
}

function dependenciesOf({ dependencies = [] }: StateResource): number {
    return dependencies.length;
}

function describe({ finding }: Bench, life: Life): void {
    const { organizations, resources, first, second, more, moreResources } = life;
    const of = `${organizations} organizations`;
    finding({
        what: `${of}: first up, components / flat list`,
        figure: first / life.flat,
        detail: `${msText(first)}, ${msText(life.flat)}; ${life.flatResources} raw resources`,
    });
    finding({
        what: `${of}: second up / first up`,
        figure: second / first,
        detail: `${resources} resources; ${msText(first)}, then ${msText(second)}`,
    });
    finding({
        what: `${of}: one more / first up`,
        figure: more / first,
        detail: `${msText(more)}, ${moreResources} resources changed`,
    });
    finding({
        what: `${of}: dependency URNs per resource`,
        figure: life.dependencies / resources,
        unit: "URNs",
        goal: 2,
    });
    finding({
        what: `${of}: state per resource`,
        figure: life.stateBytes / resources / 1000,
        unit: "kB",
        goal: 2.5,
    });
}

function compare({ finding }: Bench, lives: readonly Life[]): void {
    const [small, ...others] = lives;
    for (const large of small === undefined ? [] : others) {
        const sizes = `${large.organizations} against ${small!.organizations} organizations`;
        for (const step of ["first", "second"] as const) {
            finding({
                what: `${sizes}: ${step} up, time per resource`,
                figure: large[step] / large.resources / (small![step] / small!.resources),
            });
        }
    }
}
