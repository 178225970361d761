import type { PersistentVolumeClaim } from "@pulumi/kubernetes/core/v1/persistentVolumeClaim";
import { Secret } from "@pulumi/kubernetes/core/v1/secret";
import type * as pulumi from "@pulumi/pulumi";

import type { FabricOrg } from "./fabricOrg";
import type { LedgerStorage, StorageChoice } from "./ledgerStorage";
import { NODE_DEFAULTS } from "./nodeArgs";
import { createLedger, guardLedger } from "./nodeLedger";
import { keepOptions } from "./protection";
import { Password } from "./resources/password";
import { recoveryFrom, secretData } from "./authority";
import { COUCHDB_ENTRIES } from "./workloads/couchDb";
import { nodeLabels, type Owner } from "./workloads/labels";
import type { Resources } from "../storage/quantities";

/** The CouchDB beside a peer. */
export interface CouchDbArgs {
    /**
     * Image.
     *
     * @default "docker.io/library/couchdb:3.4.2"
     */
    image?: pulumi.Input<string>;
    /**
     * Size of its volume.
     *
     * @default "20Gi"
     */
    size?: string;
    /**
     * Storage of its volume.
     *
     * @default - the peer's own `storage`, else the cluster's `storage.stateDatabase`.
     */
    storage?: StorageChoice;
    /**
     * CPU and memory.
     *
     * @default - a quarter of a core and 512Mi requested, at most 2Gi.
     */
    resources?: Resources;
}

const DEFAULT_RESOURCES = {
    requests: { cpu: "250m", memory: "512Mi" },
    limits: { memory: "2Gi" },
};

/** A peer's CouchDB, as far as it lives outside the Pod. */
export interface CouchDb {
    readonly claim: PersistentVolumeClaim;
    /** The Secret with its login. */
    readonly login: Secret;
    /** What the peer's Pod needs to know of it. */
    readonly sidecar: {
        image: pulumi.Input<string>;
        claim: string;
        secret: string;
        resources: Resources;
    };
}

/** Makes the login and the volume of a peer's CouchDB. */
export function createCouchDb(
    parent: pulumi.Resource,
    args: Omit<CouchDbArgs, "storage"> & { owner: Owner; org: FabricOrg; storage: LedgerStorage },
): CouchDb {
    const { owner, org, storage } = args;
    const [claimName, secretName] = [`${owner.name}-state`, `${owner.name}-couchdb`];
    const options = keepOptions(org.protection, parent);
    const cluster = org.cluster.recover ? org.cluster : undefined;
    const size = args.size ?? NODE_DEFAULTS.ledgerSize;
    const ledger = { owner, org, name: claimName, storage, size };
    const guard = guardLedger(parent, ledger);
    const password = new Password(
        `${secretName}-password`,
        {
            recovery: recoveryFrom(cluster, org.namespace, secretName, COUCHDB_ENTRIES.password),
        },
        { ...options, ...(cluster ? { dependsOn: [cluster.ready] } : {}) },
    );
    const login = new Secret(
        secretName,
        {
            metadata: {
                name: secretName,
                namespace: org.namespace,
                labels: nodeLabels(owner),
            },
            data: secretData({
                [COUCHDB_ENTRIES.user]: "peer",
                [COUCHDB_ENTRIES.password]: password.text,
            }),
        },
        { ...options, deletedWith: org.cluster.managedCluster, dependsOn: [guard] },
    );
    const claim = createLedger(parent, { ...ledger, guard });
    return {
        claim,
        login,
        sidecar: {
            image: args.image ?? `docker.io/library/couchdb:${NODE_DEFAULTS.couchDbVersion}`,
            claim: claimName,
            secret: secretName,
            resources: args.resources ?? DEFAULT_RESOURCES,
        },
    };
}
