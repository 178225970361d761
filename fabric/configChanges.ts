import { common, orderer, peer } from "@hyperledger/fabric-protos";

import { type ChannelDefinition } from "./channelDefinition";
import { changeProblems } from "./changeProblems";
import {
    channelGroup,
    editValue,
    readWhole,
    sameBytes,
    subgroup,
    writeValue,
} from "./configValues";
import { bftOptions, ordererValues, raftOptions } from "./consensus";
import { wantedConsenters } from "./consenterChanges";
import { writeConsenters } from "./consenterList";
import { changeOrgs } from "./orgChanges";
import { CAPABILITIES_IN_ORDER, type WantedChannel } from "./wantedChannel";

export { changeProblems } from "./changeProblems";
export { type WantedChannel } from "./wantedChannel";

/**
 * The configuration that a channel is to have: what it has today, with the definition made true.
 * Whatever the definition says nothing of stays as it is, byte for byte: organizations and policies
 * that others added, and certificates that were renewed with their keys.
 *
 * @throws Error listing every problem of the definition and of the change.
 */
export function desiredConfig(current: common.Config, wanted: WantedChannel): common.Config {
    const problems = changeProblems(current, wanted);
    if (problems.length > 0) {
        const lines = problems.map(({ path, reason }) => `  ${path}: ${reason}`);
        const { channelId } = wanted.definition;
        throw new Error([`channel "${channelId}" cannot be changed`, ...lines].join("\n"));
    }
    const { definition, previous } = wanted;
    const config = current.cloneMessage();
    const channel = channelGroup(config);
    const [ordering, application] = ["Orderer", "Application"].map((name) =>
        subgroup(channel, name),
    ) as [common.ConfigGroup, common.ConfigGroup];
    // Who owns a consenter is read from the organizations that are in the channel today.
    const consenters = wantedConsenters(ordering, wanted);

    changeCapability(channel, definition.capabilities.channel);
    changeCapability(ordering, definition.capabilities.orderer);
    changeCapability(application, definition.capabilities.application);
    changeBatch(ordering, definition);
    changeOptions(ordering, definition);
    changeGuards(application, definition.settings.acls, previous?.settings.acls);
    changeOrgs(ordering, "ordering", wanted);
    changeOrgs(application, "application", wanted);
    writeConsenters(ordering, consenters);
    return config;
}

function changeCapability(group: common.ConfigGroup, wanted: string): void {
    editValue(group, "Capabilities", common.Capabilities, (value) => {
        const map = value.getCapabilitiesMap();
        if (map.has(wanted)) {
            return;
        }
        CAPABILITIES_IN_ORDER.forEach((older) => map.del(older));
        map.set(wanted, new common.Capability());
    });
}

function changeBatch(ordering: common.ConfigGroup, definition: ChannelDefinition): void {
    const { BatchSize, BatchTimeout } = ordererValues(definition);
    for (const [name, type, wanted] of [
        ["BatchSize", orderer.BatchSize, BatchSize],
        ["BatchTimeout", orderer.BatchTimeout, BatchTimeout],
    ] as const) {
        const present = ordering.getValuesMap().get(name)?.getValue_asU8() ?? new Uint8Array();
        const before = readWhole<orderer.BatchSize | orderer.BatchTimeout>(name, type, present);
        if (
            wanted !== undefined &&
            !sameBytes(before.serializeBinary(), wanted.serializeBinary())
        ) {
            writeValue(ordering, name, wanted);
        }
    }
}

function changeOptions(ordering: common.ConfigGroup, { settings }: ChannelDefinition): void {
    const { raft, bft } = settings;
    editValue(ordering, "ConsensusType", orderer.ConsensusType, (type) => {
        const bytes = type.getMetadata_asU8();
        if (bft !== undefined) {
            const options = readWhole("ConsensusType", orderer.smartbft.Options, bytes);
            type.setMetadata(bftOptions(bft, settings, options).serializeBinary());
        } else if (raft !== undefined) {
            const { ConfigMetadata } = orderer.etcdraft;
            const metadata = readWhole("ConsensusType", ConfigMetadata, bytes);
            metadata.setOptions(raftOptions(raft, metadata.getOptions()));
            type.setMetadata(metadata.serializeBinary());
        }
    });
}

function changeGuards(
    application: common.ConfigGroup,
    wanted: Record<string, string> = {},
    before: Record<string, string> = {},
): void {
    editValue(application, "ACLs", peer.ACLs, (value) => {
        const map = value.getAclsMap();
        for (const resource of Object.keys(before)) {
            if (!Object.hasOwn(wanted, resource)) {
                map.del(resource);
            }
        }
        for (const [resource, policyRef] of Object.entries(wanted)) {
            const api = new peer.APIResource();
            api.setPolicyRef(policyRef);
            map.set(resource, api);
        }
    });
    const left = application.getValuesMap().get("ACLs")?.getValue_asU8();
    if (left?.length === 0) {
        application.getValuesMap().del("ACLs");
    }
}
