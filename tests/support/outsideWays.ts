import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import {
    type CoreV1Api,
    CustomObjectsApi,
    KubeConfig,
    RbacAuthorizationV1Api,
} from "@kubernetes/client-node";

import { realApis, realCredentials } from "./realNetwork.ts";

/** Domain whose names lead to nodes: CONTRIBUTING.md says which name has to lead where. */
export const OUTSIDE_DOMAIN = process.env.KUBEFABRIC_TEST_OUTSIDE_DOMAIN;

/** Skips a suite where no names lead from outside to nodes. */
export function needsOutsideNames(suite: Mocha.Suite): void {
    if (!OUTSIDE_DOMAIN) {
        suite.pending = true;
    }
}

/** Addresses of load balancers, by node; of a range that is nobody's (RFC 5737). */
const ADDRESSES: Readonly<Record<string, string>> = {
    "orderer-0": "198.51.100.10",
    "orderer-1": "198.51.100.11",
    "orderer-2": "198.51.100.12",
    peer0: "198.51.100.13",
    other0: "198.51.100.14",
    "west-0": "198.51.100.15",
    "west-1": "198.51.100.16",
};

/**
 * Stands in for a cloud: gives load balancers of the namespaces their addresses, which kube-proxy then
 * leads to the nodes, from Pods and from this machine.
 */
export async function givingAddresses<T>(
    namespaces: readonly string[],
    during: () => Promise<T>,
): Promise<T> {
    const { core } = realApis();
    let running = true;
    const giving = (async () => {
        while (running) {
            for (const namespace of namespaces) {
                await giveAddresses(core, namespace).catch(() => undefined);
            }
            await sleep(200);
        }
    })();
    try {
        return await during();
    } finally {
        running = false;
        await giving;
    }
}

async function giveAddresses(core: CoreV1Api, namespace: string): Promise<void> {
    const { items } = await core.listNamespacedService({ namespace });
    for (const { metadata, spec, status } of items) {
        const name = metadata?.name ?? "";
        const ip = ADDRESSES[name.replace(/-outside$/, "")];
        if (spec?.type === "LoadBalancer" && ip && !status?.loadBalancer?.ingress) {
            await core.patchNamespacedServiceStatus({
                name,
                namespace,
                body: [
                    { op: "replace", path: "/status/loadBalancer", value: { ingress: [{ ip }] } },
                ],
            });
        }
    }
}

/** A HAProxy that does what the gateways and routes of some namespaces say. */
export class SniProxy {
    private readonly folder = mkdtempSync(join(tmpdir(), "kubefabric-proxy-"));
    private readonly namespaces: readonly string[];
    private readonly address: string;
    private process: ChildProcess | undefined;
    private written = "";
    private running = true;
    private following: Promise<void> | undefined;

    /** @param address - of this machine, to which the names lead. */
    constructor(namespaces: readonly string[], address: string) {
        this.namespaces = namespaces;
        this.address = address;
    }

    start(): void {
        this.following = (async () => {
            while (this.running) {
                await this.follow().catch(() => undefined);
                await sleep(300);
            }
        })();
    }

    async stop(): Promise<void> {
        this.running = false;
        await this.following;
        this.process?.kill("SIGTERM");
        rmSync(this.folder, { recursive: true, force: true });
    }

    /** Starts anew where something has changed; the old one keeps its connections until they end. */
    private async follow(): Promise<void> {
        const configuration = await this.configuration();
        if (configuration === this.written || configuration === "") {
            return;
        }
        const file = join(this.folder, "haproxy.cfg");
        writeFileSync(file, configuration);
        this.written = configuration;
        const before = this.process?.pid;
        const finishing = before === undefined ? [] : ["-sf", `${before}`];
        this.process = spawn("haproxy", ["-f", file, "-db", ...finishing], { stdio: "ignore" });
    }

    private async configuration(): Promise<string> {
        const routes = (await Promise.all(this.namespaces.map(routesOf))).flat();
        const ports = [...new Map(routes.map(({ listener, port }) => [listener, port]))];
        const frontends = ports.map(([listener, port]) =>
            [
                `frontend ${listener}`,
                `  bind ${this.address}:${port}`,
                "  tcp-request inspect-delay 5s",
                "  tcp-request content accept if { req.ssl_hello_type 1 }",
                ...routes
                    .filter((route) => route.listener === listener)
                    .map(({ name, host }) => `  use_backend ${name} if { req.ssl_sni -i ${host} }`),
            ].join("\n"),
        );
        const backends = routes.map(
            ({ name, target }) => `backend ${name}\n  server node ${target}`,
        );
        const defaults =
            "defaults\n  mode tcp\n  timeout connect 5s\n  timeout client 15m\n  timeout server 15m";
        return routes.length === 0 ? "" : `${[defaults, ...frontends, ...backends].join("\n")}\n`;
    }
}

interface Route {
    name: string;
    host: string;
    listener: string;
    port: number;
    target: string;
}

interface Listed<T> {
    items: { metadata: { name: string }; spec: T }[];
}

const GATEWAYS = { group: "gateway.networking.k8s.io", version: "v1" };

/** The ways that the routes of a namespace say, through the gateway that they name. */
async function routesOf(namespace: string): Promise<Route[]> {
    const config = new KubeConfig();
    config.loadFromString(realCredentials().kubeconfig);
    const custom = config.makeApiClient(CustomObjectsApi);
    const list = async <T>(plural: string) =>
        (await custom.listNamespacedCustomObject({ ...GATEWAYS, namespace, plural })) as Listed<T>;
    const [gateways, routes] = await Promise.all([
        list<{ listeners: { name: string; port: number }[] }>("gateways"),
        list<{
            parentRefs: { name: string; sectionName: string }[];
            hostnames: string[];
            rules: { backendRefs: { name: string; port: number }[] }[];
        }>("tlsroutes"),
    ]);
    const { core } = realApis();
    return Promise.all(
        routes.items.map(async ({ metadata, spec }) => {
            const [{ name: gateway, sectionName }] = spec.parentRefs as [
                { name: string; sectionName: string },
            ];
            const found = gateways.items.find((item) => item.metadata.name === gateway);
            const listener = found?.spec.listeners.find(({ name }) => name === sectionName);
            const [{ name: service, port }] = spec.rules[0]!.backendRefs as [
                { name: string; port: number },
            ];
            const { spec: backend } = await core.readNamespacedService({
                name: service,
                namespace,
            });
            return {
                name: `${namespace}-${metadata.name}`,
                host: spec.hostnames[0]!,
                listener: sectionName,
                port: listener!.port,
                target: `${backend?.clusterIP}:${port}`,
            };
        }),
    );
}

/**
 * Credentials of somebody who may do in the cluster what a program of this package does, but forward no
 * port.
 */
export async function withoutPortForward(mark: string): Promise<string> {
    const config = new KubeConfig();
    config.loadFromString(realCredentials().kubeconfig);
    const { rbac, core } = { rbac: config.makeApiClient(RbacAuthorizationV1Api), ...realApis() };
    const name = `no-forward-${mark}`;
    const rule = (apiGroups: string[], resources: string[]) => ({
        apiGroups,
        resources,
        verbs: ["*"],
    });
    await core.createNamespacedServiceAccount({
        namespace: "default",
        body: { metadata: { name } },
    });
    await rbac.createClusterRole({
        body: {
            metadata: { name },
            rules: [
                rule(
                    [""],
                    [
                        "namespaces",
                        "nodes",
                        "pods",
                        "pods/log",
                        "events",
                        "secrets",
                        "services",
                        "endpoints",
                        "configmaps",
                        "serviceaccounts",
                        "persistentvolumeclaims",
                        "persistentvolumes",
                    ],
                ),
                rule(["apps"], ["*"]),
                rule(["policy", "networking.k8s.io", "storage.k8s.io", "discovery.k8s.io"], ["*"]),
                rule([GATEWAYS.group], ["*"]),
            ],
        },
    });
    await rbac.createClusterRoleBinding({
        body: {
            metadata: { name },
            roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name },
            subjects: [{ kind: "ServiceAccount", name, namespace: "default" }],
        },
    });
    const { status } = await core.createNamespacedServiceAccountToken({
        name,
        namespace: "default",
        body: { spec: { audiences: [], expirationSeconds: 3600 } },
    });
    config.users = [{ name, token: status!.token }];
    config.contexts = [{ name, user: name, cluster: config.clusters[0]!.name }];
    config.setCurrentContext(name);
    return config.exportConfig();
}

/** Takes that somebody away. */
export async function endWithoutPortForward(mark: string): Promise<void> {
    const config = new KubeConfig();
    config.loadFromString(realCredentials().kubeconfig);
    const rbac = config.makeApiClient(RbacAuthorizationV1Api);
    const name = `no-forward-${mark}`;
    await Promise.all([
        rbac.deleteClusterRoleBinding({ name }),
        rbac.deleteClusterRole({ name }),
        realApis().core.deleteNamespacedServiceAccount({ name, namespace: "default" }),
    ]);
}
