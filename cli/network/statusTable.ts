import { type Attention, daysUntil, highest } from "./attention";
import { answerKey, type LiveAnswer, type LiveAnswers } from "./live";
import { type Channel, type FabricNode, type Member, type Network, nodesOf } from "./network";
import { chaincodeText, count, kindText, volumeText } from "./nodeText";
import { printable } from "../../fabric/printable";

/** What stands beside a network in its table. */
export interface Shown {
    answers?: LiveAnswers;
    attention: Attention;
    now: Date;
}

const NODE_HEADS = [
    "ORGANIZATION",
    "NODE",
    "KIND",
    "CLUSTER",
    "FABRIC",
    "CHANNELS",
    "CERTIFICATE",
    "VOLUME",
];

const CHANNEL_HEADS = ["CHANNEL", "CONSENSUS", "HEIGHT", "ORDERING NODES", "PEERS", "CHAINCODE"];

/** A network as a person reads it: what needs a look, nodes, channels. */
export function statusLines(network: Network, shown: Shown): string[] {
    return [
        headline(network),
        ...attentionLines(shown),
        "",
        ...table(NODE_HEADS, nodeRows(network, shown)),
        ...(network.channels.length === 0
            ? []
            : [
                  "",
                  ...table(
                      CHANNEL_HEADS,
                      network.channels.map((channel) => channelRow(channel, shown)),
                  ),
              ]),
    ];
}

function headline({ project, stack, clusters, channels }: Network): string {
    const organizations = clusters.flatMap((cluster) => cluster.organizations);
    const parts = [
        count(clusters.length, "cluster"),
        count(organizations.length, "organization"),
        count(nodesOf({ clusters }).length, "node"),
        count(channels.length, "channel"),
    ];
    return printable(`${project}/${stack}: ${parts.join(", ")}`);
}

function attentionLines({ attention, answers }: Shown): string[] {
    if (attention.length > 0) {
        return attention.map((line) => printable(`  ! ${line}`));
    }
    if (answers?.size === 0) {
        return ["  nothing needs a look; no node of the state is in a channel that could be asked"];
    }
    return [
        answers === undefined
            ? "  nothing needs a look, as far as the state tells; --live asks the nodes"
            : "  nothing needs a look",
    ];
}

function nodeRows({ clusters, channels }: Network, { answers, now }: Shown): string[][] {
    return clusters.flatMap((cluster) =>
        cluster.organizations.flatMap(({ mspId, nodes }) =>
            nodes.map((node) => [
                mspId,
                node.name,
                kindText(node),
                cluster.name,
                node.version,
                channelsText(node, channels, answers),
                daysText(node.certificateEnds, now),
                counted(node.volumes.map(volumeText)),
            ]),
        ),
    );
}

function channelsText(
    { name, namespace }: FabricNode,
    channels: readonly Channel[],
    answers?: LiveAnswers,
): string {
    const found = channels.flatMap(({ id, members }) =>
        members
            .filter((member) => member.node === name && member.namespace === namespace)
            .map((member) => memberText(id, member, answers?.get(answerKey(member, id)))),
    );
    const how = [...new Set(found.map(({ status }) => status))];
    return how
        .map((status) => {
            const ids = found.filter((one) => one.status === status).map(({ channel }) => channel);
            return `${ids.join(", ")} (${status})`;
        })
        .join(", ");
}

function memberText(id: string, member: Member, answer?: LiveAnswer) {
    // Why a node cannot be asked is told above the table, in full.
    const status = (answer?.status ?? member.status).replace(/:.*$/s, "");
    return {
        channel: answer?.height === undefined ? id : `${id} ${answer.height}`,
        status: answer?.leads === true ? "leads" : status,
    };
}

/** The same text once, with how often: `2 × 20Gi standard`. */
function counted(texts: readonly string[]): string {
    return [...new Set(texts)]
        .map((text) => {
            const times = texts.filter((one) => one === text).length;
            return times === 1 ? text : `${times} × ${text}`;
        })
        .join(" + ");
}

/** What is left of a certificate. */
function daysText(instant: string | undefined, now: Date): string {
    if (instant === undefined) {
        return "brought along";
    }
    const days = daysUntil(instant, now);
    return days < 0 ? "ended" : count(days, "day");
}

function channelRow(channel: Channel, { answers }: Shown): string[] {
    const { id, consensus, chaincodes } = channel;
    const height = highest(channel, answers);
    return [
        id,
        consensus,
        height === 0 ? "" : String(height),
        tally(channel, "orderer", answers),
        tally(channel, "peer", answers),
        chaincodes.map(chaincodeText).join(", "),
    ];
}

/** `3 of 3 active`. */
function tally({ id, members }: Channel, kind: Member["kind"], answers?: LiveAnswers): string {
    const own = members.filter((member) => member.kind === kind);
    const good = kind === "peer" ? "joined" : "active";
    const statuses = own.map(
        (member) => answers?.get(answerKey(member, id))?.status ?? member.status,
    );
    const planned = statuses.length > 0 && statuses.every((status) => status === "planned");
    if (own.length === 0 || planned) {
        return own.length === 0 ? "none here" : `${own.length} planned`;
    }
    return `${statuses.filter((status) => status === good).length} of ${own.length} ${good}`;
}

function table(heads: readonly string[], rows: readonly string[][]): string[] {
    const cells = [heads, ...rows.map((row) => row.map((cell) => printable(cell) || "-"))];
    const widths = heads.map((_, column) =>
        Math.max(...cells.map((row) => width(row[column] ?? ""))),
    );
    return cells.map((row) =>
        row
            .map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - width(cell)))
            .join("  ")
            .trimEnd(),
    );
}

function width(text: string): number {
    return [...text].length;
}
