import { common } from "@hyperledger/fabric-protos";

import { configOf } from "kubefabric/internal/fabric/block";
import type { ChannelDefinition } from "kubefabric/internal/fabric/channelDefinition";
import { configTree } from "kubefabric/internal/fabric/configTree";
import { applyUpdate, computeUpdate } from "kubefabric/internal/fabric/configUpdate";
import { subgroup } from "kubefabric/internal/fabric/configValues";
import { buildGenesisBlock } from "kubefabric/internal/fabric/genesisBlock";
import { implicitMeta } from "kubefabric/internal/fabric/policies";

import { bftOf, changed, goldenDefinition } from "./goldenChannel.ts";

type Kind = "raft" | "bft";

/** One change of a channel: what it is before and after. */
export interface UpdateCase {
    channelId: string;
    original: common.Config;
    updated: common.Config;
}

/** The configuration of a channel that was just made. */
export function configFrom(definition: ChannelDefinition): common.Config {
    return configOf(buildGenesisBlock(definition)).config;
}

/** Changes of the golden channels, by name; `configtxlator` computed the same in `updates.json`. */
export function updateCases(): Record<string, UpdateCase> {
    const [timeout, size] = [toTimeout("900ms"), toSize(77)];
    return {
        "batch timeout": change("raft", timeout),
        "batch size": change("raft", size),
        "batch size and timeout": change("raft", timeout, size),
        "batch size after the timeout": afterwards([timeout], [timeout, size]),
        "timeout for the second time": afterwards([timeout], [toTimeout("901ms")]),
        "organization added": change("raft", addOrg),
        "organization added after another was removed": afterwards(
            [(channel) => channel.application.pop()],
            [(channel) => channel.application.pop(), addOrg],
        ),
        "organization removed": change("raft", (channel) => channel.application.pop()),
        "anchor peers changed": change("raft", (channel) => {
            channel.application[0]!.anchorPeers.pop();
        }),
        "anchor peers removed": change("raft", noAnchors),
        "anchor peers set": afterwards([noAnchors], []),
        "root of an organization": change("raft", (channel) => {
            channel.application[1]!.signingCaPem = channel.application[0]!.signingCaPem;
        }),
        "consenter added": change("raft", addConsenter),
        "consenter removed": change("raft", (channel) => channel.ordering[0]!.consenters.pop()),
        "consenter of SmartBFT added": change("bft", (channel) => {
            const [first] = channel.ordering[0]!.consenters;
            channel.ordering[0]!.consenters.push({ ...first!, host: "orderer-4.orderer.svc" });
        }),
        "consenter of SmartBFT moved": change("bft", (channel) => {
            channel.ordering[1]!.consenters[0]!.host = "elsewhere.org1.svc";
        }),
        "endpoints of an ordering organization": change("raft", (channel) => {
            channel.ordering[0]!.ordererEndpoints.push("orderer-9.orderer.svc:7050");
        }),
        "guard of a function": change("raft", (channel) => {
            channel.settings.acls = { ...channel.settings.acls, "qscc/GetBlockByHash": "Admins" };
        }),
        "guards removed": change("raft", (channel) => (channel.settings.acls = {})),
        "capability of the channel": change("raft", (channel) => {
            channel.capabilities.channel = "V3_0";
        }),
        "options of Raft": change("raft", ({ settings: { raft } }) => (raft!.electionTick = 11)),
        "options of SmartBFT": change("bft", (channel) => (bftOf(channel).collectTimeout = "9s")),
        "policy changed": edited((channel) => {
            const admins = subgroup(channel, "Application").getPoliciesMap().get("Admins");
            admins?.setPolicy(implicitMeta("ANY", "Admins"));
        }),
        "policy added": edited((channel) => {
            const policy = new common.ConfigPolicy();
            policy.setModPolicy("Admins");
            policy.setPolicy(implicitMeta("ALL", "Readers"));
            subgroup(channel, "Application", "Org1MSP").getPoliciesMap().set("Audit", policy);
        }),
        "policy removed": edited((channel) => {
            subgroup(channel, "Application").getPoliciesMap().del("Endorsement");
        }),
        "mod policy of a value": edited((channel) => {
            const value = subgroup(channel, "Orderer").getValuesMap().get("BatchSize");
            value?.setModPolicy("/Channel/Orderer/Writers");
        }),
        "mod policy of a group": edited((channel) => {
            subgroup(channel, "Application", "Org2MSP").setModPolicy("/Channel/Admins");
        }),
        "empty group added": edited((channel) => {
            const group = new common.ConfigGroup();
            group.setModPolicy("Admins");
            channel.getGroupsMap().set("Empty", group);
        }),
        "everything at once": change("raft", timeout, size, addOrg, noAnchors, addConsenter),
    };
}

type Change = (definition: ChannelDefinition) => unknown;

function change(kind: Kind, ...changes: Change[]): UpdateCase {
    const { channelId } = goldenDefinition(kind);
    return {
        channelId,
        original: configFrom(changed(kind, () => {})),
        updated: tree(kind, changes),
    };
}

/** A change of a channel that was changed before. */
function afterwards(before: Change[], after: Change[]): UpdateCase {
    const { channelId, original: first } = change("raft");
    const original = applyUpdate(first, computeUpdate(channelId, first, tree("raft", before)));
    return { channelId, original, updated: tree("raft", after) };
}

function edited(edit: (channel: common.ConfigGroup) => void): UpdateCase {
    const made = change("raft");
    edit(made.updated.getChannelGroup()!);
    return made;
}

/** What the changed definition would be as a new channel; its versions say nothing. */
function tree(kind: Kind, changes: Change[]): common.Config {
    const config = new common.Config();
    const all = (definition: ChannelDefinition) => changes.forEach((one) => one(definition));
    config.setChannelGroup(configTree(changed(kind, all)));
    return config;
}

function toTimeout(batchTimeout: string): Change {
    return ({ settings }) => (settings.batchTimeout = batchTimeout);
}

function toSize(maxMessageCount: number): Change {
    return ({ settings }) => (settings.maxMessageCount = maxMessageCount);
}

function noAnchors(channel: ChannelDefinition): void {
    channel.application[1]!.anchorPeers = [];
}

function addOrg(channel: ChannelDefinition): void {
    channel.application.push({ ...channel.ordering[0]!, mspId: "Org3MSP" });
}

function addConsenter(channel: ChannelDefinition): void {
    const [consenter] = goldenDefinition("bft").ordering[1]!.consenters;
    channel.ordering[0]!.consenters.push(consenter!);
}
