import { StorageV1Api } from "@kubernetes/client-node";

import { kubeConfigOf, type ClusterCredentials } from "./kubeconfig";
import { found } from "./notFound";

/** A StorageClass in a cluster; nothing where it does not exist. */
export async function readStorageClass(
    credentials: ClusterCredentials,
    name: string,
): Promise<{ provisioner: string; allowsExpansion: boolean } | undefined> {
    const api = kubeConfigOf(credentials).makeApiClient(StorageV1Api);
    const storageClass = await found(api.readStorageClass({ name }));
    return (
        storageClass && {
            provisioner: storageClass.provisioner,
            allowsExpansion: storageClass.allowVolumeExpansion === true,
        }
    );
}
