import * as pulumi from "@pulumi/pulumi";

/** What has one holder in a program. */
type Kind = "cluster name" | "MSP ID" | "namespace" | "node" | "endpoint" | "identity Secret";

/** Something that has one holder. */
interface Thing {
    kind: Kind;
    /** What it is called where it is written. */
    name: string;
    /** Where that name is its own, such as a namespace; everywhere where absent. */
    within?: string;
}

/** Holders in each running program; several programs may run in one process. */
const programs = new WeakMap<object, Map<string, string>>();

function holdersOfThisProgram(): Map<string, string> {
    const program = pulumi.runtime.getMonitor() as object | undefined;
    if (program === undefined) {
        return new Map();
    }
    const known = programs.get(program) ?? new Map<string, string>();
    programs.set(program, known);
    return known;
}

const keyOf = ({ kind, name, within = "" }: Thing) => JSON.stringify([kind, within, name]);

/** A namespace of a cluster, which is its holder's alone. */
export function namespaceIn(cluster: { name: string }, name: string): Thing {
    return { kind: "namespace", name, within: cluster.name };
}

/** Why something cannot be used again, or nothing; `instead` says what to write. */
export function takenProblem(thing: Thing, instead: string): string | undefined {
    const holder = holdersOfThisProgram().get(keyOf(thing));
    return holder === undefined
        ? undefined
        : `${JSON.stringify(thing.name)} is already the ${thing.kind} of ${holder}; ${instead}`;
}

/** Notes whose something is; `holder` is a component with its name. */
export function claim(thing: Thing, holder: string): void {
    holdersOfThisProgram().set(keyOf(thing), holder);
}
