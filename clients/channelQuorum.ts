import type { ChannelHealth } from "./ordererHealth";

/** What is known of an ordering node of ours. */
export interface NodeHealth {
    node: string;

    /** Why it is not known how the node is: its Pod is not ready, or it does not answer. */
    unknown?: string;

    /** Its channels. */
    channels: readonly ChannelHealth[];
}

/** Something that speaks against taking one more consenter from a channel. */
export interface Trouble {
    /** The node of ours that it is about. */
    node?: string;

    /** The channel that it is about; nothing where it is about every channel of the node. */
    channel?: string;

    /** What is wrong, as the rest of a sentence: `is at height 7 of 9`. */
    what: string;

    /**
     * Whether the channel can lose one more consenter in spite of it: only consenters that others run
     * can be missing then, which are not ours to mend, and there is a quorum without them; or the
     * channel has only its first block, and so nothing to lose. A run that was interrupted while nodes
     * joined leaves such a channel, and the next run joins the rest after the rollout.
     */
    tolerable?: boolean;

    /** How many consenters of the channel are not active, where that is what is wrong. */
    missing?: number;
}

/** Highest block of each channel that was seen, to which every node must have come. */
export type Heights = ReadonlyMap<string, number>;

/** The heights of the channels, the highest of all nodes. */
export function heightsOf(nodes: readonly NodeHealth[]): Heights {
    const heights = new Map<string, number>();
    for (const { name, height } of nodes.flatMap(({ channels }) => channels)) {
        heights.set(name, Math.max(height, heights.get(name) ?? 0));
    }
    return heights;
}

/**
 * Everything that speaks against taking a consenter from any channel of these nodes. Nothing means:
 * every consenter of every channel is active, has its blocks, and there is a leader.
 *
 * @param reached heights that were seen a moment ago. Those of now would never be the same on all
 *     nodes of a channel that is in use.
 */
export function channelTroubles(nodes: readonly NodeHealth[], reached: Heights): Trouble[] {
    const unknown = nodes.flatMap(({ node, unknown: what }) =>
        what === undefined ? [] : [{ node, what }],
    );
    // What the others say of a channel follows from the node that is missing, or is not yet true.
    return unknown.length > 0
        ? unknown
        : [...membersOf(nodes)].flatMap(([channel, members]) => {
              const own = memberTroubles(channel, members, reached.get(channel) ?? 0);
              return own.length > 0
                  ? own
                  : [...raftTroubles(channel, members), ...bftTroubles(channel, members)];
          });
}

/** Nodes that lead a channel. */
export function leadersOf(nodes: readonly NodeHealth[]): Set<string> {
    const leading = nodes.filter(({ channels }) =>
        channels.some(({ consensus }) => consensus?.leads === true),
    );
    return new Set(leading.map(({ node }) => node));
}

/** What forbids to take a node, of the troubles that do not pass by themselves; or nothing. */
export function refusalToTake(node: NodeHealth, troubles: readonly Trouble[]): Trouble | undefined {
    const ofNode = (channel?: string) =>
        node.channels.some(({ name, consensus }) => name === channel && consensus !== undefined);
    return troubles.find(
        (trouble) =>
            trouble.tolerable !== true && (trouble.node !== undefined || ofNode(trouble.channel)),
    );
}

/** How many consenters of a Raft channel must be active. */
export function raftQuorum(consenters: number): number {
    return Math.floor(consenters / 2) + 1;
}

interface Member {
    node: string;
    health: ChannelHealth;
}

/** The consenters among the nodes, by channel. Followers count for nothing. */
function membersOf(nodes: readonly NodeHealth[]): Map<string, Member[]> {
    const members = new Map<string, Member[]>();
    for (const { node, channels } of nodes) {
        for (const health of channels) {
            if (health.consensusRelation === "consenter") {
                members.set(health.name, [...(members.get(health.name) ?? []), { node, health }]);
            }
        }
    }
    return members;
}

function memberTroubles(channel: string, members: readonly Member[], reached: number): Trouble[] {
    return members.flatMap(({ node, health: { status, height } }) => {
        if (status !== "active") {
            return [{ node, channel, what: `is ${status}` }];
        }
        return height < reached
            ? [{ node, channel, what: `is at height ${height} of ${reached}` }]
            : [];
    });
}

function raftTroubles(channel: string, members: readonly Member[]): Trouble[] {
    const seen = members.flatMap(({ health: { consensus } }) =>
        consensus?.type === "etcdraft" ? [consensus] : [],
    );
    const active = Math.min(...seen.map((one) => one.active));
    const consenters = Math.max(...seen.map((one) => one.consenters));
    // Who runs all consenters runs the leader, and knows it at once. Else a count is the only sign.
    const ledByUs = seen.some(({ leads }) => leads);
    const unused = members.every(({ health }) => health.height <= 1);
    if (active === 0 || (seen.length === consenters && !ledByUs)) {
        const what = "has no leader that all of these nodes know";
        return [{ channel, what, tolerable: unused }];
    }
    const what = `has ${active} of ${consenters} consenters active`;
    const tolerable = unused || active > raftQuorum(consenters);
    const missing = consenters - active;
    return missing > 0 ? [{ channel, what, tolerable, missing }] : [];
}

function bftTroubles(channel: string, members: readonly Member[]): Trouble[] {
    const seen = members.flatMap(({ node, health: { consensus } }) =>
        consensus?.type === "BFT" ? [{ node, ...consensus }] : [],
    );
    const newest = Math.max(...seen.map(({ view }) => view));
    return seen
        .filter(({ view }) => view < newest)
        .map(({ node }) => ({ node, channel, what: "does not know the newest leader" }));
}
