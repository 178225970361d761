import {
    isAlias,
    isMap,
    isScalar,
    isSeq,
    LineCounter,
    parseAllDocuments,
    visit,
    type Document,
    type Node,
} from "yaml";

import { Unreadable, type Place, type Source } from "./checkSource";
import { shapeProblem, templateProblem } from "./checkShape";
import { RULES } from "../policy/rules/index";
import type { Resource } from "../policy/rules/resource";
import { fieldsOf, type Fields } from "../storage/manifests";

/** Where an object stands: in which document, and below what. */
interface Position {
    readonly document: Document;
    readonly below: readonly string[];
}

/** The Kubernetes objects of a YAML file, those of its lists one by one. */
export function manifestSource(file: string, text: string): Source {
    const lines = new LineCounter();
    const documents = parseAllDocuments(text, {
        lineCounter: lines,
        merge: true,
        logLevel: "error",
    });
    const positions = new Map<string, Position>();
    const resources: Resource[] = [];
    const mayHaveTemplates = text.includes("{{");
    const placeOf = (offset: number): Place => {
        const { line, col } = lines.linePos(offset);
        return { line: Math.max(line, 1), column: Math.max(col, 1) };
    };
    for (const document of Array.isArray(documents) ? documents : []) {
        const refuse = (message: string, path: readonly string[] = []): never => {
            throw new Unreadable(file, message, placeOf(offsetOf(document, path)));
        };
        const [error] = document.errors;
        if (error !== undefined) {
            const [first = ""] = error.message.split("\n");
            const message = first.replace(/ at line \d+, column \d+:?$/, "");
            throw new Unreadable(file, `is not YAML: ${message}`, placeOf(error.pos[0]));
        }
        const odd = mayHaveTemplates || /^\s*\?/m.test(text) ? oddKey(document) : undefined;
        if (odd !== undefined) {
            throw new Unreadable(file, LEFT_IN, placeOf(odd));
        }
        for (const { object, below } of objectsOf(document.toJS() as unknown, refuse)) {
            const resource = resourceOf(object, `${file}#${resources.length}`);
            const concerned = RULES.some((rule) => rule.concerns(resource.type));
            const problem =
                shapeProblem(object, concerned) ??
                (mayHaveTemplates ? templateProblem(object, concerned) : undefined);
            if (problem !== undefined) {
                refuse(problem.reason, [...below, ...keysOf(problem.path)]);
            }
            resources.push(resource);
            positions.set(resource.id, { document, below });
        }
    }
    return {
        file,
        resources,
        locate(resource, path) {
            const position = positions.get(resource.id);
            return position === undefined
                ? { line: 1, column: 1 }
                : placeOf(offsetOf(position.document, [...position.below, ...keysOf(path)]));
        },
    };
}

const LEFT_IN = "holds template braces; render it first";

type Refuse = (message: string, path?: readonly string[]) => never;

/** The objects of a document: one, none where it is empty, several where it is a list of objects. */
function objectsOf(
    value: unknown,
    refuse: Refuse,
    below: readonly string[] = [],
): { object: Fields; below: readonly string[] }[] {
    if (value === null || value === undefined) {
        return below.length === 0 ? [] : refuse("is no Kubernetes object", below);
    }
    if (typeof value !== "object" || Array.isArray(value)) {
        return refuse("is no Kubernetes object: it has no apiVersion and no kind", below);
    }
    const object = fieldsOf(value);
    const { kind, items } = object;
    if (typeof kind === "string" && kind.endsWith("List") && Array.isArray(items)) {
        const itemKind = kind.slice(0, -"List".length);
        return items.flatMap((item, index) => {
            const own = fieldsOf(item);
            const kinds = itemKind === "" ? {} : { apiVersion: object.apiVersion, kind: itemKind };
            const isObject = typeof item === "object" && item !== null && !Array.isArray(item);
            const whole = isObject ? { ...kinds, ...own } : (item as unknown);
            return objectsOf(whole, refuse, [...below, "items", String(index)]);
        });
    }
    return [{ object, below }];
}

function resourceOf(object: Fields, id: string): Resource {
    const { apiVersion, kind, metadata } = object;
    const { name, generateName } = fieldsOf(metadata);
    const version = String(apiVersion);
    const group = version.includes("/") ? version : `core/${version}`;
    const own = typeof name === "string" ? name : generateName;
    return {
        id,
        type: `kubernetes:${group}:${String(kind)}`,
        name: typeof own === "string" ? own : "",
        properties: object,
        cluster: "",
    };
}

/** Offset of a key that is no text: what `{{ .Values.name }}` is for a YAML parser. */
function oddKey(document: Document): number | undefined {
    let found: number | undefined;
    visit(document, {
        Pair(_, { key }) {
            if (isMap(key) || isSeq(key)) {
                found = key.range?.[0] ?? 0;
                return visit.BREAK;
            }
            return undefined;
        },
    });
    return found;
}

/** Offset of what a path leads to, or of the last thing on the way that is there. */
function offsetOf(document: Document, path: readonly string[]): number {
    let node = document.contents;
    let offset = node?.range?.[0] ?? document.range?.[0] ?? 0;
    for (const key of path) {
        if (isAlias(node)) {
            node = node.resolve(document) ?? null;
        }
        if (isMap(node)) {
            const pair = node.items.find(
                (item) => isScalar(item.key) && String(item.key.value) === key,
            );
            if (pair === undefined) {
                break;
            }
            offset = (pair.key as Node).range?.[0] ?? offset;
            node = pair.value as Node | null;
        } else if (isSeq(node)) {
            const item = node.items[Number(key)] as Node | undefined;
            if (item === undefined) {
                break;
            }
            offset = item.range?.[0] ?? offset;
            node = item;
        } else {
            break;
        }
    }
    return offset;
}

/** Keys of a path such as `spec.accessModes[0]` or `metadata.annotations["a.b/c"]`. */
export function keysOf(path: string): string[] {
    const keys = path.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.[\]]+)/g);
    return [...keys].map(([, quoted, index, plain]) => quoted ?? index ?? plain ?? "");
}
