/**
 * A small network on one cluster of a cloud: an ordering organization with three Raft nodes, two peer
 * organizations with one peer each, every organization in a namespace of its own, and a channel that
 * all nodes have joined. Another cloud is another class of cluster: nothing else changes.
 */
import * as pulumi from "@pulumi/pulumi";
import { Channel, FabricOrg, OrdererService, PeerNode } from "kubefabric";
import { AksCluster } from "kubefabric/aks";

const config = new pulumi.Config();
const ledgerSize = config.require("ledgerSize");
const recover = config.getBoolean("recover");
const deleteLedgers = config.getBoolean("deleteLedgers") ?? false;
const protection = deleteLedgers ? "none" : "protect";

const cluster = new AksCluster("fabric", {
    location: config.require("location"),
    vmSize: config.get("vmSize") || undefined,
    deletionProtection: !deleteLedgers,
    storage: { protection },
    recover,
});

const ordererOrg = new FabricOrg("orderer-org", { cluster, mspId: "OrdererMSP", protection });
const orderers = new OrdererService("orderer", { org: ordererOrg, nodes: 3, ledgerSize });

const peers = ["org1", "org2"].map((name, index) => {
    const org = new FabricOrg(name, { cluster, mspId: `Org${index + 1}MSP`, protection });
    return new PeerNode(`${name}-peer0`, { org, ledgerSize });
});

const channel = new Channel("channel", { channelId: "mychannel", orderers: [orderers], peers });

/** Hash of the channel's first block: the same for all who are in the channel. */
export const genesisHash = channel.genesisHash;
/** Where each node is reached inside the cluster. */
export const endpoints = [...orderers.nodes, ...peers].map(({ endpoint }) => endpoint);
/** How to look at the cluster. */
export const console = cluster.console;
/** For kubectl; a secret. */
export const kubeconfig = cluster.kubeconfig;
