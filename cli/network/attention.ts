import { answerKey, type LiveAnswers } from "./live";
import { type Channel, type FabricNode, type Member, type Network, nodesOf } from "./network";

/** What needs a look, one sentence each. */
export type Attention = string[];

const DAY_MS = 24 * 60 * 60 * 1000;

/** From when on an end of a certificate is told, in days: an update renews in the last third before. */
const SOON_DAYS = 30;

/**
 * How far a node may be behind the highest one, in blocks. Nodes are not asked at the same moment, and a
 * channel under load makes several blocks a second.
 */
const BEHIND_BLOCKS = 20;

/** Whole days until an instant, rounded down; negative where it has passed. */
export function daysUntil(instant: string, now: Date): number {
    return Math.floor((Date.parse(instant) - now.getTime()) / DAY_MS);
}

/** Everything in a network that a person has to look after. */
export function attentionIn(
    network: Network,
    answers: LiveAnswers | undefined,
    now: Date,
): Attention {
    return [
        ...nodesOf(network).flatMap((node) =>
            endings(`${node.name}: a certificate`, node.certificateEnds, now),
        ),
        ...network.clusters.flatMap(({ organizations }) =>
            organizations.flatMap(({ mspId, casEnd, adminEnds }) => [
                ...endings(`${mspId}: a CA`, casEnd, now, "bring another one in before it does"),
                ...endings(`${mspId}: the administrator's certificate`, adminEnds, now),
            ]),
        ),
        ...nodesOf(network).flatMap(volumeless),
        ...statusAttention(network, answers),
        ...network.channels.flatMap((channel) => channelAttention(channel, answers)),
    ];
}

function endings(
    what: string,
    instant: string | undefined,
    now: Date,
    cure = "run pulumi up to renew it",
): string[] {
    const days = instant === undefined ? SOON_DAYS + 1 : daysUntil(instant, now);
    if (days > SOON_DAYS) {
        return [];
    }
    const when = days < 0 ? "has ended" : `ends in ${days} ${days === 1 ? "day" : "days"}`;
    return [`${what} ${when}; ${cure}`];
}

function volumeless({ name, volumes }: FabricNode): string[] {
    return volumes.length === 0 ? [`${name}: has no volume claim in this stack`] : [];
}

function channelAttention(channel: Channel, answers: LiveAnswers | undefined): string[] {
    const { id, chaincodes, members } = channel;
    return [
        ...members.flatMap((member) => lag(channel, member, answers)),
        ...(answers === undefined ? [] : leaderless(channel, answers)),
        ...chaincodes.flatMap(({ name, status }) =>
            ["committed", "planned"].includes(status)
                ? []
                : [`chaincode ${name} on ${id}: ${status}`],
        ),
    ];
}

/** Nodes that are not as they should be; those of which the same is to be said, in one line. */
function statusAttention({ channels }: Network, answers?: LiveAnswers): string[] {
    const found = new Map<string, { nodes: Set<string>; channels: Set<string> }>();
    for (const { id, members } of channels) {
        for (const member of members) {
            const { status } = answers?.get(answerKey(member, id)) ?? member;
            if (["active", "joined", "planned"].includes(status)) {
                continue;
            }
            const group = found.get(status) ?? { nodes: new Set(), channels: new Set() };
            group.nodes.add(member.node);
            group.channels.add(id);
            found.set(status, group);
        }
    }
    return [...found].map(
        ([status, group]) =>
            `${[...group.nodes].join(", ")} in ${[...group.channels].join(", ")}: ${status}`,
    );
}

function lag(channel: Channel, member: Member, answers?: LiveAnswers): string[] {
    const height = answers?.get(answerKey(member, channel.id))?.height ?? Infinity;
    const behind = highest(channel, answers) - height;
    return behind > BEHIND_BLOCKS
        ? [`${member.node} in ${channel.id}: is ${behind} blocks behind`]
        : [];
}

/** The height of the node that has come furthest. */
export function highest({ id, members }: Channel, answers: LiveAnswers | undefined): number {
    const heights = members.map((member) => answers?.get(answerKey(member, id))?.height ?? 0);
    return Math.max(0, ...heights);
}

/** A leader may be another company's, so only a channel whose consenters are all known can miss one. */
function leaderless({ id, founded, members }: Channel, answers: LiveAnswers): string[] {
    const heard = members
        .filter(({ kind }) => kind === "orderer")
        .map((member) => answers.get(answerKey(member, id)))
        .filter((answer) => answer?.height !== undefined);
    const silent = founded && heard.length > 0 && !heard.some((answer) => answer?.leads === true);
    return silent ? [`${id}: none of its ordering nodes here leads`] : [];
}
