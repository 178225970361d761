import { common } from "@hyperledger/fabric-protos";
import { type Message } from "google-protobuf";

/** What values are read from. */
export type Values = Pick<common.ConfigGroup, "getValuesMap">;

/** A kind of message, as generated classes are. */
export interface MessageType<M> {
    deserializeBinary(bytes: Uint8Array): M;
}

/** A group of a configuration, by the names on the way to it; an empty one where there is none. */
export function subgroup(group: common.ConfigGroup, ...path: string[]): common.ConfigGroup {
    return path.reduce(
        (parent, name) => parent.getGroupsMap().get(name) ?? new common.ConfigGroup(),
        group,
    );
}

/** The group of a whole channel. */
export function channelGroup(config: common.Config): common.ConfigGroup {
    const group = config.getChannelGroup();
    if (group === undefined) {
        throw new Error("the configuration has no channel group; pass that of a config block");
    }
    return group;
}

/** A value of a group, or an empty one where the group has none. */
export function readValue<M>(group: Values, name: string, type: MessageType<M>): M {
    const value = group.getValuesMap().get(name)?.getValue_asU8();
    return type.deserializeBinary(value ?? new Uint8Array());
}

/** Gives a group a value; of a value that it has already, version and mod policy stay as they are. */
export function writeValue(group: Values, name: string, value: Message): void {
    const element = group.getValuesMap().get(name) ?? new common.ConfigValue();
    if (element.getModPolicy() === "") {
        element.setModPolicy("Admins");
    }
    element.setValue(value.serializeBinary());
    group.getValuesMap().set(name, element);
}

/**
 * Changes a value of a group in place, and its bytes only where `edit` changed something.
 *
 * @throws Error where the value has fields that this version does not know and would lose.
 */
export function editValue<M extends Message>(
    group: Values,
    name: string,
    type: MessageType<M>,
    edit: (message: M) => void,
): void {
    const bytes = group.getValuesMap().get(name)?.getValue_asU8() ?? new Uint8Array();
    const message = readWhole(name, type, bytes);
    const before = message.serializeBinary();
    edit(message);
    if (!sameBytes(before, message.serializeBinary())) {
        writeValue(group, name, message);
    }
}

/**
 * A message all of whose fields are known, so that it can be written again without loss.
 *
 * @throws Error where it has others.
 */
export function readWhole<M extends Message>(
    name: string,
    type: MessageType<M>,
    bytes: Uint8Array,
): M {
    const message = type.deserializeBinary(bytes);
    // Maps may be written in another order; what was dropped shows in the length.
    if (message.serializeBinary().length !== bytes.length) {
        throw new Error(
            `the channel's ${name} has settings that this version does not know and would drop; ` +
                "update the package, or change it with Fabric's own tools",
        );
    }
    return message;
}

/** Whether two texts of bytes are the same. */
export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
    return Buffer.compare(one, other) === 0;
}
