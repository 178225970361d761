import { common, msp } from "@hyperledger/fabric-protos";

import { type ChannelConsenter } from "./channelDefinition";
import { type PolicyRole } from "./names";

const UTF8 = new TextEncoder();

/** A policy that asks the policy of the same purpose of every group below: `MAJORITY Admins`. */
export function implicitMeta(
    rule: keyof common.ImplicitMetaPolicy.RuleMap,
    subPolicy: string,
): common.Policy {
    const meta = new common.ImplicitMetaPolicy();
    meta.setRule(common.ImplicitMetaPolicy.Rule[rule]);
    meta.setSubPolicy(subPolicy);
    return policy("IMPLICIT_META", meta.serializeBinary());
}

/** A policy that any one signature of these roles satisfies: `OR('Org1MSP.admin','Org1MSP.peer')`. */
export function anyOf(mspId: string, ...roles: PolicyRole[]): common.Policy {
    return signatures(
        1,
        roles.map((role) => rolePrincipal(mspId, role)),
    );
}

/** Whoever has a role in an organization. */
export function rolePrincipal(mspId: string, role: PolicyRole): msp.MSPPrincipal {
    const made = new msp.MSPRole();
    made.setMspIdentifier(mspId);
    made.setRole(msp.MSPRole.MSPRoleType[ROLE_NAMES[role]]);
    return principal("ROLE", made.serializeBinary());
}

/**
 * The one policy that Fabric takes for the blocks of SmartBFT: signatures of a quorum of exactly the
 * consenters, in their order. Whoever changes the consenters must change it in the same update.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/orderer/consensus/smartbft/configverifier.go#L150
 */
export function quorumOf(
    consenters: readonly Pick<ChannelConsenter, "mspId" | "identityCertificatePem">[],
): common.Policy {
    return signatures(
        bftQuorum(consenters.length),
        consenters.map(({ mspId, identityCertificatePem = "" }) => {
            const identity = new msp.SerializedIdentity();
            identity.setMspid(mspId);
            identity.setIdBytes(UTF8.encode(identityCertificatePem));
            return principal("IDENTITY", identity.serializeBinary());
        }),
    );
}

/**
 * How many of n SmartBFT nodes must agree, so that any two quorums share an honest node while f, a
 * third of the nodes rounded down, may lie.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/common/policies/bft.go#L58
 */
export function bftQuorum(nodes: number): number {
    const faulty = Math.floor((nodes - 1) / 3);
    return Math.ceil((nodes + faulty + 1) / 2);
}

const ROLE_NAMES = {
    member: "MEMBER",
    admin: "ADMIN",
    client: "CLIENT",
    peer: "PEER",
    orderer: "ORDERER",
} as const;

function signatures(count: number, identities: msp.MSPPrincipal[]): common.Policy {
    const rule = new common.SignaturePolicy();
    const choice = new common.SignaturePolicy.NOutOf();
    choice.setN(count);
    choice.setRulesList(
        identities.map((_, index) => {
            const signer = new common.SignaturePolicy();
            signer.setSignedBy(index);
            return signer;
        }),
    );
    rule.setNOutOf(choice);

    const envelope = new common.SignaturePolicyEnvelope();
    envelope.setRule(rule);
    envelope.setIdentitiesList(identities);
    return policy("SIGNATURE", envelope.serializeBinary());
}

function principal(
    kind: keyof msp.MSPPrincipal.ClassificationMap,
    bytes: Uint8Array,
): msp.MSPPrincipal {
    const made = new msp.MSPPrincipal();
    made.setPrincipalClassification(msp.MSPPrincipal.Classification[kind]);
    made.setPrincipal(bytes);
    return made;
}

function policy(type: keyof common.Policy.PolicyTypeMap, value: Uint8Array): common.Policy {
    const made = new common.Policy();
    made.setType(common.Policy.PolicyType[type]);
    made.setValue(value);
    return made;
}
