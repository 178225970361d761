import { common, type msp } from "@hyperledger/fabric-protos";

import { mspIdOf } from "./channelConfiguration";
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
    const principals = envelope.getIdentitiesList();
    const rule = envelope.getRule() ?? new common.SignaturePolicy();
    return {
        mspIds,
        text: printSignaturePolicy(envelope),
        isMetBy: (agreeing) => satisfied(rule, principals, new Set(agreeing)) !== undefined,
    };
}

/**
 * Whom a rule leaves over of the signers; nothing where it is not satisfied. One signature counts once.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/common/cauthdsl/cauthdsl.go#L24
 */
function satisfied(
    rule: common.SignaturePolicy,
    principals: readonly msp.MSPPrincipal[],
    signers: ReadonlySet<string>,
): ReadonlySet<string> | undefined {
    const choice = rule.getNOutOf();
    if (choice === undefined) {
        const principal = principals[rule.getSignedBy()];
        const wanted = principal === undefined ? undefined : roleOf(principal);
        const fits = wanted?.role === "peer" || wanted?.role === "member";
        return fits && signers.has(wanted.mspId)
            ? new Set([...signers].filter((one) => one !== wanted.mspId))
            : undefined;
    }
    let [left, count] = [signers, 0];
    for (const part of choice.getRulesList()) {
        const after = satisfied(part, principals, left);
        if (after !== undefined) {
            [left, count] = [after, count + 1];
        }
    }
    return count >= choice.getN() ? left : undefined;
}
