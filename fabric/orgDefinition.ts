import { consenterProblemsOf } from "./consenterCertificates";
import { orgDefinitionProblems } from "./definitionForm";
import { type OrgDefinition } from "./msp";
import { caEndProblems, mspProblems } from "./mspAuthorities";
import { type Problem } from "./problem";

/** Characters of a definition as text, at most: hundreds of times what an organization has. */
const LONGEST_DEFINITION = 1024 * 1024;

/** A definition that was read, or what is wrong with it. */
export type ReadDefinition =
    | { definition: OrgDefinition; problems: readonly [] }
    | { definition?: undefined; problems: readonly Problem[] };

/**
 * Reads a definition that another stack or company published, as an object or as the text of a file.
 * Looks at everything but the time, so that what was right once stays right: a channel keeps what its
 * first block was made of.
 */
export function readOrgDefinition(source: unknown): ReadDefinition {
    const value = typeof source === "string" ? readJson(source) : { json: source };
    if (value.problem !== undefined) {
        return wrong(value.problem);
    }
    if (JSON.stringify(value.json)?.includes("PRIVATE KEY")) {
        return wrong(
            "contains a private key, which a definition never does; publish org.definition only, " +
                "and give the organization a new key if this one was shown to others",
        );
    }
    const form = orgDefinitionProblems(value.json);
    if (form.length > 0) {
        return { problems: form };
    }
    const definition = value.json as OrgDefinition;
    const problems = [...mspProblems(definition), ...consenterProblemsOf(definition)];
    return problems.length > 0 ? { problems } : { definition, problems: [] };
}

/**
 * Reads a definition that another stack or company published, and looks at whether its CAs are valid
 * at a time.
 *
 * @throws Error listing everything that is wrong with it; no message repeats a key.
 */
export function parseOrgDefinition(json: string, now: Date): OrgDefinition {
    const read = readOrgDefinition(json);
    const problems = read.definition ? caEndProblems(read.definition, now) : read.problems;
    if (read.definition === undefined || problems.length > 0) {
        const lines = problems.map(({ path, reason }) => `  ${path}: ${reason}`);
        throw new Error(["organization definition is not valid", ...lines].join("\n"));
    }
    return read.definition;
}

function wrong(reason: string): ReadDefinition {
    return { problems: [{ path: "(whole)", reason }] };
}

function readJson(text: string): { json?: unknown; problem?: string } {
    if (text.length > LONGEST_DEFINITION) {
        const problem =
            `has ${text.length} characters and the limit is ${LONGEST_DEFINITION}; ` +
            "write org.definition as JSON to a file, and nothing else";
        return { problem };
    }
    try {
        return { json: JSON.parse(text) as unknown };
    } catch {
        return { problem: "is not JSON; write org.definition as JSON to a file" };
    }
}
