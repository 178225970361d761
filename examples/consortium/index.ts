/**
 * One network over three clouds: three Raft nodes on IBM Cloud, a peer of Org1 on Google Cloud, a peer of
 * Org2 on Azure, and a channel that all have joined. Each organization is reached from outside its cluster.
 */
import * as pulumi from "@pulumi/pulumi";
import { Channel, FabricOrg, OrdererService, PeerNode } from "kubefabric";
import { AksCluster } from "kubefabric/aks";
import { GkeCluster } from "kubefabric/gke";
import { IksCluster } from "kubefabric/iks";

const config = new pulumi.Config();
const ledgerSize = config.require("ledgerSize");
const recover = config.getBoolean("recover");
const deleteLedgers = config.getBoolean("deleteLedgers") ?? false;
const protection = deleteLedgers ? "none" : "protect";

const iks = new IksCluster(
    "fabric-iks",
    {
        infrastructure: {
            vpc: {
                location: config.require("iksLocation"),
                disableOutboundTrafficProtection: true,
            },
        },
        storage: { protection },
        recover,
    },
    { protect: !deleteLedgers },
);
const gke = new GkeCluster("fabric-gke", {
    location: config.require("gkeLocation"),
    dnsZone: config.require("org1DnsZone"),
    deletionProtection: !deleteLedgers,
    storage: { protection },
    recover,
});
const aks = new AksCluster("fabric-aks", {
    location: config.require("aksLocation"),
    deletionProtection: !deleteLedgers,
    storage: { protection },
    recover,
});

const ordererOrg = new FabricOrg("orderer-org", {
    cluster: iks,
    mspId: "OrdererMSP",
    outside: { domain: config.require("ordererDomain") },
    protection,
});
const orderers = new OrdererService("orderer", { org: ordererOrg, nodes: 3, ledgerSize });

const org1 = new FabricOrg("org1", {
    cluster: gke,
    mspId: "Org1MSP",
    outside: { domain: config.require("org1Domain") },
    protection,
});
const org2 = new FabricOrg("org2", {
    cluster: aks,
    mspId: "Org2MSP",
    outside: { azureDnsLabel: config.require("org2DnsLabel") },
    protection,
});
const peers = [org1, org2].map(
    (org) => new PeerNode(`${org.namespace}-peer0`, { org, ledgerSize }),
);

const channel = new Channel("trade", { orderers: [orderers], peers });

/** Hash of the channel's first block: the same for all who are in the channel. */
export const genesisHash = channel.genesisHash;
/** What your DNS has to say, for peers to find the ordering nodes. */
export const records = orderers.nodes.map(({ outside }) => outside?.record);
/** How to look at each cluster. */
export const consoles = { iks: iks.console, gke: gke.console, aks: aks.console };
/** For kubectl; secrets. */
export const kubeconfigs = { iks: iks.kubeconfig, gke: gke.kubeconfig, aks: aks.kubeconfig };
