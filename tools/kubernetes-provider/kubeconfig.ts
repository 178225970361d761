import { existsSync, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

import { KubeConfig } from "@kubernetes/client-node";
import { parse } from "yaml";

import { listAt, textAt } from "./objects";
import { type Json, type JsonObject, isObject } from "./properties";

/** Where the cluster and its credentials come from. */
export interface KubeconfigSource {
    /** The content, or the path of a file; empty for the usual places. */
    kubeconfig: string;
    context: string;
    cluster: string;
}

/** A kubeconfig that cannot be used. Its message never quotes the content. */
export class KubeconfigError extends Error {}

function expandHome(path: string): string {
    if (path === "~") {
        return homedir();
    }
    return path.startsWith("~/") ? join(homedir(), path.slice(2)) : path;
}

function isFile(path: string): boolean {
    // Content handed over as a string is not a path, and may be too long to be asked about.
    return (
        path.length < 4096 && !path.includes("\n") && existsSync(path) && statSync(path).isFile()
    );
}

/** The kubeconfig as data, for a comparison; an empty object where none is given. */
export function parseKubeconfig(value: Json | undefined): JsonObject {
    if (isObject(value)) {
        return value;
    }
    if (typeof value !== "string" || value === "") {
        return {};
    }
    const path = expandHome(value);
    try {
        const parsed: unknown = parse(isFile(path) ? readFileSync(path, "utf8") : value);
        const data = (parsed ?? {}) as Json;
        return isObject(data) ? data : {};
    } catch {
        throw new KubeconfigError("the kubeconfig is not valid YAML or JSON");
    }
}

/** The cluster that a kubeconfig points at, or undefined where it points at none. */
export function activeCluster(
    kubeconfig: JsonObject,
    overrides: { context?: Json | undefined; cluster?: Json | undefined },
): Json | undefined {
    const named = (list: string, name: Json | undefined) =>
        listAt(kubeconfig, list).find((entry) => isObject(entry) && entry["name"] === name);
    const context = named("contexts", overrides.context ?? kubeconfig["current-context"]);
    const name = overrides.cluster ?? textAt(context, "context", "cluster");
    const cluster = context === undefined ? undefined : named("clusters", name);
    return isObject(cluster) ? cluster["cluster"] : undefined;
}

/** The official client's configuration, with the overrides applied. */
export function loadKubeConfig({ kubeconfig, context, cluster }: KubeconfigSource): KubeConfig {
    const config = new KubeConfig();
    if (kubeconfig === "") {
        loadUsualPlaces(config);
    } else {
        loadGiven(config, kubeconfig);
    }
    const contexts = config.getContexts() ?? [];
    const current = context || config.getCurrentContext();
    const found = contexts.find(({ name }) => name === current);
    if (found === undefined) {
        const known = contexts.map(({ name }) => name).join(", ") || "none";
        throw new KubeconfigError(
            current
                ? `the kubeconfig has no context "${current}" (it has: ${known})`
                : `the kubeconfig has no current context; name one (it has: ${known})`,
        );
    }
    const clusterName = cluster || found.cluster;
    config.contexts = contexts.map((other) =>
        other.name === current ? { ...other, cluster: clusterName } : other,
    );
    config.setCurrentContext(current);
    const target = config.getCluster(clusterName);
    if (target === null) {
        throw new KubeconfigError(`the kubeconfig has no cluster "${clusterName}"`);
    }
    if (target.server.startsWith("http:")) {
        // The client refuses plain HTTP unless it is told that there is no TLS to verify.
        config.clusters = config.clusters.map((other) =>
            other.name === target.name ? { ...other, skipTLSVerify: true } : other,
        );
    }
    return config;
}

function loadGiven(config: KubeConfig, kubeconfig: string): void {
    const path = expandHome(kubeconfig);
    const file = isFile(path);
    if (!file && /^[~./\\][^\n]*$/.test(kubeconfig)) {
        throw new KubeconfigError(`the kubeconfig file ${kubeconfig} does not exist`);
    }
    try {
        if (file) {
            config.loadFromFile(path);
        } else {
            config.loadFromString(kubeconfig);
        }
    } catch {
        // The parser's own message quotes the text around the fault, which may hold credentials.
        throw new KubeconfigError(
            file ? `${path} is not a kubeconfig` : "the kubeconfig's content is not a kubeconfig",
        );
    }
}

function loadUsualPlaces(config: KubeConfig): void {
    const anyFile = (process.env["KUBECONFIG"] ?? "").split(/[:;]/).some((path) => isFile(path));
    const inCluster = process.env["KUBERNETES_SERVICE_HOST"] !== undefined;
    if (!anyFile && !inCluster && !isFile(join(homedir(), ".kube", "config"))) {
        throw new KubeconfigError("there is no kubeconfig, neither given nor in the usual places");
    }
    config.loadFromDefault();
}
