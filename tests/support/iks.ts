import { IksCluster, type IksClusterArgs, type IksVpc } from "kubefabric/iks";
import type { Recording } from "kubefabric/testing";

import { pem } from "./kubeconfigs.ts";
import { recordNetwork } from "./network.ts";

export const CA = pem("CERTIFICATE", "the certificate of the cluster");
export const ADMIN_CERTIFICATE = pem("CERTIFICATE", "the certificate of an administrator");
export const ADMIN_KEY = pem("PRIVATE KEY", "canary of the key of an administrator");

/** What IBM answers of a cluster. */
export const CONFIGURATION = {
    host: "https://c100.eu-de.containers.cloud.ibm.com:30000",
    caCertificate: CA,
    adminCertificate: ADMIN_CERTIFICATE,
    adminKey: ADMIN_KEY,
};

/** A cluster in a region of VPC, with more or other arguments of it. */
export const onVpc = (more: Partial<IksVpc> = {}) => ({
    vpc: { location: "eu-de", disableOutboundTrafficProtection: true, ...more },
});

/** Records what a program with one IKS cluster registers; it returns the cluster. */
export async function recordIks(
    args: Partial<IksClusterArgs> = {},
    name = "prod",
): Promise<{ recording: Recording; cluster: IksCluster }> {
    const recording = await recordNetwork(
        () => new IksCluster(name, { infrastructure: onVpc(), ...args }),
    );
    return { recording, cluster: recording.returned as IksCluster };
}
