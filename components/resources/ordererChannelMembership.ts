import * as pulumi from "@pulumi/pulumi";

import type { NodeConnection, Signer } from "./nodeConnection";
import { RemoteResource } from "./remoteResource";

export interface OrdererChannelMembershipArgs extends NodeConnection {
    /** The channel. */
    channelId: string;
    /** Its first block, in base64. */
    block: pulumi.Input<string>;
    /** An identity of the CA of the node's admin endpoint. */
    admin: Signer;
}

/** That an ordering node is a consenter of a channel. */
export class OrdererChannelMembership extends RemoteResource {
    /** Fabric's word for what the node is in the channel. */
    declare public readonly consensusRelation: pulumi.Output<string>;
    /** Fabric's word for how it is, or why that is not known. */
    declare public readonly status: pulumi.Output<string>;

    constructor(
        name: string,
        args: OrdererChannelMembershipArgs,
        opts?: pulumi.CustomResourceOptions,
    ) {
        const { admin, ...rest } = args;
        super(
            "OrdererChannelMembership",
            name,
            {
                ...rest,
                adminCertificatePem: admin.certificatePem,
                adminPrivateKeyPem: pulumi.secret(admin.privateKeyPem),
                // What a refresh may find otherwise, and the next update makes good.
                consensusRelation: "consenter",
                status: "active",
            },
            pulumi.mergeOptions(opts, { additionalSecretOutputs: SECRETS }),
        );
    }
}

const SECRETS = ["kubeconfig", "adminPrivateKeyPem"];
