import { peer } from "@hyperledger/fabric-protos";

import { shown } from "./problem";
import { printSignaturePolicy, signaturePolicy, signaturePolicyProblems } from "./signaturePolicy";

/**
 * Policy of a chaincode that names none: the channel's own one for endorsements, by default the majority
 * of its organizations.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/core/chaincode/lifecycle/lifecycle.go#L54
 */
export const DEFAULT_ENDORSEMENT_POLICY = "/Channel/Application/Endorsement";

/**
 * The policy of a chaincode or of a collection: one in Fabric's language, or the path of one in the
 * channel's configuration, such as `/Channel/Application/Endorsement`.
 */
export function endorsementPolicy(text: string): peer.ApplicationPolicy {
    const policy = new peer.ApplicationPolicy();
    if (isReference(text)) {
        policy.setChannelConfigPolicyReference(text);
    } else {
        policy.setSignaturePolicy(signaturePolicy(text));
    }
    return policy;
}

/** Everything wrong with such a policy. */
export function endorsementPolicyProblems(text: unknown, mspIds?: readonly string[]): string[] {
    if (typeof text !== "string") {
        return [`${shown(text)} is not a policy; write "OR('Org1MSP.peer')" or the like`];
    }
    if (!isReference(text)) {
        return signaturePolicyProblems(text, mspIds);
    }
    return /^\/Channel(\/[a-zA-Z0-9.-]+)+$/.test(text)
        ? []
        : [
              `${shown(text)} is no path of a policy in a channel's configuration; write ` +
                  `${shown(DEFAULT_ENDORSEMENT_POLICY)} or the like`,
          ];
}

/** Such a policy in words. */
export function printEndorsementPolicy(policy: peer.ApplicationPolicy): string {
    const signatures = policy.getSignaturePolicy();
    return signatures === undefined
        ? policy.getChannelConfigPolicyReference()
        : printSignaturePolicy(signatures);
}

/** A policy as it is printed, however it was written; a text that is none stays as it is. */
export function canonicalPolicy(text: string): string {
    return endorsementPolicyProblems(text).length === 0
        ? printEndorsementPolicy(endorsementPolicy(text))
        : text;
}

function isReference(text: string): boolean {
    return text.startsWith("/");
}
