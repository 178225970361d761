import { common, msp } from "@hyperledger/fabric-protos";

import { POLICY_ROLES, type PolicyRole } from "./names";
import { rolePrincipal } from "./policies";
import { parsePolicy, type PolicyGate, type PolicyPart } from "./policySyntax";
import { PolicySyntaxError } from "./policyTokens";

/**
 * A policy in Fabric's language, such as `OR('Org1MSP.peer', AND('Org2MSP.peer', 'Org3MSP.peer'))`, as
 * the message that peers evaluate.
 *
 * Its bytes are those that Fabric's own programs make of the text, which matters: organizations approve
 * bytes. Principals are numbered gate by gate, those of inner gates first, and never shared.
 *
 * @throws PolicySyntaxError where the text is no policy.
 */
export function signaturePolicy(text: string): common.SignaturePolicyEnvelope {
    const envelope = new common.SignaturePolicyEnvelope();
    envelope.setRule(ruleOf(parsePolicy(text), envelope));
    return envelope;
}

/**
 * Everything wrong with a policy: the first error of its syntax, else each organization that is not of
 * the channel.
 *
 * @param mspIds - of the organizations of the channel, where they are known.
 */
export function signaturePolicyProblems(text: string, mspIds?: readonly string[]): string[] {
    let gate;
    try {
        gate = parsePolicy(text);
    } catch (error) {
        if (error instanceof PolicySyntaxError) {
            return [error.message];
        }
        throw error;
    }
    const unknown = principalsOf(gate).filter(
        ({ mspId }, index, all) =>
            mspIds?.includes(mspId) === false &&
            all.findIndex((other) => other.mspId === mspId) === index,
    );
    return unknown.map(
        ({ mspId, role, at }) =>
            `'${mspId}.${role}' at character ${at + 1} of "${text}" is of no organization of the ` +
            `channel; write one of ${(mspIds ?? []).join(", ")}`,
    );
}

/**
 * A policy in Fabric's language again: `OR` for one of several, `AND` for all, else `OutOf`. A principal
 * that the language cannot say is described in angle brackets.
 *
 * Organizations approve bytes, and two messages can say the same: one that Fabric's own programs would
 * not make of the words is marked with its bytes, so that it never looks the same.
 */
export function printSignaturePolicy(envelope: common.SignaturePolicyEnvelope): string {
    const rule = envelope.getRule();
    const names = envelope.getIdentitiesList().map(principalText);
    const text = rule === undefined ? "OR()" : ruleText(rule, names);
    const bytes = Buffer.from(envelope.serializeBinary());
    const same =
        signaturePolicyProblems(text).length === 0 &&
        bytes.equals(signaturePolicy(text).serializeBinary());
    return same ? text : `${text} [encoded as ${bytes.toString("hex")}]`;
}

/** The organizations that a policy speaks of, each once, in its order. */
export function organizationsOf(envelope: common.SignaturePolicyEnvelope): string[] {
    const ids = envelope.getIdentitiesList().flatMap((principal) => roleOf(principal)?.mspId ?? []);
    return [...new Set(ids)];
}

/** The role that a principal stands for; nothing for the other kinds. */
export function roleOf(
    principal: msp.MSPPrincipal,
): { mspId: string; role: PolicyRole } | undefined {
    const { ROLE } = msp.MSPPrincipal.Classification;
    if (principal.getPrincipalClassification() !== ROLE) {
        return undefined;
    }
    const held = msp.MSPRole.deserializeBinary(principal.getPrincipal_asU8());
    const role = POLICY_ROLES.find(
        (name) =>
            msp.MSPRole.MSPRoleType[name.toUpperCase() as Uppercase<PolicyRole>] === held.getRole(),
    );
    return role === undefined ? undefined : { mspId: held.getMspIdentifier(), role };
}

/** Numbers the principals of inner gates before those of the gate itself, as Fabric does. */
function ruleOf(
    gate: PolicyGate,
    envelope: common.SignaturePolicyEnvelope,
): common.SignaturePolicy {
    const inner = new Map<PolicyPart, common.SignaturePolicy>();
    for (const part of gate.parts) {
        if (part.kind === "gate") {
            inner.set(part, ruleOf(part, envelope));
        }
    }
    const choice = new common.SignaturePolicy.NOutOf();
    choice.setN(gate.count);
    for (const part of gate.parts) {
        choice.addRules(inner.get(part) ?? signer(part, envelope));
    }
    const rule = new common.SignaturePolicy();
    rule.setNOutOf(choice);
    return rule;
}

function signer(
    part: PolicyPart,
    envelope: common.SignaturePolicyEnvelope,
): common.SignaturePolicy {
    if (part.kind === "gate") {
        throw new Error("a gate is no signer");
    }
    const rule = new common.SignaturePolicy();
    rule.setSignedBy(envelope.getIdentitiesList().length);
    envelope.addIdentities(rolePrincipal(part.mspId, part.role));
    return rule;
}

function principalsOf(gate: PolicyGate): Exclude<PolicyPart, PolicyGate>[] {
    return gate.parts.flatMap((part) => (part.kind === "gate" ? principalsOf(part) : [part]));
}

function ruleText(rule: common.SignaturePolicy, names: readonly string[]): string {
    const choice = rule.getNOutOf();
    if (choice === undefined) {
        return names[rule.getSignedBy()] ?? `<principal ${rule.getSignedBy()}, which is missing>`;
    }
    const parts = choice.getRulesList().map((part) => ruleText(part, names));
    if (parts.length > 0 && choice.getN() === 1) {
        return `OR(${parts.join(", ")})`;
    }
    return parts.length > 0 && choice.getN() === parts.length
        ? `AND(${parts.join(", ")})`
        : `OutOf(${[choice.getN(), ...parts].join(", ")})`;
}

function principalText(principal: msp.MSPPrincipal): string {
    const role = roleOf(principal);
    if (role !== undefined) {
        return `'${role.mspId}.${role.role}'`;
    }
    const { IDENTITY, ORGANIZATION_UNIT } = msp.MSPPrincipal.Classification;
    const bytes = principal.getPrincipal_asU8();
    switch (principal.getPrincipalClassification()) {
        case ORGANIZATION_UNIT: {
            const unit = msp.OrganizationUnit.deserializeBinary(bytes);
            return `<unit ${unit.getOrganizationalUnitIdentifier()} of ${unit.getMspIdentifier()}>`;
        }
        case IDENTITY:
            return `<an identity of ${msp.SerializedIdentity.deserializeBinary(bytes).getMspid()}>`;
        default:
            return "<a principal of another kind>";
    }
}
