import * as pulumi from "@pulumi/pulumi";

import { remoteMethods } from "./remoteMethods";

export interface NamespaceGuardArgs {
    /** Name of the namespace. */
    namespace: string;
    /** MSP ID of the organization that it is for. */
    mspId: string;
    /** Content of the kubeconfig; a secret. */
    kubeconfig: pulumi.Input<string>;
    /** Context in it. */
    context?: pulumi.Input<string>;
    /** Whether a network is read back from the namespace. */
    recover: boolean;
}

/**
 * Stands before an organization's Namespace: one that exists holds a network this state does not know,
 * or a stranger's objects. It is taken over only on request, and only if it is this organization's.
 */
export class NamespaceGuard extends pulumi.dynamic.Resource {
    constructor(name: string, args: NamespaceGuardArgs, opts?: pulumi.CustomResourceOptions) {
        super(
            remoteMethods("namespaceGuard"),
            name,
            { ...args },
            opts,
            "kubefabric",
            "NamespaceGuard",
        );
    }
}
