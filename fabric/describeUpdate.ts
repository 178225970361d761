import { type common } from "@hyperledger/fabric-protos";

import { type ConfigElement, elementKey, elementsOf, elementsSetBy } from "./configElements";
import { applyUpdate } from "./configUpdate";
import { channelGroup, sameBytes } from "./configValues";
import { arrival, departure, factsIn, pathOf, placeOf, policyText, suffixOf } from "./elementWords";
import { printable } from "./printable";
import { type Fact } from "./valueFacts";

type Elements = ReadonlyMap<string, ConfigElement>;

/**
 * What an update changes in a channel, in Fabric's words and read from its bytes: one line for each
 * thing that is another one afterwards, and none of them left out. It is what people see before they
 * sign.
 *
 * @throws StaleUpdateError where the channel is not what the update was computed from.
 */
export function describeUpdate(current: common.Config, update: common.ConfigUpdate): string[] {
    const before = elementsOf(channelGroup(current));
    const after = elementsOf(channelGroup(applyUpdate(current, update)));
    const keys = [...new Set([...before.keys(), ...after.keys()])].sort();
    const lines = keys.flatMap((key) => {
        const lost = before.get(key);
        const made = after.get(key);
        return isInside(lost ?? made, lost === undefined ? before : after)
            ? []
            : elementLines(lost, made);
    });
    return [...lines, ...repeatedLines(before, after, elementsSetBy(update))].map(printable);
}

/** Whether an element comes or goes with the group that it is in, which says all of it. */
function isInside(element: ConfigElement | undefined, others: Elements): boolean {
    const parent = element?.path.slice(0, -1) ?? [];
    return parent.length > 0 && !others.has(elementKey("group", parent));
}

function elementLines(before?: ConfigElement, after?: ConfigElement): string[] {
    const place = placeOf(after ?? before);
    if (before === undefined && after?.kind === "group") {
        return [`${arrival(after)}`, ...contentLines(after).map((line) => `  ${line}`)];
    }
    if (after === undefined && before?.kind === "group") {
        return [departure(before)];
    }
    const modPolicies = [before, after].map((element) => element?.message.getModPolicy());
    const guard =
        before !== undefined && after !== undefined && modPolicies[0] !== modPolicies[1]
            ? [`mod policy of ${place}: ${modPolicies[0]} => ${modPolicies[1]}`]
            : [];
    return [...contentChange(before, after), ...guard];
}

function contentChange(before?: ConfigElement, after?: ConfigElement): string[] {
    const either = after ?? before;
    if (either?.kind === "policy") {
        const [one, other] = [before, after].map(policyText);
        return one === other ? [] : [`policy ${pathOf(either)}: ${one} => ${other}`];
    }
    if (either?.kind === "value" && !sameValue(before, after)) {
        const [one, other] = [before, after].map(factsIn);
        return factLines(suffixOf(either), one ?? [], other ?? []);
    }
    return [];
}

function sameValue(before?: ConfigElement, after?: ConfigElement): boolean {
    return (
        before?.kind === "value" &&
        after?.kind === "value" &&
        sameBytes(before.message.getValue_asU8(), after.message.getValue_asU8())
    );
}

/** Everything in a group that comes in. */
function contentLines({ path, message }: ConfigElement): string[] {
    const group = message as common.ConfigGroup;
    return [...elementsOf(group).values()].flatMap((element) => {
        const placed = { ...element, path: [...path, ...element.path.slice(1)] };
        const own = placed.kind === "group" ? [] : content(placed);
        const { length } = path;
        const guard = placed.message.getModPolicy();
        const inner = placed.kind === "group" && placed.path.length > length;
        return [
            ...(inner ? [`group ${pathOf(placed)}`] : []),
            ...own,
            ...(guard === "Admins" ? [] : [`mod policy of ${placeOf(placed)}: ${guard}`]),
        ];
    });
}

/** What an element says that comes in with its group. */
function content(element: ConfigElement): string[] {
    return element.kind === "policy"
        ? [`policy ${element.path.at(-1)}: ${policyText(element)}`]
        : factsIn(element).map(({ label, text }) => `${label}: ${text}`);
}

/** What changes between two lists of facts: single ones by arrow, lists by what comes and goes. */
function factLines(of: string, before: Fact[], after: Fact[]): string[] {
    const labels = [...new Set([...before, ...after].map(({ label }) => label))];
    const lines = labels.flatMap((label) => {
        const [lost, made] = [textsOf(label, before, after), textsOf(label, after, before)];
        const plural = [before, after].some(
            (facts) => facts.filter((fact) => fact.label === label).length > 1,
        );
        if (lost.length + made.length === 0) {
            return [];
        }
        return plural
            ? [
                  ...made.map((text) => `${label}${of}: ${text} is added`),
                  ...lost.map((text) => `${label}${of}: ${text} is removed`),
              ]
            : [`${label}${of}: ${lost[0] ?? "none"} => ${made[0] ?? "none"}`];
    });
    if (lines.length > 0) {
        return lines;
    }
    const [label = "value"] = labels;
    return [
        `${label}${of}: the same, written differently (order, or certificates of the same keys)`,
    ];
}

/** Texts of a label in one list and not in the other. */
function textsOf(label: string, facts: Fact[], others: Fact[]): string[] {
    const known = others.filter((fact) => fact.label === label).map(({ text }) => text);
    return facts
        .filter((fact) => fact.label === label)
        .map(({ text }) => text)
        .filter((text) => {
            const at = known.indexOf(text);
            if (at >= 0) {
                known.splice(at, 1);
            }
            return at < 0;
        });
}

/** What is written again as it is: it changes nothing but needs its signatures, so it is told. */
function repeatedLines(before: Elements, after: Elements, set: Elements): string[] {
    return [...set.keys()].sort().flatMap((key) => {
        const [one, other] = [before.get(key), after.get(key)];
        const silent =
            one !== undefined &&
            other !== undefined &&
            elementLines(one, other).length === 0 &&
            sameMembers(one, other);
        return silent ? [`${placeOf(one)} is written again as it is`] : [];
    });
}

function sameMembers(one: ConfigElement, other: ConfigElement): boolean {
    const names = ({ kind, message }: ConfigElement) =>
        kind === "group"
            ? [message.getGroupsMap(), message.getValuesMap(), message.getPoliciesMap()].map(
                  (map) => [...map.keys()].sort(),
              )
            : [];
    return JSON.stringify(names(one)) === JSON.stringify(names(other));
}
