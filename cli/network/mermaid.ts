import type { Channel, Cluster, FabricNode, Network, Organization } from "./network";
import { nodeKey } from "./network";
import { channelText, chaincodeText, clusterText, isIn, nodeText, volumeText } from "./nodeText";
import { printable } from "../../fabric/printable";

/**
 * A network as a Mermaid flowchart: clusters and organizations as nested boxes, nodes with their volumes
 * in them, channels beside them. A node that has not joined hangs on a dotted line.
 */
export function mermaid(network: Network): string {
    const ids = new Map<string, string>();
    const clusters = network.clusters.flatMap((cluster, number) =>
        clusterLines(cluster, `cluster${number}`, ids),
    );
    const channels = network.channels.flatMap((channel, number) =>
        channelLines(channel, `channel${number}`, ids),
    );
    return ["flowchart LR", ...[...clusters, ...channels].map((line) => `    ${line}`), ""].join(
        "\n",
    );
}

function clusterLines(cluster: Cluster, id: string, ids: Map<string, string>): string[] {
    const title = [cluster.name, clusterText(cluster)];
    return subgraph(id, title, [
        ...cluster.organizations.flatMap((org, number) =>
            organizationLines(org, `${id}org${number}`, ids),
        ),
    ]);
}

function organizationLines(org: Organization, id: string, ids: Map<string, string>): string[] {
    return subgraph(
        id,
        [org.mspId, `namespace ${org.namespace}`],
        org.nodes.flatMap((node, number) => nodeLines(node, `${id}node${number}`, ids)),
    );
}

function nodeLines(node: FabricNode, id: string, ids: Map<string, string>): string[] {
    ids.set(nodeKey(node), id);
    return [
        `${id}[${label(node.name, nodeText(node))}]`,
        ...node.volumes.map(
            (volume, number) =>
                `${id} --- ${id}volume${number}[(${label(volume.claim, volumeText(volume))})]`,
        ),
    ];
}

function channelLines(channel: Channel, id: string, ids: ReadonlyMap<string, string>): string[] {
    const links = channel.members.flatMap((member) => {
        const node = ids.get(nodeKey({ namespace: member.namespace, name: member.node }));
        return node === undefined ? [] : [`${node} ${isIn(member) ? "===" : "-.-"} ${id}`];
    });
    const chaincodes = channel.chaincodes.map(
        (chaincode, number) =>
            `${id} --- ${id}chaincode${number}[[${label(chaincodeText(chaincode))}]]`,
    );
    return [`${id}{{${label(channel.id, channelText(channel))}}}`, ...links, ...chaincodes];
}

function subgraph(id: string, title: string[], lines: string[]): string[] {
    const inner = lines.map((line) => `    ${line}`);
    return [`subgraph ${id}[${label(...title)}]`, ...inner, "end"];
}

/** Lines of a label in quotation marks. */
function label(...lines: string[]): string {
    const shown = lines.filter((line) => line !== "").map(escaped);
    return `"${shown.join("<br/>")}"`;
}

/** Every letter that means something to Mermaid or HTML, as the entity that Mermaid has for it. */
function escaped(text: string): string {
    return printable(text).replace(
        /[^\p{L}\p{N} .,:()/_+-]/gu,
        (letter) => `#${letter.codePointAt(0)};`,
    );
}
