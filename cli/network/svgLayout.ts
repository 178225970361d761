import type { Channel, Cluster, FabricNode, Network, Organization } from "./network";
import { nodeKey } from "./network";

/** A place in a drawing, in pixels. */
export interface Box {
    x: number;
    y: number;
    width: number;
    height: number;
}

export interface PlacedNode extends Box {
    node: FabricNode;
    /** Numbers of the channels that it is in, and whether it has joined. */
    channels: { number: number; joined: boolean }[];
}

export interface PlacedOrganization extends Box {
    organization: Organization;
    nodes: PlacedNode[];
}

export interface PlacedCluster extends Box {
    cluster: Cluster;
    organizations: PlacedOrganization[];
}

export interface PlacedChannel extends Box {
    channel: Channel;
    number: number;
}

/** Everything in a drawing at its place; inner places count from the outermost corner, too. */
export interface Layout {
    width: number;
    height: number;
    channels: PlacedChannel[];
    clusters: PlacedCluster[];
}

export const NODE_WIDTH = 240;
export const CHANNEL_WIDTH = 300;
/** Height of a line of small text. */
export const LINE = 18;
/** From a box to the text in it. */
export const PADDING = 12;
const GAP = 12;
/** Height of the two lines that head a box. */
export const HEAD = 46;
/** Where the drawing begins below its own title. */
const TITLE = 52;
const MARGIN = 20;
/** Nodes beside each other in an organization. */
const COLUMNS = 3;
/** Organizations are put beside each other up to this width of a cluster. */
const WIDEST = 1320;

/** Puts a network into nested boxes, each in rows from left to right. */
export function layoutOf(network: Network): Layout {
    const clusters = network.clusters.map((cluster) => clusterBox(cluster, network.channels));
    const channels = network.channels.map((channel, number) => ({
        channel,
        number,
        ...corner(CHANNEL_WIDTH, HEAD + LINE * (1 + channel.chaincodes.length) + PADDING),
    }));
    const wide = Math.max(CHANNEL_WIDTH, ...clusters.map(({ width }) => width));
    const top = inRows(channels, { x: MARGIN, y: TITLE, width: wide });
    // One below the other, so that they look like a table with one edge.
    const below = inRows(clusters, {
        x: MARGIN,
        y: channels.length === 0 ? TITLE : top.bottom + GAP,
        width: 0,
    });
    const right = Math.max(top.right, below.right);
    return {
        width: right + MARGIN,
        height: below.bottom + MARGIN,
        channels: top.placed,
        clusters: below.placed.map((cluster) => ({
            ...cluster,
            width: right - MARGIN,
            organizations: cluster.organizations.map((org) => moved(org, cluster)),
        })),
    };
}

function clusterBox(cluster: Cluster, channels: readonly Channel[]): PlacedCluster {
    const boxes = cluster.organizations.map((organization) =>
        organizationBox(organization, channels),
    );
    const { placed, right, bottom } = inRows(boxes, {
        x: PADDING,
        y: HEAD + PADDING / 2,
        width: WIDEST - 2 * PADDING,
    });
    return {
        cluster,
        organizations: placed,
        ...corner(Math.max(right, CHANNEL_WIDTH) + PADDING, bottom + PADDING),
    };
}

function organizationBox(
    organization: Organization,
    channels: readonly Channel[],
): PlacedOrganization {
    const boxes = organization.nodes.map((node) => nodeBox(node, channels));
    const { placed, right, bottom } = inRows(boxes, {
        x: PADDING,
        y: HEAD,
        width: COLUMNS * NODE_WIDTH + (COLUMNS - 1) * GAP,
    });
    return {
        organization,
        nodes: placed,
        ...corner(Math.max(right, PADDING + NODE_WIDTH) + PADDING, bottom + PADDING),
    };
}

function nodeBox(node: FabricNode, channels: readonly Channel[]): PlacedNode {
    const found = channels.flatMap(({ members }, number) =>
        members
            .filter((member) => nodeKey({ ...member, name: member.node }) === nodeKey(node))
            .map(({ status }) => ({ number, joined: ["active", "joined"].includes(status) })),
    );
    const lines = node.volumes.length + found.length;
    return { node, channels: found, ...corner(NODE_WIDTH, HEAD + LINE * lines + PADDING / 2) };
}

function corner(width: number, height: number): Box {
    return { x: 0, y: 0, width, height };
}

/** A row ends where the next box would not fit; boxes of a row begin at one height. */
function inRows<B extends Box>(
    boxes: readonly B[],
    within: Pick<Box, "x" | "y" | "width">,
): { placed: B[]; right: number; bottom: number } {
    let { x, y } = within;
    let right = x;
    let bottom = y;
    const placed = boxes.map((box) => {
        if (x > within.x && x + box.width > within.x + within.width) {
            x = within.x;
            y = bottom + GAP;
        }
        const at = { ...box, x, y };
        x += box.width + GAP;
        right = Math.max(right, at.x + box.width);
        bottom = Math.max(bottom, at.y + box.height);
        return at;
    });
    return {
        placed: placed.map((box) => ({ ...box, height: rowHeight(box, placed) })),
        right,
        bottom,
    };
}

/** Boxes of a row are as tall as the tallest. */
function rowHeight({ y }: Box, boxes: readonly Box[]): number {
    return Math.max(...boxes.filter((box) => box.y === y).map(({ height }) => height));
}

function moved(org: PlacedOrganization, by: Box): PlacedOrganization {
    const placed = { ...org, x: org.x + by.x, y: org.y + by.y };
    return {
        ...placed,
        nodes: org.nodes.map((node) => ({ ...node, x: node.x + placed.x, y: node.y + placed.y })),
    };
}
