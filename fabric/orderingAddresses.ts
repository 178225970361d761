import { common, msp } from "@hyperledger/fabric-protos";

import { configOf } from "./block";
import { readValue, subgroup } from "./configValues";
import { type OrgDefinition } from "./msp";

/** Where the ordering nodes of an organization are reached, as a channel or a definition tells it. */
export interface OrderingAddresses {
    mspId: string;
    /** Each as `host:port`. */
    endpoints: string[];
    /** Its TLS CAs, PEM, one after the other. */
    tlsCaPem: string;
}

/** Where a program asks for a channel: as definitions tell it, which are newer, then as its block does. */
export function orderingAddresses({
    block,
    organizations,
}: {
    block: string;
    organizations: readonly OrgDefinition[];
}): OrderingAddresses[] {
    const told = organizations.map((org) => ({
        mspId: org.mspId,
        endpoints: org.ordererEndpoints,
        tlsCaPem: [org.tlsCaPem, ...(org.tlsIntermediatesPem ?? [])].join("\n"),
    }));
    const written = organizationsIn(blockBytes(block));
    const known = told.filter(({ endpoints }) => endpoints.length > 0);
    return [
        ...known,
        ...written.filter(({ mspId }) => !known.some((org) => org.mspId === mspId)),
    ].sort((left, right) => (left.mspId < right.mspId ? -1 : 1));
}

/** Every address at which peers of a channel dial its ordering nodes, as a block of its configuration has it. */
export function dialedAddresses(block: Uint8Array): { address: string; tlsCaPem: string }[] {
    return organizationsIn(block).flatMap(({ endpoints, tlsCaPem }) =>
        endpoints.map((address) => ({ address, tlsCaPem })),
    );
}

function organizationsIn(block: Uint8Array): OrderingAddresses[] {
    const { config } = configOf(block);
    const orgs = subgroup(config.getChannelGroup() ?? new common.ConfigGroup(), "Orderer");
    return [...orgs.getGroupsMap().entries()].map(([, group]) => addressesIn(group));
}

function addressesIn(group: common.ConfigGroup): OrderingAddresses {
    const bytes = readValue(group, "MSP", msp.MSPConfig).getConfig_asU8();
    const fabric = msp.FabricMSPConfig.deserializeBinary(bytes);
    const cas = [
        ...fabric.getTlsRootCertsList_asU8(),
        ...fabric.getTlsIntermediateCertsList_asU8(),
    ];
    return {
        mspId: fabric.getName(),
        endpoints: readValue(group, "Endpoints", common.OrdererAddresses).getAddressesList(),
        tlsCaPem: cas.map((pem) => Buffer.from(pem).toString()).join("\n"),
    };
}

/** A block that was written in base64. */
export function blockBytes(block: string): Buffer {
    const text = block.trim();
    if (!/^[a-zA-Z0-9+/\s]+={0,2}$/.test(text)) {
        throw new Error("it has other letters than base64");
    }
    return Buffer.from(text, "base64");
}
