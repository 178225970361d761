import type { Channel, Chaincode, Cluster, FabricNode, Member, Volume } from "./network";

/** What a node is, in one line: `peer, CouchDB, 3.1.5`. */
export function nodeText({ kind, stateDatabase, version }: FabricNode): string {
    const parts = [kindText({ kind, stateDatabase }), version];
    return parts.filter((part) => part !== "").join(", ");
}

export function kindText({
    kind,
    stateDatabase,
}: Pick<FabricNode, "kind" | "stateDatabase">): string {
    const peer = stateDatabase === "CouchDB" ? "peer, CouchDB" : "peer";
    return kind === "orderer" ? "ordering node" : peer;
}

/** Size and class of a volume: `20Gi premium-rwo`. */
export function volumeText({ size, storageClass }: Volume): string {
    return [size, storageClass || "default class"].join(" ");
}

/** What a cluster is and where: `GkeCluster, europe-west4`. */
export function clusterText({ kind, vendor, location }: Cluster): string {
    const what = kind === "ExistingCluster" || kind === "" ? `Kubernetes, ${vendor}` : kind;
    const place = location === vendor ? "" : location;
    return [what.replace(/, $/, ""), place].filter((part) => part !== "").join(", ");
}

/** How many nodes of this stack are in a channel: `3 ordering nodes, 2 peers, of which 1 has not joined`. */
export function membersText({ members }: Channel): string {
    const orderers = members.filter(({ kind }) => kind === "orderer").length;
    const missing = members.filter((member) => !isIn(member)).length;
    const all = `${count(orderers, "ordering node")}, ${count(members.length - orderers, "peer")}`;
    if (missing === 0) {
        return all;
    }
    return missing === members.length ? `${all}, planned` : `${all}, ${missing} not joined`;
}

export function count(number: number, one: string): string {
    return `${number} ${one}${number === 1 ? "" : "s"}`;
}

export function channelText({ consensus, founded }: Channel): string {
    const origin = founded ? "" : "founded by others";
    return [consensus, origin].filter((part) => part !== "").join(", ");
}

export function chaincodeText({ name, version, sequence, status }: Chaincode): string {
    const how =
        status === "committed"
            ? `sequence ${sequence}`
            : status === "planned"
              ? "planned"
              : "waits for others";
    return `${name} ${version} (${how})`;
}

/** Whether a node takes part in a channel, as far as the state knows. */
export function isIn({ status }: Member): boolean {
    return status === "active" || status === "joined";
}
