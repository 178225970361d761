/**
 * A small network on one cluster: an ordering organization with three Raft nodes, two peer
 * organizations with one peer each, every organization in a namespace of its own, and a channel that
 * all nodes have joined. Where an image is named, the chaincode of examples/chaincode runs on it.
 */
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

import * as pulumi from "@pulumi/pulumi";
import {
    Chaincode,
    Channel,
    ExistingCluster,
    FabricOrg,
    OrdererService,
    PeerNode,
} from "kubefabric";
import type { ChannelProfile, Consensus } from "kubefabric";

const config = new pulumi.Config();
const size = { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "1Gi" } };
const protection = config.getBoolean("deleteLedgers") ? "none" : "protect";
const imageRegistry = config.get("imageRegistry") || undefined;

const cluster = new ExistingCluster("cluster", {
    kubeconfig: readKubeconfig(),
    context: config.get("context") || config.require("context"),
    storageClassName: config.get("storageClassName") || undefined,
    vendor: "local",
    location: "local",
    recover: config.getBoolean("recover"),
    simulated: config.getBoolean("simulated"),
});

const ordererOrg = new FabricOrg("orderer-org", {
    cluster,
    mspId: "OrdererMSP",
    imageRegistry,
    protection,
});
const orderers = new OrdererService("orderer", {
    org: ordererOrg,
    consensus: config.get<Consensus>("consensus") || undefined,
    nodes: config.getNumber("ordererNodes") || undefined,
    ledgerSize: config.get("ledgerSize") ?? "2Gi",
    resources: size,
});

const peers = numbersTo(config.getNumber("peerOrganizations") ?? 2).flatMap((organization) => {
    const org = new FabricOrg(`org${organization}`, {
        cluster,
        mspId: `Org${organization}MSP`,
        imageRegistry,
        protection,
    });
    return numbersTo(config.getNumber("peersPerOrganization") ?? 1).map(
        (peer) =>
            new PeerNode(`org${organization}-peer${peer - 1}`, {
                org,
                stateDatabase: config.get("stateDatabase") ?? "goleveldb",
                ledgerSize: config.get("ledgerSize") ?? "2Gi",
                resources: size,
            }),
    );
});

const channel = new Channel("channel", {
    channelId: config.get("channel") || "mychannel",
    orderers: [orderers],
    peers,
    profile: config.get<ChannelProfile>("profile") || "local",
});

const members = [...new Set(peers.map(({ org }) => `'${org.mspId}.member'`))];
const chaincodeImage = config.get("chaincodeImage");
const asset = chaincodeImage
    ? new Chaincode("asset", {
          channel,
          version: config.get("chaincodeVersion") || "1.0",
          image: chaincodeImage,
          collections: [{ name: "prices", policy: `OR(${members.join(", ")})` }],
      })
    : undefined;

/** The channels, and what is left out where the cluster is simulated. */
export const channels = [
    {
        channel: channel.channelId,
        consensus: orderers.consensus,
        orderingNodes: orderers.nodes.length,
        peers: peers.length,
        genesisHash: channel.genesisHash,
        planned: channel.simulated ? channel.plan : [],
    },
];
/** Where each node is reached inside the cluster. */
export const endpoints = [...orderers.nodes, ...peers].map((node) => ({
    organization: node instanceof PeerNode ? node.org.mspId : orderers.org.mspId,
    node: node.name,
    endpoint: node.endpoint,
}));
/** What the chaincode waits for; empty once it is committed, absent without one. */
export const waiting = asset?.waiting;
/** The connection.json of examples/client, as the first organization's administrator; a secret. */
export const connection = asset && connectionOf(asset);
/** How to look at the cluster. */
export const console = cluster.console;

function connectionOf({ channel: { channelId }, definition, peers: [peer] }: Chaincode) {
    const { certificatePem, privateKeyPem } = peer.org.admin;
    return {
        channel: channelId,
        chaincode: definition.name,
        gateway: peer.gatewayParameters(),
        identity: { certificatePem, privateKeyPem },
    };
}

function numbersTo(last: number): number[] {
    return Array.from({ length: last }, (_, index) => index + 1);
}

function readKubeconfig(): string {
    const path =
        config.get("kubeconfig") || process.env.KUBECONFIG || join(homedir(), ".kube", "config");
    return readFileSync(path, "utf8");
}
