/** A network as a state tells it: plain data without a secret. */
export interface Network {
    stack: string;
    project: string;
    clusters: Cluster[];
    channels: Channel[];
}

export interface Cluster {
    name: string;
    /** What makes it: `GkeCluster`; empty where it is in no program of ours. */
    kind: string;
    /** `gke`, `local`; empty where it is not known. */
    vendor: string;
    location: string;
    organizations: Organization[];
}

export interface Organization {
    name: string;
    mspId: string;
    namespace: string;
    nodes: FabricNode[];
    /** When the first of its CAs ends, ISO 8601; absent where the state does not tell. */
    casEnd?: string;
    /** When the certificate of its administrator ends. */
    adminEnds?: string;
}

export interface FabricNode {
    name: string;
    namespace: string;
    mspId: string;
    kind: "orderer" | "peer";
    /** Where it is reached by others. */
    endpoint: string;
    /** Tag of its image. */
    version: string;
    /** Of a peer. */
    stateDatabase: string;
    /** When the first of its certificates ends; absent where its identity is brought along. */
    certificateEnds?: string;
    volumes: Volume[];
}

export interface Volume {
    claim: string;
    size: string;
    /** Empty where it is the cluster's default, and not written. */
    storageClass: string;
    /** Driver of a class of this stack; empty for others. */
    driver: string;
    accessMode: string;
    /** Volume that it is bound to, where a refresh has read it. */
    bound: string;
}

export interface Channel {
    id: string;
    /** Whether this program founded it, or joined what others founded. */
    founded: boolean;
    /** `etcdraft` or `BFT`; empty where others know. */
    consensus: string;
    members: Member[];
    chaincodes: Chaincode[];
}

/** A node in a channel. */
export interface Member {
    node: string;
    namespace: string;
    kind: FabricNode["kind"];
    /** Fabric's word for what it is in it: `consenter`; `peer`. */
    role: string;
    /** `active`, `joined`, `planned`, or what a refresh found. */
    status: string;
}

export interface Chaincode {
    name: string;
    version: string;
    /** Sequence that is committed, or waits to be; absent where nothing was committed yet. */
    sequence?: number;
    /** `committed`, `planned`, or whom it waits for. */
    status: string;
    /** Peers that have the package: `namespace/name`. */
    peers: string[];
}

/** All nodes of a network, cluster by cluster. */
export function nodesOf({ clusters }: Pick<Network, "clusters">): FabricNode[] {
    return clusters.flatMap(({ organizations }) => organizations.flatMap(({ nodes }) => nodes));
}

/** What a node is found by. */
export function nodeKey({ namespace, name }: { namespace: string; name: string }): string {
    return `${namespace}/${name}`;
}
