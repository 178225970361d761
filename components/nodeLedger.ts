import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

import type { FabricOrg } from "./fabricOrg";
import type { LedgerStorage } from "./ledgerStorage";
import { keepOptions } from "./protection";
import { LedgerGuard } from "./resources/ledgerGuard";
import { nodeClaim } from "./workloads/claims";
import { nodeLabels, type Owner } from "./workloads/labels";

/** Makes a node's volume claim, with the guard that stands before it. */
export function createLedger(
    parent: pulumi.Resource,
    args: {
        owner: Owner;
        org: FabricOrg;
        /** Name of the claim. */
        name: string;
        storage: LedgerStorage;
        size: string;
    },
): k8s.core.v1.PersistentVolumeClaim {
    const { owner, org, name, size } = args;
    const { storageClassName, accessMode = "ReadWriteOnce" } = args.storage;
    const { cluster, namespace } = org;
    const options = keepOptions(org.protection, parent);
    const guard = new LedgerGuard(
        `${name}-guard`,
        {
            claim: `${namespace}/${name}`,
            storageClassName,
            accessMode,
            size,
            owner: nodeLabels(owner),
            ...(cluster.recover
                ? { recovery: { kubeconfig: cluster.kubeconfig, context: cluster.context } }
                : {}),
        },
        { parent, dependsOn: [org.home] },
    );
    return new k8s.core.v1.PersistentVolumeClaim(
        name,
        nodeClaim({
            owner,
            namespace,
            name,
            storageClassName,
            accessMode,
            size,
            adopt: cluster.recover,
        }),
        { ...options, dependsOn: [guard] },
    );
}
