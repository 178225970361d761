import { oneLine, Unreadable } from "./checkSource";
import type { Configuration, Level } from "../policy/rules/check";
import { RULES } from "../policy/rules/index";
import { SETTING_SCHEMAS, type Settings } from "../policy/rules/settings";
import { fieldsOf, type Fields } from "../storage/manifests";

const LEVELS: Readonly<Record<string, Level>> = {
    mandatory: "mandatory",
    advisory: "advisory",
    disabled: "disabled",
    // Nothing is remedied here.
    remediate: "mandatory",
};

/** JSON schema, as far as the settings use it. */
interface Schema {
    readonly type?: string;
    readonly enum?: readonly unknown[];
    readonly required?: readonly string[];
    readonly properties?: Readonly<Record<string, Schema>>;
    readonly additionalProperties?: boolean | Schema;
    readonly items?: Schema;
}

/**
 * Reads settings and levels from the file that `pulumi preview --policy-pack-config` takes.
 *
 * @throws Unreadable naming the first thing that is wrong.
 */
export function readConfiguration(text: string, file: string): Configuration {
    let all: unknown;
    try {
        all = JSON.parse(text);
    } catch (error) {
        throw new Unreadable(file, `is not JSON: ${oneLine(error)}`);
    }
    const names = ["all", ...RULES.map(({ name }) => name)];
    const entries = Object.entries(fieldsOf(all)).map(([name, value]) => {
        if (!names.includes(name)) {
            const known = names.join(", ");
            throw new Unreadable(file, `"${name}" is not a policy; write one of ${known}`);
        }
        return [name, policyOf(name, value, file)] as const;
    });
    return Object.fromEntries(entries);
}

function policyOf(name: string, value: unknown, file: string): Settings & { level?: Level } {
    if (typeof value === "string") {
        return { level: levelOf(name, value, file) };
    }
    const { enforcementLevel, ...settings } = fieldsOf(value);
    const known = RULES.find((rule) => rule.name === name)?.settings ?? [];
    const properties = Object.fromEntries(known.map((key) => [key, SETTING_SCHEMAS[key]]));
    const schema: Schema = { type: "object", additionalProperties: false, properties };
    const problem = problemOf(settings, schema, name);
    if (problem !== undefined) {
        throw new Unreadable(file, problem);
    }
    const level =
        enforcementLevel === undefined ? {} : { level: levelOf(name, enforcementLevel, file) };
    return { ...settings, ...level };
}

function levelOf(name: string, value: unknown, file: string): Level {
    const level =
        typeof value === "string" && Object.hasOwn(LEVELS, value) ? LEVELS[value] : undefined;
    if (level === undefined) {
        const levels = Object.keys(LEVELS).join(", ");
        throw new Unreadable(file, `${name}: its level is not one of ${levels}`);
    }
    return level;
}

/** What does not fit a schema; nothing where all does. */
function problemOf(value: unknown, schema: Schema, path: string): string | undefined {
    if (schema.type !== undefined && typeOf(value) !== schema.type) {
        return `${path}: is not of type ${schema.type}`;
    }
    if (schema.enum !== undefined && !schema.enum.includes(value)) {
        return `${path}: ${JSON.stringify(value)} is not one of ${schema.enum.join(", ")}`;
    }
    const fields = schema.type === "object" ? (value as Fields) : {};
    const missing = (schema.required ?? []).find((name) => fields[name] === undefined);
    if (missing !== undefined) {
        return `${path}.${missing}: is missing`;
    }
    for (const [name, item] of Object.entries(fields)) {
        const own = schema.properties?.[name] ?? schema.additionalProperties;
        const problem =
            own === false
                ? `${path}.${name}: is not a setting of it; it has ${Object.keys(schema.properties ?? {}).join(", ")}`
                : typeof own === "object"
                  ? problemOf(item, own, `${path}.${name}`)
                  : undefined;
        if (problem !== undefined) {
            return problem;
        }
    }
    const items = schema.type === "array" ? (value as unknown[]) : [];
    return items
        .map((item, index) => schema.items && problemOf(item, schema.items, `${path}[${index}]`))
        .find((problem) => problem !== undefined);
}

function typeOf(value: unknown): string {
    return Array.isArray(value) ? "array" : value === null ? "null" : typeof value;
}
