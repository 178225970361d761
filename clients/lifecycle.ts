import { peer } from "@hyperledger/fabric-protos";

import type { ApprovedDefinition, ChaincodeDefinition } from "../fabric/chaincodeDefinition";
import { approvalIn, definitionIn, readinessArgs } from "../fabric/chaincodeMessages";
import { ask, invoke, requireSuccess } from "./lifecycleCall";
import { saysNotApproved } from "./lifecycleRefusal";
import { calling, type CalledPeer, type PeerAccess } from "./peerAdmin";

const { lifecycle } = peer;

/** A definition that is committed to a channel. */
export interface CommittedDefinition {
    definition: ChaincodeDefinition;

    /** Whether each organization of the channel approved it, by MSP ID. */
    approvals: Record<string, boolean>;
}

/** How the organizations of a channel stand to a definition that may be committed. */
export interface CommitReadiness {
    /** Whether each organization approved just this, by MSP ID. */
    approvals: Record<string, boolean>;

    /** Parts of the definition in which an organization's own one differs, in Fabric's words. Fabric 3. */
    mismatches: Record<string, string[]>;
}

/**
 * What the peer's organization approved under a name; nothing where it approved nothing.
 *
 * @param sequence - that of the definition; without it the newest one.
 */
export async function approvedDefinition(
    access: PeerAccess,
    channelId: string,
    name: string,
    sequence = 0,
): Promise<ApprovedDefinition | undefined> {
    return calling(access, (called) => askApproved(called, channelId, name, sequence));
}

/** The definition that is committed under a name; nothing where none is. */
export async function committedDefinition(
    access: PeerAccess,
    channelId: string,
    name: string,
): Promise<CommittedDefinition | undefined> {
    return calling(access, (called) => askCommitted(called, channelId, name));
}

/** How the organizations of a channel stand to a definition, which must be the next one. */
export async function commitReadiness(
    access: PeerAccess,
    channelId: string,
    definition: ChaincodeDefinition,
): Promise<CommitReadiness> {
    const payload = await ask(access, {
        name: "CheckCommitReadiness",
        args: readinessArgs(definition),
        attempted: `ask who approved sequence ${definition.sequence} of chaincode "${definition.name}"`,
        channelId,
    });
    const result = lifecycle.CheckCommitReadinessResult.deserializeBinary(payload);
    const mismatches = [...result.getMismatchesMap().entries()];
    return {
        approvals: Object.fromEntries(result.getApprovalsMap().toArray().sort()),
        mismatches: Object.fromEntries(
            mismatches.map(([mspId, found]) => [mspId, found.getItemsList()]),
        ),
    };
}

export async function askApproved(
    called: CalledPeer,
    channelId: string,
    name: string,
    sequence: number,
): Promise<ApprovedDefinition | undefined> {
    const args = new lifecycle.QueryApprovedChaincodeDefinitionArgs();
    args.setName(name);
    args.setSequence(sequence);
    const attempted = `ask what its organization approved as chaincode "${name}"`;
    const call = { name: "QueryApprovedChaincodeDefinition", args: args.serializeBinary() };
    const answer = await invoke(called, { ...call, attempted, channelId });
    if (answer.status !== 200 && saysNotApproved(answer.message)) {
        return undefined;
    }
    requireSuccess(called, attempted, answer);
    const { QueryApprovedChaincodeDefinitionResult: Result } = lifecycle;
    return approvalIn(name, Result.deserializeBinary(answer.payload));
}

export async function askCommitted(
    called: CalledPeer,
    channelId: string,
    name: string,
): Promise<CommittedDefinition | undefined> {
    const args = new lifecycle.QueryChaincodeDefinitionArgs();
    args.setName(name);
    const attempted = `ask what is committed as chaincode "${name}"`;
    const call = { name: "QueryChaincodeDefinition", args: args.serializeBinary() };
    const answer = await invoke(called, { ...call, attempted, channelId });
    if (answer.status === 404) {
        return undefined;
    }
    requireSuccess(called, attempted, answer);
    const result = lifecycle.QueryChaincodeDefinitionResult.deserializeBinary(answer.payload);
    return {
        definition: definitionIn(name, result),
        approvals: Object.fromEntries(result.getApprovalsMap().toArray().sort()),
    };
}
