import type { ChannelDefinition } from "kubefabric/internal/fabric/channelDefinition";
import type { OrgDefinition } from "kubefabric/internal/fabric/msp";

import { bftOf } from "./goldenChannel.ts";

type Change = (definition: ChannelDefinition) => void;

/** One rule of a channel: a definition that just keeps it and one that just breaks it. */
export interface Rule {
    name: string;

    kind: "raft" | "bft";

    /** Leads to a definition without a problem. */
    right: Change;

    /** Leads to a definition with one problem, at this path, with this reason. */
    wrong: Change;
    path: string;
    reason: RegExp;
}

const MIB = 1024 * 1024;

/** Changes of the golden definitions, so that Fabric can be asked about them too. */
export const RULES: Rule[] = [
    {
        name: "the name of a channel has at most 249 characters",
        kind: "raft",
        right: (channel) => (channel.channelId = "c".repeat(249)),
        wrong: (channel) => (channel.channelId = "c".repeat(250)),
        path: "channelId",
        reason: /has 250 characters and the limit is 249/,
    },
    {
        name: "the name of a channel has no capital letter and no underscore",
        kind: "raft",
        right: (channel) => (channel.channelId = "trade.finance-1"),
        wrong: (channel) => (channel.channelId = "Trade_Finance-1"),
        path: "channelId",
        reason: /"Trade_Finance-1" is not a name of a channel .*; write "trade-finance-1"$/,
    },
    {
        name: "the name of a channel starts with a letter",
        kind: "raft",
        right: (channel) => (channel.channelId = "c1"),
        wrong: (channel) => (channel.channelId = "1c"),
        path: "channelId",
        reason: /"1c" is not a name of a channel .*; write "c"$/,
    },
    {
        name: "the name of a channel is not empty",
        kind: "raft",
        right: (channel) => (channel.channelId = "c"),
        wrong: (channel) => (channel.channelId = ""),
        path: "channelId",
        reason: /"" is not a name of a channel .*; write "channel1"$/,
    },
    {
        name: "the consensus is one that Fabric has",
        kind: "raft",
        right: (channel) => (channel.consensus = "etcdraft"),
        wrong: (channel) => (channel.consensus = "raft" as "etcdraft"),
        path: "consensus",
        reason: /"raft" is not known here; write "etcdraft" or "BFT"$/,
    },
    {
        name: "capabilities are ones that Fabric has",
        kind: "raft",
        right: (channel) => (channel.capabilities.application = "V2_0"),
        wrong: (channel) => (channel.capabilities.application = "V3_0" as "V2_5"),
        path: "capabilities.application",
        reason: /"V3_0" is not known here; write "V2_0" or "V2_5"$/,
    },
    {
        name: "the orderer capability is the newest there is",
        kind: "raft",
        right: (channel) => (channel.capabilities.orderer = "V2_0"),
        wrong: (channel) => (channel.capabilities.orderer = "V3_0" as "V2_0"),
        path: "capabilities.orderer",
        reason: /"V3_0" is not known here; write "V2_0"$/,
    },
    {
        name: "SmartBFT comes with the channel capability V3_0",
        kind: "bft",
        right: (channel) => (channel.capabilities.channel = "V3_0"),
        wrong: (channel) => (channel.capabilities.channel = "V2_0"),
        path: "capabilities.channel",
        reason: /"V2_0" has no SmartBFT; write "V3_0"/,
    },
    {
        name: "some organization runs the ordering nodes",
        kind: "raft",
        right: (channel) => (channel.ordering = channel.ordering.slice(0, 1)),
        wrong: (channel) => (channel.ordering = []),
        path: "ordering",
        reason: /has no organization; name those that run the ordering nodes$/,
    },
    {
        name: "there is a consenter",
        kind: "raft",
        right: (channel) => first(channel).consenters.splice(1),
        wrong: (channel) => first(channel).consenters.splice(0),
        path: "ordering",
        reason: /has no consenter in any organization/,
    },
    {
        name: "SmartBFT has four consenters or more",
        kind: "bft",
        right: (channel) => first(channel).consenters.splice(3),
        wrong: (channel) => first(channel).consenters.splice(2),
        path: "ordering",
        reason: /has 3 consenters, with which SmartBFT survives no fault; name 4 or more/,
    },
    {
        name: "some organization runs peers",
        kind: "raft",
        right: (channel) => (channel.application = channel.application.slice(1)),
        wrong: (channel) => (channel.application = []),
        path: "application",
        reason: /has no organization, and a policy over no organization lets everyone in/,
    },
    {
        name: "an organization is named once among those with peers",
        kind: "raft",
        right: (channel) => channel.application.reverse(),
        wrong: (channel) => channel.application.push(org(channel, 0)),
        path: "application[2].mspId",
        reason: /"Org1MSP" is application\[0\] already; name it once$/,
    },
    {
        name: "an organization is named once among those with ordering nodes",
        kind: "raft",
        right: (channel) => channel.ordering.push(withoutNodes(org(channel, 1))),
        wrong: (channel) => channel.ordering.push(withoutNodes(first(channel))),
        path: "ordering[1].mspId",
        reason: /"OrdererMSP" is ordering\[0\] already; name it once$/,
    },
    {
        name: "an organization with both has one signing CA",
        kind: "bft",
        right: (channel) => (org(channel, 0).anchorPeers = []),
        wrong: (channel) => (org(channel, 0).signingCaPem = first(channel).signingCaPem),
        path: "application[0].signingCaPem",
        reason: /is not that of ordering\[1\], which is "Org1MSP" too/,
    },
    {
        name: "an organization with both has one TLS CA",
        kind: "bft",
        right: (channel) => (org(channel, 0).tlsIntermediatesPem = []),
        wrong: (channel) => (org(channel, 0).tlsCaPem = first(channel).tlsCaPem),
        path: "application[0].tlsCaPem",
        reason: /is not that of ordering\[1\], which is "Org1MSP" too/,
    },
    {
        name: "with V3_0, every ordering organization has endpoints",
        kind: "bft",
        right: (channel) => first(channel).ordererEndpoints.splice(1),
        wrong: (channel) => first(channel).ordererEndpoints.splice(0),
        path: "ordering[0].ordererEndpoints",
        reason: /is empty, and V3_0 wants some of every ordering organization/,
    },
    {
        name: "with V2_0, some ordering organization has endpoints",
        kind: "raft",
        right: (channel) => channel.ordering.push(withoutNodes(org(channel, 1))),
        wrong: (channel) => first(channel).ordererEndpoints.splice(0),
        path: "ordering[0].ordererEndpoints",
        reason: /so that no peer finds the ordering service/,
    },
    {
        name: "an MSP ID is one that Fabric takes",
        kind: "raft",
        right: (channel) => (org(channel, 1).mspId = "org-2.msp"),
        wrong: (channel) => (org(channel, 1).mspId = "org_2"),
        path: "application[1].mspId",
        reason: /is not an MSP ID/,
    },
    {
        name: "the root of an organization signed itself",
        kind: "raft",
        right: (channel) => (org(channel, 1).signingIntermediatesPem = []),
        wrong: ({ application }) => {
            const [, org2] = application;
            Object.assign(org2 ?? {}, {
                signingCaPem: org2?.signingIntermediatesPem?.[0],
                signingIntermediatesPem: [],
            });
        },
        path: "application[1].signingCaPem",
        reason: /CN=issuing.org2" is no root, as it did not sign itself/,
    },
    {
        name: "intermediates lead to the root",
        kind: "raft",
        right: (channel) => (org(channel, 1).tlsIntermediatesPem = []),
        wrong: (channel) => (org(channel, 1).tlsIntermediatesPem = [org(channel, 0).tlsCaPem]),
        path: "application[1].tlsIntermediatesPem[0]",
        reason: /CN=tls-ca.org1" does not lead to tlsCaPem/,
    },
    {
        name: "a consenter's TLS certificate is of its organization's TLS CA",
        kind: "raft",
        right: (channel) => (first(channel).signingCaPem = org(channel, 0).signingCaPem),
        wrong: (channel) => (first(channel).tlsCaPem = org(channel, 0).tlsCaPem),
        path: "ordering[0].consenters[0].tlsCertificatePem",
        reason: /CN=orderer-0" was not issued by the TLS CA of "OrdererMSP"/,
    },
    {
        name: "no two consenters have one TLS key",
        kind: "raft",
        right: (channel) => node(channel, 1),
        wrong: (channel) => {
            node(channel, 1).tlsCertificatePem = node(channel, 0).tlsCertificatePem;
            node(channel, 1).host = "localhost";
        },
        path: "ordering[0].consenters[1].tlsCertificatePem",
        reason: /has the key of ordering\[0\].consenters\[0\] too/,
    },
    {
        name: "no two consenters have one address",
        kind: "raft",
        right: (channel) => {
            Object.assign(node(channel, 0), { host: "localhost", port: 7050 });
            Object.assign(node(channel, 1), { host: "localhost", port: 7051 });
        },
        wrong: (channel) => {
            Object.assign(node(channel, 0), { host: "localhost", port: 7050 });
            Object.assign(node(channel, 1), { host: "localhost", port: 7050 });
        },
        path: "ordering[0].consenters[1]",
        reason: /"localhost:7050" is the address of ordering\[0\].consenters\[0\] too/,
    },
    {
        name: "a consenter's certificate speaks for the host by which it is dialed",
        kind: "raft",
        right: (channel) => (node(channel, 2).host = "127.0.0.1"),
        wrong: (channel) => (node(channel, 2).host = "127.0.0.2"),
        path: "ordering[0].consenters[2].tlsCertificatePem",
        reason: /does not speak for "127.0.0.2", by which the other nodes dial/,
    },
    {
        name: "SmartBFT's consenters have enrollment certificates",
        kind: "bft",
        right: (channel) => node(channel, 1),
        wrong: (channel) => delete node(channel, 1).identityCertificatePem,
        path: "ordering[0].consenters[1].identityCertificatePem",
        reason: /is missing, and SmartBFT knows a node by it/,
    },
    {
        name: "Raft's consenters need none",
        kind: "raft",
        right: (channel) => delete node(channel, 1).identityCertificatePem,
        wrong: (channel) => (node(channel, 1).identityCertificatePem = "x"),
        path: "ordering[0].consenters[1].identityCertificatePem",
        reason: /is not one certificate of a node in PEM but text without a BEGIN line/,
    },
    {
        name: "an enrollment certificate is of its organization's signing CA",
        kind: "bft",
        right: (channel) => node(channel, 2),
        wrong: (channel) =>
            (node(channel, 2).identityCertificatePem = node(channel, 2).tlsCertificatePem),
        path: "ordering[0].consenters[2].identityCertificatePem",
        reason: /was not issued by the signing CA of "OrdererMSP"/,
    },
    {
        name: "no two consenters have one identity",
        kind: "bft",
        right: (channel) => node(channel, 2),
        wrong: (channel) =>
            (node(channel, 2).identityCertificatePem = node(channel, 0).identityCertificatePem),
        path: "ordering[0].consenters[2].identityCertificatePem",
        reason: /has the key of ordering\[0\].consenters\[0\] too/,
    },
    {
        name: "the wait for a block is a duration",
        kind: "raft",
        right: ({ settings }) => (settings.batchTimeout = "1ns"),
        wrong: ({ settings }) => (settings.batchTimeout = "2"),
        path: "settings.batchTimeout",
        reason: /"2" is not a duration of Go, a number with a unit; write "500ms"$/,
    },
    {
        name: "the wait for a block is not nothing",
        kind: "raft",
        right: ({ settings }) => (settings.batchTimeout = "1h30m"),
        wrong: ({ settings }) => (settings.batchTimeout = "0s"),
        path: "settings.batchTimeout",
        reason: /"0s" is no time at all/,
    },
    {
        name: "a block has room for a transaction",
        kind: "raft",
        right: ({ settings }) => (settings.maxMessageCount = 1),
        wrong: ({ settings }) => (settings.maxMessageCount = 0),
        path: "settings.maxMessageCount",
        reason: /0 is not a whole number from 1 to 4294967295; write 500$/,
    },
    {
        name: "a block has a preferred size",
        kind: "raft",
        right: ({ settings }) => (settings.preferredMaxBytes = 1),
        wrong: ({ settings }) => (settings.preferredMaxBytes = 0),
        path: "settings.preferredMaxBytes",
        reason: /0 is not a whole number from 1 to 51380224; write 2097152$/,
    },
    {
        name: "the preferred size of a block is within the largest",
        kind: "raft",
        right: ({ settings }) => (settings.preferredMaxBytes = settings.absoluteMaxBytes),
        wrong: ({ settings }) => (settings.preferredMaxBytes = settings.absoluteMaxBytes + 1),
        path: "settings.preferredMaxBytes",
        reason: /10485761 is more than absoluteMaxBytes, which is 10485760/,
    },
    {
        name: "a block is deliverable: 49 MiB at most",
        kind: "raft",
        right: ({ settings }) => (settings.absoluteMaxBytes = 49 * MIB),
        wrong: ({ settings }) => (settings.absoluteMaxBytes = 49 * MIB + 1),
        path: "settings.absoluteMaxBytes",
        reason: /51380225 is not a whole number from 1 to 51380224/,
    },
    {
        name: "with SmartBFT, a block has room for 10 KiB",
        kind: "bft",
        right: (channel) => limitBlocks(channel, 10_240),
        wrong: (channel) => limitBlocks(channel, 10_239),
        path: "settings.absoluteMaxBytes",
        reason: /10239 is too little for SmartBFT, which wants room for 10240 bytes/,
    },
    {
        name: "with SmartBFT, a block has a byte for each transaction",
        kind: "bft",
        right: ({ settings }) => (settings.maxMessageCount = settings.absoluteMaxBytes),
        wrong: ({ settings }) => (settings.maxMessageCount = settings.absoluteMaxBytes + 1),
        path: "settings.absoluteMaxBytes",
        reason: /20971520 is too little for SmartBFT, which wants room for 20971521 bytes/,
    },
    {
        name: "Raft has its options",
        kind: "raft",
        right: ({ settings }) => delete settings.bft,
        wrong: ({ settings }) => delete settings.raft,
        path: "settings.raft",
        reason: /is missing, and "etcdraft" needs it/,
    },
    {
        name: "SmartBFT has its options",
        kind: "bft",
        right: ({ settings }) => delete settings.raft,
        wrong: ({ settings }) => delete settings.bft,
        path: "settings.bft",
        reason: /is missing, and "BFT" needs it/,
    },
    {
        name: "a tick takes time",
        kind: "raft",
        right: ({ settings }) => Object.assign(settings.raft ?? {}, { tickInterval: "1ms" }),
        wrong: ({ settings }) => Object.assign(settings.raft ?? {}, { tickInterval: "0" }),
        path: "settings.raft.tickInterval",
        reason: /"0" is no time at all; write "500ms"$/,
    },
    {
        name: "time does not run backward",
        kind: "raft",
        right: ({ settings }) => Object.assign(settings.raft ?? {}, { tickInterval: "+5s" }),
        wrong: ({ settings }) => Object.assign(settings.raft ?? {}, { tickInterval: "-5s" }),
        path: "settings.raft.tickInterval",
        reason: /"-5s" is no time at all/,
    },
    {
        name: "an election waits for more than a heartbeat",
        kind: "raft",
        right: ({ settings }) =>
            Object.assign(settings.raft ?? {}, { electionTick: 4, heartbeatTick: 3 }),
        wrong: ({ settings }) =>
            Object.assign(settings.raft ?? {}, { electionTick: 3, heartbeatTick: 3 }),
        path: "settings.raft.electionTick",
        reason: /3 is not more than heartbeatTick, which is 3, .*; write 30$/,
    },
    {
        name: "a leader sends heartbeats",
        kind: "raft",
        right: ({ settings }) => Object.assign(settings.raft ?? {}, { heartbeatTick: 1 }),
        wrong: ({ settings }) => Object.assign(settings.raft ?? {}, { heartbeatTick: 0 }),
        path: "settings.raft.heartbeatTick",
        reason: /0 is not a whole number from 1 to/,
    },
    {
        name: "blocks may be on their way",
        kind: "raft",
        right: ({ settings }) => Object.assign(settings.raft ?? {}, { maxInflightBlocks: 1 }),
        wrong: ({ settings }) => Object.assign(settings.raft ?? {}, { maxInflightBlocks: 0 }),
        path: "settings.raft.maxInflightBlocks",
        reason: /0 is not a whole number from 1 to/,
    },
    {
        name: "the size between snapshots may be left to Fabric, but fits in 32 bits",
        kind: "raft",
        right: ({ settings }) => Object.assign(settings.raft ?? {}, { snapshotIntervalSize: 0 }),
        wrong: ({ settings }) =>
            Object.assign(settings.raft ?? {}, { snapshotIntervalSize: 2 ** 32 }),
        path: "settings.raft.snapshotIntervalSize",
        reason: /4294967296 is not a whole number from 0 to 4294967295; write 16777216$/,
    },
    ...bftRules(),
    {
        name: "a guard of a function names a policy",
        kind: "raft",
        right: ({ settings }) => (settings.acls = { "peer/Propose": "Admins" }),
        wrong: ({ settings }) => (settings.acls = { "peer/Propose": "" }),
        path: 'settings.acls["peer/Propose"]',
        reason: /"" names no policy/,
    },
    {
        name: "a guard's path starts at the channel",
        kind: "raft",
        right: ({ settings }) => (settings.acls = { "peer/Propose": "/Channel/Readers" }),
        wrong: ({ settings }) => (settings.acls = { "peer/Propose": "/Application/Readers" }),
        path: 'settings.acls["peer/Propose"]',
        reason: /"\/Application\/Readers" names no policy/,
    },
];

/** SmartBFT's own checks. */
function bftRules(): Rule[] {
    const orders = [
        ["requestForwardTimeout", "requestComplainTimeout"],
        ["requestComplainTimeout", "requestAutoRemoveTimeout"],
        ["viewChangeResendInterval", "viewChangeTimeout"],
    ] as const;
    const durations = [
        "requestBatchMaxInterval",
        "viewChangeResendInterval",
        "requestForwardTimeout",
        "leaderHeartbeatTimeout",
        "collectTimeout",
    ] as const;
    const numbers = [
        "incomingMessageBufferSize",
        "requestPoolSize",
        "leaderHeartbeatCount",
    ] as const;
    return [
        ...orders.map(([shorter, longer]): Rule => ({
            name: `SmartBFT's ${shorter} is at most its ${longer}`,
            kind: "bft",
            right: (channel) => (bftOf(channel)[shorter] = bftOf(channel)[longer]),
            wrong: (channel) => (bftOf(channel)[shorter] = `${bftOf(channel)[longer]}1ns`),
            path: `settings.bft.${shorter}`,
            reason: new RegExp(`1ns" is longer than ${longer}, which is "`),
        })),
        ...durations.map((setting): Rule => ({
            name: `SmartBFT's ${setting} is a time`,
            kind: "bft",
            right: (channel) => (bftOf(channel)[setting] = "1ms"),
            wrong: (channel) => (bftOf(channel)[setting] = "0ms"),
            path: `settings.bft.${setting}`,
            reason: /"0ms" is no time at all/,
        })),
        ...numbers.map((setting): Rule => ({
            name: `SmartBFT's ${setting} is not nothing`,
            kind: "bft",
            right: (channel) => (bftOf(channel)[setting] = 1),
            wrong: (channel) => (bftOf(channel)[setting] = 0),
            path: `settings.bft.${setting}`,
            reason: /0 is not a whole number from 1 to 9007199254740991/,
        })),
        {
            name: "with SmartBFT, a transaction fits into a block",
            kind: "bft",
            right: (channel) => (bftOf(channel).requestMaxBytes = 20 * MIB),
            wrong: (channel) => (bftOf(channel).requestMaxBytes = 20 * MIB + 1),
            path: "settings.bft.requestMaxBytes",
            reason: /20971521 is more than absoluteMaxBytes, which is 20971520/,
        },
    ];
}

function limitBlocks(definition: ChannelDefinition, absoluteMaxBytes: number): void {
    Object.assign(definition.settings, { absoluteMaxBytes, preferredMaxBytes: 1 });
    bftOf(definition).requestMaxBytes = 0;
}

function first({ ordering }: ChannelDefinition): OrgDefinition {
    return there(ordering[0]);
}

function org({ application }: ChannelDefinition, index: number): OrgDefinition {
    return there(application[index]);
}

function node(definition: ChannelDefinition, index: number): OrgDefinition["consenters"][number] {
    return there(first(definition).consenters[index]);
}

function withoutNodes(definition: OrgDefinition): OrgDefinition {
    return { ...definition, consenters: [], ordererEndpoints: [] };
}

function there<T>(value: T | undefined): T {
    if (value === undefined) {
        throw new Error("the golden definition has changed");
    }
    return value;
}
