import { needsApproval } from "../fabric/definitionChanges";
import type { ChaincodeDefinition } from "../fabric/chaincodeDefinition";
import { approvalArgs } from "../fabric/chaincodeMessages";
import { askApproved } from "./lifecycle";
import { refusedLifecycle } from "./lifecycleCall";
import { saysApproved } from "./lifecycleRefusal";
import { NodeError } from "./nodeError";
import type { BroadcastAccess } from "./ordererBroadcast";
import { calling, type CalledPeer, type PeerAccess } from "./peerAdmin";
import { retryPassing } from "./retryPassing";
import { endorsementFault, lifecycleProposal, submit } from "./transaction";

/** An approval of an organization. */
export interface Approval {
    channelId: string;

    /** Ordering nodes of the channel, tried one after the other. */
    orderers: readonly BroadcastAccess[];

    definition: ChaincodeDefinition;

    /**
     * Package that the organization's peers run for it.
     *
     * @default - none: they endorse no transactions of it
     */
    packageId?: string;

    /**
     * How long the peer may take to commit it after the ordering service took it, in milliseconds.
     *
     * @default 60000
     */
    commitWithinMs?: number;
}

/** How long an approval is made again when another transaction came in between. */
const CONFLICTS_WITHIN_MS = 30_000;

/**
 * Approves a definition for a peer's organization, and waits until that peer has committed the approval.
 * Safe to repeat: an organization that approved just this, with this package, does nothing.
 *
 * @param access - a peer of the organization, which endorses for it.
 * @throws NodeError where the peer or the ordering service refuses.
 */
export async function approveDefinition(
    access: PeerAccess,
    approval: Approval,
): Promise<{ alreadyApproved: boolean }> {
    return calling(access, (called) =>
        retryPassing(() => approveOnce(called, approval), {
            withinMs: access.patienceMs ?? CONFLICTS_WITHIN_MS,
        }),
    );
}

async function approveOnce(
    called: CalledPeer,
    approval: Approval,
): Promise<{ alreadyApproved: boolean }> {
    const { channelId, definition, packageId } = approval;
    if (await hasApproved(called, approval)) {
        return { alreadyApproved: true };
    }
    const { mspId } = called.access.signer;
    const attempted = `approve sequence ${definition.sequence} of chaincode "${definition.name}" for ${mspId}`;
    const args = ["ApproveChaincodeDefinitionForMyOrg", approvalArgs(definition, packageId)];
    const proposal = lifecycleProposal(called, channelId, args);
    const answer = await called.endorse(proposal, attempted);
    const { status = 0, message = "" } = answer.getResponse()?.toObject() ?? {};
    if (status !== 200 && saysApproved(message) && (await hasApproved(called, approval))) {
        return { alreadyApproved: true };
    }
    if (status !== 200) {
        throw refusedLifecycle(called, attempted, message);
    }
    const fault = endorsementFault(answer);
    if (fault !== undefined) {
        throw new NodeError(called.at.target, attempted, fault);
    }
    await submit(called, proposal, [answer], { ...approval, attempted });
    return { alreadyApproved: false };
}

async function hasApproved(
    called: CalledPeer,
    { channelId, definition, packageId }: Approval,
): Promise<boolean> {
    const { name, sequence } = definition;
    const approved = await askApproved(called, channelId, name, sequence);
    return !needsApproval(definition, packageId, approved);
}
