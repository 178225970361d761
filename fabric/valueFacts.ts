import { createHash, X509Certificate } from "node:crypto";

import { common, msp, orderer, peer } from "@hyperledger/fabric-protos";
import { type Message } from "google-protobuf";

import { nameOf } from "./certificateAuthority";
import { type MessageType } from "./configValues";
import { readRevocationList } from "./revocation";
import { publicKeyFingerprint } from "./x509";

/** One thing that a value says. Items of a list share their label. */
export interface Fact {
    label: string;
    text: string;
}

/** A message as plain data, as the generated classes give it out. */
type Plain = Record<string, unknown>;

/** How much of a hash people compare. */
const SHOWN_DIGITS = 16;

/** Values that Fabric itself gives a meaning, with their types. */
const TYPES: Record<string, MessageType<Message>> = {
    HashingAlgorithm: common.HashingAlgorithm,
    BlockDataHashingStructure: common.BlockDataHashingStructure,
    Capabilities: common.Capabilities,
    BatchSize: orderer.BatchSize,
    BatchTimeout: orderer.BatchTimeout,
    ChannelRestrictions: orderer.ChannelRestrictions,
    ConsensusType: orderer.ConsensusType,
    Orderers: common.Orderers,
    OrdererAddresses: common.OrdererAddresses,
    Endpoints: common.OrdererAddresses,
    AnchorPeers: peer.AnchorPeers,
    ACLs: peer.ACLs,
    MSP: msp.MSPConfig,
};

/**
 * Everything that a value says, so that two of them can be compared by what they say. Nothing is left
 * out: fields without a name here keep Fabric's, and bytes that cannot be read are told by their hash.
 */
export function factsOf(name: string, bytes: Uint8Array): Fact[] {
    const type = TYPES[name];
    if (type === undefined) {
        return bytes.length === 0 ? [] : [{ label: name, text: hashOf(bytes) }];
    }
    const message = type.deserializeBinary(bytes);
    const facts = SPECIAL[name]?.(message) ?? flatten(inWords(name), message.toObject());
    return whole(name, message, bytes, facts);
}

/** What was read, and the hash of all of it where there was more than that. */
function whole(name: string, message: Message, bytes: Uint8Array, facts: Fact[]): Fact[] {
    return message.serializeBinary().length === bytes.length
        ? facts
        : [...facts, { label: `${name} with fields that are not known here`, text: hashOf(bytes) }];
}

const SPECIAL: Record<string, (message: Message) => Fact[]> = {
    ConsensusType: (message) => consensusFacts(message as orderer.ConsensusType),
    MSP: (message) => mspFacts(message as msp.MSPConfig),
    BatchTimeout: (message) => [
        { label: "batch timeout", text: (message as orderer.BatchTimeout).getTimeout() },
    ],
    AnchorPeers: (message) =>
        (message as peer.AnchorPeers).getAnchorPeersList().map((anchor) => ({
            label: "anchor peer",
            text: `${anchor.getHost()}:${anchor.getPort()}`,
        })),
    Endpoints: (message) =>
        (message as common.OrdererAddresses)
            .getAddressesList()
            .map((text) => ({ label: "orderer endpoint", text })),
    Capabilities: (message) =>
        [...(message as common.Capabilities).getCapabilitiesMap().keys()].map((text) => ({
            label: "capability",
            text,
        })),
    ACLs: (message) =>
        [...(message as peer.ACLs).getAclsMap().entries()].map(([resource, api]) => ({
            label: `ACL of ${resource}`,
            text: api.getPolicyRef(),
        })),
    Orderers: (message) =>
        (message as common.Orderers).getConsenterMappingList().map((consenter) => ({
            label: "consenter",
            text:
                `${consenter.getId()} at ${consenter.getHost()}:${consenter.getPort()} of ` +
                `${consenter.getMspId()}, identity ${keyText(consenter.getIdentity_asU8())}, ` +
                tlsText(consenter),
        })),
};

function consensusFacts(type: orderer.ConsensusType): Fact[] {
    const states = Object.entries(orderer.ConsensusType.State);
    const state = states.find(([, number]) => number === type.getState())?.[0];
    return [
        { label: "consensus", text: type.getType() },
        { label: "state of the consensus", text: (state ?? String(type.getState())).slice(6) },
        ...optionFacts(type.getType(), type.getMetadata_asU8()),
    ];
}

function optionFacts(consensus: string, bytes: Uint8Array): Fact[] {
    if (consensus === "BFT") {
        const options = orderer.smartbft.Options.deserializeBinary(bytes);
        return whole("SmartBFT", options, bytes, flatten("SmartBFT", options.toObject()));
    }
    if (consensus !== "etcdraft") {
        return [{ label: `options of ${consensus}`, text: hashOf(bytes) }];
    }
    const metadata = orderer.etcdraft.ConfigMetadata.deserializeBinary(bytes);
    const consenters = metadata.getConsentersList().map((consenter) => ({
        label: "consenter",
        text: `${consenter.getHost()}:${consenter.getPort()}, ${tlsText(consenter)}`,
    }));
    const options = flatten("Raft", metadata.getOptions()?.toObject() ?? {});
    return whole("Raft", metadata, bytes, [...options, ...consenters]);
}

function tlsText(
    consenter: Pick<common.Consenter, "getClientTlsCert_asU8" | "getServerTlsCert_asU8">,
): string {
    const server = keyText(consenter.getServerTlsCert_asU8());
    const client = keyText(consenter.getClientTlsCert_asU8());
    return server === client ? `TLS ${server}` : `TLS ${server} as server, ${client} as client`;
}

/** Lists of an MSP whose items are certificates, and what they are. */
const CERTIFICATE_LISTS: Record<string, string> = {
    rootCertsList: "signing CA",
    intermediateCertsList: "intermediate signing CA",
    tlsRootCertsList: "TLS CA",
    tlsIntermediateCertsList: "intermediate TLS CA",
    adminsList: "administrator by certificate",
};

function mspFacts(config: msp.MSPConfig): Fact[] {
    const bytes = config.getConfig_asU8();
    if (config.getType() !== 0) {
        return [{ label: `MSP of type ${config.getType()}`, text: hashOf(bytes) }];
    }
    const fabric = msp.FabricMSPConfig.deserializeBinary(bytes);
    const { revocationListList, ...plain } = fabric.toObject() as Plain;
    const facts = Object.entries(plain).flatMap(([name, value]) => {
        const label = CERTIFICATE_LISTS[name];
        return label === undefined
            ? flatten("MSP", { [name]: value })
            : (value as string[]).map((item) => ({ label, text: certificateText(item) }));
    });
    const revoked = (revocationListList as string[]).flatMap((list) => {
        const { serialNumbers } = readRevocationList(Buffer.from(list, "base64"));
        return [...serialNumbers].map((text) => ({ label: "revoked serial number", text }));
    });
    return whole("MSP", fabric, bytes, [...facts, ...revoked]);
}

function certificateText(base64: string): string {
    const bytes = Buffer.from(base64, "base64");
    return `${nameOf(new X509Certificate(bytes))} ${keyText(bytes)}`;
}

function keyText(certificate: Uint8Array): string {
    try {
        return `key ${publicKeyFingerprint(Buffer.from(certificate).toString()).slice(0, SHOWN_DIGITS)}`;
    } catch {
        return `no certificate (${hashOf(certificate)})`;
    }
}

function hashOf(bytes: Uint8Array): string {
    const hash = createHash("sha256").update(bytes).digest("hex").slice(0, SHOWN_DIGITS);
    return `${bytes.length} bytes, SHA-256 ${hash}`;
}

/** Plain data as one fact for each of its fields, with the words of its names. */
function flatten(prefix: string, value: unknown): Fact[] {
    if (Array.isArray(value)) {
        return value.flatMap((item) => flatten(prefix, item));
    }
    if (typeof value === "object" && value !== null) {
        return Object.entries(value).flatMap(([name, inner]) =>
            flatten(`${prefix} ${inWords(name)}`, inner),
        );
    }
    // What is not set and what is set to nothing are the same to Fabric.
    const text = String((value as string | undefined) ?? "");
    return text === "" ? [] : [{ label: prefix, text }];
}

function inWords(name: string): string {
    return name
        .replace(/(List|Map)$/, "")
        .replace(/[A-Z]+/g, (letters) => ` ${letters.toLowerCase()}`)
        .trim();
}
