import type * as pulumi from "@pulumi/pulumi";

import { RemoteResource } from "./remoteResource";

export interface ClusterAccessArgs {
    /** Content of the kubeconfig; a secret. */
    kubeconfig: pulumi.Input<string>;
    /** Context in it. */
    context?: pulumi.Input<string>;
    /** StorageClass that ledgers ask for; must exist. */
    storageClassName?: string;
    /** Whether ledgers are kept on classes that this program makes: then none has to be there. */
    makesClasses?: boolean;
}

/**
 * The first thing that is asked of a cluster: is it there, is it the one this stack was made on, may
 * we do what has to be done, does the storage class exist. It answers before anything is created.
 */
export class ClusterAccess extends RemoteResource {
    /** UID of the cluster's `kube-system` Namespace: what tells one cluster from another. */
    declare public readonly uid: pulumi.Output<string>;
    /** The class that ledgers are kept on: the one asked for, else the cluster's default when first seen. */
    declare public readonly ledgerClassName: pulumi.Output<string>;

    constructor(name: string, args: ClusterAccessArgs, opts?: pulumi.CustomResourceOptions) {
        super("ClusterAccess", name, { uid: undefined, ledgerClassName: undefined, ...args }, opts);
    }
}
