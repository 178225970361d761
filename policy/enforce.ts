import { CLAIM_KINDS } from "../storage/claims";
import { baseKind } from "../storage/manifests";
import { inherit } from "./rules/check";
import { GKE_CLUSTER } from "./rules/dockerEndpoint";
import { findingsOf, isGuard } from "./rules/guards";
import { RULES, SHARING_RULE } from "./rules/index";
import { kubernetesKind, titleOf, type Finding, type Resource } from "./rules/resource";
import type { Context, Rule } from "./rules/rule";
import type { Settings } from "./rules/settings";
import { World } from "./rules/world";
import type {
    PolicyResource,
    ReportViolation,
    ResourceValidation,
    ResourceValidationArgs,
    StackValidation,
} from "./sdk";

/** What one run of the engine has shown so far. The engine gives each run a process of its own. */
interface Run {
    readonly world: World;
    /** Settings that hold for all policies, once the one that has them has been asked anything. */
    shared?: Settings;
    /** By policy: resources whose judgement hangs on something that had not been registered. */
    readonly undecided: Map<string, Map<string, Undecided>>;
    readonly reported: Set<string>;
}

interface Undecided {
    readonly resource: Resource;
    readonly settings: Settings;
}

let run = newRun();

function newRun(): Run {
    return { world: new World(), undecided: new Map(), reported: new Set() };
}

/** Forgets all resources: what comes now is another stack, in the same process. */
export function forgetStack(): void {
    run = newRun();
}

/** The half of a policy that looks at each resource before it is made. */
export function validateResource(rule: Rule): ResourceValidation {
    const isSharing = rule === SHARING_RULE;
    return (args, report) => {
        const { type } = args;
        if (run.world.isComplete) {
            // The stack was looked at as a whole, so this is another run: `pulumi watch` has many.
            forgetStack();
        }
        if (isSharing) {
            run.shared ??= args.getConfig<Settings>();
        }
        const [isNeeded, concerns] = [isLookedUp(type), rule.concerns(type)];
        if (!isNeeded && !concerns) {
            return;
        }
        const resource = registered(args);
        if (isNeeded) {
            run.world.add(resource);
        }
        if (concerns) {
            judge(rule, resource, settingsOf(args), report);
        }
    };
}

/**
 * The half of a policy that looks at what could not be judged when it was registered, because what it
 * hangs on came later. Mostly there is nothing left to say; the SDK would still unpack every resource
 * of the stack for it, were it not for the type by which a policy says what it is for.
 */
export function validateUndecided(rule: Rule): StackValidation {
    const validate: StackValidation = (_, report) => {
        const left = leftToSay(rule);
        run.world.isComplete = true;
        left.forEach((finding) => tell(rule, finding, report, finding.resource.id));
    };
    return Object.defineProperty(validate, "__pulumiType", {
        get: () => (leftToSay(rule).length > 0 ? undefined : "kubefabric:undecided"),
    });
}

/** What a policy finds now that everything has been registered, and has not said yet. */
function leftToSay(rule: Rule): Finding[] {
    const { world, reported } = run;
    const wasComplete = world.isComplete;
    world.isComplete = true;
    const found = [...(run.undecided.get(rule.name)?.values() ?? [])].flatMap(
        ({ resource, settings }) => findingsOf(rule, resource, { world, settings }),
    );
    world.isComplete = wasComplete;
    return found.filter((finding) => !reported.has(keyOf(rule, finding)));
}

/**
 * A policy that has to see the whole stack, with what each resource depends on. It also says what the
 * others have left to advise: advice is as loud whoever says it, and the stack is unpacked already.
 */
export function validateStack(rule: Rule): StackValidation {
    return (args, report) => {
        run.world.isComplete = true;
        const world = new World();
        const all = args.resources.map(made);
        all.forEach((resource) => world.add(resource));
        world.isComplete = true;
        for (const resource of all.filter(({ type }) => rule.concerns(type))) {
            for (const finding of rule.check(resource, { world, settings: args.getConfig() })) {
                tell(rule, finding, report, resource.id);
            }
        }
        for (const other of RULES) {
            leftToSay(other)
                .filter(({ verdict }) => verdict === "advisory")
                .forEach((finding) => tell(other, finding, report, finding.resource.id));
        }
    };
}

function judge(rule: Rule, resource: Resource, settings: Settings, report: ReportViolation): void {
    const context: Context = { world: run.world, settings };
    for (const finding of findingsOf(rule, resource, context)) {
        if (finding.verdict === "undecided") {
            const ofRule = run.undecided.get(rule.name) ?? new Map<string, Undecided>();
            run.undecided.set(rule.name, ofRule.set(resource.id, { resource, settings }));
        } else {
            tell(rule, finding, report);
        }
    }
}

/** How the SDK takes a violation that does not count as much as its policy; its types leave it out. */
type ReportObject = (violation: {
    name: string;
    description: string;
    message: string;
    enforcementLevel: "advisory";
    severity: Rule["severity"];
    urn?: string;
}) => void;

function tell(rule: Rule, finding: Finding, report: ReportViolation, urn?: string): void {
    const { path, reason, verdict, resource } = finding;
    run.reported.add(keyOf(rule, finding));
    const message = `${titleOf(resource)}: ${path}: ${reason}`;
    if (verdict === "advisory") {
        const { name, description, severity } = rule;
        (report as unknown as ReportObject)({
            name,
            description,
            message: `${description}\n${message}`,
            enforcementLevel: "advisory",
            severity,
            urn,
        });
    } else {
        report(message, urn);
    }
}

function keyOf(rule: Rule, { resource, path, reason }: Finding): string {
    return [rule.name, resource.id, path, reason].join("\0");
}

function settingsOf(args: { getConfig<T extends object>(): T }): Settings {
    return inherit(args.getConfig<Settings>(), run.shared ?? {});
}

/** Answers of `isLookedUp`: there are few types and many resources. */
const LOOKED_UP = new Map<string, boolean>();

/** Whether rules look resources of a type up, when they judge others. */
function isLookedUp(type: string): boolean {
    const found = LOOKED_UP.get(type) ?? belongsToWorld(type);
    LOOKED_UP.set(type, found);
    return found;
}

function belongsToWorld(type: string): boolean {
    const kind = kubernetesKind(type);
    const base = baseKind(kind.replace(/List$/, ""));
    const isNamed = [...CLAIM_KINDS, "StorageClass", "Namespace"].includes(base) || kind === "List";
    const isOther = type === "pulumi:providers:kubernetes" || type === GKE_CLUSTER;
    return isNamed || isOther || isGuard(type) || type.startsWith("kubefabric:index:");
}

function registered({ type, name, urn, props, opts, provider }: ResourceValidationArgs): Resource {
    return {
        id: urn,
        type,
        name,
        properties: withoutProxy(props),
        cluster: provider?.urn ?? "",
        parent: opts.parent,
        protect: opts.protect,
    };
}

function made(resource: PolicyResource): Resource {
    const { type, name, urn, props, opts, provider, parent, dependencies } = resource;
    return {
        id: urn,
        type,
        name,
        properties: withoutProxy(props),
        cluster: provider?.urn ?? "",
        parent: parent?.urn,
        dependencies: dependencies.map((dependency) => dependency.urn),
        protect: opts.protect,
    };
}

/**
 * Properties as they are, unknown ones included. The SDK's proxy throws where an unknown value is read,
 * and then takes the whole policy for an advice; it does not stand in the way of descriptors.
 */
function withoutProxy(props: object): Resource["properties"] {
    const descriptors = Object.entries(Object.getOwnPropertyDescriptors(props));
    return Object.fromEntries(descriptors.map(([name, { value }]) => [name, value as unknown]));
}
