import type { Signer } from "../../../fabric/signing";
import { absenceFault } from "../../../fabric/publishedBlock";
import { REFRESH_PATIENCE_MS, unreachable } from "./access";
import { latestConfig, publishedAccesses, requireMember } from "./latestConfig";
import { differs, expectsMore, found, kept } from "./membership";
import type { Methods, Properties } from "../remoteResource";

const FACTS = ["channelId", "mspId", "status"] as const;

function signerOf(inputs: Properties): Signer {
    return {
        mspId: inputs.mspId,
        certificatePem: inputs.adminCertificatePem,
        privateKeyPem: inputs.adminPrivateKeyPem,
    };
}

async function verified(inputs: Properties): Promise<Properties> {
    const { channelId, mspId, addresses } = inputs;
    await requireMember(publishedAccesses(addresses, signerOf(inputs)), {
        channelId,
        mspId,
        who: mspId,
    });
    return { ...kept(inputs), status: "member" };
}

async function statusOf(outs: Properties): Promise<string> {
    const patience = { patienceMs: REFRESH_PATIENCE_MS };
    const accesses = publishedAccesses(outs.addresses, signerOf(outs), patience);
    const config = await latestConfig(accesses, outs.channelId);
    if (config === undefined) {
        return "no ordering node has the channel";
    }
    return absenceFault(config, outs.mspId) === undefined ? "member" : "not a member";
}

export const methods: Methods = {
    async diff(olds, news) {
        return { changes: differs(olds, news) };
    },
    async create(inputs) {
        return { id: `${inputs.mspId}/${inputs.channelId}`, outs: await verified(inputs) };
    },
    async update(_id, olds, news) {
        return expectsMore(FACTS, olds, news) ? verified(news) : kept(news);
    },
    async read(_id, outs) {
        try {
            return found(outs, { status: await statusOf(outs) });
        } catch (error) {
            return found(outs, { status: unreachable(error) });
        }
    },
};
