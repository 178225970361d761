import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { readText, STANDARD_INPUT } from "../checkInput";
import { stateEntries, withoutSecrets } from "../checkState";
import { oneLine } from "../checkSource";
import { Refusal } from "../refusal";
import type { StateOptions } from "./options";
import { isUnknown } from "../../policy/rules/unknown";
import { fieldsOf, type Fields } from "../../storage/manifests";

/** A resource of a state, without its secrets. */
export interface Entry {
    urn: string;
    /** Last part of its type: `PeerNode`, `PersistentVolumeClaim`. */
    kind: string;
    /** Its whole type. */
    type: string;
    name: string;
    parent: string;
    /** URN of its provider; empty where it has none. */
    provider: string;
    inputs: Fields;
    outputs: Fields;
    /** Its inputs with whatever the state has in clear. For use, never to be said. */
    raw: Fields;
}

/** A state, however it was written. */
export interface ReadState {
    stack: string;
    project: string;
    entries: Entry[];
}

/** Reads an exported state from a file or standard input, or has the Pulumi CLI export it. */
export async function readState(
    file: string | undefined,
    { stack }: StateOptions,
    { secrets = false } = {},
): Promise<ReadState> {
    if (file !== undefined && stack !== undefined) {
        throw new Refusal("--stack: cannot be given together with a file; keep one", 2);
    }
    if (file !== undefined) {
        return stateOf(file, await readText(file));
    }
    return stateOf("pulumi stack export", await exported(stack, secrets));
}

async function exported(stack: string | undefined, secrets: boolean): Promise<string> {
    const args = ["stack", "export", "--non-interactive"];
    const chosen = stack === undefined ? [] : ["--stack", stack];
    try {
        const { stdout } = await promisify(execFile)(
            "pulumi",
            [...args, ...chosen, ...(secrets ? ["--show-secrets"] : [])],
            { maxBuffer: 2 ** 30 },
        );
        return stdout;
    } catch (error) {
        const { code, stderr = "" } = error as { code?: unknown; stderr?: string };
        const said = oneLine(stderr.trim().replace(/^error: /, ""));
        const why = code === "ENOENT" ? "pulumi is not on the PATH" : said || oneLine(error);
        throw new Refusal(
            `pulumi stack export: ${why}; name a file with an exported state, "${STANDARD_INPUT}" for ` +
                "standard input, or a stack with --stack",
            2,
        );
    }
}

/** What an exported state holds of a network. */
export function stateOf(file: string, text: string): ReadState {
    const entries = stateEntries(file, text);
    if (entries === undefined) {
        throw new Refusal(`${file}: is no state as pulumi stack export writes it`, 2);
    }
    const read = entries.filter((entry) => entry.delete !== true).map(entryOf);
    const [place = "", project = ""] = (read[0]?.urn ?? "").split("::");
    return { stack: place.replace(/^urn:pulumi:/, ""), project, entries: read };
}

function entryOf(entry: Fields): Entry {
    const urn = textOf(entry.urn);
    const type = textOf(entry.type);
    return {
        urn,
        type,
        kind: type.slice(type.lastIndexOf(":") + 1),
        name: urn.slice(urn.lastIndexOf("::") + 2),
        parent: textOf(entry.parent),
        provider: textOf(entry.provider).replace(/::[^:]*$/, ""),
        inputs: fieldsOf(withoutSecrets(entry.inputs)),
        outputs: fieldsOf(withoutSecrets(entry.outputs)),
        raw: fieldsOf(entry.inputs),
    };
}

/** A value as text; empty where it is none, or a secret. */
export function textOf(value: unknown): string {
    return typeof value === "string" && !isUnknown(value) ? value : "";
}
