import type { ChaincodeDefinition } from "../fabric/chaincodeDefinition";
import { definitionDifferences, differencesText } from "../fabric/definitionChanges";
import type { LifecyclePolicy } from "../fabric/lifecyclePolicy";
import { approvedDefinition } from "./lifecycle";
import { NodeError } from "./nodeError";
import type { PeerAccess } from "./peerAdmin";

/** Why a commit waits. */
export interface Waiting {
    policy: LifecyclePolicy;
    approving: readonly string[];
    mismatches: Record<string, string[]>;
}

/** Who has not approved, and where someone approved another definition, what differs. */
export async function waitingText(
    first: PeerAccess,
    peers: readonly PeerAccess[],
    { channelId, definition }: { channelId: string; definition: ChaincodeDefinition },
    { policy, approving, mismatches }: Waiting,
): Promise<string> {
    const { name, sequence } = definition;
    const missing = policy.mspIds.filter((mspId) => !approving.includes(mspId));
    const reasons = await Promise.all(
        missing.map(async (mspId) => {
            const own = peers.find(({ signer }) => signer.mspId === mspId);
            const approved =
                own === undefined
                    ? undefined
                    : await approvedDefinition(own, channelId, name, sequence);
            if (approved === undefined) {
                return notApproved(mspId, mismatches[mspId] ?? []);
            }
            const differences = differencesText(definitionDifferences(approved, definition));
            if (differences === "") {
                throw new NodeError(first.target, commitAttempt(definition), {
                    cause: `it does not know yet that ${mspId} approved it`,
                    advice: "look whether the peer reaches the ordering service and gets blocks",
                    passing: true,
                });
            }
            return `${mspId} approved another definition (${differences})`;
        }),
    );
    const all = policy.mspIds.length;
    return (
        `${approving.length} of ${all} organizations approved sequence ${sequence}, and the channel ` +
        `wants ${policy.text}: ${reasons.join("; ")}`
    );
}

/**
 * What is in the parts that Fabric compares. An organization that approved nothing of the sequence
 * differs in `ChaincodeParameters`, the whole.
 */
const PARTS: Record<string, string> = {
    EndorsementInfo: "version, endorsement plugin or init required",
    ValidationInfo: "endorsement policy or validation plugin",
    Collections: "collections",
};

function notApproved(mspId: string, mismatches: readonly string[]): string {
    const parts = mismatches.flatMap((part) => PARTS[part] ?? []);
    return parts.length === 0
        ? `${mspId} has not approved it`
        : `${mspId} approved another definition (its ${parts.join(", or its ")} differs)`;
}

/** What a commit is for, as part of a sentence. */
export function commitAttempt({ name, sequence }: ChaincodeDefinition): string {
    return `commit sequence ${sequence} of chaincode "${name}"`;
}
