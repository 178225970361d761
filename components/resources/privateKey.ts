import * as pulumi from "@pulumi/pulumi";

import type { Recovery } from "./recovery";
import { RemoteResource } from "./remoteResource";

export interface PrivateKeyArgs {
    /**
     * Where to read the key back from when the state was lost.
     *
     * @default - a new key is made.
     */
    recovery?: Recovery;
}

/**
 * An ECDSA P-256 key, made once. Nothing but its removal changes it: a renewed certificate keeps its
 * key, because Fabric matches consenters by public key.
 */
export class PrivateKey extends RemoteResource {
    /** PKCS#8 PEM; a secret. */
    declare public readonly privateKeyPem: pulumi.Output<string>;
    /** SubjectPublicKeyInfo PEM. */
    declare public readonly publicKeyPem: pulumi.Output<string>;
    /** SHA-256 of the public key, in hex. */
    declare public readonly fingerprint: pulumi.Output<string>;

    constructor(name: string, args: PrivateKeyArgs, opts?: pulumi.CustomResourceOptions) {
        super(
            "PrivateKey",
            name,
            {
                privateKeyPem: undefined,
                publicKeyPem: undefined,
                fingerprint: undefined,
                recovery: args.recovery,
            },
            pulumi.mergeOptions(opts, { additionalSecretOutputs: ["privateKeyPem"] }),
        );
    }
}
