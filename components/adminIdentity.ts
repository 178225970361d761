import type * as pulumi from "@pulumi/pulumi";

import type { CertificateLife } from "../fabric/identities";
import type { Authority } from "./authority";
import { Certificate } from "./resources/certificate";
import { PrivateKey } from "./resources/privateKey";

/** An identity that calls nodes from this program. */
export interface AdminIdentity {
    readonly certificatePem: pulumi.Output<string>;
    /** PKCS#8 PEM; a secret. */
    readonly privateKeyPem: pulumi.Output<string>;
    /** When its certificate begins and ends, and when its CA does. */
    readonly life: pulumi.Output<CertificateLife>;
}

/**
 * Makes an administrator's identity. It lives in the state only: the nodes know an administrator by
 * the certificate's organizational unit, so a lost one is made anew.
 */
export function createAdmin(
    name: string,
    args: {
        mspId: string;
        namespace: string;
        certificateValidityDays: number;
        signingCa: Authority;
    },
    options: pulumi.CustomResourceOptions,
): AdminIdentity {
    const key = new PrivateKey(`${name}-key`, {}, options);
    const certificate = new Certificate(
        `${name}-certificate`,
        {
            profile: "signing",
            commonName: `admin.${args.namespace}`,
            role: "admin",
            organization: args.mspId,
            publicKeyPem: key.publicKeyPem,
            ca: args.signingCa,
            validityDays: args.certificateValidityDays,
        },
        options,
    );
    const { certificatePem, life } = certificate;
    return { certificatePem, privateKeyPem: key.privateKeyPem, life };
}
