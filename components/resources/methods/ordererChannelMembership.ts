import { channelInfo, type OrdererAccess } from "../../../clients/ordererAdmin";
import { joinChannel } from "../../../clients/ordererJoin";
import { credentialsOf, REFRESH_PATIENCE_MS, targetOf } from "./access";
import { kept, membershipMethods } from "./membership";
import type { Properties } from "../remoteResource";

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

export const methods = membershipMethods({
    facts: FACTS,
    join,
    async look(outs) {
        const info = await channelInfo(refreshing(outs), outs.channelId);
        const { consensusRelation = "none", status = "not joined" } = info ?? {};
        return { consensusRelation, status };
    },
});
