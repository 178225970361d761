import { CoreV1Api } from "@kubernetes/client-node";

import { kubeConfigOf, type ClusterCredentials } from "./kubeconfig";
import { found } from "./notFound";

/** An entry of a Secret as text; nothing where the Secret or the entry does not exist. */
export async function readSecretEntry(
    credentials: ClusterCredentials,
    { namespace, secret, entry }: { namespace: string; secret: string; entry: string },
): Promise<string | undefined> {
    const api = kubeConfigOf(credentials).makeApiClient(CoreV1Api);
    const read = await found(api.readNamespacedSecret({ namespace, name: secret }));
    const encoded = read?.data?.[entry];
    return encoded === undefined ? undefined : Buffer.from(encoded, "base64").toString("utf8");
}
