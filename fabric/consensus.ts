import { common, orderer } from "@hyperledger/fabric-protos";
import { type Message } from "google-protobuf";

import {
    type BftSettings,
    type ChannelConsenter,
    type ChannelDefinition,
    type ChannelSettings,
    consentersOf,
    type RaftSettings,
} from "./channelDefinition";
import { implicitMeta, quorumOf } from "./policies";

const UTF8 = new TextEncoder();

/** Who must have signed a block, so that peers take it. */
export function blockValidation(definition: ChannelDefinition): common.Policy {
    return definition.consensus === "BFT"
        ? quorumOf(consentersOf(definition))
        : implicitMeta("ANY", "Writers");
}

/** Values of the channel's `Orderer` group but for its capabilities. */
export function ordererValues(definition: ChannelDefinition): Record<string, Message> {
    const { settings } = definition;
    const consenters = consentersOf(definition);
    return {
        BatchSize: batchSize(settings),
        BatchTimeout: batchTimeout(settings),
        ChannelRestrictions: new orderer.ChannelRestrictions(),
        ConsensusType: consensusType(definition, consenters),
        ...(definition.consensus === "BFT" ? { Orderers: orderers(consenters) } : {}),
    };
}

function batchSize(settings: ChannelSettings): orderer.BatchSize {
    const value = new orderer.BatchSize();
    value.setMaxMessageCount(settings.maxMessageCount);
    value.setAbsoluteMaxBytes(settings.absoluteMaxBytes);
    value.setPreferredMaxBytes(settings.preferredMaxBytes);
    return value;
}

function batchTimeout(settings: ChannelSettings): orderer.BatchTimeout {
    const value = new orderer.BatchTimeout();
    value.setTimeout(settings.batchTimeout);
    return value;
}

function consensusType(
    { consensus, settings }: ChannelDefinition,
    consenters: ChannelConsenter[],
): orderer.ConsensusType {
    const { raft, bft } = settings;
    const value = new orderer.ConsensusType();
    value.setType(consensus);
    if (consensus === "BFT" && bft !== undefined) {
        value.setMetadata(bftOptions(bft, settings).serializeBinary());
    }
    if (consensus === "etcdraft" && raft !== undefined) {
        value.setMetadata(raftMetadata(raft, consenters).serializeBinary());
    }
    return value;
}

function raftMetadata(
    raft: RaftSettings,
    consenters: ChannelConsenter[],
): orderer.etcdraft.ConfigMetadata {
    const metadata = new orderer.etcdraft.ConfigMetadata();
    metadata.setConsentersList(
        consenters.map(({ host, port, tlsCertificatePem }) => {
            const consenter = new orderer.etcdraft.Consenter();
            consenter.setHost(host);
            consenter.setPort(port);
            consenter.setClientTlsCert(UTF8.encode(tlsCertificatePem));
            consenter.setServerTlsCert(UTF8.encode(tlsCertificatePem));
            return consenter;
        }),
    );
    metadata.setOptions(raftOptions(raft));
    return metadata;
}

/** Raft's options; of `options` everything that they do not name is kept. */
export function raftOptions(
    raft: RaftSettings,
    options = new orderer.etcdraft.Options(),
): orderer.etcdraft.Options {
    options.setTickInterval(raft.tickInterval);
    options.setElectionTick(raft.electionTick);
    options.setHeartbeatTick(raft.heartbeatTick);
    options.setMaxInflightBlocks(raft.maxInflightBlocks);
    options.setSnapshotIntervalSize(raft.snapshotIntervalSize);
    return options;
}

/**
 * SmartBFT's options; of `options` everything that they do not name is kept. Size and number of
 * requests repeat the batch size, which is what Fabric reads in their place.
 */
export function bftOptions(
    bft: BftSettings,
    settings: ChannelSettings,
    options = new orderer.smartbft.Options(),
): orderer.smartbft.Options {
    options.setRequestBatchMaxCount(settings.maxMessageCount);
    options.setRequestBatchMaxBytes(settings.absoluteMaxBytes);
    options.setRequestBatchMaxInterval(bft.requestBatchMaxInterval);
    options.setIncomingMessageBufferSize(bft.incomingMessageBufferSize);
    options.setRequestPoolSize(bft.requestPoolSize);
    options.setRequestForwardTimeout(bft.requestForwardTimeout);
    options.setRequestComplainTimeout(bft.requestComplainTimeout);
    options.setRequestAutoRemoveTimeout(bft.requestAutoRemoveTimeout);
    options.setRequestMaxBytes(bft.requestMaxBytes);
    options.setViewChangeResendInterval(bft.viewChangeResendInterval);
    options.setViewChangeTimeout(bft.viewChangeTimeout);
    options.setLeaderHeartbeatTimeout(bft.leaderHeartbeatTimeout);
    options.setLeaderHeartbeatCount(bft.leaderHeartbeatCount);
    options.setCollectTimeout(bft.collectTimeout);
    options.setSyncOnStart(bft.syncOnStart);
    options.setSpeedUpViewChange(bft.speedUpViewChange);
    return options;
}

function orderers(consenters: ChannelConsenter[]): common.Orderers {
    const value = new common.Orderers();
    value.setConsenterMappingList(
        consenters.map(
            ({ id, host, port, mspId, tlsCertificatePem, identityCertificatePem = "" }) => {
                const consenter = new common.Consenter();
                consenter.setId(id);
                consenter.setHost(host);
                consenter.setPort(port);
                consenter.setMspId(mspId);
                consenter.setIdentity(UTF8.encode(identityCertificatePem));
                consenter.setClientTlsCert(UTF8.encode(tlsCertificatePem));
                consenter.setServerTlsCert(UTF8.encode(tlsCertificatePem));
                return consenter;
            },
        ),
    );
    return value;
}
