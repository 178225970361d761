import * as pulumi from "@pulumi/pulumi";

import type { NodeConnection, OrganizationSigner } from "./nodeConnection";
import { RemoteResource } from "./remoteResource";

export interface RetiredJobsArgs extends NodeConnection {
    /** Namespace that chaincode of the peer runs in. */
    builderNamespace: string;
    channelId: string;
    /** ID of the package that stays. */
    packageId: string;
    /** Whom its commit waits for: until there is none, the older versions run on. */
    waiting: pulumi.Input<string>;
    /** An administrator of the peer's organization. */
    admin: OrganizationSigner;
}

/** That a peer's Jobs of older versions of a chaincode have ended, once the newest one is committed. */
export class RetiredJobs extends RemoteResource {
    /** IDs of the packages whose Jobs the last update ended. */
    declare public readonly retired: pulumi.Output<string[]>;

    constructor(name: string, args: RetiredJobsArgs, opts?: pulumi.CustomResourceOptions) {
        const { admin, ...rest } = args;
        super(
            "RetiredJobs",
            name,
            {
                ...rest,
                mspId: admin.mspId,
                adminCertificatePem: admin.certificatePem,
                adminPrivateKeyPem: pulumi.secret(admin.privateKeyPem),
                retired: undefined,
            },
            pulumi.mergeOptions(opts, {
                additionalSecretOutputs: ["kubeconfig", "adminPrivateKeyPem"],
            }),
        );
    }
}
