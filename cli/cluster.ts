import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join, resolve } from "node:path";

import { KubeConfig } from "@kubernetes/client-node";

import type { ClusterRequest } from "./arguments";
import { Refusal } from "./refusal";

/** The cluster that a network is, or will be, in. */
export type ClusterTarget =
    | {
          kind: "context";
          /** Name of the context. */
          context: string;
          /** Absolute path of the kubeconfig file it is in. */
          kubeconfig: string;
      }
    | { kind: "kind" }
    | { kind: "simulated" };

/** What the choice depends on beyond what the user wrote. */
export interface Surroundings {
    /** Where the network was brought up last time. */
    remembered: ClusterTarget | undefined;
    /** Whether a cluster of our own can run in Docker: a daemon answers and `kind` is found. */
    canRunKind: () => Promise<boolean>;
    /** Kubeconfig files to look for a context in, where no file is named. */
    kubeconfigFiles: () => string[];
}

/** Said first and last wherever a network is simulated. */
export const SIMULATED_BANNER = [
    "SIMULATED CLUSTER: containers do not run here.",
    "The API server, the scheduler and the volumes are real; the nodes are not, so no Fabric process",
    "starts and nothing listens. For a network that runs: npm run up -- --context NAME",
].join("\n");

/**
 * Which cluster the network goes to: the one the user names, else the one it is in already, else a
 * `kind` cluster of our own, else a simulated one. Never a context that the user has not named.
 */
export async function chooseCluster(
    request: ClusterRequest,
    surroundings: Surroundings,
): Promise<ClusterTarget> {
    const { remembered, canRunKind, kubeconfigFiles } = surroundings;
    if (request.context !== undefined || request.kubeconfig !== undefined) {
        const files =
            request.kubeconfig === undefined ? kubeconfigFiles() : [resolve(request.kubeconfig)];
        return findContext(request, files);
    }
    if (request.cluster === "kind" && remembered?.kind !== "kind" && !(await canRunKind())) {
        throw new Refusal(
            '--cluster kind: needs the program "kind" on the PATH and a Docker daemon that answers; ' +
                "start Docker and install kind, or use --cluster simulated",
        );
    }
    if (request.cluster !== undefined) {
        return { kind: request.cluster };
    }
    return remembered ?? { kind: (await canRunKind()) ? "kind" : "simulated" };
}

/**
 * Refuses to bring a network up in a second cluster while the first still holds it: the state knows one
 * of each node, so everything in the first cluster would be forgotten or torn down.
 */
export function refuseSecondCluster(
    chosen: ClusterTarget,
    remembered: ClusterTarget | undefined,
    resourcesInState: number,
    asked: boolean,
): void {
    if (resourcesInState === 0) {
        return;
    }
    if (remembered === undefined) {
        if (!asked) {
            throw new Refusal(
                `the state lists ${resourcesInState} resources, but not the cluster they are in; name ` +
                    "it with --context NAME or --cluster kind|simulated",
            );
        }
        return;
    }
    if (describeCluster(chosen) !== describeCluster(remembered)) {
        throw new Refusal(
            `the network is in ${describeCluster(remembered)}, so it cannot be brought up in ` +
                `${describeCluster(chosen)}. To go on with it, run "npm run up" without naming a ` +
                'cluster; to give it up with its ledgers and keys, run "npm run down -- ' +
                '--delete-ledgers" first',
        );
    }
}

/** Whether the user has named a cluster at all. */
export function namesCluster({ context, kubeconfig, cluster }: ClusterRequest): boolean {
    return (context ?? kubeconfig ?? cluster) !== undefined;
}

export function describeCluster(target: ClusterTarget): string {
    switch (target.kind) {
        case "context":
            return `the cluster of context "${target.context}" (${target.kubeconfig})`;
        case "kind":
            return "its own kind cluster in Docker";
        case "simulated":
            return "its own simulated cluster";
    }
}

/** The files that Kubernetes' own tools read: those in `KUBECONFIG`, else the one in the home folder. */
export function defaultKubeconfigFiles(env: NodeJS.ProcessEnv = process.env): string[] {
    const named = (env.KUBECONFIG ?? "").split(delimiter).filter((path) => path !== "");
    return named.length > 0
        ? named.map((path) => resolve(path))
        : [join(homedir(), ".kube", "config")];
}

function findContext({ context, kubeconfig }: ClusterRequest, files: string[]): ClusterTarget {
    const found = files.filter((file) => existsSync(file)).map((file) => ({ file, ...read(file) }));
    if (found.length === 0) {
        throw new Refusal(
            kubeconfig === undefined
                ? `--context: there is no kubeconfig at ${files.join(", ")}; add --kubeconfig FILE`
                : `--kubeconfig: there is no file ${files.join(", ")}`,
        );
    }
    const all = found.flatMap(({ contexts }) => contexts);
    if (context === undefined) {
        const [only, ...others] = all;
        if (only === undefined || others.length > 0) {
            throw new Refusal(
                `--kubeconfig: ${found[0]!.file} has ${all.length} contexts; name one of them with ` +
                    `--context: ${listed(all)}`,
            );
        }
        return { kind: "context", context: only, kubeconfig: found[0]!.file };
    }
    const home = found.find(({ contexts }) => contexts.includes(context));
    if (home === undefined) {
        throw new Refusal(`--context: "${context}" does not exist; use one of ${listed(all)}`);
    }
    if (!home.complete(context)) {
        throw new Refusal(
            `--context: the cluster or user of "${context}" is not in ${home.file}; merge the files ` +
                'with "kubectl config view --flatten" and name the result with --kubeconfig',
        );
    }
    return { kind: "context", context, kubeconfig: home.file };
}

function read(file: string): { contexts: string[]; complete: (context: string) => boolean } {
    const config = new KubeConfig();
    try {
        config.loadFromString(readFileSync(file, "utf8"));
    } catch {
        // The parser's own words may quote the file, which holds credentials.
        throw new Refusal(`${file} is not a kubeconfig; give the path of one with --kubeconfig`);
    }
    return {
        contexts: config.getContexts().map(({ name }) => name),
        complete: (name) => {
            const context = config.getContextObject(name);
            return (
                context !== null &&
                config.getCluster(context.cluster) !== null &&
                config.getUser(context.user) !== null
            );
        },
    };
}

function listed(contexts: string[]): string {
    return contexts.length > 0 ? contexts.join(", ") : "none: there are no contexts";
}
