import * as pulumi from "@pulumi/pulumi";

import type { ChannelDefinition } from "../../fabric/channelDefinition";
import type { OrderingNodes, OrganizationSigner } from "./nodeConnection";
import { RemoteResource } from "./remoteResource";

export interface ChannelConfigArgs {
    /** What the channel's configuration is to be. The state keeps it in Fabric's words instead. */
    definition: pulumi.Input<ChannelDefinition>;
    /** Ordering nodes to ask; the first that answers is believed. */
    services: OrderingNodes[];
    /** An administrator of an organization that may read the channel. */
    signer: OrganizationSigner;
}

/**
 * The configuration of a channel, each setting an input of its own in Fabric's words. A refresh reads
 * what the network has, so a preview shows where program and channel differ. What needs a config
 * update is refused in the preview, because this version makes none.
 */
export class ChannelConfig extends RemoteResource {
    constructor(name: string, args: ChannelConfigArgs, opts?: pulumi.CustomResourceOptions) {
        const { signer, ...rest } = args;
        super(
            "ChannelConfig",
            name,
            {
                ...rest,
                mspId: signer.mspId,
                signerCertificatePem: signer.certificatePem,
                signerPrivateKeyPem: pulumi.secret(signer.privateKeyPem),
            },
            pulumi.mergeOptions(opts, {
                additionalSecretOutputs: ["services", "signerPrivateKeyPem"],
            }),
        );
    }
}
