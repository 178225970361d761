import type {
    EnforcementLevel,
    Policy,
    PolicyPackConfig,
    PolicyProviderResource,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationPolicy,
} from "@pulumi/policy";

import { forgetStack } from "../policy/enforce";
import type { RecordedResource, Recording } from "./recordingMonitor";

type AnyPolicy = ResourceValidationPolicy | StackValidationPolicy;

/** What a policy said of a resource. */
export interface PolicyViolation {
    /** Name of the policy. */
    readonly policy: string;
    readonly level: EnforcementLevel;
    readonly message: string;
    /** URN of the resource; empty for the whole stack. */
    readonly urn: string;
}

/** Settings of a replay. */
export interface ReplayOptions {
    /** Levels and settings by the policies' names, as in a file for `--policy-pack-config`. */
    config?: PolicyPackConfig;
}

/**
 * Lets the policies of any pack judge what a program registered, in the order in which it did, and then
 * the stack as a whole; as the engine does, without one. Unknown values are behind the SDK's own proxy.
 *
 * @example
 * const recording = await record(() => { new PeerNode("peer0", { org }); });
 * assert.deepEqual(await replay(recording, policies), []);
 */
export async function replay(
    { resources }: Recording,
    policies: readonly AnyPolicy[],
    { config = {} }: ReplayOptions = {},
): Promise<PolicyViolation[]> {
    const { unknownCheckingProxy, UnknownValueError } = await import("@pulumi/policy");
    const violations: PolicyViolation[] = [];
    const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
    const shown = (inputs: object) => unknownCheckingProxy(inputs) as Record<string, unknown>;

    /** Runs one validation; where it reads an unknown value, it becomes an advice, as in the engine. */
    const run = async (
        policy: AnyPolicy,
        urn: string,
        validate: (report: ReportViolation) => unknown,
    ) => {
        const report = reporter(policy, levelOf(policy, config), urn, violations);
        try {
            await validate(report);
        } catch (error) {
            if (error instanceof UnknownValueError) {
                const message = `can't run policy '${policy.name}' during preview: ${(error as Error).message}`;
                violations.push({ policy: policy.name, level: "advisory", message, urn });
            } else if (!(error instanceof NotApplicable)) {
                throw error;
            }
        }
    };

    const active = policies.filter((policy) => levelOf(policy, config) !== "disabled");
    forgetStack();
    try {
        for (const resource of resources) {
            const provider = providerOf(resource, byUrn, shown);
            for (const policy of active) {
                for (const validate of validationsOf(policy)) {
                    const args: ResourceValidationArgs = {
                        ...common(resource, policy, config),
                        props: shown(resource.inputs),
                        opts: optionsOf(resource),
                        ...(provider === undefined ? {} : { provider }),
                    };
                    await run(policy, resource.urn, (report) => validate(args, report));
                }
            }
        }
        const stack = stackOf(resources, byUrn, shown);
        for (const policy of active) {
            if ("validateStack" in policy && typeof policy.validateStack === "function") {
                const { getConfig, notApplicable, stackTags } = settings(policy, config);
                const args = { resources: stack, getConfig, notApplicable, stackTags };
                await run(policy, "", (report) => policy.validateStack(args, report));
            }
        }
    } finally {
        forgetStack();
    }
    return violations;
}

/** Thrown where a policy says that it has nothing to say. */
class NotApplicable extends Error {}

function reporter(
    policy: Policy,
    level: EnforcementLevel,
    ofResource: string,
    violations: PolicyViolation[],
): ReportViolation {
    return (message, urn) => {
        // The SDK also takes an object, with a level of its own; its types leave that out.
        const given = message as
            | string
            | {
                  message?: string;
                  enforcementLevel?: EnforcementLevel;
                  urn?: string;
                  name?: string;
              };
        const violation = typeof given === "string" ? { message: given, urn } : given;
        violations.push({
            policy: ("name" in violation ? violation.name : undefined) ?? policy.name,
            level:
                ("enforcementLevel" in violation ? violation.enforcementLevel : undefined) ?? level,
            message: violation.message ?? policy.description,
            urn: ofResource || (violation.urn ?? ""),
        });
    };
}

function validationsOf(policy: AnyPolicy) {
    const validation = "validateResource" in policy ? policy.validateResource : undefined;
    return Array.isArray(validation) ? validation : validation === undefined ? [] : [validation];
}

function levelOf(policy: Policy, config: PolicyPackConfig): EnforcementLevel {
    const own = config[policy.name] ?? config.all;
    const given = typeof own === "string" ? own : own?.enforcementLevel;
    const level = given ?? policy.enforcementLevel ?? "advisory";
    return level === "remediate" ? "mandatory" : level;
}

/** What a policy is told besides its resources. */
function settings(policy: Policy, config: PolicyPackConfig) {
    const own = config[policy.name];
    const { enforcementLevel: _level, ...given } = typeof own === "object" ? own : {};
    const defaults = Object.entries(policy.configSchema?.properties ?? {}).flatMap(
        ([name, { default: value }]) => (value === undefined ? [] : [[name, value] as const]),
    );
    const all = { ...Object.fromEntries(defaults), ...given };
    return {
        getConfig: <T extends object>() => all as T,
        notApplicable: (): never => {
            throw new NotApplicable();
        },
        stackTags: new Map<string, string>(),
    };
}

function common(
    { type, urn, name, inputs }: RecordedResource,
    policy: Policy,
    config: PolicyPackConfig,
) {
    return { type, urn, name, ...typeTests(type, inputs), ...settings(policy, config) };
}

function typeTests(type: string, inputs: unknown) {
    const isType = (resourceClass: unknown) =>
        (resourceClass as { __pulumiType?: string }).__pulumiType === type;
    return {
        isType,
        asType: (resourceClass: unknown) => (isType(resourceClass) ? inputs : undefined) as never,
    };
}

function optionsOf({ protect, parent, aliases, additionalSecretOutputs }: RecordedResource) {
    return {
        protect,
        parent,
        aliases: [...aliases],
        additionalSecretOutputs: [...additionalSecretOutputs],
        ignoreChanges: [],
        customTimeouts: { createSeconds: 0, updateSeconds: 0, deleteSeconds: 0 },
    };
}

function providerOf(
    { provider }: RecordedResource,
    byUrn: ReadonlyMap<string, RecordedResource>,
    shown: (inputs: object) => Record<string, unknown>,
): PolicyProviderResource | undefined {
    const urn = urnOfProvider(provider);
    const [, , type = "", name = ""] = urn.split("::");
    return urn === "" ? undefined : { type, urn, name, props: shown(byUrn.get(urn)?.inputs ?? {}) };
}

/** URN in a provider's reference, `urn::id`. */
export function urnOfProvider(reference: string): string {
    return reference.replace(/::[^:]*$/, "");
}

function stackOf(
    resources: readonly RecordedResource[],
    byUrn: ReadonlyMap<string, RecordedResource>,
    shown: (inputs: object) => Record<string, unknown>,
): PolicyResource[] {
    const all = new Map<string, PolicyResource>(
        resources.map((resource) => {
            const { type, urn, name, inputs } = resource;
            const made: PolicyResource = {
                type,
                urn,
                name,
                props: shown(inputs),
                opts: optionsOf(resource),
                provider: providerOf(resource, byUrn, shown),
                dependencies: [],
                propertyDependencies: {},
                ...typeTests(type, inputs),
            };
            return [urn, made];
        }),
    );
    for (const { urn, parent, dependencies } of resources) {
        const made = all.get(urn);
        if (made !== undefined) {
            made.parent = all.get(parent);
            made.dependencies = dependencies.flatMap((dependency) => all.get(dependency) ?? []);
        }
    }
    return [...all.values()];
}
