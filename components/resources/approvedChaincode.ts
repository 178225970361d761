import * as pulumi from "@pulumi/pulumi";

import type { ChannelOrderers, DefinitionInputs } from "./chaincodeDefinition";
import type { NodeConnection, OrganizationSigner } from "./nodeConnection";
import { RemoteResource } from "./remoteResource";

export type ApprovedChaincodeArgs = NodeConnection &
    DefinitionInputs &
    ChannelOrderers & {
        /** Package that the organization's peers run for it. */
        packageId: string;
        /** An administrator of the organization. */
        admin: OrganizationSigner;
    };

/**
 * That an organization approved a definition of a chaincode, and which package its peers run for it. The
 * sequence is worked out from what is committed; the node is the peer that endorses the approval.
 */
export class ApprovedChaincode extends RemoteResource {
    /** `approved`, or what a refresh found instead. */
    declare public readonly status: pulumi.Output<string>;
    /** Sequence as which it is approved. */
    declare public readonly sequence: pulumi.Output<number>;

    constructor(name: string, args: ApprovedChaincodeArgs, opts?: pulumi.CustomResourceOptions) {
        const { admin, ...rest } = args;
        super(
            "ApprovedChaincode",
            name,
            {
                ...rest,
                mspId: admin.mspId,
                adminCertificatePem: admin.certificatePem,
                adminPrivateKeyPem: pulumi.secret(admin.privateKeyPem),
                status: "approved",
                sequence: undefined,
            },
            pulumi.mergeOptions(opts, {
                additionalSecretOutputs: ["kubeconfig", "adminPrivateKeyPem", "services"],
            }),
        );
    }
}
