import type * as pulumi from "@pulumi/pulumi";

import { RemoteResource } from "./remoteResource";

export interface NamespaceGuardArgs {
    /** Name of the namespace. */
    namespace: string;
    /** MSP ID of the organization that it is for; absent where it is for none. */
    mspId?: string;
    /** Content of the kubeconfig; a secret. */
    kubeconfig: pulumi.Input<string>;
    /** Context in it. */
    context?: pulumi.Input<string>;
    /** Whether a network is read back from the namespace. */
    recover: boolean;
}

/**
 * Stands before a Namespace: one that exists holds a network this state does not know, or a stranger's
 * objects. It is taken over only on request, and only if it is this organization's; where it is for no
 * organization it holds nothing worth that, and is never taken over.
 */
export class NamespaceGuard extends RemoteResource {
    constructor(name: string, args: NamespaceGuardArgs, opts?: pulumi.CustomResourceOptions) {
        super("NamespaceGuard", name, { ...args }, opts);
    }
}
