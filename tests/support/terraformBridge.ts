/** An attribute of a Terraform provider's schema, as its Go sources declare it. */
export interface Attribute {
    type: "String" | "Bool" | "Int" | "Float" | "Map" | "List" | "Set";
    /** Type of the elements of a list, set or map that are no blocks. */
    elem?: string;
    required?: boolean;
    optional?: boolean;
    computed?: boolean;
    sensitive?: boolean;
    maxItems?: number;
    deprecated?: boolean;
    /** Attributes of each element. */
    block?: Attributes;
}
export type Attributes = Record<string, Attribute>;

export interface Entry {
    /** Go source, from the root of the provider's repository. */
    file: string;
    /** Operations whose time limit can be set. */
    timeouts?: string[];
    attributes: Attributes;
}

/** A type as Pulumi has it: primitives by their TypeScript name. */
export type Shape = string | { list: Shape } | { map: Shape } | ObjectShape;
export interface ObjectShape {
    object: string;
    properties: Property[];
}

export interface Property {
    name: string;
    shape: Shape;
    /** How it is given; not at all where the provider alone knows it. */
    input?: "required" | "optional";
    output: "required" | "optional";
    secret: boolean;
    deprecated: boolean;
}

const PRIMITIVES: Record<string, string> = {
    String: "string",
    Bool: "boolean",
    Int: "number",
    Float: "number",
};

const ID: Attribute = { type: "String", optional: true, computed: true };

/** Properties of a resource. A `name` that is left out is chosen by Pulumi; `id` is Pulumi's own. */
export function resourceProperties(className: string, entry: Entry): Property[] {
    const id = className[0]!.toLowerCase() + className.slice(1) + "Id";
    return [
        ...properties(entry.attributes, className).map((property) =>
            property.name === "name" && property.input !== undefined
                ? { ...property, input: "optional" as const, output: "required" as const }
                : property,
        ),
        { ...property("id", ID, className), name: id },
        ...timeouts(className, entry),
    ];
}

/** Arguments and results of a data source, which is a function of Pulumi. */
export function functionProperties(name: string, entry: Entry): Property[] {
    return properties({ id: ID, ...entry.attributes }, name);
}

export function properties(attributes: Attributes, owner: string): Property[] {
    return Object.entries(attributes).map(([key, attribute]) => property(key, attribute, owner));
}

/** `snake_case` to `camelCase`. */
export function camelCase(key: string): string {
    return key.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function property(key: string, attribute: Attribute, owner: string): Property {
    const many = isMany(attribute);
    const name = camelCase(many && !key.endsWith("s") ? `${key}s` : key);
    const isBlock = attribute.block !== undefined && !isComputedOnly(attribute);
    const given = attribute.required || attribute.optional;
    // What the user may leave out and nobody fills in. A block is never filled in, in the wire's words.
    const staysEmpty = attribute.optional && (isBlock || !attribute.computed);
    return {
        name,
        shape: shapeOf(attribute, owner + capitalized(many ? singular(name) : name)),
        input: given ? (attribute.required ? "required" : "optional") : undefined,
        output: staysEmpty ? "optional" : "required",
        secret: attribute.sensitive ?? false,
        deprecated: attribute.deprecated ?? false,
    };
}

/** A list or a set, but no block of at most one: that is an object of its own. */
function isMany(attribute: Attribute): boolean {
    const { type, block, maxItems } = attribute;
    const single = block !== undefined && maxItems === 1 && !isComputedOnly(attribute);
    return (type === "List" || type === "Set") && !single;
}

function isComputedOnly({ computed, optional }: Attribute): boolean {
    return computed === true && optional !== true;
}

function shapeOf(attribute: Attribute, name: string): Shape {
    const { type, elem = "String", block } = attribute;
    if (type === "Map") {
        return { map: PRIMITIVES[elem]! };
    }
    if (type !== "List" && type !== "Set") {
        return PRIMITIVES[type]!;
    }
    const element: Shape =
        block === undefined
            ? PRIMITIVES[elem]!
            : { object: name, properties: blockProperties(attribute, block, name) };
    return isMany(attribute) ? { list: element } : element;
}

/**
 * In a block everything can be written, if only to look a resource up. What the provider alone fills in
 * travels as an object type, which knows neither required nor computed attributes.
 */
function blockProperties(parent: Attribute, block: Attributes, name: string): Property[] {
    const output = isComputedOnly(parent) ? { output: "optional" as const } : {};
    return properties(block, name).map((each) => ({
        ...{ ...each, ...output },
        input: each.input ?? "optional",
    }));
}

function timeouts(owner: string, { timeouts }: Entry): Property[] {
    const limits = (timeouts ?? []).map((name): Property => ({
        ...{ name, shape: "string", input: "optional", output: "optional" },
        ...{ secret: false, deprecated: false },
    }));
    const shape = { object: `${owner}Timeouts`, properties: limits };
    return limits.length === 0 ? [] : [{ ...limits[0]!, name: "timeouts", shape }];
}

function singular(name: string): string {
    return name.replace(/(?<=ss)es$/, "").replace(/(?<!s)s$/, "");
}

function capitalized(name: string): string {
    return name[0]!.toUpperCase() + name.slice(1);
}
