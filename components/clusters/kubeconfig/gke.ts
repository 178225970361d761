import { choiceProblem, problemsOf } from "../../../fabric/problem";
import {
    certificateDataProblem,
    contextNameProblem,
    kubeconfigText,
    refuseInvalid,
    serverOf,
    serverProblem,
    tokenProblem,
} from "./parts";

/**
 * How a program logs in to a GKE cluster.
 *
 * - `"plugin"`: the program `gke-gcloud-auth-plugin` fetches a token whenever one is needed, with the
 *   credentials that the machine has. Choose it where that program can be installed: the kubeconfig
 *   holds no credential, never expires and never changes.
 * - `"token"`: a token is written into the kubeconfig. Choose it where no program can be installed. A token
 *   lives for about an hour, so a longer update fails half-way, and each update brings a new one:
 *   everything that holds the kubeconfig is then shown as changed.
 *
 * @see https://cloud.google.com/kubernetes-engine/docs/how-to/cluster-access-for-kubectl#install_plugin
 */
export type GkeLogin = (typeof GKE_LOGINS)[number];

export const GKE_LOGINS = ["plugin", "token"] as const;

/** What GKE says of a cluster, and how to log in to it. */
export interface GkeKubeconfigParts {
    /** Address of the control plane, with or without `https://`. */
    endpoint: string;
    /**
     * The cluster's CA certificate: PEM in Base64, as `masterAuth.clusterCaCertificate` has it.
     *
     * @default - none: the endpoint is a DNS name of Google's, whose certificate is of a public authority.
     */
    caCertificate?: string;
    /** Name of the context. */
    context: string;
    login: GkeLogin;
    /** A bearer token; with the login `"token"` only. */
    token?: string;
}

/**
 * The kubeconfig of a GKE cluster.
 *
 * @throws InvalidKubeconfigParts listing everything wrong with the parts.
 */
export function gkeKubeconfig(parts: GkeKubeconfigParts): string {
    const { endpoint, caCertificate, context, login, token } = parts;
    const stray = 'is set, and the login is with the plugin; take it away, or write login: "token"';
    refuseInvalid(
        "GKE",
        problemsOf(
            ["endpoint", serverProblem(endpoint)],
            [
                "caCertificate",
                caCertificate === undefined ? undefined : certificateDataProblem(caCertificate),
            ],
            ["context", contextNameProblem(context)],
            ["login", choiceProblem(login, GKE_LOGINS, "way to log in to GKE")],
            ["token", login === "token" ? tokenProblem(token) : undefined],
            ["token", login === "plugin" && token !== undefined ? stray : undefined],
        ),
    );
    return kubeconfigText({
        context,
        server: serverOf(endpoint),
        caData: caCertificate,
        user: login === "token" ? { token } : { exec: PLUGIN },
    });
}

/** @see https://cloud.google.com/blog/products/containers-kubernetes/kubectl-auth-changes-in-gke */
const PLUGIN = {
    apiVersion: "client.authentication.k8s.io/v1beta1",
    command: "gke-gcloud-auth-plugin",
    installHint:
        "Install gke-gcloud-auth-plugin (gcloud components install gke-gcloud-auth-plugin) and have it " +
        'on the PATH of whatever runs this program, or write login: "token"',
    provideClusterInfo: true,
    // Nobody types while a program runs, and the plugin asks for nothing.
    interactiveMode: "Never",
};
