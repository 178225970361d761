import { problemsOf } from "../../../fabric/problem";
import {
    contextNameProblem,
    kubeconfigText,
    pemProblem,
    refuseInvalid,
    serverOf,
    serverProblem,
    tokenProblem,
} from "./parts";

/**
 * What IBM Cloud says of a cluster, with either an administrator's certificate and key or a token.
 *
 * The names are those of the data source `getContainerClusterConfig`; what it leaves empty counts as
 * absent. Choose the certificate (`admin: true`) for anything that is longer than a look: a token lives
 * for 20 minutes, and a program has no way to renew it.
 */
export interface IksKubeconfigParts {
    /** Address of the control plane, such as `https://c100.eu-de.containers.cloud.ibm.com:30000`. */
    host: string;
    /** The cluster's CA certificate as PEM. */
    caCertificate: string;
    /** Name of the context. */
    context: string;
    /** An administrator's certificate as PEM. */
    adminCertificate?: string;
    /** Its private key as PEM. */
    adminKey?: string;
    /** An IAM token. */
    token?: string;
}

/**
 * The kubeconfig of an IKS cluster. It holds everything in itself; no file is read or written.
 *
 * @throws InvalidKubeconfigParts listing everything wrong with the parts.
 */
export function iksKubeconfig(parts: IksKubeconfigParts): string {
    const { host, caCertificate, context, adminCertificate, adminKey, token } = parts;
    const isAdmin = isThere(adminCertificate) || isThere(adminKey);
    const isToken = isThere(token) && !isAdmin;
    refuseInvalid(
        "IKS",
        problemsOf(
            ["host", serverProblem(host)],
            ["caCertificate", pemProblem(caCertificate, "certificate")],
            ["context", contextNameProblem(context)],
            ["adminCertificate", isAdmin ? pemProblem(adminCertificate, "certificate") : undefined],
            ["adminKey", isAdmin ? pemProblem(adminKey, "private key") : undefined],
            ["token", isToken ? tokenProblem(token) : undefined],
            ["adminCertificate", isAdmin || isToken ? undefined : NO_LOGIN],
        ),
    );
    return kubeconfigText({
        context,
        server: serverOf(host),
        caData: base64(caCertificate),
        user: isAdmin
            ? {
                  "client-certificate-data": base64(adminCertificate),
                  "client-key-data": base64(adminKey),
              }
            : { token },
    });
}

const NO_LOGIN =
    "is not there, and neither is a token; read the cluster's configuration with admin: true, or give a " +
    "token";

function isThere(text: string | undefined): boolean {
    return text !== undefined && text !== "";
}

function base64(text = ""): string {
    return Buffer.from(text, "utf8").toString("base64");
}
