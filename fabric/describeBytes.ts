import { type common } from "@hyperledger/fabric-protos";

import { type ConfigElement, elementKey, elementsOf, elementsSetBy } from "./configElements";
import { arrival, factsIn, pathOf, placeOf, policyText, suffixOf } from "./elementWords";
import { printable } from "./printable";

type Elements = ReadonlyMap<string, ConfigElement>;

/** The maps of a group with its members, and what people call them. */
const MEMBERS = [
    ["groups", "group", (group: common.ConfigGroup) => group.getGroupsMap()],
    ["values", "value", (group: common.ConfigGroup) => group.getValuesMap()],
    ["policies", "policy", (group: common.ConfigGroup) => group.getPoliciesMap()],
] as const;

/**
 * What an update says by itself, for who has no configuration of the channel at hand: everything that
 * it sets, as it is afterwards. What was there before is not in its bytes, nor what goes: of a group
 * whose members change it is told who they are afterwards, and all others are gone.
 */
export function describeBytes(update: common.ConfigUpdate): string[] {
    const read = elementsOf(update.getReadSet());
    const set = elementsSetBy(update);
    return [...set.keys()]
        .sort()
        .flatMap((key) => linesOf(set.get(key) as ConfigElement, read))
        .map(printable);
}

function linesOf(element: ConfigElement, read: Elements): string[] {
    const guard = element.message.getModPolicy();
    // A member that stays is listed by its version alone; what has no mod policy would be refused.
    const guarded =
        guard === "Admins" || guard === ""
            ? []
            : [`mod policy of ${placeOf(element)} afterwards: ${guard}`];
    return [...contentOf(element, read), ...guarded];
}

function contentOf(element: ConfigElement, read: Elements): string[] {
    switch (element.kind) {
        case "group":
            return read.has(elementKey("group", element.path))
                ? [`members of ${placeOf(element)} afterwards, and no others: ${listed(element)}`]
                : [arrival(element)];
        case "policy":
            return [`policy ${pathOf(element)} afterwards: ${policyText(element)}`];
        case "value": {
            const facts = factsIn(element).map(
                ({ label, text }) => `${label}${suffixOf(element)} afterwards: ${text}`,
            );
            return facts.length > 0 ? facts : [`${placeOf(element)} afterwards: empty`];
        }
    }
}

function listed({ message }: ConfigElement & { kind: "group" }): string {
    const parts = MEMBERS.flatMap(([plural, one, mapOf]) => {
        const names = [...mapOf(message).keys()].sort();
        return names.length === 0
            ? []
            : [`${names.length === 1 ? one : plural} ${names.join(", ")}`];
    });
    return parts.join("; ") || "none";
}
