import type { types } from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

import type { LedgerAccessMode } from "../ledgerStorage";
import { nodeLabels, type Owner } from "./labels";

/** A volume claim of a node, mounted by name. */
export function nodeClaim(args: {
    owner: Owner;
    namespace: string;
    name: string;
    storageClassName: pulumi.Input<string>;
    accessMode: LedgerAccessMode;
    size: string;
    adopt: boolean;
}): types.input.core.v1.PersistentVolumeClaim {
    const { owner, namespace, name } = args;
    return {
        metadata: {
            name,
            namespace,
            labels: nodeLabels(owner),
            // The provider waits for a claim to be made, and would wait for one that is bound already.
            ...(args.adopt ? { annotations: { "pulumi.com/skipAwait": "true" } } : {}),
        },
        spec: {
            storageClassName: args.storageClassName,
            accessModes: [args.accessMode],
            resources: { requests: { storage: args.size } },
        },
    };
}
