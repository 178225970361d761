import type { PrivateDataCollection } from "./collections";
import { endorsementPolicyProblems } from "./endorsementPolicy";
import { parsePolicy, type PolicyGate } from "./policySyntax";
import { problemsOf, shown, type Problem } from "./problem";
import { signaturePolicyProblems } from "./signaturePolicy";

/** Numbers of peers are signed numbers of 32 bits. */
const COUNT_LIMIT = 2 ** 31 - 1;

/**
 * Everything for which peers would refuse collections.
 *
 * @param mspIds - of the organizations of the channel, where they are known.
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/core/chaincode/lifecycle/scc.go#L784
 */
export function collectionProblems(
    collections: readonly PrivateDataCollection[],
    mspIds?: readonly string[],
): Problem[] {
    return collections.flatMap((collection, index) => {
        const first = collections.findIndex(({ name }) => name === collection.name);
        const problems = [
            ...problemsOf(
                ["name", nameProblem(collection.name)],
                [
                    "name",
                    first < index
                        ? `${shown(collection.name)} is the name of collections[${first}], too; write another one`
                        : undefined,
                ],
            ),
            ...memberProblems(collection.policy, mspIds),
            ...numberProblems(collection),
            ...ownPolicyProblems(collection, mspIds),
        ];
        return problems.map(({ path, reason }) => ({
            path: `collections[${index}].${path}`,
            reason,
        }));
    });
}

/**
 * Everything that a later definition may not do with the collections of the committed one: leave one out,
 * or purge it after another number of blocks.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/core/chaincode/lifecycle/scc.go#L906
 */
export function collectionChangeProblems(
    committed: readonly PrivateDataCollection[],
    wanted: readonly PrivateDataCollection[],
): Problem[] {
    return committed.flatMap(({ name, blockToLive = 0 }) => {
        const index = wanted.findIndex((collection) => collection.name === name);
        const now = wanted[index]?.blockToLive ?? 0;
        if (index < 0) {
            const reason = `${shown(name)} is in the committed definition and cannot be taken out; keep it`;
            return [{ path: "collections", reason }];
        }
        const reason = `${now} is not the committed ${blockToLive}, which cannot be changed; write ${blockToLive}`;
        return now === blockToLive ? [] : [{ path: `collections[${index}].blockToLive`, reason }];
    });
}

function nameProblem(name: string): string | undefined {
    return /^[A-Za-z0-9-][A-Za-z0-9_-]*$/.test(name)
        ? undefined
        : `${shown(name)} is not a name of a collection; write letters, digits, "-" and, but for the first, "_"`;
}

function memberProblems(policy: string, mspIds: readonly string[] | undefined): Problem[] {
    const reasons = signaturePolicyProblems(policy, mspIds);
    if (reasons.length > 0) {
        return reasons.map((reason) => ({ path: "policy", reason }));
    }
    const gate = notOr(parsePolicy(policy));
    return problemsOf([
        "policy",
        gate === undefined
            ? undefined
            : `${shown(policy)}: the gate at character ${gate.at + 1} asks for ${gate.count} at once, and ` +
              "members are listed one by one; write OR(...)",
    ]);
}

/** The first gate that is not satisfied by one of its parts. */
function notOr(gate: PolicyGate): PolicyGate | undefined {
    if (gate.count !== 1) {
        return gate;
    }
    for (const part of gate.parts) {
        const found = part.kind === "gate" ? notOr(part) : undefined;
        if (found !== undefined) {
            return found;
        }
    }
    return undefined;
}

function numberProblems(collection: PrivateDataCollection): Problem[] {
    const { requiredPeerCount = 0, maxPeerCount = 1, blockToLive = 0 } = collection;
    const counts = { requiredPeerCount, maxPeerCount, blockToLive };
    const problems = Object.entries(counts).flatMap(([path, value]) => {
        const limit = path === "blockToLive" ? Number.MAX_SAFE_INTEGER : COUNT_LIMIT;
        const reason = `${shown(value)} is not a whole number from 0 to ${limit}; write one`;
        return Number.isInteger(value) && value >= 0 && value <= limit ? [] : [{ path, reason }];
    });
    return problems.length > 0 || maxPeerCount >= requiredPeerCount
        ? problems
        : problemsOf([
              "maxPeerCount",
              `${maxPeerCount} is less than the required ${requiredPeerCount}; write ${requiredPeerCount} or more`,
          ]);
}

function ownPolicyProblems(
    { endorsementPolicy: own }: PrivateDataCollection,
    mspIds: readonly string[] | undefined,
): Problem[] {
    return own === undefined
        ? []
        : endorsementPolicyProblems(own, mspIds).map((reason) => ({
              path: "endorsementPolicy",
              reason,
          }));
}
