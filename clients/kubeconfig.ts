import { KubeConfig } from "@kubernetes/client-node";

/** A way into a cluster. */
export interface ClusterCredentials {
    /** Content of a kubeconfig. */
    kubeconfig: string;
    /** Context in it; its current one where absent. */
    context?: string;
}

/** The official client's configuration for a cluster. Throws where the text is not a kubeconfig. */
export function kubeConfigOf({ kubeconfig, context }: ClusterCredentials): KubeConfig {
    const config = new KubeConfig();
    config.loadFromString(kubeconfig);
    if (context !== undefined) {
        config.setCurrentContext(context);
    }
    return config;
}
