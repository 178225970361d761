import { X509Certificate } from "node:crypto";

import { common, msp } from "@hyperledger/fabric-protos";

import { nameOf } from "./certificateAuthority";
import { type ChannelIdentity, organizationalUnits } from "./channelIdentities";
import { atLeast, type Need, never } from "./policyNeeds";

/** Identities that signed, in the order of their signatures, each once. */
export type Signed = readonly ChannelIdentity[];

/** One kind of signer that a policy names, as far as `Signer` tells whether it is one. */
export interface Principal<Signer = ChannelIdentity> {
    isMetBy(signer: Signer): boolean;
    need: Need;
}

/** Who is still needed to satisfy a policy over signatures. */
export function evaluateSignatures(
    envelope: common.SignaturePolicyEnvelope,
    signed: Signed,
): Need | undefined {
    return evaluatePrincipals(envelope, readPrincipal, signed);
}

/**
 * The same where `principalOf` says who meets a principal. As in Fabric each signature counts for one place
 * in the policy, the first that it fits, and none is taken back for a better one.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/common/cauthdsl/cauthdsl.go#L23
 */
export function evaluatePrincipals<Signer>(
    envelope: common.SignaturePolicyEnvelope,
    principalOf: (principal: msp.MSPPrincipal) => Principal<Signer>,
    signed: readonly Signer[],
): Need | undefined {
    const principals = envelope.getIdentitiesList().map(principalOf);
    const rule = envelope.getRule();
    return rule === undefined
        ? never("a policy over signatures has no rule")
        : evaluateRule(rule, principals, signed, new Set()).need;
}

/** What became of one rule: who is needed, and which signatures are used up from now on. */
interface Outcome<Signer> {
    need?: Need;
    used: ReadonlySet<Signer>;
}

function evaluateRule<Signer>(
    rule: common.SignaturePolicy,
    principals: readonly Principal<Signer>[],
    signed: readonly Signer[],
    used: ReadonlySet<Signer>,
): Outcome<Signer> {
    if (rule.getTypeCase() === common.SignaturePolicy.TypeCase.SIGNED_BY) {
        const principal = principals[rule.getSignedBy()];
        if (principal === undefined) {
            return { need: never(`a policy has no identity ${rule.getSignedBy()}`), used };
        }
        const found = signed.find((one) => !used.has(one) && principal.isMetBy(one));
        return found === undefined
            ? { need: principal.need, used }
            : { used: new Set([...used, found]) };
    }
    const choice = rule.getNOutOf();
    if (choice === undefined) {
        return { need: never("a policy over signatures has an empty rule"), used };
    }
    const needs: Need[] = [];
    let usedSoFar = used;
    for (const inner of choice.getRulesList()) {
        const outcome = evaluateRule(inner, principals, signed, usedSoFar);
        if (outcome.need === undefined) {
            usedSoFar = outcome.used;
        } else {
            needs.push(outcome.need);
        }
    }
    const met = choice.getRulesList().length - needs.length;
    return { need: atLeast(choice.getN() - met, needs), used: usedSoFar };
}

/** A kind of signer that a policy names, for people: `Org2MSP admin`. */
export function principalName(principal: msp.MSPPrincipal): string {
    const { need } = readPrincipal(principal);
    return "who" in need ? need.who : `someone unknown (${principal.getPrincipal_asB64()})`;
}

/** @see https://github.com/hyperledger/fabric/blob/v3.1.5/msp/mspimpl.go#L486 */
function readPrincipal(principal: msp.MSPPrincipal): Principal {
    const bytes = principal.getPrincipal_asU8();
    const kinds = msp.MSPPrincipal.Classification;
    switch (principal.getPrincipalClassification()) {
        case kinds.ROLE:
            return rolePrincipal(msp.MSPRole.deserializeBinary(bytes));
        case kinds.IDENTITY:
            return identityPrincipal(msp.SerializedIdentity.deserializeBinary(bytes));
        case kinds.ORGANIZATION_UNIT:
            return unitPrincipal(msp.OrganizationUnit.deserializeBinary(bytes));
        default:
            return {
                isMetBy: () => false,
                need: never("a policy names a kind of signer that is not known here"),
            };
    }
}

function rolePrincipal(role: msp.MSPRole): Principal {
    const mspId = role.getMspIdentifier();
    const types = msp.MSPRole.MSPRoleType;
    const name = Object.entries(types).find(([, type]) => type === role.getRole())?.[0] ?? "";
    const wanted = name.toLowerCase();
    return {
        isMetBy: (identity) =>
            identity.mspId === mspId && (wanted === "member" || identity.role === wanted),
        need: { mspId, who: `${mspId} ${wanted}` },
    };
}

function identityPrincipal(identity: msp.SerializedIdentity): Principal {
    const mspId = identity.getMspid();
    let wanted: X509Certificate;
    try {
        wanted = new X509Certificate(identity.getIdBytes_asU8());
    } catch {
        return {
            isMetBy: () => false,
            need: never(`a policy names an identity of ${mspId} that is no certificate`),
        };
    }
    return {
        isMetBy: ({ mspId: of, certificate }) => of === mspId && certificate.raw.equals(wanted.raw),
        need: { mspId, who: `${mspId} ${nameOf(wanted)}` },
    };
}

function unitPrincipal(unit: msp.OrganizationUnit): Principal {
    const mspId = unit.getMspIdentifier();
    const name = unit.getOrganizationalUnitIdentifier();
    return {
        isMetBy: ({ mspId: of, certificate }) =>
            of === mspId && organizationalUnits(certificate).includes(name),
        need: { mspId, who: `${mspId} member of "${name}"` },
    };
}
