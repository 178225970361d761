/**
 * The company of a consortium that orders: three Raft nodes on IBM Cloud. It makes the channel with the
 * definitions that the other companies sent, and knows nothing else of them.
 */
import { readFileSync } from "node:fs";

import * as pulumi from "@pulumi/pulumi";
import { Channel, FabricOrg, OrdererService } from "kubefabric";
import { IksCluster } from "kubefabric/iks";

const config = new pulumi.Config();
const deleteLedgers = config.getBoolean("deleteLedgers") ?? false;
const protection = deleteLedgers ? "none" : "protect";

const cluster = new IksCluster(
    "fabric",
    {
        infrastructure: {
            vpc: {
                location: config.require("location"),
                disableOutboundTrafficProtection: true,
            },
        },
        storage: { protection },
        recover: config.getBoolean("recover"),
    },
    { protect: !deleteLedgers },
);

const org = new FabricOrg("founder", {
    cluster,
    mspId: "FounderMSP",
    outside: { domain: config.require("domain") },
    protection,
});
const orderers = new OrdererService("orderer", {
    org,
    nodes: 3,
    ledgerSize: config.require("ledgerSize"),
});

const channel = config.getBoolean("makeChannel")
    ? new Channel("trade", {
          orderers: [orderers],
          peers: [],
          organizations: [readFileSync("org1.json", "utf8"), readFileSync("org2.json", "utf8")],
      })
    : undefined;

/** For the other companies: `founder.json`. */
export const definition = org.definitionWith({ orderers: [orderers] });
/** For the other companies: `trade.block`. */
export const genesisBlock = channel?.genesisBlock;
/** For the other companies, on another way: `trade.hash`. */
export const genesisHash = channel?.genesisHash;
/** What your DNS has to say, for the other companies to find the ordering nodes. */
export const records = orderers.nodes.map(({ outside }) => outside?.record);
/** How to look at the cluster. */
export const console = cluster.console;
/** For kubectl; a secret. */
export const kubeconfig = cluster.kubeconfig;
