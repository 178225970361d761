import type * as pulumi from "@pulumi/pulumi";

/** Where in a cluster a key or certificate lies, for a program whose state was lost. */
export interface Recovery {
    /** Content of the cluster's kubeconfig; a secret. */
    kubeconfig: pulumi.Input<string>;
    /** Context in it; its current one where absent. */
    context?: pulumi.Input<string>;
    /** Namespace of the organization. */
    namespace: string;
    /** Name of the Secret. */
    secret: string;
    /** Entry in it. */
    entry: string;
}
