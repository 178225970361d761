import { common } from "@hyperledger/fabric-protos";

import { blockDataHash } from "kubefabric/internal/fabric/block";
import { buildGenesisBlock } from "kubefabric/internal/fabric/genesisBlock";

import { goldenDefinition } from "../fabric/goldenChannel.ts";

/**
 * A config block with some configuration. For a node that knows one block it is the newest one and the
 * config block, so that its number is 0.
 */
export function configBlock(config: common.Config): Uint8Array {
    const block = common.Block.deserializeBinary(buildGenesisBlock(goldenDefinition("raft")));
    const [first] = block.getData()!.getDataList_asU8();
    const envelope = common.Envelope.deserializeBinary(first!);
    const payload = common.Payload.deserializeBinary(envelope.getPayload_asU8());
    const configEnvelope = new common.ConfigEnvelope();
    configEnvelope.setConfig(config);
    payload.setData(configEnvelope.serializeBinary());
    envelope.setPayload(payload.serializeBinary());
    const transactions = [envelope.serializeBinary()];
    block.getData()!.setDataList(transactions);
    block.getHeader()!.setDataHash(blockDataHash(transactions));
    return block.serializeBinary();
}
