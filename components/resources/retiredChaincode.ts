import * as pulumi from "@pulumi/pulumi";

import type { ClusterConnection } from "./nodeConnection";
import { RemoteResource } from "./remoteResource";

export interface RetiredChaincodeArgs extends ClusterConnection {
    /** Namespace of the organization. */
    namespace: string;
    /** UID of the object that all versions belong to. */
    ownerUid: pulumi.Input<string>;
    /** Name of the Deployment and Service of the version that stays. */
    serviceName: string;
    /** Whom the commit of that version waits for: until there is none, the older versions run on. */
    waiting: pulumi.Input<string>;
}

/** That no older version of a chaincode runs any more, once the newest one is committed. */
export class RetiredChaincode extends RemoteResource {
    /** Names of the versions that the last update retired. */
    declare public readonly retired: pulumi.Output<string[]>;

    constructor(name: string, args: RetiredChaincodeArgs, opts?: pulumi.CustomResourceOptions) {
        super(
            "RetiredChaincode",
            name,
            { ...args, retired: undefined },
            pulumi.mergeOptions(opts, { additionalSecretOutputs: ["kubeconfig"] }),
        );
    }
}
