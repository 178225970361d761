import { type common } from "@hyperledger/fabric-protos";

/** Kinds of elements of a configuration. */
export type ElementKind = "group" | "value" | "policy";

/** One element of a configuration with its place in the tree. */
export type ConfigElement = {
    /** Names from `Channel` down to the element's own. */
    path: readonly string[];
} & (
    | { kind: "group"; message: common.ConfigGroup }
    | { kind: "value"; message: common.ConfigValue }
    | { kind: "policy"; message: common.ConfigPolicy }
);

/** Elements by `elementKey`. */
export type ConfigElements = ReadonlyMap<string, ConfigElement>;

/** Name of the group of a whole channel. */
const ROOT = "Channel";

/** Longest name of an element. */
const NAME_LIMIT = 249;

/** What an element is found by. */
export function elementKey(kind: ElementKind, path: readonly string[]): string {
    return `${kind} /${path.join("/")}`;
}

/**
 * All elements of a configuration, or of one side of an update.
 *
 * @throws Error where a name is not one that Fabric takes.
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/common/configtx/configmap.go#L33
 */
export function elementsOf(group: common.ConfigGroup | undefined): Map<string, ConfigElement> {
    const found = new Map<string, ConfigElement>();
    const add = (element: ConfigElement) => {
        const name = element.path.at(-1) ?? "";
        if (!isElementName(name)) {
            throw new Error(
                `"${name}" in /${element.path.slice(0, -1).join("/")} is not a name of an element ` +
                    'of a configuration (letters, digits, "." and "-")',
            );
        }
        found.set(elementKey(element.kind, element.path), element);
    };
    const walk = (message: common.ConfigGroup, path: readonly string[]) => {
        add({ kind: "group", path, message });
        for (const [name, child] of message.getGroupsMap().entries()) {
            walk(child, [...path, name]);
        }
        for (const [name, value] of message.getValuesMap().entries()) {
            add({ kind: "value", path: [...path, name], message: value });
        }
        for (const [name, policy] of message.getPoliciesMap().entries()) {
            add({ kind: "policy", path: [...path, name], message: policy });
        }
    };
    if (group !== undefined) {
        walk(group, [ROOT]);
    }
    return found;
}

/**
 * The elements that an update sets: those it writes at another version than it read.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/common/configtx/update.go#L34
 */
export function elementsSetBy(update: common.ConfigUpdate): Map<string, ConfigElement> {
    const read = elementsOf(update.getReadSet());
    const set = elementsOf(update.getWriteSet());
    for (const [key, { message }] of read) {
        if (set.get(key)?.message.getVersion() === message.getVersion()) {
            set.delete(key);
        }
    }
    return set;
}

/** @see https://github.com/hyperledger/fabric/blob/v3.1.5/common/configtx/validator.go#L48 */
export function isElementName(name: string): boolean {
    return /^[a-zA-Z0-9.-]+$/.test(name) && name.length <= NAME_LIMIT && !/^\.{1,2}$/.test(name);
}
