import type * as types from "@pulumi/kubernetes/types";

import { mspLayout, TLS_FILES, type Intermediates } from "../../fabric/msp";

/** Where a node finds its identity; outside the folder of the image's own configuration. */
const IDENTITY_PATH = "/etc/hyperledger/identity";

/** Entry of a node's Secret with the CA of its ordering service's admin endpoint. */
export const ADMIN_CA_ENTRY = "admin-ca.crt";

/** Paths of a node's identity inside its Pod. */
export const IDENTITY_FILES = {
    msp: `${IDENTITY_PATH}/msp`,
    tlsCertificate: `${IDENTITY_PATH}/tls/${TLS_FILES.certificate}`,
    tlsKey: `${IDENTITY_PATH}/tls/${TLS_FILES.privateKey}`,
    tlsCa: `${IDENTITY_PATH}/tls/${TLS_FILES.ca}`,
    adminCa: `${IDENTITY_PATH}/tls/${ADMIN_CA_ENTRY}`,
} as const;

/**
 * The volume that holds a node's identity: its MSP in one folder, its TLS files in another, both from
 * one Secret.
 */
export function identityVolume(
    secretName: string,
    { adminCa, intermediates }: { adminCa: boolean; intermediates: Intermediates },
): types.input.core.v1.Volume {
    const tlsEntries = [...Object.values(TLS_FILES), ...(adminCa ? [ADMIN_CA_ENTRY] : [])];
    return {
        name: "identity",
        secret: {
            secretName,
            // Readable for the group that fsGroup gives the Pod, and for nobody else.
            defaultMode: 0o440,
            items: [
                ...mspLayout(intermediates).map(({ key, path }) => ({ key, path: `msp/${path}` })),
                ...tlsEntries.map((key) => ({ key, path: `tls/${key}` })),
            ],
        },
    };
}

/** Its mount. */
export const IDENTITY_MOUNT = { name: "identity", mountPath: IDENTITY_PATH, readOnly: true };
