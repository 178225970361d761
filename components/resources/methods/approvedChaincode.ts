import { approveDefinition } from "../../../clients/chaincodeApproval";
import { approvedDefinition, committedDefinition } from "../../../clients/lifecycle";
import { channelConfigOf, type PeerAccess } from "../../../clients/peerAdmin";
import {
    chaincodeDefinition,
    definitionProblems,
    type ChaincodeDefinition,
    type ChaincodeSettings,
} from "../../../fabric/chaincodeDefinition";
import { needsApproval, redefinitionProblems, sequenceOf } from "../../../fabric/definitionChanges";
import { lifecyclePolicyOf } from "../../../fabric/lifecyclePolicy";
import { REFRESH_PATIENCE_MS } from "./access";
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

/** What is wanted, as the sequence that what is committed gives it. */
async function wanted(
    access: PeerAccess,
    inputs: Properties,
): Promise<{ definition: ChaincodeDefinition; committed?: ChaincodeDefinition }> {
    const settings = settingsIn(inputs);
    const found = await committedDefinition(access, inputs.channelId, settings.name);
    const sequence = sequenceOf(settings, found?.definition);
    return {
        definition: chaincodeDefinition(settings, sequence),
        committed: found?.definition,
    };
}

/**
 * Refuses what can be known to be wrong only now: an organization that the channel does not have, which
 * Fabric takes in a policy and nobody could ever satisfy, and a collection that cannot become this one.
 */
async function requireFitting(
    access: PeerAccess,
    { channelId, mspId, chaincode }: Properties,
    settings: ChaincodeSettings,
    committed: ChaincodeDefinition | undefined,
): Promise<void> {
    const { mspIds } = lifecyclePolicyOf(await channelConfigOf(access, channelId));
    const problems = [
        ...definitionProblems(settings, mspIds),
        ...redefinitionProblems(settings, committed),
    ];
    if (problems.length > 0) {
        const lines = problems.map(({ path, reason }) => `  ${path}: ${reason}`);
        throw new Error(
            [
                `chaincode "${chaincode}" does not fit channel "${channelId}", and was not approved for ${mspId}`,
                ...lines,
            ].join("\n"),
        );
    }
}

async function approve(inputs: Properties): Promise<Properties> {
    const access = peerAccessOf(inputs);
    const { channelId, packageId } = inputs;
    const { definition, committed } = await wanted(access, inputs);
    await requireFitting(access, inputs, definition, committed);
    const orderers = orderersOf(inputs, access.signer);
    await approveDefinition(access, { channelId, orderers, definition, packageId });
    return { ...kept(inputs), status: "approved", sequence: definition.sequence };
}

/** What the organization approved last, and whether that is what it would have to approve now. */
async function look(outs: Properties): Promise<SeenDefinition> {
    const access = peerAccessOf(outs, REFRESH_PATIENCE_MS);
    const { channelId, packageId } = outs;
    const { definition } = await wanted(access, outs);
    const { name, sequence } = definition;
    const approved = await approvedDefinition(access, channelId, name, sequence);
    if (approved === undefined) {
        return { facts: { status: `sequence ${sequence} is not approved` } };
    }
    const facts = needsApproval(definition, packageId, approved)
        ? { ...settingsOf(approved), packageId: approved.packageId ?? "" }
        : {};
    return { facts: { ...facts, status: "approved" }, sequence: approved.sequence };
}

export const methods = definitionMethods({
    facts: ["mspId", "packageId", "status"],
    seenAs: "status",
    id: ({ channelId, chaincode, mspId }) => `${channelId}/${chaincode}/${mspId}`,
    make: approve,
    look,
});
