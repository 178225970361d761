import * as pulumi from "@pulumi/pulumi";
import type { Alias } from "@pulumi/pulumi/proto/alias_pb";
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";

const STACK_TYPE = "pulumi:pulumi:Stack";

/** What a URN is made of. */
interface Parts {
    stack: string;
    project: string;
    /** Types of its parents and its own, joined by `$`. */
    types: string;
    name: string;
}

/** The URN of a resource below another; unlike the SDK's mocks it names every parent's type. */
export function urnBelow(parent: string, type: string, name: string): string {
    const here = { stack: pulumi.getStack(), project: pulumi.getProject() };
    return joined({ ...here, types: typesBelow(parent, type), name });
}

/**
 * Every URN under which the engine looks for a resource besides its own: those of its own aliases, and
 * all of them once more below every alias of its parent. A name that begins with the parent's follows
 * the parent's former name.
 *
 * @see https://www.pulumi.com/docs/iac/concepts/resources/options/aliases/
 */
export function aliasUrns(
    request: RegisterResourceRequest,
    parentAliases: readonly string[],
): string[] {
    const own = request.getAliasesList().map((alias) => urnOf(alias, request));
    const itself = urnBelow(request.getParent(), request.getType(), request.getName());
    const inherited = parentAliases.flatMap((parentAlias) =>
        [itself, ...own].map((urn) => moved(urn, request.getParent(), parentAlias)),
    );
    return [...new Set([...own, ...inherited])];
}

function urnOf(alias: Alias, request: RegisterResourceRequest): string {
    const spec = alias.getSpec();
    if (spec === undefined) {
        return alias.getUrn();
    }
    const parent = spec.getNoparent() ? "" : spec.getParenturn() || request.getParent();
    return joined({
        stack: spec.getStack() || pulumi.getStack(),
        project: spec.getProject() || pulumi.getProject(),
        types: typesBelow(parent, spec.getType() || request.getType()),
        name: spec.getName() || request.getName(),
    });
}

/** The URN that a child had while its parent had another. */
function moved(urn: string, parent: string, formerParent: string): string {
    const { types, name } = split(urn);
    const former = split(formerParent);
    const { name: parentName } = split(parent);
    return joined({
        ...former,
        types: typesBelow(formerParent, types.split("$").at(-1)!),
        name: name.startsWith(parentName) ? former.name + name.slice(parentName.length) : name,
    });
}

function typesBelow(parent: string, type: string): string {
    const above = parent === "" ? STACK_TYPE : split(parent).types;
    return above === STACK_TYPE ? type : `${above}$${type}`;
}

function split(urn: string): Parts {
    const [stack, project, types, ...name] = urn.replace(/^urn:pulumi:/, "").split("::") as [
        string,
        string,
        string,
        ...string[],
    ];
    return { stack, project, types, name: name.join("::") };
}

function joined({ stack, project, types, name }: Parts): string {
    return `urn:pulumi:${[stack, project, types, name].join("::")}`;
}
