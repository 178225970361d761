import type * as yaml from "yaml";

import type { ClusterCredentials } from "./kubeconfig";

/** The part of a kubeconfig that names its contexts. */
interface Contexts {
    clusters?: { name?: string }[];
    users?: { name?: string }[];
    contexts?: { name?: string; context?: { cluster?: string; user?: string } }[];
    "current-context"?: string;
}

/** What is wrong with the content of a kubeconfig, or nothing. */
export function kubeconfigProblem(kubeconfig: string): string | undefined {
    return contextsOf(kubeconfig) === undefined
        ? "the kubeconfig is not valid YAML of kind Config; give the content of a kubeconfig file"
        : undefined;
}

/** What is wrong with a kubeconfig or the name of the context in it, known without asking the cluster. */
export function contextProblem({ kubeconfig, context }: ClusterCredentials): string | undefined {
    const read = contextsOf(kubeconfig);
    if (read === undefined) {
        return kubeconfigProblem(kubeconfig);
    }
    const names = (read.contexts ?? []).map(({ name }) => name);
    const wanted = context ?? read["current-context"];
    if (!names.includes(wanted)) {
        return (
            `"${wanted ?? ""}" is not a context of the kubeconfig; use one of ` +
            (names.join(", ") || "none: it has no contexts")
        );
    }
    const { cluster, user } = read.contexts?.find(({ name }) => name === wanted)?.context ?? {};
    const missing = [
        ...(read.clusters?.some(({ name }) => name === cluster) ? [] : [`cluster "${cluster}"`]),
        // Without a user a cluster is asked anonymously; a user that is named must be there.
        ...(!user || read.users?.some(({ name }) => name === user) ? [] : [`user "${user}"`]),
    ];
    return missing.length === 0
        ? undefined
        : `"${wanted}" names the ${missing.join(" and the ")}, which the kubeconfig does not have; ` +
              "give one with everything in it (kubectl config view --flatten --minify)";
}

function contextsOf(kubeconfig: string): Contexts | undefined {
    // Loaded when it is needed: it is 70 modules, and importing this package loads 40 at most.
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const { parse } = require("yaml") as typeof yaml;
    try {
        const read = parse(kubeconfig) as (Contexts & { kind?: string }) | null;
        return read?.kind === "Config" ? read : undefined;
    } catch {
        // The parser's own words may quote the file, which holds credentials.
        return undefined;
    }
}
