import { type Json, isObject } from "./properties";

/** A field name or the index of a list item. */
export type Step = string | number;

/** The path as Pulumi writes it: `spec.ports[0].port`, `metadata.labels["app.kubernetes.io/name"]`. */
export function formatPath(path: readonly Step[]): string {
    let text = "";
    for (const step of path) {
        if (typeof step === "number") {
            text += `[${step}]`;
        } else if (/[."[\]]/.test(step)) {
            text += `["${step.replaceAll('"', '\\"')}"]`;
        } else {
            text += text === "" ? step : `.${step}`;
        }
    }
    return text;
}

/** The steps of a written path; `*` stands for any step. */
export function parsePath(text: string): Step[] {
    const steps: Step[] = [];
    const part = /\.?([^.[\]"]+)|\[(\d+)\]|\[\*\]|\["((?:[^"\\]|\\.)*)"\]/gy;
    for (const match of text.matchAll(part)) {
        const [, name, index, quoted] = match;
        if (index !== undefined) {
            steps.push(Number(index));
        } else {
            steps.push(name ?? quoted?.replace(/\\(.)/g, "$1") ?? "*");
        }
    }
    return steps;
}

const stepMatches = (pattern: Step | undefined, step: Step | undefined) =>
    pattern === "*" ? step !== undefined : pattern === step;

/** Whether `inner` is `outer` or lies inside it. */
export function isWithin(outer: readonly Step[], inner: readonly Step[]): boolean {
    return outer.every((pattern, i) => stepMatches(pattern, inner[i]));
}

/**
 * Whether a change at `path`, whose new value is `value`, touches `pattern`: the change lies inside
 * the pattern, or the pattern names a field inside the new value.
 */
export function touches(
    path: readonly Step[],
    value: Json | undefined,
    pattern: readonly Step[],
): boolean {
    const shared = Math.min(path.length, pattern.length);
    if (!isWithin(pattern.slice(0, shared), path.slice(0, shared))) {
        return false;
    }
    return has(value, pattern.slice(shared));
}

function has(value: Json | undefined, path: readonly Step[]): boolean {
    const [step, ...rest] = path;
    if (step === undefined) {
        return true;
    }
    if (Array.isArray(value)) {
        return step === "*" && value.some((item) => has(item, rest));
    }
    if (!isObject(value) || value[step] === undefined) {
        return false;
    }
    return has(value[step], rest);
}
