import { common, type msp } from "@hyperledger/fabric-protos";

import { mspIdOf } from "./channelConfiguration";
import { never } from "./policyNeeds";
import { evaluatePrincipals, type Principal } from "./signatureEvaluation";
import { printSignaturePolicy, roleOf } from "./signaturePolicy";

/** Which organizations must agree before a definition is committed to a channel. */
export interface LifecyclePolicy {
    /** MSP IDs of the channel's organizations with peers, sorted. */
    mspIds: string[];

    /** The policy in words: `a majority of the organizations (2 of 3)`, or in Fabric's language. */
    text: string;

    /** Whether it is satisfied when peers of these organizations, one of each, agree. */
    isMetBy(mspIds: readonly string[]): boolean;
}

/**
 * The policy by which peers judge a commit, as a channel's configuration has it. A channel without one
 * wants a majority, as Fabric does.
 *
 * @throws Error where the configuration has no organizations with peers.
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/core/chaincode/lifecycle/lifecycle.go#L278
 */
export function lifecyclePolicyOf(config: common.Config): LifecyclePolicy {
    const application = config.getChannelGroup()?.getGroupsMap().get("Application");
    if (application === undefined) {
        throw new Error(
            "the channel has no organizations with peers, so that no chaincode can be defined",
        );
    }
    const mspIds = [...application.getGroupsMap().entries()].map(([, group]) => mspIdOf(group));
    mspIds.sort();
    const policy = application.getPoliciesMap().get("LifecycleEndorsement")?.getPolicy();
    return policy?.getType() === common.Policy.PolicyType.SIGNATURE
        ? signatureRule(mspIds, policy.getValue_asU8())
        : metaRule(mspIds, policy?.getValue_asU8());
}

/** The policies of the organizations, below, are taken to want a peer, as all that make channels have it. */
function metaRule(mspIds: string[], value: Uint8Array | undefined): LifecyclePolicy {
    const { Rule } = common.ImplicitMetaPolicy;
    const rule =
        value === undefined
            ? Rule.MAJORITY
            : common.ImplicitMetaPolicy.deserializeBinary(value).getRule();
    const all = mspIds.length;
    const [needed, words] = {
        [Rule.ANY]: [Math.min(1, all), "any organization"] as const,
        [Rule.ALL]: [all, "all organizations"] as const,
        [Rule.MAJORITY]: [Math.floor(all / 2) + 1, "a majority of the organizations"] as const,
    }[rule];
    return {
        mspIds,
        text: `${words} (${needed} of ${all})`,
        isMetBy: (agreeing) => mspIds.filter((one) => agreeing.includes(one)).length >= needed,
    };
}

function signatureRule(mspIds: string[], value: Uint8Array): LifecyclePolicy {
    const envelope = common.SignaturePolicyEnvelope.deserializeBinary(value);
    return {
        mspIds,
        text: printSignaturePolicy(envelope),
        isMetBy: (agreeing) =>
            evaluatePrincipals(envelope, peerOf, [...new Set(agreeing)]) === undefined,
    };
}

/** Whom a peer of an organization, named by its MSP ID, can stand for. */
function peerOf(principal: msp.MSPPrincipal): Principal<string> {
    const wanted = roleOf(principal);
    return wanted?.role === "peer" || wanted?.role === "member"
        ? {
              isMetBy: (mspId) => mspId === wanted.mspId,
              need: { mspId: wanted.mspId, who: `${wanted.mspId} ${wanted.role}` },
          }
        : { isMetBy: () => false, need: never("it names somebody who is no peer") };
}
