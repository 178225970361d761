import { withConnection, type NodeTarget } from "./connection";
import type { ClusterCredentials } from "./kubeconfig";
import { channelGauges, type ChannelGauges } from "./metrics";
import { NodeError } from "./nodeError";
import { askChannels, asking, askInfo, type ChannelInfo } from "./ordererAdmin";
import { refused } from "./ordererAnswer";
import { withRequests, type Asker } from "./ordererRequest";

/**
 * A way to both ports at which an ordering node tells how it is. The operations port must accept a
 * certificate of the CA of the admin endpoint too.
 */
export interface OrdererHealthAccess extends Asker {
    /** Of the node's cluster; not needed where both targets have an outside address. */
    credentials?: ClusterCredentials;

    /** The node's admin port, `ORDERER_PORTS.admin`. */
    adminTarget: NodeTarget;

    /** The node's operations port, `ORDERER_PORTS.operations`. */
    operationsTarget: NodeTarget;
}

/** What an ordering node knows of the Raft cluster of a channel. */
export interface RaftHealth {
    type: "etcdraft";

    /** Whether this node leads. Known at once. */
    leads: boolean;

    /** How many consenters the channel has, whoever runs them. */
    consenters: number;

    /** How many of them take part, as far as this node knows; see `ordererHealth`. */
    active: number;
}

/** What an ordering node knows of the SmartBFT cluster of a channel. */
export interface BftHealth {
    type: "BFT";

    /** Whether this node leads, as far as it can be told: after a change, from the next block on. */
    leads: boolean;

    consenters: number;

    /**
     * Number of the view this node is in; nodes that work together are in the same. That it wanted
     * another one says nothing: it still does when the others had none of it.
     */
    view: number;
}

/** What an ordering node says of a channel that it has. */
export interface ChannelHealth extends ChannelInfo {
    /** Present where the node is a consenter. */
    consensus?: RaftHealth | BftHealth;
}

/**
 * Asks an ordering node about every channel that it has.
 *
 * Membership and height come from the admin port: the metrics of a channel stay after the channel is
 * removed. Leader and active consenters come from the metrics, because nothing else tells them.
 *
 * What Raft's number of active consenters is worth (measured with Fabric 3.1.5, tick 500 ms):
 * a leader counts who answered since the last election timeout, takes the count for true after five
 * ticks without change, and tells its followers. So a consenter that comes back is counted 2.5 s after
 * it is in touch with the leader, and one that dies is still counted for up to 15 ticks. A number that
 * a node has read from its leader also outlives that leader. It starts at 0 with the process, though:
 * a node that was restarted and says that all consenters are active has heard it from a leader since.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/orderer/consensus/etcdraft/tracker.go#L32
 * @throws NodeError where the node cannot be asked.
 */
export async function ordererHealth(access: OrdererHealthAccess): Promise<ChannelHealth[]> {
    const infos = await asking({ ...access, target: access.adminTarget }, async (orderer) => {
        const channels = await askChannels(orderer);
        const answers = await Promise.all(channels.map((channel) => askInfo(orderer, channel)));
        // A channel may be removed between the two questions.
        return answers.filter((info) => info !== undefined);
    });
    if (!infos.some(isActiveConsenter)) {
        return infos;
    }
    const gauges = await askMetrics(access);
    return infos.map((info) =>
        isActiveConsenter(info)
            ? { ...info, consensus: consensusOf(info.name, gauges, access.operationsTarget) }
            : info,
    );
}

function isActiveConsenter({ consensusRelation, status }: ChannelInfo): boolean {
    return consensusRelation === "consenter" && status === "active";
}

const ATTEMPTED = "read its metrics";

async function askMetrics(access: OrdererHealthAccess): Promise<ChannelGauges> {
    const { credentials, operationsTarget: target } = access;
    return withConnection(credentials, target, (at) =>
        withRequests(at, access, async (ask) => {
            const answer = await ask({ method: "GET", path: "/metrics", attempted: ATTEMPTED });
            if (answer.status === 404) {
                throw withoutMetrics(target, "it has none (HTTP 404)");
            }
            if (answer.status !== 200) {
                throw refused(target, ATTEMPTED, answer);
            }
            return channelGauges(answer.body.toString("utf8"));
        }),
    );
}

function consensusOf(
    channel: string,
    gauges: ChannelGauges,
    target: NodeTarget,
): RaftHealth | BftHealth {
    const gauge = (name: string) => gauges.get(name)?.get(channel);
    const raft = (name: string) => gauge(`consensus_etcdraft_${name}`);
    const bft = (name: string) => gauge(`consensus_smartbft_${name}`);
    const consenters = raft("cluster_size") ?? gauge("consensus_BFT_cluster_size");
    if (consenters === undefined) {
        throw withoutMetrics(target, `they say nothing of channel "${channel}"`);
    }
    if (raft("cluster_size") !== undefined) {
        return {
            type: "etcdraft",
            leads: raft("is_leader") === 1,
            consenters,
            active: raft("active_nodes") ?? 0,
        };
    }
    // Of the last block; the leader of the view is newer.
    const lastLeader = gauge("consensus_BFT_leader_id");
    const leader = bft("view_leader_id") ?? lastLeader;
    return {
        type: "BFT",
        leads: gauge("consensus_BFT_is_leader") === 1 && leader === lastLeader,
        consenters,
        view: bft("view_number") ?? 0,
    };
}

function withoutMetrics(target: NodeTarget, cause: string): NodeError {
    return new NodeError(target, ATTEMPTED, {
        cause,
        advice: "set ORDERER_METRICS_PROVIDER=prometheus on the node",
        passing: false,
    });
}
