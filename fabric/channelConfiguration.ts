import { createHash } from "node:crypto";

import { common, msp, orderer, peer } from "@hyperledger/fabric-protos";

import { configOf } from "./block";
import {
    type BftSettings,
    type ChannelDefinition,
    type ChannelSettings,
    type RaftSettings,
} from "./channelDefinition";
import { readValue, subgroup, type Values } from "./configValues";
import { type HostPort } from "./msp";
import { publicKeyFingerprint } from "./x509";

/** The configuration of a living channel as plain data. */
export interface ChannelConfiguration extends ChannelSettings {
    channelId: string;

    /** How many config updates the channel has seen. */
    sequence: number;

    /** `etcdraft` or `BFT` in channels that this package makes. */
    consensus: string;

    capabilities: Record<keyof ChannelDefinition["capabilities"], string[]>;

    consenters: ConfiguredConsenter[];

    /** Organizations with ordering nodes, by MSP ID. */
    ordering: ConfiguredOrderingOrg[];

    /** Organizations with peers, by MSP ID. */
    application: ConfiguredApplicationOrg[];
}

/** A consenter. Keys are given as `publicKeyFingerprint`, which a renewed certificate keeps. */
export interface ConfiguredConsenter extends HostPort {
    tlsPublicKey: string;

    /** With SmartBFT only. */
    mspId?: string;

    /** With SmartBFT only. */
    identityPublicKey?: string;
}

interface ConfiguredOrg {
    mspId: string;

    /** Keys of its signing CAs, the root first, as `publicKeyFingerprint`. */
    signingCas: string[];

    /** Keys of its TLS CAs, the root first, as `publicKeyFingerprint`. */
    tlsCas: string[];

    /** SHA-256 of each of its revocation lists, hex; absent without any. */
    revocationLists?: string[];
}

export interface ConfiguredOrderingOrg extends ConfiguredOrg {
    endpoints: string[];
}

export interface ConfiguredApplicationOrg extends ConfiguredOrg {
    anchorPeers: HostPort[];
}

/**
 * Reads the configuration out of a config block, to be compared with what a program wants.
 *
 * @throws Error where the block is no config block.
 */
export function settingsOf(block: Uint8Array): ChannelConfiguration {
    const { channelId, config } = configOf(block);
    return configurationOf(channelId, config);
}

/** The same of a configuration that is at hand. */
export function configurationOf(channelId: string, config: common.Config): ChannelConfiguration {
    const channel = config.getChannelGroup() ?? new common.ConfigGroup();
    const ordering = subgroup(channel, "Orderer");
    const application = subgroup(channel, "Application");
    return {
        channelId,
        sequence: config.getSequence(),
        ...batchSettings(ordering),
        ...consensusSettings(ordering),
        ...aclSettings(application),
        capabilities: {
            channel: capabilitiesIn(channel),
            orderer: capabilitiesIn(ordering),
            application: capabilitiesIn(application),
        },
        ordering: organizationsIn(ordering, (group) => ({
            ...organization(group),
            endpoints: readValue(group, "Endpoints", common.OrdererAddresses).getAddressesList(),
        })),
        application: organizationsIn(application, (group) => ({
            ...organization(group),
            anchorPeers: readValue(group, "AnchorPeers", peer.AnchorPeers)
                .getAnchorPeersList()
                .map((anchor) => ({ host: anchor.getHost(), port: anchor.getPort() })),
        })),
    };
}

function batchSettings(group: Values): Omit<ChannelSettings, "raft" | "bft" | "acls"> {
    const size = readValue(group, "BatchSize", orderer.BatchSize);
    return {
        batchTimeout: readValue(group, "BatchTimeout", orderer.BatchTimeout).getTimeout(),
        maxMessageCount: size.getMaxMessageCount(),
        absoluteMaxBytes: size.getAbsoluteMaxBytes(),
        preferredMaxBytes: size.getPreferredMaxBytes(),
    };
}

function consensusSettings(
    group: Values,
): Pick<ChannelConfiguration, "consensus" | "consenters" | "raft" | "bft"> {
    const type = readValue(group, "ConsensusType", orderer.ConsensusType);
    const consensus = type.getType();
    if (consensus === "BFT") {
        const options = orderer.smartbft.Options.deserializeBinary(type.getMetadata_asU8());
        const mapping = readValue(group, "Orderers", common.Orderers).getConsenterMappingList();
        return { consensus, bft: bftSettings(options), consenters: mapping.map(bftConsenter) };
    }
    if (consensus === "etcdraft") {
        const metadata = orderer.etcdraft.ConfigMetadata.deserializeBinary(type.getMetadata_asU8());
        const options = metadata.getOptions() ?? new orderer.etcdraft.Options();
        const consenters = metadata.getConsentersList().map(raftConsenter);
        return { consensus, raft: raftSettings(options), consenters };
    }
    return { consensus, consenters: [] };
}

function raftSettings(options: orderer.etcdraft.Options): RaftSettings {
    return {
        tickInterval: options.getTickInterval(),
        electionTick: options.getElectionTick(),
        heartbeatTick: options.getHeartbeatTick(),
        maxInflightBlocks: options.getMaxInflightBlocks(),
        snapshotIntervalSize: options.getSnapshotIntervalSize(),
    };
}

function bftSettings(options: orderer.smartbft.Options): BftSettings {
    return {
        requestBatchMaxInterval: options.getRequestBatchMaxInterval(),
        incomingMessageBufferSize: options.getIncomingMessageBufferSize(),
        requestPoolSize: options.getRequestPoolSize(),
        requestForwardTimeout: options.getRequestForwardTimeout(),
        requestComplainTimeout: options.getRequestComplainTimeout(),
        requestAutoRemoveTimeout: options.getRequestAutoRemoveTimeout(),
        viewChangeResendInterval: options.getViewChangeResendInterval(),
        viewChangeTimeout: options.getViewChangeTimeout(),
        leaderHeartbeatTimeout: options.getLeaderHeartbeatTimeout(),
        leaderHeartbeatCount: options.getLeaderHeartbeatCount(),
        collectTimeout: options.getCollectTimeout(),
        syncOnStart: options.getSyncOnStart(),
        speedUpViewChange: options.getSpeedUpViewChange(),
        requestMaxBytes: options.getRequestMaxBytes(),
    };
}

function raftConsenter(consenter: orderer.etcdraft.Consenter): ConfiguredConsenter {
    return {
        host: consenter.getHost(),
        port: consenter.getPort(),
        tlsPublicKey: keyOf(consenter.getServerTlsCert_asU8()),
    };
}

function bftConsenter(consenter: common.Consenter): ConfiguredConsenter {
    return {
        host: consenter.getHost(),
        port: consenter.getPort(),
        mspId: consenter.getMspId(),
        tlsPublicKey: keyOf(consenter.getServerTlsCert_asU8()),
        identityPublicKey: keyOf(consenter.getIdentity_asU8()),
    };
}

function aclSettings(group: Values): Pick<ChannelSettings, "acls"> {
    const acls = [...readValue(group, "ACLs", peer.ACLs).getAclsMap().entries()];
    return acls.length === 0
        ? {}
        : { acls: Object.fromEntries(acls.map(([name, api]) => [name, api.getPolicyRef()])) };
}

function capabilitiesIn(group: Values): string[] {
    return [
        ...readValue(group, "Capabilities", common.Capabilities).getCapabilitiesMap().keys(),
    ].sort();
}

function organizationsIn<Org extends ConfiguredOrg>(
    group: common.ConfigGroup,
    describe: (org: common.ConfigGroup) => Org,
): Org[] {
    return [...group.getGroupsMap().entries()]
        .map(([, org]) => describe(org))
        .sort((left, right) => (left.mspId < right.mspId ? -1 : 1));
}

/** MSP ID of an organization of a channel; in general, but not always, the name of its group. */
export function mspIdOf(group: Values): string {
    return mspIn(group).getName();
}

function mspIn(group: Values): msp.FabricMSPConfig {
    const config = readValue(group, "MSP", msp.MSPConfig).getConfig_asU8();
    return msp.FabricMSPConfig.deserializeBinary(config);
}

function organization(group: Values): ConfiguredOrg {
    const fabric = mspIn(group);
    const lists = fabric.getRevocationListList_asU8();
    return {
        mspId: fabric.getName(),
        signingCas: [
            ...fabric.getRootCertsList_asU8(),
            ...fabric.getIntermediateCertsList_asU8(),
        ].map(keyOf),
        tlsCas: [
            ...fabric.getTlsRootCertsList_asU8(),
            ...fabric.getTlsIntermediateCertsList_asU8(),
        ].map(keyOf),
        ...(lists.length === 0 ? {} : { revocationLists: lists.map(hashOf) }),
    };
}

function hashOf(list: Uint8Array): string {
    return createHash("sha256").update(list).digest("hex");
}

function keyOf(certificate: Uint8Array): string {
    return publicKeyFingerprint(Buffer.from(certificate).toString());
}
