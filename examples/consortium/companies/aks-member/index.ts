/**
 * A company of a consortium with a peer on Azure. It joins the channel with the block that the founder
 * sent, and knows nothing else of the other companies but the founder's definition.
 */
import { readFileSync } from "node:fs";

import * as pulumi from "@pulumi/pulumi";
import { FabricOrg, JoinedChannel, PeerNode } from "kubefabric";
import { AksCluster } from "kubefabric/aks";

const config = new pulumi.Config();
const deleteLedgers = config.getBoolean("deleteLedgers") ?? false;
const protection = deleteLedgers ? "none" : "protect";

const cluster = new AksCluster("fabric", {
    location: config.require("location"),
    deletionProtection: !deleteLedgers,
    storage: { protection },
    recover: config.getBoolean("recover"),
});

const org = new FabricOrg("org2", {
    cluster,
    mspId: "Org2MSP",
    outside: { azureDnsLabel: config.require("dnsLabel") },
    protection,
});
const peer0 = new PeerNode("org2-peer0", { org, ledgerSize: config.require("ledgerSize") });

const channel = config.getBoolean("joinChannel")
    ? new JoinedChannel("trade", {
          genesisBlock: readFileSync("trade.block", "utf8"),
          genesisHash: readFileSync("trade.hash", "utf8").trim(),
          organizations: [readFileSync("founder.json", "utf8")],
          peers: [peer0],
      })
    : undefined;

/** For the founder: `org2.json`. */
export const definition = org.definitionWith({ anchorPeers: [peer0] });
/** Hash of the channel's first block, once the peer has joined. */
export const genesisHash = channel?.genesisHash;
/** How to look at the cluster. */
export const console = cluster.console;
/** For kubectl; a secret. */
export const kubeconfig = cluster.kubeconfig;
