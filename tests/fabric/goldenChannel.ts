import { existsSync, readFileSync } from "node:fs";

import type { BftSettings, ChannelDefinition } from "kubefabric/internal/fabric/channelDefinition";
import { channelSettings } from "kubefabric/internal/fabric/channelProfiles";
import type { Consenter, OrgDefinition } from "kubefabric/internal/fabric/msp";

const FOLDER = new URL("../golden/genesis/", import.meta.url);

function readGolden(path: string): string {
    return readFileSync(new URL(path, FOLDER), "utf8");
}

/** The block that Fabric's `configtxgen` made, as its `configtxlator` decoded it. */
export function goldenBlock(kind: "raft" | "bft"): Record<string, unknown> {
    return JSON.parse(readGolden(`${kind}/block.json`)) as Record<string, unknown>;
}

/** The definition of the channel that `configtx.yaml` beside the golden block describes. */
export function goldenDefinition(kind: "raft" | "bft"): ChannelDefinition {
    const org1 = organization("Org1MSP", {
        anchorPeers: [
            { host: "peer-0.org1.svc", port: 7051 },
            { host: "peer-1.org1.example.com", port: 30051 },
        ],
    });
    const org2 = organization("Org2MSP", {
        anchorPeers: [{ host: "peer-0.org2.svc", port: 7051 }],
    });
    const orderers = ["orderer-0", "orderer-1", "orderer-2"].map((name) =>
        consenter(name, "orderer"),
    );
    const ordering = organization("OrdererMSP", withOrderers(orderers));
    if (kind === "raft") {
        const acls = {
            "qscc/GetChainInfo": "/Channel/Application/Readers",
            "peer/Propose": "Writers",
        };
        return {
            channelId: "raft-channel",
            consensus: "etcdraft",
            ordering: [ordering],
            application: [org1, org2],
            capabilities: { channel: "V2_0", orderer: "V2_0", application: "V2_5" },
            settings: { ...channelSettings("balanced", "etcdraft"), acls },
        };
    }
    const both = { ...org1, ...withOrderers([consenter("orderer-3", "org1")]) };
    return {
        channelId: "bft-channel",
        consensus: "BFT",
        ordering: [ordering, both],
        application: [both, org2],
        capabilities: { channel: "V3_0", orderer: "V2_0", application: "V2_5" },
        settings: { ...channelSettings("throughput", "BFT"), bft: BFT_SETTINGS },
    };
}

/** No two alike and none of them a default, so that a value in the wrong place is seen. */
const BFT_SETTINGS: BftSettings = {
    requestBatchMaxInterval: "750ms",
    incomingMessageBufferSize: 300,
    requestPoolSize: 4000,
    requestForwardTimeout: "3s",
    requestComplainTimeout: "21s",
    requestAutoRemoveTimeout: "4m0s",
    viewChangeResendInterval: "6s",
    viewChangeTimeout: "22s",
    leaderHeartbeatTimeout: "1m10s",
    leaderHeartbeatCount: 12,
    collectTimeout: "2s",
    syncOnStart: true,
    speedUpViewChange: true,
    requestMaxBytes: 1024 * 1024,
};

/** A definition that a test may change at will, an organization that is in it twice included. */
export function changed(
    kind: "raft" | "bft",
    change: (definition: ChannelDefinition) => void,
): ChannelDefinition {
    const definition = JSON.parse(JSON.stringify(goldenDefinition(kind))) as ChannelDefinition;
    change(definition);
    return definition;
}

/** SmartBFT's settings of a definition that has them. */
export function bftOf({ settings }: ChannelDefinition): BftSettings {
    if (settings.bft === undefined) {
        throw new Error("the definition is not one of SmartBFT");
    }
    return settings.bft;
}

function organization(mspId: string, more: Partial<OrgDefinition>): OrgDefinition {
    const folder = `msp/${mspId}`;
    const intermediates = existsSync(new URL(`${folder}/intermediatecerts`, FOLDER));
    return {
        version: 1,
        mspId,
        signingCaPem: readGolden(`${folder}/cacerts/ca.pem`),
        tlsCaPem: readGolden(`${folder}/tlscacerts/tlsca.pem`),
        ...(intermediates && {
            signingIntermediatesPem: [readGolden(`${folder}/intermediatecerts/ca-0.pem`)],
            tlsIntermediatesPem: [readGolden(`${folder}/tlsintermediatecerts/tlsca-0.pem`)],
        }),
        nodeOUs: true,
        ordererEndpoints: [],
        anchorPeers: [],
        consenters: [],
        ...more,
    };
}

function withOrderers(
    consenters: Consenter[],
): Pick<OrgDefinition, "consenters" | "ordererEndpoints"> {
    return { consenters, ordererEndpoints: consenters.map(({ host, port }) => `${host}:${port}`) };
}

function consenter(name: string, namespace: string): Consenter {
    return {
        host: `${name}.${namespace}.svc`,
        port: 7050,
        tlsCertificatePem: readGolden(`nodes/${name}/tls.pem`),
        identityCertificatePem: readGolden(`nodes/${name}/identity.pem`),
    };
}
