import * as pulumi from "@pulumi/pulumi";

import type { Consenter } from "../../fabric/msp";
import type { NodeAddress, NodeConnection, Signer } from "./nodeConnection";
import { RemoteResource } from "./remoteResource";

export interface OrdererChannelMembershipArgs extends NodeConnection {
    /** The channel. */
    channelId: string;
    /** Its first block, in base64. */
    block: pulumi.Input<string>;
    /** An identity of the CA of the node's admin endpoint. */
    admin: Signer;
    /** What a channel says of the node. */
    consenter: pulumi.Input<Consenter>;
    /** All nodes of its service, of which it learns the newest configuration. */
    siblings: NodeAddress[];
}

/**
 * That an ordering node has joined a channel: as a consenter where the first block names it, and else as
 * a follower, of which the channel's configuration makes a consenter. One that the channel has taken out
 * leaves it when this resource is removed.
 */
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
