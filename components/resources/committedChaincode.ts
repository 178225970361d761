import * as pulumi from "@pulumi/pulumi";

import type { ChannelOrderers, DefinitionInputs } from "./chaincodeDefinition";
import type { NodeConnection, OrganizationSigner } from "./nodeConnection";
import { RemoteResource } from "./remoteResource";

/** A peer that endorses a commit, for its organization. */
export interface EndorsingPeer extends NodeConnection {
    /** An administrator of its organization. */
    admin: OrganizationSigner;
}

export type CommittedChaincodeArgs = DefinitionInputs &
    ChannelOrderers & {
        /** A peer of each organization of this program; the administrator of the first one signs. */
        peers: readonly EndorsingPeer[];
    };

/**
 * The definition of a chaincode that is committed to a channel. What other companies have not approved is
 * waited for: `waiting` says who, and each update tries again. Removing this leaves the channel as it is.
 */
export class CommittedChaincode extends RemoteResource {
    /** Sequence that is committed, or waits to be. */
    declare public readonly sequence: pulumi.Output<number>;
    /** Whom a commit waits for; empty once it is committed. */
    declare public readonly waiting: pulumi.Output<string>;

    constructor(name: string, args: CommittedChaincodeArgs, opts?: pulumi.CustomResourceOptions) {
        const { peers, ...rest } = args;
        super(
            "CommittedChaincode",
            name,
            {
                ...rest,
                peers: peers.map(({ admin, ...connection }) => ({
                    ...connection,
                    mspId: admin.mspId,
                    adminCertificatePem: admin.certificatePem,
                    adminPrivateKeyPem: pulumi.secret(admin.privateKeyPem),
                })),
                waiting: "",
                observed: "read",
                sequence: undefined,
            },
            pulumi.mergeOptions(opts, { additionalSecretOutputs: ["peers", "services"] }),
        );
    }
}
