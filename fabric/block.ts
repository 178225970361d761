import { createHash } from "node:crypto";

import { common } from "@hyperledger/fabric-protos";

/** What tells one block from another. Hashes are hex. */
export interface BlockDescription {
    channelId: string;

    number: number;

    /** SHA-256 of the header: the `previousHash` of the next block. */
    hash: string;

    /** Empty in a first block. */
    previousHash: string;

    /** SHA-256 of the transactions. */
    dataHash: string;
}

/**
 * What a serialized block says about itself.
 *
 * @throws Error where the bytes are no block, or its transactions are not those of its header.
 */
export function describeBlock(block: Uint8Array): BlockDescription {
    const { header, data, channelHeader } = openBlock(block);
    const dataHash = toHex(header.getDataHash_asU8());
    const found = toHex(blockDataHash(data));
    if (dataHash !== found) {
        throw new Error(
            `block ${header.getNumber()} is damaged: its header has the data hash ${dataHash}, its ` +
                `transactions have ${found}; fetch it again`,
        );
    }
    return {
        channelId: channelHeader.getChannelId(),
        number: header.getNumber(),
        hash: toHex(blockHeaderHash(header)),
        previousHash: toHex(header.getPreviousHash_asU8()),
        dataHash,
    };
}

/** The configuration in a config block, the first block of a channel among them. */
export function configOf(block: Uint8Array): { channelId: string; config: common.Config } {
    const { channelHeader, payload } = openBlock(block);
    const envelope =
        channelHeader.getType() === common.HeaderType.CONFIG
            ? common.ConfigEnvelope.deserializeBinary(payload.getData_asU8())
            : undefined;
    const config = envelope?.getConfig();
    if (config?.hasChannelGroup() !== true) {
        throw new Error(
            "the block has no configuration of a channel in it; pass the first or a later config block",
        );
    }
    return { channelId: channelHeader.getChannelId(), config };
}

/**
 * Number of the newest block with a configuration, as a block of a channel tells it.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/protoutil/commonutils.go
 */
export function lastConfigOf(block: Uint8Array): number {
    const entries = common.Block.deserializeBinary(block).getMetadata()?.getMetadataList_asU8();
    const signatures = entries?.[common.BlockMetadataIndex.SIGNATURES] ?? new Uint8Array();
    const value = common.Metadata.deserializeBinary(signatures).getValue_asU8();
    const lastConfig = common.OrdererBlockMetadata.deserializeBinary(value).getLastConfig();
    return lastConfig?.getIndex() ?? 0;
}

/**
 * SHA-256 of a block's transactions, one after the other. The Merkle tree that the channel's
 * configuration speaks of was never built.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/protoutil/blockutils.go#L76
 */
export function blockDataHash(transactions: readonly Uint8Array[]): Uint8Array {
    const hash = createHash("sha256");
    for (const transaction of transactions) {
        hash.update(transaction);
    }
    return hash.digest();
}

/**
 * SHA-256 of a block's header in ASN.1: number, previous hash and data hash.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/protoutil/blockutils.go#L48
 */
export function blockHeaderHash(header: common.BlockHeader): Uint8Array {
    const encoded = der(
        SEQUENCE,
        Buffer.concat([
            der(INTEGER, unsigned(header.getNumber())),
            der(OCTET_STRING, header.getPreviousHash_asU8()),
            der(OCTET_STRING, header.getDataHash_asU8()),
        ]),
    );
    return createHash("sha256").update(encoded).digest();
}

const SEQUENCE = 0x30;
const INTEGER = 0x02;
const OCTET_STRING = 0x04;

/** One element of ASN.1 in DER. None in a block's header is long: two hashes and a number. */
function der(tag: number, content: Uint8Array): Buffer {
    if (content.length > 0x7f) {
        throw new Error(`a block's header has ${content.length} bytes where a hash belongs`);
    }
    return Buffer.concat([Buffer.of(tag, content.length), content]);
}

/** A number as the content of an INTEGER: big-endian, no superfluous byte, never read as negative. */
function unsigned(value: number): Buffer {
    const hex = BigInt(value).toString(16);
    const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex");
    return bytes.readUInt8(0) > 0x7f ? Buffer.concat([Buffer.of(0), bytes]) : bytes;
}

interface OpenBlock {
    header: common.BlockHeader;
    data: Uint8Array[];
    channelHeader: common.ChannelHeader;
    /** Of the first transaction. */
    payload: common.Payload;
}

function openBlock(bytes: Uint8Array): OpenBlock {
    try {
        const block = common.Block.deserializeBinary(bytes);
        const data = block.getData()?.getDataList_asU8() ?? [];
        const envelope = common.Envelope.deserializeBinary(data[0] ?? new Uint8Array());
        const payload = common.Payload.deserializeBinary(envelope.getPayload_asU8());
        const header = block.getHeader();
        const channelHeader = payload.getHeader()?.getChannelHeader_asU8();
        if (header === undefined || channelHeader === undefined) {
            throw new Error("it has no header");
        }
        return {
            header,
            data,
            channelHeader: common.ChannelHeader.deserializeBinary(channelHeader),
            payload,
        };
    } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new Error(`${bytes.length} bytes are not a block of Fabric: ${reason}`, {
            cause: error,
        });
    }
}

function toHex(bytes: Uint8Array): string {
    return Buffer.from(bytes).toString("hex");
}
