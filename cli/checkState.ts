import { Unreadable, type Source } from "./checkSource";
import type { Resource } from "../policy/rules/resource";
import { UNKNOWN } from "../policy/rules/unknown";
import { fieldsOf, type Fields } from "../storage/manifests";

/** The key by which Pulumi marks special values in a state, and the mark of a secret. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

/** Types whose properties are looked at; those of others stay where they are. */
const READ = /^(kubernetes:|kubefabric:|pulumi:providers:kubernetes$|gcp:container\/)/;

/** The resources of a state that `pulumi stack export` wrote; nothing where a text is none. */
export function stateSource(file: string, text: string): Source | undefined {
    const entries = stateEntries(file, text);
    return (
        entries && {
            file,
            resources: entries
                .map((entry, index) => resourceOf(entry, index, file))
                .filter((resource) => resource !== undefined),
            locate: (resource) => placeOf(resource, text),
        }
    );
}

/**
 * The resources of an exported state as they stand there, secrets included; nothing where a text is
 * none.
 */
export function stateEntries(file: string, text: string): Fields[] | undefined {
    const state = parsed(text);
    if (state === undefined) {
        return undefined;
    }
    const { resources } = fieldsOf(deploymentOf(state));
    if (!Array.isArray(resources)) {
        throw new Unreadable(file, "is an exported state without resources");
    }
    return resources.map(fieldsOf);
}

/** A state's part with the resources: of an export, or of the file of a backend of one's own. */
function deploymentOf({ deployment, checkpoint }: Fields): unknown {
    return deployment ?? fieldsOf(checkpoint).latest;
}

function parsed(text: string): Fields | undefined {
    if (!text.trimStart().startsWith("{")) {
        return undefined;
    }
    try {
        const value = fieldsOf(JSON.parse(text));
        const isState = deploymentOf(value) !== undefined && value.apiVersion === undefined;
        return isState ? value : undefined;
    } catch {
        // YAML may begin with a brace as well; its parser says where a text breaks off.
        return undefined;
    }
}

function resourceOf(entry: Fields, index: number, file: string): Resource | undefined {
    const { urn, type, inputs, outputs, provider, parent, dependencies } = entry;
    if (typeof urn !== "string" || typeof type !== "string") {
        throw new Unreadable(
            file,
            `is an exported state whose resource ${index} has no URN or type`,
        );
    }
    if (entry.delete === true) {
        return undefined;
    }
    const isRead = READ.test(type);
    // What is only read here was made by somebody else, who keeps it.
    const isOwn = entry.external !== true;
    return {
        id: urn,
        type,
        name: urn.slice(urn.lastIndexOf("::") + 2),
        properties: isRead ? fieldsOf(withoutSecrets(inputs)) : {},
        outputs: isRead ? fieldsOf(withoutSecrets(outputs)) : {},
        cluster: typeof provider === "string" ? provider.replace(/::[^:]*$/, "") : "",
        parent: typeof parent === "string" ? parent : undefined,
        dependencies: Array.isArray(dependencies) ? dependencies.map(String) : [],
        protect: isOwn ? entry.protect === true : undefined,
        retainOnDelete: isOwn ? entry.retainOnDelete === true : undefined,
    };
}

/**
 * A value with its secrets in clear, as `pulumi stack export --show-secrets` writes them; where they are
 * encrypted, nothing in their place. For use, never to be said.
 */
export function withSecrets(value: unknown): unknown {
    if (Array.isArray(value)) {
        return value.map(withSecrets);
    }
    if (typeof value !== "object" || value === null) {
        return value;
    }
    const fields = value as Fields;
    if (fields[SIGNATURE] === SECRET) {
        const { plaintext } = fields;
        return typeof plaintext === "string" ? (JSON.parse(plaintext) as unknown) : undefined;
    }
    return Object.fromEntries(
        Object.entries(fields).map(([key, item]) => [key, withSecrets(item)]),
    );
}

/** Values without secrets, encrypted or not: none must ever be said. */
export function withoutSecrets(value: unknown): unknown {
    if (Array.isArray(value)) {
        return value.map(withoutSecrets);
    }
    if (typeof value !== "object" || value === null) {
        return value;
    }
    const fields = value as Fields;
    return fields[SIGNATURE] === SECRET
        ? UNKNOWN
        : Object.fromEntries(
              Object.entries(fields).map(([key, item]) => [key, withoutSecrets(item)]),
          );
}

function placeOf({ id }: Resource, text: string) {
    const offset = Math.max(text.indexOf(JSON.stringify(id)), 0);
    return { line: text.slice(0, offset).split("\n").length, column: 1 };
}
