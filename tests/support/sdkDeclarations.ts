import type { Declared } from "./sdkSource.ts";
import type { Property, Shape } from "./terraformBridge.ts";

/** As the generator declares arguments. */
export function inputsOf(list: readonly Property[]): Record<string, Declared> {
    return declare(list, ({ shape, input }) => ({
        type: `pulumi.Input<${inputType(shape)}${input === "optional" ? " | undefined" : ""}>`,
        optional: input === "optional",
    }));
}

/** As the generator declares outputs of a resource. */
export function outputsOf(list: readonly Property[]): Record<string, Declared> {
    return declare(list, ({ shape, output }) => ({
        type: `pulumi.Output<${plainType(shape, "outputs")}${output === "optional" ? " | undefined" : ""}>`,
        optional: false,
    }));
}

/** As the generator declares values that are there. */
export function plainOf(
    list: readonly Property[],
    side: "input" | "output",
): Record<string, Declared> {
    return declare(list, (property) => ({
        type: plainType(property.shape, `${side}s`),
        optional: property[side] === "optional",
    }));
}

function declare(
    list: readonly Property[],
    as: (property: Property) => Omit<Declared, "deprecated">,
): Record<string, Declared> {
    return Object.fromEntries(
        list.map((property) => [
            property.name,
            { ...as(property), deprecated: property.deprecated },
        ]),
    );
}

function inputType(shape: Shape): string {
    if (typeof shape === "string") {
        return shape;
    }
    if ("list" in shape) {
        return `pulumi.Input<${inputType(shape.list)}>[]`;
    }
    return "map" in shape
        ? `{[key: string]: pulumi.Input<${inputType(shape.map)}>}`
        : `inputs.${shape.object}`;
}

function plainType(shape: Shape, types: string): string {
    if (typeof shape === "string") {
        return shape;
    }
    if ("list" in shape) {
        return `${plainType(shape.list, types)}[]`;
    }
    return "map" in shape
        ? `{[key: string]: ${plainType(shape.map, types)}}`
        : `${types}.${shape.object}`;
}
