import { shown } from "./problem";

/** A text is not a policy. The message names the place, counted from 1, and what to write. */
export class PolicySyntaxError extends Error {
    override name = "PolicySyntaxError";
}

/** A word, a text in quotation marks, or a mark of a policy. */
export interface Token {
    kind: "word" | "text" | "mark" | "end";
    value: string;

    /** Where it begins in the text, counted from 0. */
    at: number;
}

const TOKEN = /\s*(?:([A-Za-z0-9_.-]+)|'([^'"]*)'|"([^'"]*)"|([(),]))/y;

/**
 * Cuts a policy into its tokens, with an end as the last one.
 *
 * @throws PolicySyntaxError where a character has no meaning.
 */
export function tokensOf(text: string): Token[] {
    const tokens: Token[] = [];
    TOKEN.lastIndex = 0;
    const end = text.trimEnd().length;
    let last = 0;
    while (last < end) {
        const found = TOKEN.exec(text);
        if (found === null) {
            throw strange(text, last + (/\S/.exec(text.slice(last))?.index ?? 0));
        }
        const [whole, word, single, double, mark = ""] = found;
        const at = last + whole.length - whole.trimStart().length;
        const quoted = single ?? double;
        tokens.push(
            word !== undefined
                ? { kind: "word", value: word, at }
                : quoted !== undefined
                  ? { kind: "text", value: quoted, at }
                  : { kind: "mark", value: mark, at },
        );
        last = TOKEN.lastIndex;
    }
    return [...tokens, { kind: "end", value: "", at: end }];
}

function strange(text: string, at: number): PolicySyntaxError {
    const found = String.fromCodePoint(text.codePointAt(at) ?? 0);
    if (found === "'" || found === '"') {
        return wrong(text, `the quotation mark ${place(at)} has no partner`, "close it");
    }
    return /[\u2018-\u201f`\u00b4]/.test(found)
        ? wrong(text, `${found} ${place(at)} is not a quotation mark of the language`, "write '")
        : wrong(text, `${shown(found)} ${place(at)} has no meaning`, "take it out");
}

/** A place as people count. */
export function place(at: number): string {
    return `at character ${at + 1}`;
}

/** The error for a policy: what is wrong, and what to write. */
export function wrong(text: string, what: string, advice: string): PolicySyntaxError {
    return new PolicySyntaxError(`${shown(text)}: ${what}; ${advice}`);
}
