import { Refusal } from "../refusal";
import { channelsIn } from "./channelModel";
import type { Cluster, FabricNode, Network, Organization, Volume } from "./network";
import { type Entry, type ReadState, textOf } from "./stateReading";
import { fieldsOf, listOf } from "../../storage/manifests";

/** The network that the resources of a state are. */
export function networkIn({ stack, project, entries }: ReadState): Network {
    const tree = new Tree(entries);
    const organizations = tree.of("FabricOrg");
    if (organizations.length === 0) {
        throw new Refusal(
            `stack "${stack}" of project "${project}": has no FabricOrg in it, so no network to show`,
        );
    }
    const clusters = clustersIn(tree, organizations);
    return { stack, project, clusters, channels: channelsIn(tree, clusters) };
}

/** The resources of a state by what owns them. */
export class Tree {
    private readonly byUrn: ReadonlyMap<string, Entry>;
    readonly entries: readonly Entry[];

    constructor(entries: readonly Entry[]) {
        this.entries = entries;
        this.byUrn = new Map(entries.map((entry) => [entry.urn, entry]));
    }

    /** Resources of a kind of ours, or of Kubernetes, in the order of their names. */
    of(...kinds: string[]): Entry[] {
        return this.entries
            .filter(
                ({ kind, type }) =>
                    kinds.includes(kind) && /^(kubefabric:|kubernetes:|pulumi)/.test(type),
            )
            .sort(byName);
    }

    at(urn: string): Entry | undefined {
        return this.byUrn.get(urn);
    }

    /** Resources of a kind that a resource owns, itself or by what it owns. */
    below(owner: Entry, ...kinds: string[]): Entry[] {
        return this.of(...kinds).filter((entry) => this.isBelow(entry, owner));
    }

    private isBelow({ parent }: Entry, owner: Entry): boolean {
        const above = this.at(parent);
        return parent === owner.urn || (above !== undefined && this.isBelow(above, owner));
    }
}

/** Clusters in the order of their names, each with the organizations whose namespaces are in it. */
function clustersIn(tree: Tree, organizations: readonly Entry[]): Cluster[] {
    const found = new Map<string, Cluster>();
    for (const org of organizations) {
        const { key, cluster } = clusterOf(tree, org);
        const known = found.get(key) ?? cluster;
        known.organizations.push(organizationOf(tree, org));
        found.set(key, known);
    }
    return [...found.values()].sort(byName);
}

function clusterOf(tree: Tree, org: Entry): { key: string; cluster: Cluster } {
    const [namespace] = tree.below(org, "Namespace");
    const provider = tree.at(namespace?.provider ?? "");
    const owner = tree.at(provider?.parent ?? "");
    const isOurs = owner?.type.startsWith("kubefabric:") === true;
    const { vendor, location } = { ...owner?.inputs, ...owner?.outputs };
    const place = textOf(location);
    return {
        key: owner?.urn ?? provider?.urn ?? "",
        cluster: {
            name: (isOurs ? owner.name : provider?.name) ?? "cluster",
            kind: isOurs ? owner.kind : "",
            vendor: isOurs ? textOf(vendor) || owner.kind.replace("Cluster", "").toLowerCase() : "",
            location: place === "unknown" ? "" : place,
            organizations: [],
        },
    };
}

function organizationOf(tree: Tree, org: Entry): Organization {
    const mspId = textOf(org.inputs.mspId);
    const namespace = textOf(org.inputs.namespace);
    const nodes = tree
        .of("OrdererNode", "PeerNode")
        .filter(({ inputs }) => inputs.mspId === mspId && inputs.namespace === namespace);
    return {
        name: org.name,
        mspId,
        namespace,
        nodes: nodes.map((node) => nodeOf(tree, node)),
        casEnd: firstEnd(tree.below(org, "CaCertificate")),
        adminEnds: firstEnd(tree.below(org, "Certificate")),
    };
}

function nodeOf(tree: Tree, entry: Entry): FabricNode {
    const [workload] = tree.below(entry, "StatefulSet");
    const pod = fieldsOf(fieldsOf(fieldsOf(workload?.inputs.spec).template).spec);
    const [container] = listOf(pod.containers).map(fieldsOf);
    return {
        name: entry.name,
        namespace: textOf(entry.inputs.namespace),
        mspId: textOf(entry.inputs.mspId),
        kind: entry.kind === "PeerNode" ? "peer" : "orderer",
        endpoint: textOf(entry.outputs.externalEndpoint) || textOf(entry.outputs.endpoint),
        version: tagOf(textOf(container?.image)),
        stateDatabase: textOf(entry.inputs.stateDatabase),
        certificateEnds: firstEnd(tree.below(entry, "Certificate")),
        volumes: tree.below(entry, "PersistentVolumeClaim").map((claim) => volumeOf(tree, claim)),
    };
}

function volumeOf(tree: Tree, { name, inputs, outputs }: Entry): Volume {
    const spec = fieldsOf(inputs.spec);
    const requests = fieldsOf(fieldsOf(spec.resources).requests);
    const storageClass = textOf(spec.storageClassName);
    const definition = tree
        .of("StorageClass")
        .find((one) => fieldsOf(one.inputs.metadata).name === storageClass);
    return {
        claim: textOf(fieldsOf(inputs.metadata).name) || name,
        size: textOf(requests.storage),
        storageClass,
        driver: textOf(definition?.inputs.provisioner),
        accessMode: textOf(listOf(spec.accessModes)[0]),
        bound: textOf(fieldsOf(outputs.spec).volumeName),
    };
}

/** The soonest end of some certificates. */
function firstEnd(certificates: readonly Entry[]): string | undefined {
    const ends = certificates.map(({ outputs }) => textOf(outputs.notAfter)).filter(isInstant);
    return ends.sort()[0];
}

function isInstant(text: string): boolean {
    return !Number.isNaN(Date.parse(text));
}

/** `3.1.5` of `ghcr.io/hyperledger/fabric-peer:3.1.5@sha256:…`. */
function tagOf(image: string): string {
    return /:([^:/@]+)(?:@.*)?$/.exec(image)?.[1] ?? "";
}

export function byName(one: { name: string }, other: { name: string }): number {
    return one.name.localeCompare(other.name, "en", { numeric: true });
}
