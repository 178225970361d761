import type * as types from "@pulumi/kubernetes/types";
import type * as pulumi from "@pulumi/pulumi";

import { COUCHDB_PORT } from "../../fabric/ports";
import type { Resources } from "../../storage/quantities";
import { CONTAINER_SECURITY, STARTING, tcpProbe, withResources } from "./pod";

/** Entries of the Secret with CouchDB's login. */
export const COUCHDB_ENTRIES = { user: "couchdb-user", password: "couchdb-password" } as const;

const DATA_PATH = "/opt/couchdb/data";
/** The image's entry point writes the login here. */
const CONFIGURATION_PATH = "/opt/couchdb/etc/local.d";

/**
 * CouchDB beside its peer, as a native sidecar: it starts before the peer and ends after it.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/
 */
export function couchDbSidecar(args: {
    image: pulumi.Input<string>;
    secret: string;
    resources: Resources;
}): types.input.core.v1.Container {
    const login = (name: string, key: string) => ({
        name,
        valueFrom: { secretKeyRef: { name: args.secret, key } },
    });
    return withResources(
        {
            name: "couchdb",
            image: args.image,
            restartPolicy: "Always",
            securityContext: CONTAINER_SECURITY,
            env: [
                login("COUCHDB_USER", COUCHDB_ENTRIES.user),
                login("COUCHDB_PASSWORD", COUCHDB_ENTRIES.password),
            ],
            ports: [{ name: "couchdb", containerPort: COUCHDB_PORT }],
            startupProbe: tcpProbe("couchdb", STARTING.periodSeconds, STARTING.failureThreshold),
            livenessProbe: tcpProbe("couchdb", 10, 6),
            volumeMounts: [
                { name: "state", mountPath: DATA_PATH },
                { name: "couchdb-configuration", mountPath: CONFIGURATION_PATH },
                { name: "couchdb-tmp", mountPath: "/tmp" },
            ],
        },
        args.resources,
    );
}

/** The volumes of the sidecar. */
export function couchDbVolumes(claim: string): types.input.core.v1.Volume[] {
    return [
        { name: "state", persistentVolumeClaim: { claimName: claim } },
        { name: "couchdb-configuration", emptyDir: {} },
        { name: "couchdb-tmp", emptyDir: {} },
    ];
}
