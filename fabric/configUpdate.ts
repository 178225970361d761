import { common } from "@hyperledger/fabric-protos";

import { channelGroup, sameBytes } from "./configValues";

export { applyUpdate, hasUpdate, StaleUpdateError } from "./configUpdateResult";

type Group = common.ConfigGroup;
type Value = common.ConfigValue;
type Policy = common.ConfigPolicy;

/** What a part of an update says of one element: that it was read, and what is written. */
interface Change<E> {
    read?: E;
    written: E;
}

/** The elements of one kind in a group, compared. */
interface Compared<E> {
    changed: Map<string, Change<E>>;

    /** Elements that stay, each with nothing but its version. */
    same: Map<string, E>;

    /** Whether an element came or went. */
    membersChanged: boolean;
}

/**
 * The update that leads from one configuration to another, the same that `configtxlator
 * compute_update` computes: of what changed everything, of what stays no more than Fabric needs, so
 * that two updates of different matters do not get in each other's way. Its elements are in the order
 * of their names, in which Fabric's own tool has none.
 *
 * @throws Error where the two do not differ.
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/internal/configtxlator/update/update.go
 */
export function computeUpdate(
    channelId: string,
    original: common.Config,
    updated: common.Config,
): common.ConfigUpdate {
    const change = compareGroups(channelGroup(original), channelGroup(updated));
    if (change?.read === undefined) {
        throw new Error(
            `channel "${channelId}": the two configurations do not differ, so there is no update`,
        );
    }
    const update = new common.ConfigUpdate();
    update.setChannelId(channelId);
    update.setReadSet(change.read);
    update.setWriteSet(change.written);
    return update;
}

/** Whether a configuration wants another channel than the one that there is. */
export function differs(original: common.Config, updated: common.Config): boolean {
    return compareGroups(channelGroup(original), channelGroup(updated)) !== undefined;
}

/** What becomes of a group; nothing where it and everything in it stays. */
function compareGroups(before: Group, after: Group): Change<Group> | undefined {
    const policies = compareMembers(
        before.getPoliciesMap(),
        after.getPoliciesMap(),
        comparePolicies,
        (policy) => policyAt(0, policy),
        (policy) => versioned(new common.ConfigPolicy(), policy.getVersion()),
    );
    const values = compareMembers(
        before.getValuesMap(),
        after.getValuesMap(),
        compareValues,
        (value) => valueAt(0, value),
        (value) => versioned(new common.ConfigValue(), value.getVersion()),
    );
    const groups = compareMembers(
        before.getGroupsMap(),
        after.getGroupsMap(),
        compareGroups,
        newGroup,
        (group) => versioned(new common.ConfigGroup(), group.getVersion()),
    );
    const parts = [policies, values, groups];
    const replaced =
        parts.some(({ membersChanged }) => membersChanged) ||
        before.getModPolicy() !== after.getModPolicy();
    if (!replaced && parts.every(({ changed }) => changed.size === 0)) {
        return undefined;
    }
    const version = before.getVersion();
    const read = versioned(new common.ConfigGroup(), version);
    const written = versioned(new common.ConfigGroup(), replaced ? version + 1 : version);
    write(policies, replaced, read.getPoliciesMap(), written.getPoliciesMap());
    write(values, replaced, read.getValuesMap(), written.getValuesMap());
    write(groups, replaced, read.getGroupsMap(), written.getGroupsMap());
    if (replaced) {
        written.setModPolicy(after.getModPolicy());
    }
    return { read, written };
}

/** As much of a map of the generated classes as is used here. */
interface Members<E> {
    entries(): Iterable<[string, E]>;
    get(name: string): E | undefined;
    has(name: string): boolean;
    set(name: string, element: E): unknown;
}

function compareMembers<E>(
    before: Members<E>,
    after: Members<E>,
    compare: (before: E, after: E) => Change<E> | undefined,
    asNew: (element: E) => E,
    asSame: (element: E) => E,
): Compared<E> {
    const found: Compared<E> = { changed: new Map(), same: new Map(), membersChanged: false };
    for (const [name, element] of before.entries()) {
        const other = after.get(name);
        if (other === undefined) {
            found.membersChanged = true;
            continue;
        }
        const change = compare(element, other);
        if (change === undefined) {
            found.same.set(name, asSame(element));
        } else {
            found.changed.set(name, change);
        }
    }
    for (const [name, element] of after.entries()) {
        if (!before.has(name)) {
            found.membersChanged = true;
            found.changed.set(name, { written: asNew(element) });
        }
    }
    return found;
}

/** A group that is replaced lists all its members, so that Fabric knows which ones it keeps. */
function write<E>(
    { changed, same }: Compared<E>,
    replaced: boolean,
    read: Members<E>,
    written: Members<E>,
): void {
    for (const [name, change] of changed) {
        if (change.read !== undefined) {
            read.set(name, change.read);
        }
        written.set(name, change.written);
    }
    for (const [name, element] of replaced ? same : []) {
        read.set(name, element);
        written.set(name, element);
    }
}

function compareValues(before: Value, after: Value): Change<Value> | undefined {
    const same =
        before.getModPolicy() === after.getModPolicy() &&
        sameBytes(before.getValue_asU8(), after.getValue_asU8());
    return same ? undefined : { written: valueAt(before.getVersion() + 1, after) };
}

function comparePolicies(before: Policy, after: Policy): Change<Policy> | undefined {
    const same =
        before.getModPolicy() === after.getModPolicy() &&
        samePolicy(before.getPolicy(), after.getPolicy());
    return same ? undefined : { written: policyAt(before.getVersion() + 1, after) };
}

function samePolicy(before?: common.Policy, after?: common.Policy): boolean {
    return before === undefined || after === undefined
        ? before === after
        : before.getType() === after.getType() &&
              sameBytes(before.getValue_asU8(), after.getValue_asU8());
}

function valueAt(version: number, value: Value): Value {
    return versioned(value.cloneMessage(), version);
}

function policyAt(version: number, policy: Policy): Policy {
    return versioned(policy.cloneMessage(), version);
}

/** A group that the channel does not have yet, with everything in it: all at version 0. */
function newGroup(group: Group): Group {
    const made = new common.ConfigGroup();
    made.setModPolicy(group.getModPolicy());
    for (const [name, policy] of group.getPoliciesMap().entries()) {
        made.getPoliciesMap().set(name, policyAt(0, policy));
    }
    for (const [name, value] of group.getValuesMap().entries()) {
        made.getValuesMap().set(name, valueAt(0, value));
    }
    for (const [name, child] of group.getGroupsMap().entries()) {
        made.getGroupsMap().set(name, newGroup(child));
    }
    return made;
}

function versioned<E extends { setVersion(version: number): unknown }>(
    element: E,
    version: number,
): E {
    element.setVersion(version);
    return element;
}
