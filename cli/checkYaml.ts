import {
    isAlias,
    isMap,
    isScalar,
    isSeq,
    LineCounter,
    parseAllDocuments,
    visit,
    type Document,
    type DocumentOptions,
    type Node,
    type ParseOptions,
    type SchemaOptions,
} from "yaml";

import { oneLine, Unreadable, type Place } from "./checkSource";

/** One document of a YAML file. */
export interface YamlDocument {
    readonly value: unknown;
    /** Where a path leads to, or the last thing on the way that is there. */
    placeOf(path: readonly string[]): Place;
}

/** What is said where a template was not rendered. */
export const TEMPLATE_BRACES = "holds template braces; render it first";

/** Kubernetes reads YAML 1.1, where "yes" is true, but knows no times, no sets and the like. */
const AS_KUBERNETES_READS: ParseOptions & DocumentOptions & SchemaOptions = {
    version: "1.1",
    logLevel: "error",
    customTags: (tags) =>
        tags.filter(
            (tag) =>
                typeof tag === "string" ||
                (/:(map|seq|str|null|bool|int|float|merge|binary)$/.test(tag.tag) &&
                    tag.format !== "TIME"),
        ),
};

/** A problem of a document, and its offset in the text. */
interface Fault {
    readonly message: string;
    readonly offset: number;
}

/**
 * Reads the documents of a YAML file.
 *
 * @throws Unreadable where one of them is none.
 */
export function parseYaml(file: string, text: string): YamlDocument[] {
    const lines = new LineCounter();
    const documents = parseAllDocuments(text, { ...AS_KUBERNETES_READS, lineCounter: lines });
    // Asked once for all documents: there can be many.
    const looks = {
        forOddKeys: text.includes("{{") || /^\s*\?/m.test(text),
        forCircles: text.includes("&"),
    };
    const at = (offset: number): Place => {
        const { line, col } = lines.linePos(offset);
        return { line: Math.max(line, 1), column: Math.max(col, 1) };
    };
    return (Array.isArray(documents) ? documents : []).map((document) => {
        const fault = faultOf(document, looks);
        if (fault !== undefined) {
            throw new Unreadable(file, fault.message, at(fault.offset));
        }
        const placeOf = (path: readonly string[]) => at(offsetOf(document, path));
        try {
            return { value: document.toJS() as unknown, placeOf };
        } catch (error) {
            // What its aliases come to can be more than there is room for.
            throw new Unreadable(file, `is not YAML: ${oneLine(error)}`, placeOf([]));
        }
    });
}

function faultOf(
    document: Document,
    looks: { forOddKeys: boolean; forCircles: boolean },
): Fault | undefined {
    const [error] = [...document.errors, ...document.warnings];
    if (error !== undefined) {
        const message = oneLine(error).replace(/ at line \d+, column \d+:?$/, "");
        return { message: `is not YAML: ${message}`, offset: error.pos[0] };
    }
    return (
        (looks.forCircles ? circleIn(document) : undefined) ??
        (looks.forOddKeys ? oddKeyIn(document) : undefined)
    );
}

/** An alias of something that it is a part of. */
function circleIn(document: Document): Fault | undefined {
    let found: Fault | undefined;
    visit(document, {
        Alias(_, alias, path) {
            const target = alias.resolve(document);
            if (target === undefined || !path.includes(target)) {
                return undefined;
            }
            const message = "is not YAML: a value contains itself";
            found = { message, offset: alias.range?.[0] ?? 0 };
            return visit.BREAK;
        },
    });
    return found;
}

/** A key that is no text: what `{{ .Values.name }}` is for a YAML parser. */
function oddKeyIn(document: Document): Fault | undefined {
    let found: Fault | undefined;
    visit(document, {
        Pair(_, { key }) {
            if (!isMap(key) && !isSeq(key)) {
                return undefined;
            }
            found = { message: TEMPLATE_BRACES, offset: key.range?.[0] ?? 0 };
            return visit.BREAK;
        },
    });
    return found;
}

function offsetOf(document: Document, path: readonly string[]): number {
    let node = document.contents as Node | null | undefined;
    let offset = node?.range?.[0] ?? document.range?.[0] ?? 0;
    for (const key of path) {
        const below = stepInto(isAlias(node) ? node.resolve(document) : node, key);
        if (below === undefined) {
            break;
        }
        offset = below.offset ?? offset;
        node = below.node;
    }
    return offset;
}

function stepInto(node: Node | null | undefined, key: string) {
    if (isMap(node)) {
        const pair = node.items.find(
            (item) => isScalar(item.key) && String(item.key.value) === key,
        );
        return pair && { offset: (pair.key as Node).range?.[0], node: pair.value as Node | null };
    }
    if (isSeq(node)) {
        const item = node.items[Number(key)] as Node | undefined;
        return item && { offset: item.range?.[0], node: item };
    }
    return undefined;
}
