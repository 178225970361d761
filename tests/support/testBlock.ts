import { common } from "@hyperledger/fabric-protos";
import { blockDataHash } from "kubefabric/internal/fabric/block";

/** A block as far as its number, channel and hashes are concerned; `content` makes it another one. */
export function testBlock(channelId: string, { number = 0, content = "first" } = {}): Uint8Array {
    const channel = new common.ChannelHeader();
    channel.setType(common.HeaderType.CONFIG);
    channel.setChannelId(channelId);
    const header = new common.Header();
    header.setChannelHeader(channel.serializeBinary());
    const payload = new common.Payload();
    payload.setHeader(header);
    payload.setData(new TextEncoder().encode(content));
    const envelope = new common.Envelope();
    envelope.setPayload(payload.serializeBinary());

    const transactions = [envelope.serializeBinary()];
    const data = new common.BlockData();
    data.setDataList(transactions);
    const blockHeader = new common.BlockHeader();
    blockHeader.setNumber(number);
    blockHeader.setDataHash(blockDataHash(transactions));
    const block = new common.Block();
    block.setHeader(blockHeader);
    block.setData(data);
    return block.serializeBinary();
}
