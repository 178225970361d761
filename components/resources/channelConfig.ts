import * as pulumi from "@pulumi/pulumi";

import type { ChannelDefinition } from "../../fabric/channelDefinition";
import type { AdministeredNodes, OrganizationSigner } from "./nodeConnection";
import { RemoteResource } from "./remoteResource";

/** Members of a channel by name. */
export interface ChannelOutline {
    /** Number of consenters, by MSP ID. */
    consenters: Record<string, number>;
    /** MSP IDs of organizations with peers. */
    application: string[];
}

export interface ChannelConfigArgs {
    /** What the channel's configuration is to be. */
    definition: pulumi.Input<ChannelDefinition>;
    /** MSP IDs of organizations in it whose definitions other programs published. */
    others?: pulumi.Input<string[]>;
    /**
     * Ordering nodes to ask, of which the first that answers is believed; and to look after while their
     * set changes.
     */
    services: AdministeredNodes[];
    /** An administrator of an organization that may read and write the channel. */
    signer: OrganizationSigner;
    /** Administrators who sign config updates where their signature is needed. */
    admins: OrganizationSigner[];
    /**
     * Who is in the channel by this program, known also in a preview in which a new member's certificates
     * are not made yet.
     *
     * @default - a preview then says nothing of new members.
     */
    outline?: ChannelOutline;
    /** Texts of update files that others signed. */
    signatures?: pulumi.Input<string | undefined>[];
}

/**
 * The configuration of a channel, each setting an input of its own in Fabric's words, and made so by
 * config updates. A refresh reads what the network has, so a preview shows where program and channel
 * differ; what an update would change is an input too, read from the bytes that are signed.
 */
export class ChannelConfig extends RemoteResource {
    /** What the update changes, one line each, in a preview of one; absent otherwise. */
    declare public readonly update: pulumi.Output<string[] | undefined>;
    /** Who still has to sign, by policy; absent where nothing waits. */
    declare public readonly waitsFor: pulumi.Output<string[] | undefined>;
    /** Text of the file of the update that waits for signatures; absent where none does. */
    declare public readonly pendingUpdate: pulumi.Output<string | undefined>;

    constructor(name: string, args: ChannelConfigArgs, opts?: pulumi.CustomResourceOptions) {
        const {
            signer,
            definition,
            others = [],
            signatures = [],
            admins,
            services,
            outline,
        } = args;
        const texts = pulumi.all(signatures).apply((all) => all.map((text) => text ?? ""));
        super(
            "ChannelConfig",
            name,
            {
                // Not a secret, but pages of certificates in a preview, beside what they say.
                wanted: pulumi.secret({ definition, others, signatures: texts }),
                services,
                mspId: signer.mspId,
                signerCertificatePem: signer.certificatePem,
                signerPrivateKeyPem: pulumi.secret(signer.privateKeyPem),
                admins: pulumi.secret(admins),
                outline,
                update: undefined,
                waitsFor: undefined,
                pendingUpdate: undefined,
            },
            pulumi.mergeOptions(opts, {
                additionalSecretOutputs: ["services", "signerPrivateKeyPem", "admins", "wanted"],
            }),
        );
    }
}
