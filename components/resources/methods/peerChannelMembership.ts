import { deliverBlock } from "../../../clients/ordererDeliver";
import { chainInfo, joinChannel, type PeerAccess } from "../../../clients/peerAdmin";
import { requireReached } from "../../../clients/reachFromInside";
import { describeBlock } from "../../../fabric/block";
import { dialedAddresses } from "../../../fabric/orderingAddresses";
import type { Signer } from "../../../fabric/signing";
import {
    credentialsOf,
    deliverAccesses,
    firstAnswerOf,
    REFRESH_PATIENCE_MS,
    targetOf,
} from "./access";
import { configBlock, publishedAccesses, requireMember } from "./latestConfig";
import { kept, membershipMethods } from "./membership";
import type { Properties } from "../remoteResource";

const FACTS = ["channelId", "node", "namespace", "genesisHash", "status"] as const;

function signerOf(inputs: Properties): Signer {
    return {
        mspId: inputs.mspId,
        certificatePem: inputs.adminCertificatePem,
        privateKeyPem: inputs.adminPrivateKeyPem,
    };
}

function accessOf(inputs: Properties): PeerAccess {
    return {
        credentials: credentialsOf(inputs),
        target: targetOf(inputs, "peer grpc"),
        signer: signerOf(inputs),
    };
}

/** The channel's first block, from an ordering node, and that of this channel. */
async function firstBlock(inputs: Properties): Promise<Uint8Array> {
    const { channelId, genesisHash, orderers } = inputs;
    const block = await firstAnswerOf(deliverAccesses([orderers], signerOf(inputs)), (access) =>
        deliverBlock(access, channelId, 0),
    );
    if (block === undefined) {
        throw new Error(
            `peer ${inputs.node}: cannot join channel "${channelId}": no ordering node has it; run ` +
                "the update again once they have joined",
        );
    }
    const { hash } = describeBlock(block);
    if (hash !== genesisHash) {
        throw new Error(
            `peer ${inputs.node}: cannot join channel "${channelId}": the ordering nodes have a ` +
                `channel of this name with another first block: theirs has the hash ${hash}, the ` +
                `expected one ${genesisHash}; use another channel name, or the state that made theirs`,
        );
    }
    return block;
}

/**
 * The first block that was published, for a peer whose organization is in the channel: it would take
 * the block all the same, and then be given no other one.
 */
async function publishedBlock(inputs: Properties): Promise<Uint8Array> {
    const { channelId, mspId, node, addresses, block } = inputs;
    await requireMember(publishedAccesses(addresses, signerOf(inputs)), {
        channelId,
        mspId,
        who: `peer ${node}`,
    });
    return Buffer.from(block, "base64");
}

/**
 * Refuses ordering nodes that the peer itself does not reach. Those of the same program that tell addresses
 * inside the cluster are beside it, and a test of them would be for nothing.
 */
async function requireOrderers(inputs: Properties): Promise<void> {
    const { channelId, node, namespace, addresses, orderers, block } = inputs;
    const signer = signerOf(inputs);
    const accesses =
        block === undefined
            ? deliverAccesses([orderers], signer)
            : publishedAccesses(addresses, signer);
    const config = await configBlock(accesses, channelId);
    const dialed = config === undefined ? [] : dialedAddresses(config);
    await requireReached({
        credentials: credentialsOf(inputs),
        node,
        namespace,
        channelId,
        dialed: dialed.filter(({ address }) => block !== undefined || !/\.svc(\.|:)/.test(address)),
    });
}

async function join(inputs: Properties): Promise<Properties> {
    const block = await (inputs.block === undefined ? firstBlock(inputs) : publishedBlock(inputs));
    await requireOrderers(inputs);
    await joinChannel(accessOf(inputs), { block });
    return { ...kept(inputs), status: "joined" };
}

function refreshing(outs: Properties): PeerAccess {
    return { ...accessOf(outs), patienceMs: REFRESH_PATIENCE_MS };
}

export const methods = membershipMethods({
    facts: FACTS,
    join,
    async look(outs) {
        const ledger = await chainInfo(refreshing(outs), outs.channelId);
        return { status: ledger === undefined ? "not joined" : "joined" };
    },
});
