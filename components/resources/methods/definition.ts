import type { BroadcastAccess } from "../../../clients/ordererBroadcast";
import type { PeerAccess } from "../../../clients/peerAdmin";
import {
    chaincodeDefinition,
    type ChaincodeDefinition,
    type ChaincodeSettings,
} from "../../../fabric/chaincodeDefinition";
import type { Signer } from "../../../fabric/signing";
import { credentialsOf, deliverAccesses, targetOf, unreachable } from "./access";
import { isUnknown } from "./dispatch";
import { publishedAccesses } from "./latestConfig";
import { differs, expectsMore, found, kept } from "./membership";
import type { Methods, Properties } from "../remoteResource";

/** Settings of a definition that are inputs under Fabric's own names. */
const SETTINGS = [
    "version",
    "endorsementPolicy",
    "initRequired",
    "collections",
    "endorsementPlugin",
    "validationPlugin",
] as const;

/** What says which definition of which chaincode is meant. */
const DEFINITION_FACTS = ["channelId", "chaincode", ...SETTINGS] as const;

/** The settings in inputs or outputs. */
export function settingsIn(properties: Properties): ChaincodeSettings {
    return {
        name: properties.chaincode,
        ...Object.fromEntries(SETTINGS.map((key) => [key, properties[key]])),
    } as ChaincodeSettings;
}

/** A definition as inputs and outputs have it. */
export function settingsOf(definition: ChaincodeDefinition): Properties {
    return Object.fromEntries(SETTINGS.map((key) => [key, definition[key]]));
}

/** Inputs with Fabric's defaults filled in and policies as Fabric prints them, to compare with a network's. */
function settled(inputs: Properties): Properties {
    const settings = settingsIn(inputs);
    return isUnknown(settings)
        ? inputs
        : { ...inputs, ...settingsOf(chaincodeDefinition(settings, 0)) };
}

function signerOf(inputs: Properties): Signer {
    return {
        mspId: inputs.mspId,
        certificatePem: inputs.adminCertificatePem,
        privateKeyPem: inputs.adminPrivateKeyPem,
    };
}

/** A peer, as an administrator of its organization calls it. */
export function peerAccessOf(connection: Properties, patienceMs?: number): PeerAccess {
    return {
        credentials: credentialsOf(connection),
        target: targetOf(connection, "peer grpc"),
        signer: signerOf(connection),
        ...(patienceMs === undefined ? {} : { patienceMs }),
    };
}

/** The ordering nodes of `ChannelOrderers`. */
export function orderersOf({ services, addresses }: Properties, signer: Signer): BroadcastAccess[] {
    return services === undefined
        ? publishedAccesses(addresses, signer)
        : deliverAccesses(services, signer);
}

/** What the network has of a definition, in the place of what is wanted; its sequence is nobody's wish. */
export interface SeenDefinition {
    facts: Properties;
    sequence?: number;
}

/** The methods of a resource that makes a definition true, and sees on a refresh whether it is. */
export function definitionMethods<Fact extends string>({
    facts,
    seenAs,
    id,
    make,
    look,
}: {
    /** What an update is made for, beside the definition. */
    facts: readonly Fact[];
    /** The fact that says of a network that cannot be reached that it cannot. */
    seenAs: Fact;
    id: (inputs: Properties) => string;
    make: (inputs: Properties) => Promise<Properties>;
    look: (outs: Properties) => Promise<SeenDefinition>;
}): Methods {
    const all = [...DEFINITION_FACTS, ...facts];
    return {
        async settle(_olds, news) {
            return settled(news);
        },
        async diff(olds, news) {
            return { changes: differs(olds, news) };
        },
        async create(inputs) {
            return { id: id(inputs), outs: await make(inputs) };
        },
        async update(_id, olds, news) {
            return expectsMore(all, olds, news)
                ? make(news)
                : { ...kept(news), sequence: olds.sequence };
        },
        async read(_id, outs) {
            const { sequence: before, ...rest } = outs;
            try {
                const { facts, sequence = before } = await look(rest);
                const { inputs, outs: after } = found(rest, facts);
                return { inputs, outs: { ...after, sequence } };
            } catch (error) {
                const { inputs, outs: after } = found(rest, { [seenAs]: unreachable(error) });
                return { inputs, outs: { ...after, sequence: before } };
            }
        },
    };
}
