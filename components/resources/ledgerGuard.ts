import * as pulumi from "@pulumi/pulumi";

import type { AccessMode } from "../../storage/accessModes";
import { remoteMethods } from "./remoteMethods";

export interface LedgerGuardArgs {
    /** The claim, as `namespace/name`. */
    claim: string;
    /** Its StorageClass. */
    storageClassName: pulumi.Input<string>;
    /** Its access mode. */
    accessMode: AccessMode;
    /** Its size, a Kubernetes quantity. */
    size: string;
    /** The labels that say whose ledger it is. */
    owner: Record<string, string>;
    /** Content of the kubeconfig of the cluster to look for the claim in; a secret. */
    kubeconfig: pulumi.Input<string>;
    /** Context in it. */
    context?: pulumi.Input<string>;
    /** Whether a claim that exists is taken over, as after a lost state. */
    recover: boolean;
}

/**
 * Stands before a ledger's claim and compares what is asked for with what was made. The provider
 * would carry out a changed access mode or class by deleting the claim and making an empty one; this
 * refuses it in the preview, with the way to migrate. A claim that exists already, from a node that
 * was removed or from another network, is not given to a new node with new keys.
 */
export class LedgerGuard extends pulumi.dynamic.Resource {
    constructor(name: string, args: LedgerGuardArgs, opts?: pulumi.CustomResourceOptions) {
        super(remoteMethods("ledgerGuard"), name, { ...args }, opts, "kubefabric", "LedgerGuard");
    }
}
