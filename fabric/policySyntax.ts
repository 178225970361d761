import { POLICY_ROLES, type PolicyRole } from "./names";
import { place, tokensOf, wrong, type PolicySyntaxError, type Token } from "./policyTokens";
import { shown } from "./problem";

/** One signature that a policy asks for: of a role in an organization. */
export interface PolicyPrincipal {
    kind: "principal";
    mspId: string;
    role: PolicyRole;

    /** Where it begins in the text, counted from 0. */
    at: number;
}

/** `count` of the parts must be satisfied: 1 for `OR`, all for `AND`. */
export interface PolicyGate {
    kind: "gate";
    count: number;
    parts: PolicyPart[];
    at: number;
}

export type PolicyPart = PolicyPrincipal | PolicyGate;

/** Spellings of each gate that some version of Fabric takes; `oR` is none. */
const GATES: Record<string, "AND" | "OR" | "OutOf"> = {
    AND: "AND",
    And: "AND",
    and: "AND",
    OR: "OR",
    Or: "OR",
    or: "OR",
    OutOf: "OutOf",
    OUTOF: "OutOf",
    outof: "OutOf",
};

const GATES_IN_WORDS = "AND(...), OR(...) or OutOf(2, ...)";
const EXAMPLE = "OR('Org1MSP.member', 'Org2MSP.member')";

/** Deeper than anyone can read, and far from what the parser's own stack bears. */
const DEPTH_LIMIT = 50;

const COUNTED = "OutOf(2, 'Org1MSP.peer', 'Org2MSP.peer', 'Org3MSP.peer')";

const ROLES_IN_WORDS = POLICY_ROLES.join(", ");

/**
 * Reads Fabric's language of signature policies: gates over principals such as `'Org1MSP.peer'`.
 *
 * Fabric 3 hands the text to a general language for expressions, so that it takes more by accident
 * (sums as counts, policies in quotation marks) and less (`or` and `and`, which are operators there and
 * were gates in Fabric 2). Here both spellings are gates, since peers only ever see the result.
 *
 * @throws PolicySyntaxError for the first place at which the text is wrong.
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/common/policydsl/policyparser.go#L254
 */
export function parsePolicy(text: string): PolicyGate {
    const reader = new PolicyReader(text, tokensOf(text));
    return reader.whole();
}

class PolicyReader {
    private position = 0;
    private readonly text: string;
    private readonly tokens: readonly Token[];

    constructor(text: string, tokens: readonly Token[]) {
        this.text = text;
        this.tokens = tokens;
    }

    whole(): PolicyGate {
        const first = this.token;
        if (first.kind === "end") {
            throw this.wrong("is empty", `write a policy, such as ${EXAMPLE}`);
        }
        const part = this.part(0);
        const after = this.token;
        if (after.kind !== "end") {
            throw this.wrong(
                `${this.quoted(after)} ${place(after.at)} comes after the end of the policy`,
                `take it out, or put both into one gate: ${GATES_IN_WORDS}`,
            );
        }
        if (part.kind === "principal") {
            const advice = `write OR('${part.mspId}.${part.role}')`;
            throw this.wrong("has a principal and no gate around it", advice);
        }
        return part;
    }

    private part(depth: number): PolicyPart {
        const token = this.token;
        if (depth > DEPTH_LIMIT) {
            throw this.wrong(
                `has more than ${DEPTH_LIMIT} gates in each other ${place(token.at)}`,
                "write it flatter",
            );
        }
        if (token.kind === "text") {
            this.position++;
            return this.principal(token);
        }
        if (token.kind === "word" && this.next.value === "(") {
            return this.gate(token, depth);
        }
        throw this.wrong(...this.noPart(token));
    }

    private gate(name: Token, depth: number): PolicyGate {
        const gate = Object.hasOwn(GATES, name.value) ? GATES[name.value] : undefined;
        if (gate === undefined) {
            const meant = Object.entries(GATES).find(
                ([known]) => known.toLowerCase() === name.value.toLowerCase(),
            )?.[1];
            throw this.wrong(
                `${shown(name.value)} ${place(name.at)} is not a gate`,
                `write ${meant ?? GATES_IN_WORDS}`,
            );
        }
        this.position += 2;
        const count = gate === "OutOf" ? this.count(name) : undefined;
        const parts = this.parts(name, depth);
        const wanted =
            count === undefined ? (gate === "OR" ? 1 : parts.length) : Number(count.value);
        if (count !== undefined && wanted > parts.length + 1) {
            throw this.wrong(
                `asks for ${wanted} of ${parts.length} ${place(count.at)}`,
                `write a count from 1 to ${parts.length} (0 is always satisfied, ${parts.length + 1} never)`,
            );
        }
        return { kind: "gate", count: wanted, parts, at: name.at };
    }

    /** The number at the beginning of `OutOf`; Fabric takes it in quotation marks too. */
    private count(gate: Token): Token {
        const token = this.token;
        if (!/^\d{1,6}$/.test(token.value)) {
            const found =
                token.kind === "end" || token.value === ")" ? "nothing" : this.quoted(token);
            throw this.wrong(
                `${gate.value} has ${found} where its count belongs ${place(token.at)}`,
                "write a whole number first: OutOf(2, 'Org1MSP.peer', ...)",
            );
        }
        this.position++;
        if (this.token.value !== ",") {
            throw this.unfinished(gate);
        }
        this.position++;
        return token;
    }

    private parts(gate: Token, depth: number): PolicyPart[] {
        const parts: PolicyPart[] = [];
        for (;;) {
            parts.push(this.part(depth + 1));
            const { kind, value } = this.token;
            if (kind !== "mark" || value === "(") {
                throw this.unfinished(gate);
            }
            this.position++;
            if (value === ")") {
                return parts;
            }
        }
    }

    private unfinished(gate: Token): PolicySyntaxError {
        const token = this.token;
        const where = `${gate.value} ${place(gate.at)}`;
        if (token.kind === "end") {
            return this.wrong(`the gate ${where} has no end`, 'write ")" at its end');
        }
        return token.value === ")"
            ? this.wrong(`the gate ${where} has a count and nothing to count`, `write ${COUNTED}`)
            : this.wrong(
                  `${this.quoted(token)} ${place(token.at)} follows without a comma`,
                  'write "," before it',
              );
    }

    private principal(token: Token): PolicyPrincipal {
        const [, mspId = "", role = ""] = /^(.*)\.([^.]*)$/s.exec(token.value) ?? [];
        const known = POLICY_ROLES.find((one) => one === role.toLowerCase());
        const where = `'${token.value}' ${place(token.at)}`;
        if (known === undefined || mspId === "") {
            const name = /^[A-Za-z0-9-]+/.exec(token.value)?.[0] ?? "Org1MSP";
            throw this.wrong(
                `${where} does not end in a role (${ROLES_IN_WORDS})`,
                `write '${name}.${known ?? "member"}'`,
            );
        }
        const strange = /[^A-Za-z0-9.-]/u.exec(mspId)?.[0];
        if (strange !== undefined) {
            throw this.wrong(
                `${where} has ${shown(strange)} in its MSP ID`,
                'write it with letters, digits, "." and "-"',
            );
        }
        if (known !== role) {
            throw this.wrong(`${where} has its role in capitals`, `write '${mspId}.${known}'`);
        }
        return { kind: "principal", mspId, role: known, at: token.at };
    }

    private noPart(token: Token): [what: string, advice: string] {
        if (token.kind === "end") {
            return ["ends where a principal belongs", `write it to its end, such as ${EXAMPLE}`];
        }
        const where = `${this.quoted(token)} ${place(token.at)}`;
        if (token.kind === "mark") {
            return [
                `has ${where} where a principal belongs`,
                "write one, such as 'Org1MSP.member'",
            ];
        }
        if (/^-?[0-9.]+$/.test(token.value)) {
            return [
                `has ${where} where a principal belongs`,
                "only OutOf has a count, as its first",
            ];
        }
        return Object.hasOwn(GATES, token.value)
            ? [`the gate ${where} has no "(" behind it`, `write ${GATES_IN_WORDS}`]
            : [`${where} has no quotation marks`, `write '${token.value}'`];
    }

    private get token(): Token {
        return this.tokens[this.position] ?? { kind: "end", value: "", at: this.text.length };
    }

    private get next(): Token {
        return this.tokens[this.position + 1] ?? { kind: "end", value: "", at: this.text.length };
    }

    private quoted({ kind, value }: Token): string {
        return kind === "text" ? `'${value}'` : shown(value);
    }

    private wrong(what: string, advice: string): PolicySyntaxError {
        return wrong(this.text, what, advice);
    }
}
