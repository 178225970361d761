import { commitDefinition, type CommitState } from "../../../clients/chaincodeCommit";
import { committedDefinition } from "../../../clients/lifecycle";
import type { PeerAccess } from "../../../clients/peerAdmin";
import { chaincodeDefinition } from "../../../fabric/chaincodeDefinition";
import { sequenceOf } from "../../../fabric/definitionChanges";
import { firstAnswerOf, REFRESH_PATIENCE_MS } from "./access";
import {
    definitionMethods,
    orderersOf,
    peerAccessOf,
    settingsIn,
    settingsOf,
    type SeenDefinition,
} from "./definition";
import { kept } from "./membership";
import type { Properties } from "../remoteResource";

async function commit(inputs: Properties): Promise<Properties> {
    const { channelId, chaincode } = inputs;
    const peers = inputs.peers.map((peer: Properties) => peerAccessOf(peer)) as [
        PeerAccess,
        ...PeerAccess[],
    ];
    const [first] = peers;
    const settings = settingsIn(inputs);
    const committed = await committedDefinition(first, channelId, chaincode);
    const definition = chaincodeDefinition(settings, sequenceOf(settings, committed?.definition));
    const orderers = orderersOf(inputs, first.signer);
    const result = await commitDefinition(peers, { channelId, orderers, definition });
    requireOwnApprovals(result, peers, `chaincode "${chaincode}" on channel "${channelId}"`);
    return {
        ...kept(inputs),
        sequence: definition.sequence,
        waiting: result.state === "waiting" ? result.text : "",
    };
}

/** This program approved before: where that was another sequence, others have committed one in between. */
function requireOwnApprovals(
    result: CommitState,
    peers: readonly PeerAccess[],
    what: string,
): void {
    const missing =
        result.state === "waiting"
            ? peers.map(({ signer }) => signer.mspId).filter((mspId) => !result.approvals[mspId])
            : [];
    if (missing.length > 0 && result.state === "waiting") {
        throw new Error(
            `${what}: ${missing.join(", ")} approved it as an earlier sequence, and others have ` +
                `committed since (${result.text}); run the update again with --refresh, which shows ` +
                "what they committed",
        );
    }
}

/** What is committed, in the place of what is wanted. */
async function look(outs: Properties): Promise<SeenDefinition> {
    const { channelId, chaincode } = outs;
    const peers = outs.peers.map((peer: Properties) =>
        peerAccessOf(peer, REFRESH_PATIENCE_MS),
    ) as PeerAccess[];
    const held = await firstAnswerOf(peers, (access) =>
        committedDefinition(access, channelId, chaincode),
    );
    if (held === undefined) {
        return { facts: { waiting: outs.waiting || "nothing is committed", observed: "read" } };
    }
    const { definition } = held;
    return {
        facts: { ...settingsOf(definition), waiting: "", observed: "read" },
        sequence: definition.sequence,
    };
}

export const methods = definitionMethods({
    facts: ["waiting", "observed"],
    seenAs: "observed",
    id: ({ channelId, chaincode }) => `${channelId}/${chaincode}`,
    make: commit,
    look,
});
