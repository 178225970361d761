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
 * what its certificate says, so a lost one is made anew.
 */
export function createAdmin(
    name: string,
    args: {
        /** `signing` for an administrator of the MSP, `tls` for one of the admin endpoints. */
        profile: "signing" | "tls";
        ca: Authority;
        org: { mspId: string; namespace: string; certificateValidityDays: number };
    },
    options: pulumi.CustomResourceOptions,
): AdminIdentity {
    const { profile, ca, org } = args;
    const key = new PrivateKey(`${name}-key`, {}, options);
    const { certificatePem, life } = new Certificate(
        `${name}-certificate`,
        {
            profile,
            commonName: `admin.${org.namespace}`,
            role: "admin",
            organization: org.mspId,
            publicKeyPem: key.publicKeyPem,
            ca,
            validityDays: org.certificateValidityDays,
        },
        options,
    );
    return { certificatePem, privateKeyPem: key.privateKeyPem, life };
}
