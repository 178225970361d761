import { labelFrom } from "./names";
import { shown } from "./problem";

const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** Longest name of an object (DNS subdomain, RFC 1123). */
const OBJECT_LIMIT = 253;

/** What is wrong with a name that begins the names of other objects, or nothing. */
export function labelProblem(name: string): string | undefined {
    return LABEL.test(name)
        ? undefined
        : `${shown(name)} is not a DNS label (at most 63 lower-case letters, digits and "-", a letter ` +
              `or digit first and last); write ${instead(name)}`;
}

/**
 * What is wrong with the name of an object that exists elsewhere, such as a Secret or a class, or
 * nothing.
 *
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names
 */
export function objectNameProblem(name: unknown): string | undefined {
    const right =
        typeof name === "string" &&
        name.length <= OBJECT_LIMIT &&
        name.split(".").every((part) => /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(part));
    return right
        ? undefined
        : `${shown(name)} is not the name of an object (lower-case letters, digits, "-", and "." in ` +
              `between); write ${instead(String(name))}`;
}

/**
 * What is wrong with the value of a label, or nothing.
 *
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set
 */
export function labelValueProblem(value: unknown): string | undefined {
    if (typeof value === "string" && /^([A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?)?$/.test(value)) {
        return undefined;
    }
    const near = String(value)
        .replace(/[^\w.-]+/g, "-")
        .slice(0, 63);
    return (
        `${shown(value)} is not the value of a label (text of at most 63 letters, digits, "-", "_" and ` +
        `"."); write ${JSON.stringify(near.replace(/^[-_.]+|[-_.]+$/g, ""))}`
    );
}

function instead(name: string): string {
    return JSON.stringify(labelFrom(name, { limit: 63 }));
}
