import { channelInfo, fetchBlock, removeChannel } from "../../../clients/ordererAdmin";
import type { OrdererAccess } from "../../../clients/ordererAdmin";
import { joinChannel } from "../../../clients/ordererJoin";
import { namedIn } from "../../../fabric/namedConsenter";
import { publicKeyFingerprint } from "../../../fabric/x509";
import { credentialsOf, firstAnswerOf, REFRESH_PATIENCE_MS, targetOf } from "./access";
import { isUnknown } from "./dispatch";
import { differs, kept, membershipMethods } from "./membership";
import type { Methods, Properties } from "../remoteResource";

const FACTS = ["channelId", "node", "namespace", "consensusRelation", "status"] as const;

/** How long a node that was added later may take to copy the channel, in milliseconds. */
const COPIED_WITHIN_MS = 3_600_000;

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

/** The newest config block of the channel, from another node of the service. */
async function newestBlock(inputs: Properties): Promise<Uint8Array | undefined> {
    const { node, siblings = [], channelId } = inputs;
    const accesses = siblings
        .filter((sibling: Properties) => sibling.node !== node)
        .map((sibling: Properties) => refreshing({ ...inputs, outside: undefined, ...sibling }));
    return firstAnswerOf<OrdererAccess, Uint8Array>(accesses, (access) =>
        fetchBlock(access, channelId, "config"),
    );
}

/**
 * Joins by the first block a node that it names, and by the newest configuration one that was added
 * later: as a follower, which becomes a consenter by a config update.
 */
async function join(inputs: Properties): Promise<Properties> {
    const first = Buffer.from(inputs.block, "base64");
    const named = namedIn(first, inputs.consenter);
    const newest = named.byKey ? undefined : await newestBlock(inputs).catch(() => undefined);
    const block = newest ?? first;
    const { consensusRelation, status } = await joinChannel(accessOf(inputs), {
        block,
        // Where nobody has the channel yet, a key that the first block does not name is a wrong one.
        consenter: newest === undefined ? named.byKey || named.byAddress : false,
        ...(newest && { activeWithinMs: COPIED_WITHIN_MS }),
    });
    return { ...kept(inputs), consensusRelation, status };
}

function refreshing(outs: Properties): OrdererAccess {
    return { ...accessOf(outs), patienceMs: REFRESH_PATIENCE_MS };
}

/** Whether the channel has others and goes on without the node: then its copy is of no use to anyone. */
async function isLeftOut(outs: Properties): Promise<boolean> {
    const block = await newestBlock(outs);
    return block !== undefined && !namedIn(block, outs.consenter).byKey;
}

/** A follower is on its way: the channel's configuration makes a consenter of it, and not this resource. */
function asExpected({ consensusRelation, status, ...outs }: Properties): Properties {
    const follows = consensusRelation === "follower" && status === "active";
    return { ...outs, status, consensusRelation: follows ? "consenter" : consensusRelation };
}

/** A renewed certificate has the key of the one before it, and is nothing new. */
function withKnownCertificate(outs: Properties, news: Properties): Properties {
    const [known, wanted] = [outs.consenter, news.consenter];
    const same =
        known !== undefined &&
        !isUnknown(wanted) &&
        publicKeyFingerprint(known.tlsCertificatePem) ===
            publicKeyFingerprint(wanted.tlsCertificatePem);
    return same
        ? { ...news, consenter: { ...wanted, tlsCertificatePem: known.tlsCertificatePem } }
        : news;
}

const membership = membershipMethods({
    facts: FACTS,
    join,
    async look(outs) {
        const info = await channelInfo(refreshing(outs), outs.channelId);
        const { consensusRelation = "none", status = "not joined" } = info ?? {};
        return { consensusRelation, status };
    },
});

export const methods: Methods = {
    ...membership,
    async diff(olds, news) {
        return { changes: differs(asExpected(olds), withKnownCertificate(olds, news)) };
    },
    async update(id, olds, news) {
        const outs = await membership.update!(id, asExpected(olds), news);
        return olds.consensusRelation === "follower" && outs.status === olds.status
            ? { ...outs, consensusRelation: olds.consensusRelation }
            : outs;
    },
    /**
     * Leaves a channel that has taken the node out and goes on without it. While the channel still names
     * it, or nobody can be asked, its ledger is left alone: then it is not the node that goes, but the
     * network.
     */
    async delete(_id, outs) {
        if (outs.consenter === undefined || !(await isLeftOut(outs).catch(() => false))) {
            return;
        }
        // Removing waits long for a node; one that does not answer now is most likely gone for good.
        const left = await channelInfo(refreshing(outs), outs.channelId)
            .then(() => removeChannel(accessOf(outs), outs.channelId))
            .then(
                () => true,
                () => false,
            );
        if (!left) {
            console.log(
                `ordering node ${outs.node} could not be asked to leave channel "${outs.channelId}", ` +
                    "which goes on without it; its ledger still has the channel",
            );
        }
    },
};
