/**
 * A company of a consortium with a peer on Google Cloud. It joins the channel with the block that the founder
 * sent, and knows nothing else of the other companies but the founder's definition.
 */
import { readFileSync } from "node:fs";

import * as pulumi from "@pulumi/pulumi";
import { FabricOrg, JoinedChannel, PeerNode } from "kubefabric";
import { GkeCluster } from "kubefabric/gke";

const config = new pulumi.Config();
const deleteLedgers = config.getBoolean("deleteLedgers") ?? false;
const protection = deleteLedgers ? "none" : "protect";

const cluster = new GkeCluster("fabric", {
    location: config.require("location"),
    dnsZone: config.require("dnsZone"),
    deletionProtection: !deleteLedgers,
    storage: { protection },
    recover: config.getBoolean("recover"),
});

const org = new FabricOrg("org1", {
    cluster,
    mspId: "Org1MSP",
    outside: { domain: config.require("domain") },
    protection,
});
const peer0 = new PeerNode("org1-peer0", { org, ledgerSize: config.require("ledgerSize") });

const channel = config.getBoolean("joinChannel")
    ? new JoinedChannel("trade", {
          genesisBlock: readFileSync("trade.block", "utf8"),
          genesisHash: readFileSync("trade.hash", "utf8").trim(),
          organizations: [readFileSync("founder.json", "utf8")],
          peers: [peer0],
      })
    : undefined;

/** For the founder: `org1.json`. */
export const definition = org.definitionWith({ anchorPeers: [peer0] });
/** Hash of the channel's first block, once the peer has joined. */
export const genesisHash = channel?.genesisHash;
/** How to look at the cluster. */
export const console = cluster.console;
/** For kubectl; a secret. */
export const kubeconfig = cluster.kubeconfig;
