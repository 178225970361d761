import * as pulumi from "@pulumi/pulumi";

import type { NodeConnection, OrderingNodes, OrganizationSigner } from "./nodeConnection";
import { RemoteResource } from "./remoteResource";

export interface PeerChannelMembershipArgs extends NodeConnection {
    /** The channel. */
    channelId: string;
    /** Hash of its first block: the peer joins this channel and no other of the same name. */
    genesisHash: pulumi.Input<string>;
    /** An administrator of the peer's organization. */
    admin: OrganizationSigner;
    /** Ordering nodes to get the first block from; the first that answers is used. */
    orderers: OrderingNodes;
}

/** That a peer has joined a channel. */
export class PeerChannelMembership extends RemoteResource {
    /** `joined`, or what a refresh found instead. */
    declare public readonly status: pulumi.Output<string>;

    constructor(
        name: string,
        args: PeerChannelMembershipArgs,
        opts?: pulumi.CustomResourceOptions,
    ) {
        const { admin, ...rest } = args;
        super(
            "PeerChannelMembership",
            name,
            {
                ...rest,
                mspId: admin.mspId,
                adminCertificatePem: admin.certificatePem,
                adminPrivateKeyPem: pulumi.secret(admin.privateKeyPem),
                status: "joined",
            },
            pulumi.mergeOptions(opts, {
                additionalSecretOutputs: ["kubeconfig", "adminPrivateKeyPem", "orderers"],
            }),
        );
    }
}
