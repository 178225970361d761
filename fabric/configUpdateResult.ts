import { common } from "@hyperledger/fabric-protos";

import {
    type ConfigElement,
    type ConfigElements,
    elementKey,
    type ElementKind,
    elementsOf,
    elementsSetBy,
    isElementName,
} from "./configElements";
import { channelGroup } from "./configValues";

/** An update was computed from a configuration that the channel has left behind since. */
export class StaleUpdateError extends Error {
    override name = "StaleUpdateError";
}

/** Elements of channels from before Fabric 1.1 may have no mod policy; they are given this one. */
const MOD_POLICY_OF_OLD = "Admins";

/**
 * The configuration that a channel has after an update, which ordering nodes compute the same way.
 * Who has to sign it is left aside here.
 *
 * @throws StaleUpdateError where the channel is not what the update was computed from.
 * @throws Error where the update says nothing, or something that Fabric would not take.
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/common/configtx/update.go#L125
 */
export function applyUpdate(config: common.Config, update: common.ConfigUpdate): common.Config {
    const elements = elementsOf(channelGroup(config));
    checkRead(elements, elementsOf(update.getReadSet()));
    const set = elementsSetBy(update);
    checkSet(elements, set);

    const all = new Map([...elements, ...set]);
    const result = new common.Config();
    result.setSequence(config.getSequence() + 1);
    result.setChannelGroup(groupAt(["Channel"], all));
    return result;
}

/** Whether a channel has what an update sets, so that it was made already. */
export function hasUpdate(config: common.Config, update: common.ConfigUpdate): boolean {
    const elements = elementsOf(channelGroup(config));
    return [...elementsSetBy(update)].every(([key, wanted]) => {
        const found = elements.get(key);
        return found !== undefined && contentOf(found) === contentOf(wanted);
    });
}

function checkRead(elements: ConfigElements, read: ConfigElements): void {
    for (const [key, { path, message }] of read) {
        const found = elements.get(key)?.message.getVersion();
        if (found !== message.getVersion()) {
            throw stale(path, message.getVersion(), found);
        }
    }
}

function checkSet(elements: ConfigElements, set: ConfigElements): void {
    if (set.size === 0) {
        throw new Error("the update changes nothing");
    }
    for (const [key, { path, message }] of set) {
        const modPolicy = message.getModPolicy();
        const names = modPolicy.replace(/^\//, "").split("/");
        if (!names.every(isElementName)) {
            throw new Error(
                `the update gives ${nameOf(path)} the mod policy "${modPolicy}", which names no policy`,
            );
        }
        const found = elements.get(key)?.message.getVersion();
        const base = message.getVersion() === 0 ? undefined : message.getVersion() - 1;
        if (found !== base) {
            throw stale(path, base, found);
        }
    }
}

function stale(path: readonly string[], wanted?: number, found?: number): StaleUpdateError {
    const version = (number?: number) => (number === undefined ? "absent" : `version ${number}`);
    return new StaleUpdateError(
        `the channel has moved on since the update was computed: ${nameOf(path)} is ` +
            `${version(found)}, and the update wants it to be ${version(wanted)}; compute it anew`,
    );
}

/** Puts a group together from its elements; what it does not list any more is gone. */
function groupAt(path: readonly string[], all: ConfigElements): common.ConfigGroup {
    const listed = elementAt("group", path, all);
    const made = new common.ConfigGroup();
    made.setVersion(listed.getVersion());
    made.setModPolicy(listed.getModPolicy() || MOD_POLICY_OF_OLD);
    for (const [name] of listed.getGroupsMap().entries()) {
        made.getGroupsMap().set(name, groupAt([...path, name], all));
    }
    for (const [name] of listed.getValuesMap().entries()) {
        const value = elementAt("value", [...path, name], all).cloneMessage();
        value.setModPolicy(value.getModPolicy() || MOD_POLICY_OF_OLD);
        made.getValuesMap().set(name, value);
    }
    for (const [name] of listed.getPoliciesMap().entries()) {
        const policy = elementAt("policy", [...path, name], all).cloneMessage();
        policy.setModPolicy(policy.getModPolicy() || MOD_POLICY_OF_OLD);
        made.getPoliciesMap().set(name, policy);
    }
    return made;
}

type MessageOf<K extends ElementKind> = Extract<ConfigElement, { kind: K }>["message"];

function elementAt<K extends ElementKind>(
    kind: K,
    path: readonly string[],
    all: ConfigElements,
): MessageOf<K> {
    const found = all.get(elementKey(kind, path));
    if (found?.kind !== kind) {
        throw new Error(`the update keeps ${nameOf(path)}, which does not exist`);
    }
    return found.message as MessageOf<K>;
}

/** What an element says by itself, its version included and its members left out but for their names. */
function contentOf({ kind, message }: ConfigElement): string {
    const head = `${message.getVersion()} ${message.getModPolicy()}`;
    if (kind === "value") {
        return `${head} ${message.getValue_asB64()}`;
    }
    if (kind === "policy") {
        const policy = message.getPolicy();
        return `${head} ${policy?.getType()} ${policy?.getValue_asB64()}`;
    }
    const members = [message.getGroupsMap(), message.getValuesMap(), message.getPoliciesMap()];
    return `${head} ${members.map((map) => [...map.keys()].sort().join()).join(" ")}`;
}

function nameOf(path: readonly string[]): string {
    return `/${path.join("/")}`;
}
