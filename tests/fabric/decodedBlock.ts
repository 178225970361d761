import { common, msp, orderer, peer } from "@hyperledger/fabric-protos";

type Plain = Record<string, unknown>;

interface Decoder<M> {
    deserializeBinary(bytes: Uint8Array): M;
}

/** What every message can do, without its type. */
interface AnyMessage {
    toObject(includeInstance?: boolean): object;
}

/**
 * A block as `configtxlator proto_decode --type common.Block` prints it, so that the two can be
 * compared: opaque bytes opened, names in snake case, 64 bit numbers as text, enumerations by name,
 * other bytes in base64.
 */
export function decodeBlock(bytes: Uint8Array): Plain {
    const block = common.Block.deserializeBinary(bytes);
    const header = block.getHeader();
    return {
        header: {
            number: String(header?.getNumber()),
            previous_hash: header?.getPreviousHash_asB64(),
            data_hash: header?.getDataHash_asB64(),
        },
        data: { data: block.getData()?.getDataList_asU8().map(decodeEnvelope) },
        metadata: { metadata: block.getMetadata()?.getMetadataList_asB64() },
    };
}

function decodeEnvelope(bytes: Uint8Array): Plain {
    const envelope = common.Envelope.deserializeBinary(bytes);
    const payload = common.Payload.deserializeBinary(envelope.getPayload_asU8());
    const header = payload.getHeader();
    const channel = open(common.ChannelHeader, header?.getChannelHeader_asU8());
    const signature = open(common.SignatureHeader, header?.getSignatureHeader_asU8());
    const config = open(common.ConfigEnvelope, payload.getData_asU8());
    return {
        signature: envelope.getSignature_asB64(),
        payload: {
            header: {
                channel_header: {
                    type: channel.getType(),
                    version: channel.getVersion(),
                    timestamp: channel.getTimestamp()?.toDate().toISOString().replace(".000", ""),
                    channel_id: channel.getChannelId(),
                    tx_id: channel.getTxId(),
                    epoch: String(channel.getEpoch()),
                    extension: orNull(channel.getExtension_asU8()),
                    tls_cert_hash: channel.getTlsCertHash_asB64(),
                },
                signature_header: {
                    creator: orNull(signature.getCreator_asU8()),
                    nonce: signature.getNonce_asB64(),
                },
            },
            data: {
                config: {
                    sequence: String(config.getConfig()?.getSequence()),
                    channel_group: decodeGroup(config.getConfig()?.getChannelGroup()),
                },
                last_update: config.getLastUpdate() ?? null,
            },
        },
    };
}

function decodeGroup(group = new common.ConfigGroup()): Plain {
    const map = <V>(entries: Iterable<[string, V]>, decode: (value: V, name: string) => unknown) =>
        Object.fromEntries([...entries].map(([name, value]) => [name, decode(value, name)]));
    return {
        version: String(group.getVersion()),
        mod_policy: group.getModPolicy(),
        groups: map(group.getGroupsMap().entries(), decodeGroup),
        policies: map(group.getPoliciesMap().entries(), (element) => ({
            version: String(element.getVersion()),
            mod_policy: element.getModPolicy(),
            policy: decodePolicy(element.getPolicy()),
        })),
        values: map(group.getValuesMap().entries(), (element, name) => ({
            version: String(element.getVersion()),
            mod_policy: element.getModPolicy(),
            value: decodeValue(name, element.getValue_asU8()),
        })),
    };
}

function decodePolicy(policy = new common.Policy()): Plain {
    const type = policy.getType();
    const bytes = policy.getValue_asU8();
    if (type === common.Policy.PolicyType.IMPLICIT_META) {
        return { type, value: plain(open(common.ImplicitMetaPolicy, bytes)) };
    }
    const envelope = open(common.SignaturePolicyEnvelope, bytes);
    const identities = envelope.getIdentitiesList().map((principal) => {
        const kind = principal.getPrincipalClassification();
        const message = kind === msp.MSPPrincipal.Classification.ROLE ? msp.MSPRole : IDENTITY;
        return {
            principal_classification: nameIn(msp.MSPPrincipal.Classification, kind),
            principal: plain(open<AnyMessage>(message, principal.getPrincipal_asU8())),
        };
    });
    const value = { version: envelope.getVersion(), rule: rule(envelope.getRule()), identities };
    return { type, value };
}

const IDENTITY = msp.SerializedIdentity;

function rule(signature = new common.SignaturePolicy()): Plain {
    const choice = signature.getNOutOf();
    return choice === undefined
        ? { signed_by: signature.getSignedBy() }
        : { n_out_of: { n: choice.getN(), rules: choice.getRulesList().map(rule) } };
}

const VALUES: Record<string, Decoder<AnyMessage>> = {
    HashingAlgorithm: common.HashingAlgorithm,
    BlockDataHashingStructure: common.BlockDataHashingStructure,
    Capabilities: common.Capabilities,
    BatchSize: orderer.BatchSize,
    BatchTimeout: orderer.BatchTimeout,
    Orderers: common.Orderers,
    Endpoints: common.OrdererAddresses,
    AnchorPeers: peer.AnchorPeers,
    ACLs: peer.ACLs,
};

function decodeValue(name: string, bytes: Uint8Array): unknown {
    if (name === "MSP") {
        const config = open(msp.MSPConfig, bytes);
        const fabric = open(msp.FabricMSPConfig, config.getConfig_asU8());
        return { type: config.getType(), config: plain(fabric) };
    }
    if (name === "ConsensusType") {
        const value = open(orderer.ConsensusType, bytes);
        const options = value.getType() === "BFT" ? orderer.smartbft.Options : RAFT;
        const metadata = plain(open<AnyMessage>(options, value.getMetadata_asU8()));
        return {
            type: value.getType(),
            state: nameIn(orderer.ConsensusType.State, value.getState()),
            metadata: value.getType() === "BFT" ? withLongs(metadata as Plain) : metadata,
        };
    }
    if (bytes.length === 0) {
        return null;
    }
    const decoder = VALUES[name];
    if (decoder === undefined) {
        throw new Error(`no value of this name is known: ${name}`);
    }
    return plain(open(decoder, bytes));
}

const RAFT = orderer.etcdraft.ConfigMetadata;

/** Enumerations, by the name of the field; no two messages here disagree about one. */
const ENUMERATIONS: Record<string, Record<string, number>> = {
    rule: { ...common.ImplicitMetaPolicy.Rule },
    role: { ...msp.MSPRole.MSPRoleType },
    leader_rotation: { ...orderer.smartbft.Options.Rotation },
};

/** A message without opaque bytes in it. */
function plain(message: AnyMessage): unknown {
    return renamed(message.toObject());
}

function renamed(value: unknown): unknown {
    if (Array.isArray(value)) {
        return value.map(renamed);
    }
    if (typeof value !== "object" || value === null) {
        return value ?? null;
    }
    return Object.fromEntries(
        Object.entries(value).map(([key, inner]: [string, unknown]) => {
            const name = key
                .replace(/(List|Map)$/, "")
                .replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
            const names = ENUMERATIONS[name];
            if (names !== undefined) {
                return [name, nameIn(names, inner as number)];
            }
            return [
                name,
                key.endsWith("Map") ? renamedMap(inner as [string, unknown][]) : renamed(inner),
            ];
        }),
    );
}

/** Keys of a map are data, not names of fields. */
function renamedMap(entries: [string, unknown][]): unknown {
    return Object.fromEntries(entries.map(([key, value]) => [key, renamed(value)]));
}

/** Every number of SmartBFT's options has 64 bits. */
function withLongs(options: Plain): Plain {
    return Object.fromEntries(
        Object.entries(options).map(([name, value]) => [
            name,
            typeof value === "number" ? String(value) : value,
        ]),
    );
}

function open<M>(decoder: Decoder<M>, bytes: Uint8Array = new Uint8Array()): M {
    return decoder.deserializeBinary(bytes);
}

function nameIn(names: object, value: number): string | undefined {
    return Object.entries(names).find(([, number]) => number === value)?.[0];
}

function orNull(bytes: Uint8Array): string | null {
    return bytes.length === 0 ? null : Buffer.from(bytes).toString("base64");
}
