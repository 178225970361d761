import type * as pulumi from "@pulumi/pulumi";

import type { CertificateLife, Role } from "../../fabric/identities";
import type { Recovery } from "./recovery";
import { RemoteResource } from "./remoteResource";

export interface CertificateArgs {
    /** What it is for: an identity in an MSP, or TLS. */
    profile: "signing" | "tls";
    /** Common name. */
    commonName: string;
    /** Organizational unit; in an MSP with node OUs it is the identity's role. */
    role: Role;
    /** Organization in the subject. */
    organization: string;
    /** DNS names and IP addresses that it is valid for. */
    hosts?: string[];
    /** Those of them that others were told, in channels or definitions: they stay until the next are told. */
    toldHosts?: string[];
    /** Public key of its holder, PEM. The private one is not needed to sign a certificate for it. */
    publicKeyPem: pulumi.Input<string>;
    /** The CA that signs it; its key is a secret. */
    ca: { certificatePem: pulumi.Input<string>; privateKeyPem: pulumi.Input<string> };
    /** How long it lives, in days; never beyond its CA. */
    validityDays: number;
    /** Where to read it back from when the state was lost. */
    recovery?: Recovery;
}

/**
 * A certificate of a node or an administrator. The first update in the last third of its life renews
 * it for the same key.
 */
export class Certificate extends RemoteResource {
    /** The certificate, PEM. */
    declare public readonly certificatePem: pulumi.Output<string>;
    /** When it ends, ISO 8601. */
    declare public readonly notAfter: pulumi.Output<string>;
    /** When it begins and ends, and when its CA does. */
    declare public readonly life: pulumi.Output<CertificateLife>;

    constructor(name: string, args: CertificateArgs, opts?: pulumi.CustomResourceOptions) {
        const { ca, ...rest } = args;
        super(
            "Certificate",
            name,
            {
                certificatePem: undefined,
                notAfter: undefined,
                life: undefined,
                ...rest,
                caCertificatePem: ca.certificatePem,
                caPrivateKeyPem: ca.privateKeyPem,
            },
            opts,
        );
    }
}
