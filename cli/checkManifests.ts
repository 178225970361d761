import { shapeProblem, templateProblem } from "./checkShape";
import { Unreadable, type Source } from "./checkSource";
import { parseYaml, type YamlDocument } from "./checkYaml";
import { RULES } from "../policy/rules/index";
import type { Resource } from "../policy/rules/resource";
import { textOf } from "../policy/rules/unknown";
import { fieldsOf, type Fields } from "../storage/manifests";

/** An object, and the way to it in its document. */
interface Positioned {
    readonly object: Fields;
    readonly below: readonly string[];
}

/** Ends the reading of a file, at a place in one of its documents. */
type Refuse = (message: string, path: readonly string[]) => never;

/** The Kubernetes objects of a YAML file, those of its lists one by one. */
export function manifestSource(file: string, text: string): Source {
    const positions = new Map<string, { document: YamlDocument; below: readonly string[] }>();
    const resources: Resource[] = [];
    const mayHaveTemplates = text.includes("{{");
    for (const document of parseYaml(file, text)) {
        const refuse: Refuse = (message, path) => {
            throw new Unreadable(file, message, document.placeOf(path));
        };
        for (const { object, below } of objectsOf(document.value, refuse)) {
            const resource = resourceOf(object, `${file}#${resources.length}`);
            refuseOdd(resource, mayHaveTemplates, (message, path) =>
                refuse(message, [...below, ...path]),
            );
            resources.push(resource);
            positions.set(resource.id, { document, below });
        }
    }
    return {
        file,
        resources,
        locate({ id }, path) {
            const { document, below } = positions.get(id) ?? {};
            return document?.placeOf([...(below ?? []), ...keysOf(path)]) ?? { line: 1, column: 1 };
        },
    };
}

/** Refuses what looks like an object and cannot be judged as one. */
function refuseOdd(
    { type, properties }: Resource,
    mayHaveTemplates: boolean,
    refuse: Refuse,
): void {
    const isRead = RULES.some((rule) => rule.concerns(type));
    const problem =
        (mayHaveTemplates ? templateProblem(properties, isRead) : undefined) ??
        shapeProblem(properties);
    if (problem !== undefined) {
        refuse(problem.reason, keysOf(problem.path));
    }
}

/** The objects of a document: one, none where it is empty, several where it is a list of objects. */
function objectsOf(
    value: unknown,
    refuse: Refuse,
    below: readonly string[] = [],
): readonly Positioned[] {
    if (below.length === 0 && (value === null || value === undefined)) {
        return [];
    }
    if (!isObject(value)) {
        return refuse("is no Kubernetes object: it has no apiVersion and no kind", below);
    }
    const { apiVersion, kind, items } = value;
    if (typeof kind !== "string" || !kind.endsWith("List") || !Array.isArray(items)) {
        return [{ object: value, below }];
    }
    const itemKind = kind.slice(0, -"List".length);
    const implied = itemKind === "" ? {} : { apiVersion, kind: itemKind };
    return items.flatMap((item: unknown, index) =>
        objectsOf(isObject(item) ? { ...implied, ...item } : item, refuse, [
            ...below,
            "items",
            String(index),
        ]),
    );
}

function isObject(value: unknown): value is Fields {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

function resourceOf(object: Fields, id: string): Resource {
    const { apiVersion, kind, metadata } = object;
    const { name, generateName } = fieldsOf(metadata);
    const version = textOf(apiVersion);
    const group = version.includes("/") ? version : `core/${version}`;
    const own = typeof name === "string" ? name : generateName;
    return {
        id,
        type: `kubernetes:${group}:${textOf(kind)}`,
        name: typeof own === "string" ? own : "",
        properties: object,
        cluster: "",
    };
}

/** Keys of a path such as `spec.accessModes[0]` or `metadata.annotations["a.b/c"]`. */
export function keysOf(path: string): string[] {
    const keys = path.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.[\]]+)/g);
    return [...keys].map(([, quoted, index, plain]) => quoted ?? index ?? plain ?? "");
}
