import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { mermaid } from "kubefabric/internal/cli/network/mermaid";
import { networkIn } from "kubefabric/internal/cli/network/networkModel";
import { stateOf } from "kubefabric/internal/cli/network/stateReading";
import { svg } from "kubefabric/internal/cli/network/svg";
import { layoutOf, type Box } from "kubefabric/internal/cli/network/svgLayout";
import type { Network } from "kubefabric/internal/cli/network/network";

import { type ExportedState, networkState, resourceAt } from "../support/networkState.ts";
import { CommandFolder } from "../support/updateFolder.ts";

/** Names that mean something to Mermaid, to XML and to HTML. */
const HOSTILE = [
    `a"] --> b[`,
    "<script>alert(1)</script>",
    "a & b; #quot; &lt;",
    "`markdown` **bold**",
    "end",
    "a\nsubgraph x\u0007",
    "]]>--%%{init: {}}%%",
    "Größe 组织",
];

/** Elements of an SVG, each with its attributes; fails where it is not well formed. */
function elementsOf(text: string): { name: string; attributes: string; inside: string[] }[] {
    const found: ReturnType<typeof elementsOf> = [];
    const open: string[] = [];
    let rest = text;
    while (rest !== "") {
        const [content = ""] = /^[^<]*/.exec(rest) ?? [];
        if (open.at(-1) !== "style") {
            assert.match(content, /^([^&>]|&#\d+;)*$/, `text is escaped: ${content}`);
        }
        rest = rest.slice(content.length);
        if (rest === "") {
            break;
        }
        const tag = /^<(\/?)([a-z]+)((?: [a-zA-Z:]+="[^"<&]*")*)(\/?)>/.exec(rest);
        assert.ok(tag, `a tag begins: ${rest.slice(0, 60)}`);
        const [whole, closing, name = "", attributes = "", empty] = tag;
        if (closing) {
            assert.equal(open.pop(), name);
        } else {
            found.push({ name, attributes, inside: [...open] });
            if (!empty) {
                open.push(name);
            }
        }
        rest = rest.slice(whole.length);
    }
    assert.deepEqual(open, []);
    return found;
}

/** Nodes, subgraphs and links of a flowchart; fails where a line is none that we write. */
function readMermaid(text: string) {
    const [first, ...lines] = text.trimEnd().split("\n");
    assert.equal(first, "flowchart LR");
    const label = /"((?:[\p{L}\p{N} .,:()/_+-]|#\d+;|<br\/>)+)"/u.source;
    const shapes = [
        `\\[${label}\\]`,
        `\\[\\(${label}\\)\\]`,
        `\\{\\{${label}\\}\\}`,
        `\\[\\[${label}\\]\\]`,
    ];
    const shape = `(?:${shapes.join("|")})`;
    const nodes = new Map<string, string>();
    const links: [string, string, string][] = [];
    let depth = 0;
    const add = (id: string, texts: (string | undefined)[]) => {
        const shown = texts.find((one) => one !== undefined);
        if (shown !== undefined) {
            assert.ok(!nodes.has(id), `${id} is there once`);
            nodes.set(id, shown);
        }
        assert.ok(nodes.has(id), `${id} is declared before it is linked`);
    };
    for (const line of lines.map((one) => one.trim())) {
        const subgraph = new RegExp(`^subgraph (\\w+)\\[${label}\\]$`, "u").exec(line);
        const node = new RegExp(`^(\\w+)${shape}$`, "u").exec(line);
        const link = new RegExp(`^(\\w+) (---|===|-\\.-) (\\w+)(?:${shape})?$`, "u").exec(line);
        if (subgraph) {
            add(subgraph[1]!, [subgraph[2]]);
            depth++;
        } else if (line === "end") {
            depth--;
            assert.ok(depth >= 0);
        } else if (node) {
            add(node[1]!, node.slice(2));
        } else {
            assert.ok(link, `a line is a node, a subgraph or a link: ${line}`);
            add(link[1]!, []);
            add(link[3]!, link.slice(4));
            links.push([link[1]!, link[2]!, link[3]!]);
        }
    }
    assert.equal(depth, 0);
    return { nodes, links };
}

function decoded(text: string): string {
    return text.replace(/#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
}

describe("kubefabric topology", function () {
    this.timeout(120_000);
    let state: ExportedState;
    let network: Network;
    const folder = new CommandFolder();
    before(async () => {
        state = await networkState({
            organizations: 4,
            peersEach: 2,
            clusters: 3,
            channels: 2,
            chaincode: true,
        });
        network = networkOf(state);
    });
    after(() => folder.remove());

    const networkOf = (of: ExportedState) => networkIn(stateOf("state.json", JSON.stringify(of)));

    /** The network with hostile names wherever a state has names. */
    function hostile(): Network {
        let next = 0;
        return JSON.parse(JSON.stringify(network), (key, value: unknown) =>
            typeof value === "string" &&
            !["namespace", "node", "name", "kind", "status"].includes(key)
                ? HOSTILE[next++ % HOSTILE.length]
                : value,
        ) as Network;
    }

    it("draws every cluster, organization, node, volume, channel and chaincode as Mermaid", () => {
        const { nodes, links } = readMermaid(mermaid(network));
        const texts = [...nodes.values()];
        for (const expected of [
            "cluster0<br/>Kubernetes, gke",
            "cluster2<br/>Kubernetes, iks",
            "OrdererMSP<br/>namespace orderer-org",
            "Org4MSP<br/>namespace org4",
            "orderer-2<br/>ordering node, 3.1.5",
            "org3-peer1<br/>peer, CouchDB, 3.1.5",
            "org1-peer0-ledger<br/>20Gi kubefabric-pd-balanced",
            "trade<br/>etcdraft",
            "asset1 1.0 (sequence 1)",
        ]) {
            assert.ok(texts.includes(expected), `${expected}\n${texts.join("\n")}`);
        }
        // 3 clusters, 5 organizations, 3 + 8 nodes, 3 + 8 * 2 volumes, 2 channels, 2 chaincodes.
        assert.equal(nodes.size, 3 + 5 + 11 + 19 + 2 + 2);
        const channel = [...nodes].find(([, text]) => text === "trade<br/>etcdraft")![0];
        assert.equal(links.filter(([, kind, to]) => kind === "===" && to === channel).length, 11);
    });

    it("draws dotted, and hollow, what has not joined", () => {
        const copy = structuredClone(state);
        const membership = resourceAt(copy, "PeerChannelMembership", "trade-org2-peer0");
        membership.outputs = { ...membership.outputs, status: "not reachable: timeout" };
        const changed = networkOf(copy);
        const dotted = readMermaid(mermaid(changed)).links.filter(([, kind]) => kind === "-.-");
        assert.equal(dotted.length, 1);
        const hollow = (of: Network) =>
            elementsOf(svg(of)).filter(({ attributes }) => /class="dot c\d"/.test(attributes))
                .length;
        assert.equal(hollow(network), 0);
        assert.equal(hollow(changed), 1);
        assert.match(svg(changed), /3 ordering nodes, 8 peers, 1 not joined/);
    });

    it("keeps hostile names to the label that they are in, in Mermaid", () => {
        const { nodes } = readMermaid(mermaid(hostile()));
        assert.equal(nodes.size, readMermaid(mermaid(network)).nodes.size);
        const all = decoded([...nodes.values()].join("\n"));
        assert.ok(all.includes("<script>alert(1)</script>"));
        assert.ok(all.includes("a\\u{a}subgraph x\\u{7}"), "control characters are written out");
    });

    it("gives a well-formed SVG that says every name, whatever the names", () => {
        for (const drawn of [network, hostile()]) {
            const elements = elementsOf(svg(drawn));
            assert.deepEqual([...new Set(elements.map(({ name }) => name))].sort(), [
                "circle",
                "ellipse",
                "g",
                "path",
                "rect",
                "style",
                "svg",
                "text",
                "title",
            ]);
            assert.equal(elements[0]!.name, "svg");
        }
        const text = svg(network);
        for (const name of ["cluster1", "Org4MSP", "org4-peer1", "trade", "settlement", "asset0"]) {
            assert.match(text, new RegExp(`>[^<]*${name}`), name);
        }
        assert.match(text, /org1-peer0-ledger, 20Gi kubefabric-pd-balanced, ReadWriteOnce/);
        assert.match(text, /@media \(prefers-color-scheme: dark\)/);
    });

    it("cuts a name that does not fit, and keeps the whole of it as a title", () => {
        const long = structuredClone(network);
        const name = `${"very-long-name-".repeat(6)}end`;
        long.clusters[0]!.organizations[1]!.nodes[0]!.name = name;
        const text = svg(long);
        assert.match(text, new RegExp(`<title>${name}</title>very-long-name-[a-z-]*…</text>`));
    });

    /** Whether one box is in another one, with room around it. */
    const isInside = (inner: Box, outer: Box) =>
        inner.x > outer.x &&
        inner.y > outer.y &&
        inner.x + inner.width < outer.x + outer.width &&
        inner.y + inner.height < outer.y + outer.height;
    const overlap = (one: Box, other: Box) =>
        one.x < other.x + other.width &&
        other.x < one.x + one.width &&
        one.y < other.y + other.height &&
        other.y < one.y + one.height;
    function assertApart(boxes: readonly Box[]) {
        boxes.forEach((box, index) =>
            boxes.slice(index + 1).forEach((other) => assert.ok(!overlap(box, other))),
        );
    }

    for (const [organizations, nodes, channels] of [
        [1, 1, 0],
        [8, 2, 3],
        [20, 7, 12],
    ] as const) {
        it(`puts ${organizations} organizations of ${nodes} nodes in ${channels} channels apart`, () => {
            const [cluster] = network.clusters;
            const [organization] = cluster!.organizations;
            const [node] = organization!.nodes;
            const members = [{ ...network.channels[0]!.members[0]!, node: node!.name }];
            const layout = layoutOf({
                ...network,
                clusters: [1, 2].map(() => ({
                    ...cluster!,
                    organizations: Array<typeof organization>(organizations).fill({
                        ...organization!,
                        nodes: Array<typeof node>(nodes).fill(node) as never,
                    }) as never,
                })),
                channels: Array(channels).fill({ ...network.channels[0]!, members }) as never,
            });
            const page = { x: 0, y: 0, width: layout.width, height: layout.height };
            const outer = [...layout.channels, ...layout.clusters];
            assertApart(outer);
            outer.forEach((box) => assert.ok(isInside(box, page)));
            for (const placed of layout.clusters) {
                assertApart(placed.organizations);
                assert.equal(placed.organizations.length, organizations);
                for (const org of placed.organizations) {
                    assert.ok(isInside(org, placed));
                    assertApart(org.nodes);
                    org.nodes.forEach((box) => assert.ok(isInside(box, org)));
                }
            }
        });
    }

    it("prints Mermaid, and writes what a file's name or --format says", () => {
        folder.write("state.json", JSON.stringify(state));
        const printed = folder.run(["topology", "state.json"]);
        assert.equal(printed.code, 0, printed.notes);
        assert.equal(printed.output, mermaid(network));
        const written = folder.run(["topology", "state.json", "--output", "network.svg"]);
        assert.equal(written.code, 0, written.notes);
        assert.equal(written.output, "");
        assert.equal(readFileSync(join(folder.path, "network.svg"), "utf8"), svg(network));
        const piped = folder.run(["topology", "-", "--format", "svg"], JSON.stringify(state));
        assert.equal(piped.output, svg(network));
    });

    it("fails where the file cannot be written, or the form is none", () => {
        folder.write("state.json", JSON.stringify(state));
        const { code, notes } = folder.run(["topology", "state.json", "--output", "no/where.svg"]);
        assert.equal(code, 2);
        assert.match(notes, /^--output: no\/where\.svg cannot be written \(ENOENT\)/);
        assert.equal(folder.run(["topology", "state.json", "--format", "png"]).code, 2);
    });
});
