import { common } from "@hyperledger/fabric-protos";

import { channelMsps, type IdentityRef, identityIn } from "./channelIdentities";
import { type ConfigElement, elementsOf, elementsSetBy } from "./configElements";
import { channelGroup } from "./configValues";
import { all, atLeast, type Need, never } from "./policyNeeds";
import { evaluateSignatures, type Signed } from "./signatureEvaluation";

export { type Need, needInWords, orgsInNeed } from "./policyNeeds";

/** What one policy says of an update. */
export interface PolicyVerdict {
    /** Path of the policy: `/Channel/Application/Admins`. */
    policy: string;

    /** Paths of what the update changes under this policy. */
    elements: string[];

    /** Who still has to sign; nothing where the policy is satisfied. */
    need?: Need;
}

/**
 * Everyone whom an update still needs, policy by policy, after these identities signed it. Those that
 * the channel does not know are passed over, as Fabric passes over them.
 *
 * What an update adds is guarded by the group that it is added to, so that each policy here stands for
 * something that the channel has already.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/common/configtx/update.go#L71
 */
export function policyVerdicts(
    config: common.Config,
    update: common.ConfigUpdate,
    signers: readonly IdentityRef[],
): PolicyVerdict[] {
    const present = elementsOf(channelGroup(config));
    const verdicts = new Map<string, PolicyVerdict>();
    const signed = signedBy(config, signers);
    for (const key of elementsSetBy(update).keys()) {
        const element = present.get(key);
        if (element === undefined) {
            continue;
        }
        const policy = guardOf(element);
        const verdict = verdicts.get(policy) ?? {
            policy,
            elements: [],
            need: evaluate(config, policy, signed),
        };
        verdict.elements.push(`/${element.path.join("/")}`);
        verdicts.set(policy, verdict);
    }
    return [...verdicts.values()]
        .map(({ elements, ...verdict }) => ({ ...verdict, elements: elements.sort() }))
        .sort((one, other) => (one.policy < other.policy ? -1 : 1));
}

/** Everyone whom an update still needs; nothing where it needs nobody. */
export function needOf(verdicts: readonly PolicyVerdict[]): Need | undefined {
    return all(verdicts.flatMap(({ need }) => (need === undefined ? [] : [need])));
}

/**
 * Who is still needed to satisfy a policy of a channel, such as `/Channel/Application/Admins`; nothing
 * where these identities are enough.
 */
export function policyNeed(
    config: common.Config,
    policy: string,
    signers: readonly IdentityRef[],
): Need | undefined {
    return evaluate(config, policy, signedBy(config, signers));
}

/** The identities that count, each once. */
function signedBy(config: common.Config, signers: readonly IdentityRef[]): Signed {
    const msps = channelMsps(config);
    const known = signers.flatMap((signer) => {
        const found = identityIn(msps, signer);
        return "fault" in found ? [] : [found];
    });
    const keyOf = ({ mspId, certificate }: (typeof known)[number]) =>
        `${mspId} ${certificate.fingerprint256}`;
    return [...new Map(known.map((identity) => [keyOf(identity), identity])).values()];
}

/**
 * Path of the policy that guards an element. One that is no path is looked for in the element's group,
 * and for a group in itself.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/common/configtx/update.go#L180
 */
export function guardOf({ kind, path, message }: ConfigElement): string {
    const modPolicy = message.getModPolicy();
    const group = kind === "group" ? path : path.slice(0, -1);
    return modPolicy.startsWith("/") ? modPolicy : `/${group.join("/")}/${modPolicy}`;
}

function evaluate(config: common.Config, path: string, signed: Signed): Need | undefined {
    const [root, ...names] = path.replace(/^\//, "").split("/");
    const name = names.pop();
    const group = root === "Channel" ? groupAt(channelGroup(config), names) : undefined;
    return name === undefined || group === undefined
        ? never(`there is no policy ${path}`)
        : evaluateIn(group, name, path, signed);
}

function groupAt(
    group: common.ConfigGroup,
    names: readonly string[],
): common.ConfigGroup | undefined {
    return names.reduce<common.ConfigGroup | undefined>(
        (parent, name) => parent?.getGroupsMap().get(name),
        group,
    );
}

function evaluateIn(
    group: common.ConfigGroup,
    name: string,
    path: string,
    signed: Signed,
): Need | undefined {
    const policy = group.getPoliciesMap().get(name)?.getPolicy();
    switch (policy?.getType()) {
        case common.Policy.PolicyType.SIGNATURE:
            return evaluateSignatures(
                common.SignaturePolicyEnvelope.deserializeBinary(policy.getValue_asU8()),
                signed,
            );
        case common.Policy.PolicyType.IMPLICIT_META:
            return evaluateMeta(
                common.ImplicitMetaPolicy.deserializeBinary(policy.getValue_asU8()),
                group,
                path.slice(0, -name.length - 1),
                signed,
            );
        case undefined:
            return never(`there is no policy ${path}`);
        default:
            return never(`the policy ${path} is of a kind that Fabric does not know`);
    }
}

/** A policy over the policies of one name in the groups below. Over no group it lets everyone in. */
function evaluateMeta(
    meta: common.ImplicitMetaPolicy,
    group: common.ConfigGroup,
    path: string,
    signed: Signed,
): Need | undefined {
    const [name, below] = [meta.getSubPolicy(), [...group.getGroupsMap().entries()].sort(byName)];
    const needs = below.flatMap(([child, inner]) => {
        const need = evaluateIn(inner, name, `${path}/${child}/${name}`, signed);
        return need === undefined ? [] : [need];
    });
    const wanted = below.length === 0 ? 0 : thresholdOf(meta.getRule(), below.length);
    return atLeast(wanted - (below.length - needs.length), needs);
}

/** @see https://github.com/hyperledger/fabric/blob/v3.1.5/common/policies/implicitmeta.go#L46 */
function thresholdOf(rule: number, groups: number): number {
    const { ANY, MAJORITY } = common.ImplicitMetaPolicy.Rule;
    switch (rule) {
        case ANY:
            return 1;
        case MAJORITY:
            return Math.floor(groups / 2) + 1;
        default:
            return groups;
    }
}

function byName([one]: [string, unknown], [other]: [string, unknown]): number {
    return one < other ? -1 : 1;
}
