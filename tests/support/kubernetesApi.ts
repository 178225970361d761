import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

import { IN_SERVICE_LABEL } from "kubefabric/internal/clients/inService";
import type { ClusterCredentials } from "kubefabric/internal/clients/kubeconfig";

import { type ForwardFault, forwardPort } from "./podForward.ts";

/** What is behind a port of a Pod: a port of this machine, or nothing. */
export type PodPorts = Record<number, number | undefined>;

/** A Pod as the tests see it. */
export interface TestPod {
    ready: boolean;
    revision?: string;
    ports?: PodPorts;
    uid?: string;
    /** On its way out. */
    leaving?: boolean;
    /** Without the label by which its Service leads to it. */
    outOfService?: boolean;
    /** Why its container does not run. */
    waiting?: string;
}

const VERBS: Record<string, string> = { DELETE: "delete", PATCH: "patch" };

/** A StatefulSet as the tests see it. */
export interface TestSet {
    revision: string;
    /** How many changes of it the controller has not seen. */
    unseen?: number;
}

/**
 * A Kubernetes API server with as much as reaching and replacing Pods needs. Everything is in the
 * namespace `ordering`.
 */
export class KubernetesApi {
    readonly pods = new Map<string, TestPod>();
    readonly sets = new Map<string, TestSet>();
    /** Verbs on resources that the user may not use: `create pods/portforward`. */
    readonly denied = new Set<string>();
    /** What was asked for, in order. */
    readonly requests: string[] = [];
    forwardFault?: ForwardFault;
    /** Called when a Pod is deleted. */
    onDelete: (pod: string) => void = (pod) => this.pods.delete(pod);
    /** Answers every request with this status. */
    broken?: number;
    /** Forwards that are open, or are being opened. */
    forwards = 0;

    private readonly server: Server = createServer((request, response) => {
        void this.answer(request, response);
    });
    private readonly sockets = new Set<Socket>();

    async start(): Promise<this> {
        this.server.on("connection", (socket: Socket) => {
            this.sockets.add(socket);
            socket.on("close", () => this.sockets.delete(socket));
        });
        this.server.on("upgrade", (request, socket) => this.upgrade(request, socket as Socket));
        await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
        return this;
    }

    async stop(): Promise<void> {
        this.sockets.forEach((socket) => socket.destroy());
        await new Promise((resolve) => this.server.close(resolve));
    }

    get url(): string {
        return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    }

    get credentials(): ClusterCredentials {
        const kubeconfig = {
            apiVersion: "v1",
            kind: "Config",
            // Without it the official client refuses to speak without TLS.
            clusters: [
                { name: "test", cluster: { server: this.url, "insecure-skip-tls-verify": true } },
            ],
            users: [{ name: "test", user: { token: "canary-token" } }],
            contexts: [{ name: "test", context: { cluster: "test", user: "test" } }],
            "current-context": "test",
        };
        return { kubeconfig: JSON.stringify(kubeconfig) };
    }

    private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
        const path = new URL(request.url ?? "", this.url).pathname;
        this.requests.push(`${request.method} ${path}`);
        const reply = (status: number, body: object) => {
            response.writeHead(status, { "content-type": "application/json" });
            response.end(JSON.stringify(body));
        };
        const failure = (status: number, message: string) =>
            reply(status, { kind: "Status", status: "Failure", message, code: status });
        const [, , name = ""] = /\/(pods|statefulsets)\/([^/]+)$/.exec(path) ?? [];
        if (this.broken !== undefined) {
            return failure(this.broken, "the API server is broken");
        }
        if (path.endsWith("/selfsubjectaccessreviews")) {
            return reply(201, this.review(JSON.parse(await bodyOf(request)) as Review));
        }
        const verb = VERBS[request.method ?? ""] ?? "get";
        const resource = path.includes("/statefulsets/") ? "statefulsets" : "pods";
        if (this.denied.has(`${verb} ${resource}`)) {
            return failure(403, `${resource} "${name}" is forbidden: User "test" cannot ${verb}`);
        }
        const found = resource === "pods" ? this.podBody(name) : this.setBody(name);
        if (found === undefined) {
            return failure(404, `${resource} "${name}" not found`);
        }
        if (verb !== "get") {
            const { preconditions, metadata } = JSON.parse((await bodyOf(request)) || "{}") as {
                preconditions?: { uid?: string };
                metadata?: { uid?: string; labels?: Record<string, string | null> };
            };
            const uid = (preconditions ?? metadata)?.uid;
            if (uid !== undefined && uid !== this.pods.get(name)?.uid) {
                return failure(409, "the UID in the precondition does not match");
            }
            if (verb === "delete") {
                this.onDelete(name);
            } else if (metadata?.labels?.[IN_SERVICE_LABEL] === null) {
                Object.assign(this.pods.get(name) ?? {}, { outOfService: true });
            }
        }
        return reply(200, found);
    }

    private review({ spec: { resourceAttributes: asked } }: Review): object {
        const resource = asked.subresource
            ? `${asked.resource}/${asked.subresource}`
            : asked.resource;
        return { status: { allowed: !this.denied.has(`${asked.verb} ${resource}`) } };
    }

    private podBody(name: string): object | undefined {
        const pod = this.pods.get(name);
        return (
            pod && {
                metadata: {
                    name,
                    uid: pod.uid ?? name,
                    labels: {
                        "controller-revision-hash": pod.revision ?? "r1",
                        ...(pod.outOfService ? {} : { [IN_SERVICE_LABEL]: "true" }),
                    },
                    ...(pod.leaving ? { deletionTimestamp: "2027-01-01T00:00:00Z" } : {}),
                },
                status: {
                    phase: pod.waiting === undefined ? "Running" : "Pending",
                    conditions: [{ type: "Ready", status: pod.ready ? "True" : "False" }],
                    containerStatuses: [
                        {
                            name: "orderer",
                            state:
                                pod.waiting === undefined
                                    ? { running: {} }
                                    : { waiting: { reason: pod.waiting } },
                        },
                    ],
                },
            }
        );
    }

    private setBody(name: string): object | undefined {
        const set = this.sets.get(name);
        return (
            set && {
                metadata: { name, generation: 7 },
                spec: { template: { metadata: { labels: { [IN_SERVICE_LABEL]: "true" } } } },
                status: { observedGeneration: 7 - (set.unseen ?? 0), updateRevision: set.revision },
            }
        );
    }

    private upgrade(request: IncomingMessage, socket: Socket): void {
        const { pathname, searchParams } = new URL(request.url ?? "", this.url);
        this.requests.push(`UPGRADE ${pathname}`);
        this.forwards += 1;
        socket.on("close", () => (this.forwards -= 1));
        // An HTTP server keeps its half of a connection open; a real API server does not.
        socket.on("error", () => undefined).on("end", () => socket.destroy());
        const refuse = (status: number) => socket.end(`HTTP/1.1 ${status} Refused\r\n\r\n`);
        const pod = this.pods.get(/\/pods\/([^/]+)\/portforward$/.exec(pathname)?.[1] ?? "");
        const fault = this.forwardFault;
        if (fault === "hang") {
            return;
        }
        if (this.denied.has("get pods/portforward at the upgrade")) {
            return void refuse(403);
        }
        if (typeof fault === "object" && "status" in fault) {
            return void refuse(fault.status);
        }
        if (pod === undefined) {
            return void refuse(404);
        }
        const port = Number(searchParams.get("ports"));
        forwardPort(request, socket, { port, to: pod.ports?.[port], fault });
    }
}

interface Review {
    spec: { resourceAttributes: { verb: string; resource: string; subresource?: string } };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
        chunks.push(chunk as Buffer);
    }
    return Buffer.concat(chunks).toString("utf8");
}
