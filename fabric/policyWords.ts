import { common } from "@hyperledger/fabric-protos";

import { principalName } from "./signatureEvaluation";

/** A policy as people write it: `MAJORITY Admins`, `any of Org1MSP admin, Org1MSP peer`. */
export function policyInWords(policy: common.Policy | undefined): string {
    const { PolicyType } = common.Policy;
    const bytes = policy?.getValue_asU8() ?? new Uint8Array();
    switch (policy?.getType()) {
        case PolicyType.IMPLICIT_META: {
            const meta = common.ImplicitMetaPolicy.deserializeBinary(bytes);
            const rules = Object.entries(common.ImplicitMetaPolicy.Rule);
            const rule = rules.find(([, number]) => number === meta.getRule())?.[0];
            return `${rule ?? meta.getRule()} ${meta.getSubPolicy()}`;
        }
        case PolicyType.SIGNATURE: {
            const envelope = common.SignaturePolicyEnvelope.deserializeBinary(bytes);
            return ruleInWords(envelope.getRule(), envelope.getIdentitiesList().map(principalName));
        }
        case undefined:
            return "none";
        default:
            return `of kind ${policy?.getType()}, ${Buffer.from(bytes).toString("hex")}`;
    }
}

function ruleInWords(rule: common.SignaturePolicy | undefined, names: readonly string[]): string {
    const choice = rule?.getNOutOf();
    if (choice === undefined) {
        return names[rule?.getSignedBy() ?? -1] ?? "nobody";
    }
    const parts = choice.getRulesList().map((inner) => {
        const words = ruleInWords(inner, names);
        return inner.hasNOutOf() && inner.getNOutOf()?.getRulesList().length !== 1
            ? `(${words})`
            : words;
    });
    const count = choice.getN();
    if (parts.length === 1 && count === 1) {
        return parts.join();
    }
    return count === parts.length
        ? `all of ${parts.join(", ")}`
        : `${count === 1 ? "any" : count} of ${parts.join(", ")}`;
}
