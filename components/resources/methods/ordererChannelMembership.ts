import { channelInfo, type OrdererAccess } from "../../../clients/ordererAdmin";
import { joinChannel } from "../../../clients/ordererJoin";
import { credentialsOf, REFRESH_PATIENCE_MS, targetOf, unreachable } from "./access";
import { differs, expectsMore, found, kept } from "./membership";
import type { Methods, Properties } from "../remoteMethods";

const FACTS = ["channelId", "node", "namespace", "consensusRelation", "status"] as const;

function accessOf(inputs: Properties): OrdererAccess {
    return {
        credentials: credentialsOf(inputs),
        target: targetOf(inputs, "orderer admin"),
        admin: {
            certificatePem: inputs.adminCertificatePem,
            privateKeyPem: inputs.adminPrivateKeyPem,
        },
    };
}

async function join(inputs: Properties): Promise<Properties> {
    const { consensusRelation, status } = await joinChannel(accessOf(inputs), {
        block: Buffer.from(inputs.block, "base64"),
    });
    return { ...kept(inputs), consensusRelation, status };
}

function refreshing(outs: Properties): OrdererAccess {
    return { ...accessOf(outs), patienceMs: REFRESH_PATIENCE_MS };
}

export const methods: Methods = {
    async diff(olds, news) {
        return { changes: differs(olds, news) };
    },
    async create(inputs) {
        const { namespace, node, channelId } = inputs;
        return { id: `${namespace}/${node}/${channelId}`, outs: await join(inputs) };
    },
    async update(_id, olds, news) {
        return expectsMore(FACTS, olds, news) ? join(news) : kept(news);
    },
    async read(_id, outs) {
        try {
            const info = await channelInfo(refreshing(outs), outs.channelId);
            const { consensusRelation = "none", status = "not joined" } = info ?? {};
            return found(outs, { consensusRelation, status });
        } catch (error) {
            return found(outs, { status: unreachable(error) });
        }
    },
};
