import type * as pulumi from "@pulumi/pulumi";

import type { CertificateLife } from "../../fabric/identities";
import type { Recovery } from "./recovery";
import { RemoteResource } from "./remoteResource";

export interface CaCertificateArgs {
    /** Common name of the CA. */
    commonName: string;
    /** Organization in its subject. */
    organization: string;
    /** Its key, PKCS#8 PEM; a secret. */
    privateKeyPem: pulumi.Input<string>;
    /** How long it lives, in days. Read when it is made; a later change does not touch it. */
    validityDays: number;
    /** Where to read it back from when the state was lost. */
    recovery?: Recovery;
}

/** A self-signed CA certificate, made once: channels and other organizations keep its exact bytes. */
export class CaCertificate extends RemoteResource {
    /** The certificate, PEM. */
    declare public readonly certificatePem: pulumi.Output<string>;
    /** When it ends, ISO 8601. */
    declare public readonly notAfter: pulumi.Output<string>;
    /** When it begins and ends, and when its CA does. */
    declare public readonly life: pulumi.Output<CertificateLife>;

    constructor(name: string, args: CaCertificateArgs, opts?: pulumi.CustomResourceOptions) {
        super(
            "CaCertificate",
            name,
            { certificatePem: undefined, notAfter: undefined, life: undefined, ...args },
            opts,
        );
    }
}
