import * as pulumi from "@pulumi/pulumi";

import type { SourceFolder } from "../chaincodeFolder";
import type { NodeConnection, OrganizationSigner } from "./nodeConnection";
import { RemoteResource } from "./remoteResource";

export interface InstalledChaincodeArgs extends NodeConnection {
    /** ID of the package. */
    packageId: string;
    /** Label of the package. */
    label: string;
    /** The package, in base64; absent where it is made of a folder. */
    package?: string;
    /** What it is made of again where it is installed, so that the state does not keep it. */
    source?: SourceFolder;
    /** An administrator of the peer's organization. */
    admin: OrganizationSigner;
}

/** That a peer has a package of chaincode. Peers keep packages: removing this leaves it there. */
export class InstalledChaincode extends RemoteResource {
    /** `installed`, or what a refresh found instead. */
    declare public readonly status: pulumi.Output<string>;

    constructor(name: string, args: InstalledChaincodeArgs, opts?: pulumi.CustomResourceOptions) {
        const { admin, ...rest } = args;
        super(
            "InstalledChaincode",
            name,
            {
                ...rest,
                mspId: admin.mspId,
                adminCertificatePem: admin.certificatePem,
                adminPrivateKeyPem: pulumi.secret(admin.privateKeyPem),
                status: "installed",
            },
            pulumi.mergeOptions(opts, {
                additionalSecretOutputs: ["kubeconfig", "adminPrivateKeyPem"],
            }),
        );
    }
}
