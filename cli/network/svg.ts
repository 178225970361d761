import type { Network } from "./network";
import {
    channelText,
    chaincodeText,
    clusterText,
    membersText,
    nodeText,
    volumeText,
} from "./nodeText";
import {
    type Box,
    HEAD,
    layoutOf,
    LINE,
    PADDING,
    type PlacedChannel,
    type PlacedCluster,
    type PlacedNode,
    type PlacedOrganization,
} from "./svgLayout";
import { printable } from "../../fabric/printable";

/** Colors that people with any sight tell apart, on light and on dark; the name stands beside each. */
const COLORS = [
    ["#0072b2", "#58b4f0"],
    ["#d55e00", "#ff8f40"],
    ["#009e73", "#2ed3a2"],
    ["#b0478c", "#e599c6"],
    ["#8a6d00", "#f0c93a"],
    ["#5b5bd6", "#a9a9ff"],
    ["#6e7781", "#b1bac4"],
] as const;

/** How a dot of each channel looks: full where a node has joined, hollow where it has not. */
function dotStyle(scheme: 0 | 1): string {
    return COLORS.map(
        (color, number) =>
            `.in${number} { fill: ${color[scheme]}; } .c${number} { stroke: ${color[scheme]}; }`,
    ).join("\n");
}

/** Written out for either scheme, since not all that shows an SVG knows variables. */
const STYLE = `
text { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; fill: #1f2328; }
.title { font-size: 20px; font-weight: 600; }
.head { font-size: 15px; font-weight: 600; }
.name { font-size: 13px; font-weight: 600; }
.small { font-size: 12px; fill: #57606a; }
.page { fill: #ffffff; }
.cluster { fill: #f6f8fa; stroke: #8c959f; }
.organization { fill: #ffffff; stroke: #afb8c1; }
.node { fill: #ddf4ff; stroke: #54aeff; }
.peer { fill: #fff8e5; stroke: #d4a72c; }
.channel { fill: #ffffff; stroke: #afb8c1; }
.disk { fill: none; stroke: #57606a; }
.dot { fill: none; stroke-width: 2; }
${dotStyle(0)}
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3; }
.small { fill: #9198a1; }
.page { fill: #0d1117; }
.cluster { fill: #161b22; stroke: #6e7681; }
.organization { fill: #0d1117; stroke: #484f58; }
.node { fill: #0c2d4d; stroke: #388bfd; }
.peer { fill: #3a2d0a; stroke: #bb8009; }
.channel { fill: #0d1117; stroke: #484f58; }
.disk { stroke: #9198a1; }
${dotStyle(1)}
}
`;

/**
 * A network as an SVG: channels on top, below them clusters with their organizations, nodes and
 * volumes. A node shows by a dot of the channel's color which ones it is in; a hollow one has not joined.
 */
export function svg(network: Network): string {
    const { width, height, channels, clusters } = layoutOf(network);
    const title = `${network.project}/${network.stack}`;
    return [
        `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
        `<title>${xml(`Hyperledger Fabric network ${title}`)}</title>`,
        `<style>${STYLE}</style>`,
        `<rect class="page" width="${width}" height="${height}"/>`,
        text("title", { x: 20, y: 34 }, title, width - 40, 20),
        ...channels.map(channelShape),
        ...clusters.map((cluster) => clusterShape(cluster, network)),
        "</svg>",
        "",
    ].join("\n");
}

function channelShape(placed: PlacedChannel): string {
    const { channel, number } = placed;
    const inner = placed.width - 2 * PADDING;
    const lines = [
        membersText(channel),
        ...channel.chaincodes.map((one) => `chaincode ${chaincodeText(one)}`),
    ];
    return [
        "<g>",
        rectangle("channel", placed),
        dot(placed.x + PADDING + 6, placed.y + 19, number, true),
        text("head", at(placed, 20, 24), channel.id, inner - 20, 15),
        text("small", at(placed, 0, 42), channelText(channel), inner, 12),
        ...lines.map((line, index) =>
            text("small", at(placed, 0, HEAD + 14 + index * LINE), line, inner, 12),
        ),
        "</g>",
    ].join("");
}

function clusterShape(placed: PlacedCluster, network: Network): string {
    const { cluster } = placed;
    const inner = placed.width - 2 * PADDING;
    return [
        "<g>",
        rectangle("cluster", placed),
        text("head", at(placed, 0, 24), cluster.name, inner, 15),
        text("small", at(placed, 0, 42), clusterText(cluster), inner, 12),
        ...placed.organizations.map((org) => organizationShape(org, network)),
        "</g>",
    ].join("\n");
}

function organizationShape(placed: PlacedOrganization, network: Network): string {
    const { organization } = placed;
    const inner = placed.width - 2 * PADDING;
    return [
        "<g>",
        rectangle("organization", placed),
        text("head", at(placed, 0, 22), organization.mspId, inner, 15),
        text("small", at(placed, 0, 38), `namespace ${organization.namespace}`, inner, 12),
        ...placed.nodes.map((node) => nodeShape(node, network)),
        "</g>",
    ].join("\n");
}

function nodeShape(placed: PlacedNode, { channels }: Network): string {
    const { node } = placed;
    const inner = placed.width - 2 * PADDING;
    const row = (index: number) => HEAD + 12 + index * LINE;
    return [
        "<g>",
        rectangle(node.kind === "peer" ? "peer" : "node", placed),
        text("name", at(placed, 0, 20), node.name, inner, 13),
        text("small", at(placed, 0, 37), nodeText(node), inner, 12),
        ...node.volumes.map((volume, index) => {
            const { x, y } = at(placed, 0, row(index));
            const full = [
                volume.claim,
                volumeText(volume),
                volume.accessMode,
                volume.driver,
                volume.bound,
            ];
            const shown = text("small", { x: x + 20, y }, volumeText(volume), inner - 20, 12);
            return `<g><title>${xml(full.filter((part) => part !== "").join(", "))}</title>${disk(x, y)}${shown}</g>`;
        }),
        ...placed.channels.map(({ number, joined }, index) => {
            const { x, y } = at(placed, 0, row(node.volumes.length + index));
            const name = channels[number]?.id ?? "";
            return (
                dot(x + 6, y - 4, number, joined) +
                text("small", { x: x + 20, y }, name, inner - 20, 12)
            );
        }),
        "</g>",
    ].join("");
}

function at({ x, y }: Box, right: number, down: number): { x: number; y: number } {
    return { x: x + PADDING + right, y: y + down };
}

function rectangle(name: string, { x, y, width, height }: Box): string {
    return `<rect class="${name}" x="${x}" y="${y}" width="${width}" height="${height}" rx="6"/>`;
}

function dot(x: number, y: number, number: number, filled: boolean): string {
    const color = number % COLORS.length;
    const names = ["dot", `c${color}`, ...(filled ? [`in${color}`] : [])];
    return `<circle class="${names.join(" ")}" cx="${x}" cy="${y}" r="5"/>`;
}

/** A cylinder as tall as a letter. */
function disk(x: number, y: number): string {
    const top = y - 8;
    return (
        `<path class="disk" d="M${x + 1} ${top}v7a5.5 2.2 0 0 0 11 0v-7"/>` +
        `<ellipse class="disk" cx="${x + 6.5}" cy="${top}" rx="5.5" ry="2.2"/>`
    );
}

/** Text that fits; what is cut off is shown where the pointer rests. */
function text(
    name: string,
    { x, y }: { x: number; y: number },
    value: string,
    width: number,
    size: number,
): string {
    const shown = printable(value);
    const cut = shortened(shown, width / size);
    const title = cut === shown ? "" : `<title>${xml(shown)}</title>`;
    return `<text class="${name}" x="${x}" y="${y}">${title}${xml(cut)}</text>`;
}

/** As much of a text as fits into so many widths of its letters' height. */
function shortened(value: string, ems: number): string {
    const letters = [...value];
    let used = 0;
    const end = letters.findIndex((letter) => {
        used += letterWidth(letter);
        return used > ems;
    });
    return end < 0 ? value : `${letters.slice(0, Math.max(end - 2, 1)).join("")}…`;
}

/** Widths of letters differ by font; these are of a wide one. */
function letterWidth(letter: string): number {
    return /[ -~]/.test(letter) ? (/[A-Zmw@%]/.test(letter) ? 0.75 : 0.57) : 1.05;
}

function xml(value: string): string {
    return printable(value).replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
