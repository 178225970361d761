import { createHash } from "node:crypto";

import { common } from "@hyperledger/fabric-protos";
import { Timestamp } from "google-protobuf/google/protobuf/timestamp_pb";

import { blockDataHash } from "./block";
import { type ChannelDefinition } from "./channelDefinition";
import { channelProblems } from "./channelProblems";
import { configTree } from "./configTree";
import { transactionId } from "./signing";

export { type BlockDescription, describeBlock } from "./block";
export { type ChannelConfiguration, settingsOf } from "./channelConfiguration";

const NONCE_BYTES = 24;

/** Version of the header of a configuration, which Fabric writes and never reads. */
const MESSAGE_VERSION = 1;

/** Nobody signs a first block, and most of its metadata is empty. */
const NOTHING = new Uint8Array();

/**
 * The first block of a channel, serialized.
 *
 * Fabric's own tool draws a nonce and takes the time, so that it never makes the same block twice.
 * Nothing reads either of them in a first block: here the nonce is derived from the configuration and
 * the time is zero, so that the same definition is the same block, byte for byte.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/common/genesis/genesis.go#L37
 * @throws Error listing every problem of the definition, as the block could never be mended.
 */
export function buildGenesisBlock(definition: ChannelDefinition): Uint8Array {
    const problems = channelProblems(definition);
    if (problems.length > 0) {
        const lines = problems.map(({ path, reason }) => `  ${path}: ${reason}`);
        throw new Error([`channel "${definition.channelId}" is not valid`, ...lines].join("\n"));
    }
    const config = new common.Config();
    config.setChannelGroup(configTree(definition));
    const configEnvelope = new common.ConfigEnvelope();
    configEnvelope.setConfig(config);
    const data = configEnvelope.serializeBinary();

    const payload = new common.Payload();
    payload.setHeader(envelopeHeader(definition.channelId, data));
    payload.setData(data);
    const envelope = new common.Envelope();
    envelope.setPayload(payload.serializeBinary());
    return firstBlock(envelope).serializeBinary();
}

function envelopeHeader(channelId: string, data: Uint8Array): common.Header {
    const nonce = createHash("sha256").update(channelId).update(data).digest();
    const signature = new common.SignatureHeader();
    signature.setNonce(nonce.subarray(0, NONCE_BYTES));

    const channel = new common.ChannelHeader();
    channel.setType(common.HeaderType.CONFIG);
    channel.setVersion(MESSAGE_VERSION);
    channel.setTimestamp(new Timestamp());
    channel.setChannelId(channelId);
    channel.setTxId(transactionId(signature.getNonce_asU8(), NOTHING));

    const header = new common.Header();
    header.setChannelHeader(channel.serializeBinary());
    header.setSignatureHeader(signature.serializeBinary());
    return header;
}

function firstBlock(envelope: common.Envelope): common.Block {
    const transactions = [envelope.serializeBinary()];
    const data = new common.BlockData();
    data.setDataList(transactions);
    const header = new common.BlockHeader();
    header.setDataHash(blockDataHash(transactions));

    const block = new common.Block();
    block.setHeader(header);
    block.setData(data);
    block.setMetadata(firstMetadata());
    return block;
}

/** A first block is its own last configuration, which its metadata says in two places. */
function firstMetadata(): common.BlockMetadata {
    const lastConfig = new common.LastConfig();
    const ordererMetadata = new common.OrdererBlockMetadata();
    ordererMetadata.setLastConfig(lastConfig);

    const entries: Uint8Array[] = Object.values(common.BlockMetadataIndex).map(() => NOTHING);
    entries[common.BlockMetadataIndex.SIGNATURES] = metadata(ordererMetadata.serializeBinary());
    entries[common.BlockMetadataIndex.LAST_CONFIG] = metadata(lastConfig.serializeBinary());
    const made = new common.BlockMetadata();
    made.setMetadataList(entries);
    return made;
}

function metadata(value: Uint8Array): Uint8Array {
    const made = new common.Metadata();
    made.setValue(value);
    return made.serializeBinary();
}
