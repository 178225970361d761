import { configOf } from "./block";
import { addressOf, consentersIn, tlsKeyOf } from "./consenterList";
import { channelGroup, subgroup } from "./configValues";
import { type Consenter } from "./msp";
import { publicKeyFingerprint } from "./x509";

/** How a config block names an ordering node. */
export interface NamedConsenter {
    /** Whether its TLS key is one of a consenter's. Fabric knows consenters by it. */
    byKey: boolean;

    /** Whether its address is one of a consenter's. */
    byAddress: boolean;
}

/** Whether a channel has an ordering node among its consenters, as one of its config blocks says. */
export function namedIn(block: Uint8Array, node: Consenter): NamedConsenter {
    const listed = consentersIn(subgroup(channelGroup(configOf(block).config), "Orderer"));
    const key = publicKeyFingerprint(node.tlsCertificatePem);
    return {
        byKey: listed.some((one) => tlsKeyOf(one) === key),
        byAddress: listed.some((one) => addressOf(one) === addressOf(node)),
    };
}
