import { PersistentVolumeClaim } from "@pulumi/kubernetes/core/v1/persistentVolumeClaim";
import type * as pulumi from "@pulumi/pulumi";

import type { FabricOrg } from "./fabricOrg";
import type { LedgerStorage } from "./ledgerStorage";
import { keepOptions } from "./protection";
import { LedgerGuard } from "./resources/ledgerGuard";
import { nodeClaim } from "./workloads/node";
import { nodeLabels, type Owner } from "./workloads/labels";

/** What a node's volume claim asks for. */
export interface LedgerArgs {
    owner: Owner;
    org: FabricOrg;
    /** Name of the claim. */
    name: string;
    storage: LedgerStorage;
    size: string;
}

/** Makes the guard that stands before a claim, and before the keys that belong to it. */
export function guardLedger(parent: pulumi.Resource, args: LedgerArgs): LedgerGuard {
    const { owner, org, name, size } = args;
    const { kubeconfig, context, recover } = org.cluster;
    return new LedgerGuard(
        `${name}-guard`,
        {
            claim: `${org.namespace}/${name}`,
            storageClassName: args.storage.storageClassName,
            accessMode: args.storage.accessMode ?? DEFAULT_ACCESS_MODE,
            size,
            owner: nodeLabels(owner),
            kubeconfig,
            context,
            recover,
        },
        { parent, dependsOn: [org.home] },
    );
}

/** Makes a node's volume claim. */
export function createLedger(
    parent: pulumi.Resource,
    args: LedgerArgs & { guard: LedgerGuard },
): PersistentVolumeClaim {
    const { owner, org, name, size } = args;
    return new PersistentVolumeClaim(
        name,
        nodeClaim({
            owner,
            namespace: org.namespace,
            name,
            storageClassName: args.storage.storageClassName,
            accessMode: args.storage.accessMode ?? DEFAULT_ACCESS_MODE,
            size,
            adopt: org.cluster.recover,
        }),
        { ...keepOptions(org.protection, parent), dependsOn: [args.guard] },
    );
}

/** What every storage has. A claim keeps the mode it was made with. */
const DEFAULT_ACCESS_MODE = "ReadWriteOnce";
