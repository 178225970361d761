import type { BroadcastAccess } from "../../../clients/ordererBroadcast";
import type { PeerAccess } from "../../../clients/peerAdmin";
import {
    chaincodeDefinition,
    type ChaincodeDefinition,
    type ChaincodeSettings,
} from "../../../fabric/chaincodeDefinition";
import type { Signer } from "../../../fabric/signing";
import { credentialsOf, deliverAccesses, targetOf } from "./access";
import { isUnknown } from "./dispatch";
import { publishedAccesses } from "./latestConfig";
import type { Properties } from "../remoteResource";

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
export const DEFINITION_FACTS = ["channelId", "chaincode", ...SETTINGS] as const;

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
export function settled(inputs: Properties): Properties {
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
