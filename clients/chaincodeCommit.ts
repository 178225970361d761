import type { peer } from "@hyperledger/fabric-protos";

import type { ChaincodeDefinition } from "../fabric/chaincodeDefinition";
import { commitArgs } from "../fabric/chaincodeMessages";
import { definitionDifferences, differencesText } from "../fabric/definitionChanges";
import { lifecyclePolicyOf, type LifecyclePolicy } from "../fabric/lifecyclePolicy";
import { endorsementIn } from "../fabric/transaction";
import { commitAttempt, waitingText } from "./commitWaiting";
import { askCommitted, commitReadiness } from "./lifecycle";
import { refusedLifecycle } from "./lifecycleCall";
import { NodeError } from "./nodeError";
import { firstOf, otherEndorsers, type OtherEndorsers } from "./otherEndorsers";
import type { BroadcastAccess } from "./ordererBroadcast";
import { calling, channelConfigOf, type CalledPeer, type PeerAccess } from "./peerAdmin";
import { retryPassing } from "./retryPassing";
import { COMMIT_WITHIN_MS, endorsementFault, lifecycleProposal, submit } from "./transaction";

/** A commit of a definition to a channel. */
export interface Commit {
    channelId: string;

    /** Ordering nodes of the channel, tried one after the other. */
    orderers: readonly BroadcastAccess[];

    definition: ChaincodeDefinition;

    /**
     * How long peers may take to commit it after the ordering service took it, in milliseconds.
     *
     * @default 60000
     */
    commitWithinMs?: number;
}

/** Where a definition stands. */
export type CommitState =
    | { state: "committed"; alreadyCommitted: boolean }
    | {
          /** Organizations that the channel's policy asks for have not approved it. */
          state: "waiting";
          approvals: Record<string, boolean>;
          /** `2 of 3 organizations approved sequence 2, …: Org3MSP has not approved it`. */
          text: string;
      };

/** How long a commit is made again when another transaction came in between, or a peer lags behind. */
const CONFLICTS_WITHIN_MS = 30_000;

/**
 * Commits a definition to a channel if the channel's policy for it is met, and waits until every given
 * peer has committed it. Where the given peers are too few for the policy, anchor peers of other
 * organizations endorse, too. Safe to repeat: what is committed is left alone, and what waits for others is told.
 *
 * @param peers - one of each organization that endorses; the caller of the first one signs.
 * @throws NodeError where another definition is committed as this sequence, or a peer or the ordering
 *     service refuses.
 */
export async function commitDefinition(
    peers: readonly PeerAccess[],
    commit: Commit,
): Promise<CommitState> {
    const [first] = peers;
    if (first === undefined) {
        throw new Error(
            `cannot ${commitAttempt(commit.definition)}: no peer is given; give one of each organization`,
        );
    }
    return retryPassing(() => commitOnce(first, peers, commit), {
        withinMs: first.patienceMs ?? CONFLICTS_WITHIN_MS,
    });
}

async function commitOnce(
    first: PeerAccess,
    peers: readonly PeerAccess[],
    commit: Commit,
): Promise<CommitState> {
    const { channelId, definition } = commit;
    if (await isCommitted(first, commit)) {
        return { state: "committed", alreadyCommitted: true };
    }
    const { approvals, mismatches } = await commitReadiness(first, channelId, definition);
    const config = await channelConfigOf(first, channelId);
    const policy = lifecyclePolicyOf(config);
    const approving = Object.keys(approvals).filter((mspId) => approvals[mspId]);
    if (!policy.isMetBy(approving)) {
        const text = await waitingText(first, peers, commit, { policy, approving, mismatches });
        return { state: "waiting", approvals, text };
    }
    // A peer endorses only what its own organization approved.
    const endorsers = peers.filter(({ signer }) => approving.includes(signer.mspId));
    const own = endorsers.map(({ signer }) => signer.mspId);
    const missing = policy.isMetBy(own) ? [] : approving.filter((mspId) => !own.includes(mspId));
    const others = otherEndorsers(first, config, missing);
    await endorseAndSubmit(first, { endorsers, others }, commit, policy);
    await Promise.all(peers.map((access) => untilCommitted(access, commit)));
    return { state: "committed", alreadyCommitted: false };
}

/** Waits for a peer that gets the block with the commit later than the first one. */
async function untilCommitted(access: PeerAccess, commit: Commit): Promise<void> {
    const { commitWithinMs: withinMs = COMMIT_WITHIN_MS } = commit;
    await retryPassing(
        async () => {
            if (!(await isCommitted(access, commit))) {
                throw new NodeError(access.target, commitAttempt(commit.definition), {
                    cause: `it is committed, and within ${withinMs / 1000} s this peer does not know of it`,
                    advice: "look whether the peer reaches the ordering service and gets blocks",
                    passing: true,
                });
            }
        },
        { withinMs, everyMs: 100 },
    );
}

async function isCommitted(first: PeerAccess, commit: Commit): Promise<boolean> {
    const { channelId, definition } = commit;
    const found = await calling(first, (called) =>
        askCommitted(called, channelId, definition.name),
    );
    if (found?.definition.sequence !== definition.sequence) {
        return false;
    }
    const differences = definitionDifferences(found.definition, definition);
    if (differences.length > 0) {
        throw new NodeError(first.target, commitAttempt(commit.definition), {
            cause: `this sequence is committed with another definition (${differencesText(differences)})`,
            advice: `take sequence ${definition.sequence + 1}, and let the organizations approve that`,
            passing: false,
        });
    }
    return true;
}

async function endorseAndSubmit(
    first: PeerAccess,
    { endorsers, others }: { endorsers: readonly PeerAccess[]; others: readonly OtherEndorsers[] },
    commit: Commit,
    policy: LifecyclePolicy,
): Promise<void> {
    const { channelId, definition } = commit;
    const attempted = commitAttempt(commit.definition);
    await calling(first, async (called) => {
        const args = ["CommitChaincodeDefinition", commitArgs(definition)];
        const proposal = lifecycleProposal(called, channelId, args);
        const ask = (access: PeerAccess) =>
            access === first
                ? endorsed(called, proposal, attempted)
                : calling(access, (other) => endorsed(other, proposal, attempted));
        const [own, asked] = await Promise.all([
            Promise.all(endorsers.map(ask)),
            Promise.all(others.map((organization) => firstOf(organization, ask))),
        ]);
        const told = asked.flatMap((result) => ("answer" in result ? [result] : []));
        const answers = [...own, ...told.map(({ answer }) => answer)];
        const mspIds = answers.map((answer) => endorsementIn(answer)?.mspId ?? "");
        if (!policy.isMetBy(mspIds)) {
            throw new NodeError(first.target, attempted, {
                cause:
                    `the channel wants endorsements of ${policy.text}, and peers of ${listed(mspIds)} are at ` +
                    `hand${asked.map((result) => ("reason" in result ? ` (${result.reason})` : "")).join("")}`,
                advice: "let the anchor peers of those who approved be reached from here, or another program commit",
                passing: false,
            });
        }
        const asking = [...endorsers, ...told.map(({ access }) => access)];
        requireSameOutcome(asking, answers, attempted);
        await submit(called, proposal, answers, { ...commit, attempted });
    });
}

async function endorsed(
    called: CalledPeer,
    proposal: peer.SignedProposal,
    attempted: string,
): Promise<peer.ProposalResponse> {
    const answer = await called.endorse(proposal, attempted);
    const { status = 0, message = "" } = answer.getResponse()?.toObject() ?? {};
    if (status !== 200) {
        throw refusedLifecycle(called, attempted, message);
    }
    const fault = endorsementFault(answer);
    if (fault !== undefined) {
        throw new NodeError(called.at.target, attempted, fault);
    }
    return answer;
}

/** A peer that has not committed what the others have comes to another outcome, for a moment. */
function requireSameOutcome(
    endorsers: readonly PeerAccess[],
    answers: readonly peer.ProposalResponse[],
    attempted: string,
): void {
    const outcomes = answers.map((answer) => answer.getPayload_asB64());
    const other = endorsers[outcomes.findIndex((outcome) => outcome !== outcomes[0])];
    if (other !== undefined) {
        throw new NodeError(other.target, attempted, {
            cause: `it comes to another outcome than peer ${endorsers[0]?.target.node}`,
            advice: "one of them lags behind; compare the heights of their ledgers",
            passing: true,
        });
    }
}

function listed(names: readonly string[]): string {
    return names.length === 0 ? "no organization" : [...new Set(names)].join(", ");
}
