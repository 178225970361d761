import { sarif } from "./checkSarif";
import type { Place, Unreadable } from "./checkSource";
import type { Violation } from "../policy/rules/check";
import { titleOf } from "../policy/rules/resource";

/** A violation, and where it is. */
export interface Found extends Violation, Place {
    readonly file: string;
}

/** What a run of `kubefabric check` came to. */
export interface Outcome {
    readonly found: readonly Found[];
    readonly unreadable: readonly Unreadable[];
    /** How many resources were looked at. */
    readonly checked: number;
}

/** What goes to standard output, and what is said to a person beside it. */
export function report(
    outcome: Outcome,
    format: "text" | "json" | "sarif",
): { output: string; notes: string } {
    const unreadable = outcome.unreadable.map(
        ({ file, place, message }) => `${file}:${place.line}: ${message}`,
    );
    const notes = lines([...unreadable, summary(outcome)]);
    switch (format) {
        case "text":
            return { output: lines(outcome.found.map(textOf)), notes };
        case "json":
            return {
                output: lines([JSON.stringify(jsonOf(outcome), undefined, 2)], "kept"),
                notes,
            };
        case "sarif":
            return { output: lines([JSON.stringify(sarif(outcome), undefined, 2)], "kept"), notes };
    }
}

/** `FILE: Kind/name: path: message`. */
function textOf({ file, resource, path, reason, level }: Found): string {
    const advice = level === "advisory" ? "advice: " : "";
    return `${file}: ${titleOf(resource)}: ${path}: ${advice}${reason}`;
}

function jsonOf({ found, unreadable, checked }: Outcome) {
    return {
        checked,
        violations: found.map(({ rule, resource, file, line, column, path, reason, level }) => ({
            policy: rule.name,
            level,
            severity: rule.severity,
            file,
            line,
            column,
            resource: titleOf(resource),
            path,
            message: reason,
            remediation: rule.remediation,
            url: rule.url,
        })),
        unreadable: unreadable.map(({ file, place, message }) => ({ file, ...place, message })),
    };
}

function summary({ found, unreadable, checked }: Outcome): string {
    const mandatory = found.filter(({ level }) => level === "mandatory").length;
    const parts = [
        `${count(checked, "resource")} checked`,
        count(mandatory, "violation"),
        ...(found.length > mandatory
            ? [count(found.length - mandatory, "advice", "pieces of advice")]
            : []),
        ...(unreadable.length > 0 ? [`${count(unreadable.length, "file")} not readable`] : []),
    ];
    return parts.join(", ");
}

function count(number: number, one: string, many = `${one}s`): string {
    return `${number} ${number === 1 ? one : many}`;
}

/** One line each: names come from files, and may hold anything. */
function lines(texts: readonly string[], breaks: "escaped" | "kept" = "escaped"): string {
    // eslint-disable-next-line no-control-regex
    const control = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;
    const escaped = (text: string) =>
        breaks === "kept"
            ? text
            : text.replace(
                  control,
                  (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`,
              );
    return texts.map((text) => `${escaped(text)}\n`).join("");
}
