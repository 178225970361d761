import type {
    EnforcementLevel,
    Policy,
    PolicyPackConfig,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationPolicy,
} from "../policy/sdk";
import { forgetStack } from "../policy/enforce";
import { optionsOf, providerOf, stackOf, typeTests } from "./policyArguments";
import type { RecordedResource, Recording } from "./recordingMonitor";

type AnyPolicy = ResourceValidationPolicy | StackValidationPolicy;

/** What a policy said of a resource. */
export interface PolicyViolation {
    /** Name of the policy. */
    readonly policy: string;
    readonly level: EnforcementLevel;
    /** As the engine shows it: the policy's description, and what it reported in the next line. */
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
                for (const validate of validationsOf(policy, resource.type)) {
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
            if (isForStack(policy, resources)) {
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

/** What the SDK also takes for a message; its types leave that out. */
interface ViolationObject {
    readonly name?: string;
    readonly message?: string;
    readonly urn?: string;
    readonly enforcementLevel?: EnforcementLevel;
}

function reporter(
    policy: Policy,
    level: EnforcementLevel,
    ofResource: string,
    violations: PolicyViolation[],
): ReportViolation {
    const { description } = policy;
    return (message, urn) => {
        const given = message as string | ViolationObject;
        const { name, ...violation }: ViolationObject =
            typeof given === "string"
                ? { message: given === "" ? description : `${description}\n${given}`, urn }
                : given;
        violations.push({
            policy: name ?? policy.name,
            level: violation.enforcementLevel ?? level,
            message: violation.message ?? description,
            urn: ofResource || (violation.urn ?? ""),
        });
    };
}

/** Validations that the SDK runs for a type; some say which type they are for. */
function validationsOf(policy: AnyPolicy, type: string) {
    const validation = "validateResource" in policy ? policy.validateResource : undefined;
    if (validation === undefined || Array.isArray(validation)) {
        return validation ?? [];
    }
    const only = typeOf(validation);
    return only === undefined || only === type ? [validation] : [];
}

function isForStack(
    policy: AnyPolicy,
    resources: readonly RecordedResource[],
): policy is StackValidationPolicy {
    if (!("validateStack" in policy) || typeof policy.validateStack !== "function") {
        return false;
    }
    const only = typeOf(policy.validateStack);
    return only === undefined || resources.some(({ type }) => type === only);
}

function typeOf(validation: unknown): string | undefined {
    return (validation as { __pulumiType?: string }).__pulumiType;
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
