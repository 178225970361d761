import * as pulumi from "@pulumi/pulumi";

import type { OrderingAddresses } from "../../fabric/orderingAddresses";
import type { NodeConnection, OrderingNodes, OrganizationSigner } from "./nodeConnection";
import { RemoteResource } from "./remoteResource";

/** Where a peer gets the first block from. */
export type FirstBlock =
    | {
          /** Ordering nodes of this program; the first that answers is used. */
          orderers: OrderingNodes;
      }
    | {
          /** The block as others published it, in base64. */
          block: pulumi.Input<string>;
          /** Ordering nodes that tell whether the peer's organization is in the channel. */
          addresses: pulumi.Input<OrderingAddresses[]>;
      };

export type PeerChannelMembershipArgs = PeerInChannel & FirstBlock;

interface PeerInChannel extends NodeConnection {
    /** The channel. */
    channelId: string;
    /** Hash of its first block: the peer joins this channel and no other of the same name. */
    genesisHash: pulumi.Input<string>;
    /** An administrator of the peer's organization. */
    admin: OrganizationSigner;
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
