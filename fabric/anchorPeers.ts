import { msp, peer, type common } from "@hyperledger/fabric-protos";

import { channelGroup, readValue, subgroup } from "./configValues";
import type { HostPort } from "./msp";

/** Peers of an organization that others meet first, as a channel's configuration tells of them. */
export interface AnchorPeers {
    mspId: string;
    addresses: HostPort[];
    /** Certificates of the CAs that their TLS certificates may be of, PEM. */
    tlsCaPem: string;
}

/** The anchor peers of every organization with peers in a channel. */
export function anchorPeersIn(config: common.Config): AnchorPeers[] {
    const organizations = subgroup(channelGroup(config), "Application").getGroupsMap();
    return [...organizations.entries()].map(([, group]) => {
        const bytes = readValue(group, "MSP", msp.MSPConfig).getConfig_asU8();
        const fabric = msp.FabricMSPConfig.deserializeBinary(bytes);
        return {
            mspId: fabric.getName(),
            addresses: readValue(group, "AnchorPeers", peer.AnchorPeers)
                .getAnchorPeersList()
                .map((anchor) => ({ host: anchor.getHost(), port: anchor.getPort() })),
            tlsCaPem: [
                ...fabric.getTlsRootCertsList_asU8(),
                ...fabric.getTlsIntermediateCertsList_asU8(),
            ]
                .map((pem) => Buffer.from(pem).toString().trimEnd())
                .join("\n"),
        };
    });
}
