/** The program of somebody who has installed the package. */
import { readFileSync } from "node:fs";

import * as pulumi from "@pulumi/pulumi";
import { ExistingCluster, FabricOrg, PeerNode } from "kubefabric";

const config = new pulumi.Config();
const cluster = new ExistingCluster("cluster", {
    kubeconfig: readFileSync(config.require("kubeconfig"), "utf8"),
});
const org = new FabricOrg(config.require("namespace"), {
    cluster,
    mspId: "Org1MSP",
    protection: "none",
});
const peer = new PeerNode("peer0", {
    org,
    ledgerSize: "1Gi",
    resources: { requests: { cpu: "10m", memory: "64Mi" } },
});

export const endpoint = peer.endpoint;
export const signingCa = org.definition.signingCaPem;
