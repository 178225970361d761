import { MSP_FIELDS } from "./channelMembers";
import { type OrgDefinition } from "./msp";
import { type Problem } from "./problem";

/**
 * One definition for each organization, in the order in which they first appear. What several programs
 * publish of one, each for its nodes in another cluster, belongs together.
 */
export function joinParts(parts: readonly OrgDefinition[]): OrgDefinition[] {
    const mspIds = [...new Set(parts.map(({ mspId }) => mspId))];
    return mspIds.map((mspId) => joined(parts.filter((part) => part.mspId === mspId)));
}

function joined(parts: readonly OrgDefinition[]): OrgDefinition {
    const [first] = parts as [OrgDefinition];
    return parts.length === 1
        ? first
        : {
              ...first,
              ordererEndpoints: parts.flatMap(({ ordererEndpoints }) => ordererEndpoints),
              anchorPeers: parts.flatMap(({ anchorPeers }) => anchorPeers),
              consenters: parts.flatMap(({ consenters }) => consenters),
          };
}

/**
 * Parts that are of another organization than the part of the same name before them; each with its number
 * as path. Two organizations that call themselves alike have CAs of their own.
 */
export function partProblems(parts: readonly OrgDefinition[]): Problem[] {
    return parts.flatMap((part, index) => {
        const first = parts.find(({ mspId }) => mspId === part.mspId) ?? part;
        const others = MSP_FIELDS.filter((field) => textOf(part, field) !== textOf(first, field));
        const reason =
            `"${part.mspId}" is there already, with another ${others.join(", ")}; in each of its clusters ` +
            "an organization has the same CAs, and another organization has another MSP ID";
        return others.length === 0 ? [] : [{ path: String(index), reason }];
    });
}

/** How lines end, and how many are empty, is of no account. */
function textOf(part: OrgDefinition, field: (typeof MSP_FIELDS)[number]): string {
    return String(part[field] ?? [])
        .replace(/\s+/g, "\n")
        .trim();
}
