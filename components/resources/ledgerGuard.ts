import type * as pulumi from "@pulumi/pulumi";

import type { LedgerAccessMode } from "../ledgerStorage";
import { RemoteResource } from "./remoteResource";

export interface LedgerGuardArgs {
    /** The claim, as `namespace/name`. */
    claim: string;
    /** Its StorageClass. */
    storageClassName: pulumi.Input<string>;
    /** Its access mode. */
    accessMode: LedgerAccessMode;
    /**
     * What of these the program left to this package: it holds for a new claim, and one that exists
     * keeps what it has.
     */
    leftOpen: readonly ("storageClassName" | "accessMode")[];
    /** Its size, a Kubernetes quantity. */
    size: string;
    /** Whether its volume can grow; the cluster is asked where that is not known. */
    grows?: boolean;
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
 * refuses it in the preview, with the way to migrate. What the program leaves open stays as it was
 * made, whatever a later version of this package would choose. A claim that exists already, from a
 * node that was removed or from another network, is not given to a new node with new keys.
 */
export class LedgerGuard extends RemoteResource {
    /** The class that the claim has, or gets. */
    declare public readonly storageClassName: pulumi.Output<string>;
    /** The access mode that the claim has, or gets. */
    declare public readonly accessMode: pulumi.Output<LedgerAccessMode>;

    constructor(name: string, args: LedgerGuardArgs, opts?: pulumi.CustomResourceOptions) {
        super("LedgerGuard", name, { ...args }, opts);
    }
}
