import { deliverBlock } from "../../../clients/ordererDeliver";
import { describeBlock } from "../../../fabric/block";
import { buildGenesisBlock } from "../../../fabric/genesisBlock";
import { endProblems } from "../../../fabric/channelMembers";
import { channelProblems } from "../../../fabric/channelProblems";
import { deliverAccesses, firstAnswerOf } from "./access";
import { isUnknown } from "./dispatch";
import type { Methods, Properties } from "../remoteResource";

/** The block of a channel that was there before the state was lost. */
async function readBack({
    channelId,
    services,
    signer,
}: Properties): Promise<Uint8Array | undefined> {
    return firstAnswerOf(deliverAccesses(services, signer), (access) =>
        deliverBlock(access, channelId, 0),
    );
}

export const methods: Methods = {
    async check(olds, { definition }) {
        // Once the block is made, what the definition says is for config updates to carry out.
        return olds.definition !== undefined || isUnknown(definition)
            ? []
            : [...channelProblems(definition), ...endProblems(definition, new Date())].map(
                  ({ path, reason }) => ({ property: path, reason }),
              );
    },
    // Frozen: whatever the definition says later is a config update, and never another block.
    async diff() {
        return { changes: false };
    },
    async create({ definition, recovery }) {
        const found = recovery === undefined ? undefined : await readBack(recovery);
        const block = found ?? buildGenesisBlock(definition);
        const { hash, channelId } = describeBlock(block);
        return {
            id: channelId,
            outs: { block: Buffer.from(block).toString("base64"), hash, recovered: !!found },
        };
    },
};
