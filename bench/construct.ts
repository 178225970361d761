import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

import { methods as caCertificate } from "../components/resources/methods/caCertificate";
import { methods as certificate } from "../components/resources/methods/certificate";
import { methods as privateKey } from "../components/resources/methods/privateKey";
import { record, type RecordedResource } from "../testing";
import { rawResources } from "./flatList";
import { alternate, median, timed } from "./measure";
import type { Bench, Part } from "./part";
import { network } from "./program";
import { msText } from "./report";

/** The size that the goals are for. */
export const LARGE = { organizations: 32, peersEach: 4 } as const;

/** A kubeconfig that parses; nothing answers at its address. */
export const NOWHERE = `apiVersion: v1
kind: Config
clusters: [{name: none, cluster: {server: "https://127.0.0.1:1"}}]
users: [{name: none, user: {}}]
contexts: [{name: none, context: {cluster: none, user: none}}]
current-context: none
`;

const ROUNDS = 3;
const GOAL = 1.1;

/** What one construction took. */
export interface Construction {
    resources: number;
    ms: number;
    heapBytes: number;
}

export const construct: Part = {
    name: "construct",
    title: `${LARGE.organizations} organizations × ${LARGE.peersEach} peers and a channel on the recording monitor, against a flat list of the same raw resources`,
    run: async (bench) => {
        const { resources } = await record(() => network({ ...LARGE, kubeconfig: NOWHERE }));
        await compare(bench, resources);
        await countKeys(bench, resources);
        countDependencies(bench, resources);
    },
};

async function compare(bench: Bench, resources: readonly RecordedResource[]): Promise<void> {
    const list = join(bench.scratch, "resources.json");
    writeFileSync(list, JSON.stringify(rawResources(resources)));
    const { components, flat } = await alternate(ROUNDS, {
        components: () => constructed(["components"]),
        flat: () => constructed(["flat", list]),
    });
    const middle = (runs: Construction[], figure: "ms" | "heapBytes") =>
        median(runs.map((run) => run[figure]));
    const [ours, raw] = [components[0]!.resources, flat[0]!.resources];
    const [ms, rawMs] = [middle(components, "ms"), middle(flat, "ms")];
    bench.finding({
        what: "time, components / flat list",
        figure: ms / rawMs,
        goal: GOAL,
        detail: `${msText(ms)}, ${msText(rawMs)}`,
    });
    const [heap, rawHeap] = [middle(components, "heapBytes"), middle(flat, "heapBytes")];
    bench.finding({
        what: "heap kept, components / flat list",
        figure: heap / rawHeap,
        goal: GOAL,
        detail: `${megabytes(heap)}, ${megabytes(rawHeap)}`,
    });
    bench.finding({
        what: "time per registered resource, components / flat list",
        figure: ms / ours / (rawMs / raw),
        detail: `${ours} registered, ${ours - raw} of them components; ${raw} raw`,
    });
    bench.note(
        "the flat list is the leanest there can be: plain inputs, no parent, no dependency, no secret",
    );
}

/** A construction in a process of its own, so that neither finds warm what the other has loaded. */
async function constructed(args: string[]): Promise<Construction> {
    const script = join(__dirname, "constructOnce.js");
    const { stdout } = await promisify(execFile)(process.execPath, [
        "--expose-gc",
        script,
        ...args,
    ]);
    return JSON.parse(stdout) as Construction;
}

/** Keys and certificates are made by the engine's dynamic resources, so they are not in the above. */
async function countKeys(bench: Bench, resources: readonly RecordedResource[]): Promise<void> {
    const caKey = (await privateKey.create({})).outs;
    const subject = { organization: "Org1MSP", validityDays: 365 };
    const ca = { ...subject, commonName: "ca", privateKeyPem: caKey.privateKeyPem as string };
    const { certificatePem } = (await caCertificate.create(ca)).outs;
    const node = {
        ...subject,
        profile: "tls",
        role: "peer",
        commonName: "node",
        hosts: ["node"],
        publicKeyPem: caKey.publicKeyPem as string,
        caCertificatePem: certificatePem as string,
        caPrivateKeyPem: caKey.privateKeyPem as string,
    };
    for (const [kind, what, make] of [
        ["PrivateKey", "private keys", () => privateKey.create({})],
        ["CaCertificate", "CA certificates", () => caCertificate.create(ca)],
        ["Certificate", "certificates", () => certificate.create(node)],
    ] as const) {
        const count = resources.filter(({ type }) => new RegExp(`[:/]${kind}$`).test(type)).length;
        const { made } = await alternate(20, { made: async () => (await timed(make))[1] });
        const each = median(made);
        const detail = `${msText(each)} each, ${msText(count * each)} in all`;
        bench.finding({ what: `${what}, made apart`, figure: count, unit: "", detail });
    }
}

/** What a state says of order grows with the network, not with its square. */
function countDependencies(bench: Bench, resources: readonly RecordedResource[]): void {
    const urns = resources.reduce((sum, { dependencies }) => sum + dependencies.length, 0);
    bench.finding({
        what: "dependency URNs per resource",
        figure: urns / resources.length,
        unit: "URNs",
        goal: 2,
    });
}

function megabytes(bytes: number): string {
    return `${(bytes / 2 ** 20).toFixed(1)} MB`;
}
