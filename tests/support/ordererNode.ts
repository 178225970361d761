import { createServer, type Server } from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

import type { ChannelInfo } from "kubefabric/internal/clients/ordererAdmin";
import { describeBlock } from "kubefabric/internal/fabric/block";

import type { Identity } from "./nodeIdentities.ts";

/** How a node treats one request, where not as it should. */
export type Misbehavior =
    | "reset"
    | "half an answer"
    | "never an answer"
    | "not JSON"
    | { status: number; body?: string; afterJoining?: boolean };

/** A channel of a node. */
export interface TestChannel extends Omit<ChannelInfo, "name"> {
    block?: Uint8Array;
}

/**
 * The admin and operations ports of an ordering node: the same statuses, paths and words as Fabric
 * 3.1.5 (see tests/golden/nodes), TLS that demands a certificate of the admin CA, and misbehavior on
 * request.
 */
export class OrdererNode {
    readonly channels = new Map<string, TestChannel>();
    /** What joining makes of a block. */
    joined: Pick<TestChannel, "consensusRelation" | "status"> = {
        consensusRelation: "consenter",
        status: "active",
    };
    /** Requests to come, by the beginning of `METHOD path`; each is misbehaved to once. */
    readonly misbehave: [request: string, Misbehavior][] = [];
    readonly requests: string[] = [];
    /** Whether it serves blocks, as from Fabric 3.1.2 on. */
    servesBlocks = true;
    /** Text at `/metrics`; nothing where the node has none. */
    metrics: () => string | undefined = () => undefined;

    private servers: Server[] = [];
    private readonly sockets = new Set<Socket>();
    private readonly tls: Identity;
    private readonly adminCaPem: string;

    constructor(tls: Identity, adminCaPem: string) {
        this.tls = tls;
        this.adminCaPem = adminCaPem;
    }

    /** Listens; at the same ports as before where they are given. */
    async start([admin, operations]: [number?, number?] = []): Promise<this> {
        this.servers = await Promise.all([this.listen(admin), this.listen(operations)]);
        return this;
    }

    async stop(): Promise<void> {
        this.sockets.forEach((socket) => socket.destroy());
        await Promise.all(
            this.servers.map((server) => new Promise((resolve) => server.close(resolve))),
        );
        this.servers = [];
    }

    get adminPort(): number | undefined {
        return (this.servers[0]?.address() as AddressInfo | undefined)?.port;
    }

    get operationsPort(): number | undefined {
        return (this.servers[1]?.address() as AddressInfo | undefined)?.port;
    }

    private async listen(port = 0): Promise<Server> {
        const { certificatePem: cert, privateKeyPem: key } = this.tls;
        const server = createServer(
            { cert, key, ca: this.adminCaPem, requestCert: true, rejectUnauthorized: true },
            (request, response) => void this.answer(request, response),
        );
        server.on("connection", (socket: Socket) => {
            this.sockets.add(socket);
            socket.on("error", () => undefined);
            socket.on("close", () => this.sockets.delete(socket));
        });
        await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
        return server;
    }

    private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
        const line = `${request.method} ${request.url}`;
        this.requests.push(line);
        const index = this.misbehave.findIndex(([wanted]) => line.startsWith(wanted));
        const [, misbehavior] = this.misbehave[index] ?? [];
        if (index >= 0) {
            this.misbehave.splice(index, 1);
        }
        const body = await bodyOf(request);
        if (misbehavior === undefined) {
            return this.serve(request, body, response);
        }
        if (misbehavior === "reset") {
            request.socket.destroy();
        } else if (misbehavior === "half an answer") {
            response.writeHead(200, { "content-length": "1000" });
            response.write('{"name":');
            setTimeout(() => request.socket.destroy(), 20);
        } else if (misbehavior === "not JSON") {
            response.end("<html>");
        } else if (typeof misbehavior === "object") {
            if (misbehavior.afterJoining === true) {
                this.join(body);
            }
            response.writeHead(misbehavior.status, { "content-type": "application/json" });
            response.end(misbehavior.body ?? '{"error":"test"}');
        }
    }

    private serve(request: IncomingMessage, body: Buffer, response: ServerResponse): void {
        const reply = (status: number, answer?: object) => {
            response.writeHead(status, { "content-type": "application/json" });
            response.end(answer && `${JSON.stringify(answer)}\n`);
        };
        const path = request.url ?? "";
        if (path === "/metrics") {
            const text = this.metrics();
            response.writeHead(text === undefined ? 404 : 200).end(text);
            return;
        }
        const [, name, block] =
            /^\/participation\/v1\/channels(?:\/([^/]+)(?:\/blocks\/(\w+))?)?$/.exec(path) ?? [];
        if (name === undefined) {
            return request.method === "POST"
                ? this.serveJoin(request, body, reply)
                : reply(200, {
                      systemChannel: null,
                      channels: [...this.channels.keys()].map((channel) => ({ name: channel })),
                  });
        }
        const channel = this.channels.get(name);
        if (block !== undefined && !this.servesBlocks) {
            response.writeHead(404, { "content-type": "text/plain" }).end("404 page not found\n");
        } else if (channel === undefined) {
            const verb = request.method === "DELETE" ? "cannot remove: " : "";
            reply(404, { error: `${verb}channel does not exist` });
        } else if (request.method === "DELETE") {
            this.channels.delete(name);
            reply(204);
        } else if (block !== undefined) {
            this.serveBlock(channel, block, reply, response);
        } else {
            const { consensusRelation, status, height } = channel;
            reply(200, { name, url: path, consensusRelation, status, height });
        }
    }

    private serveBlock(
        channel: TestChannel,
        block: string,
        reply: Reply,
        response: ServerResponse,
    ): void {
        if (channel.consensusRelation === "follower") {
            reply(404, { error: "channel is not ready, he is a follower" });
        } else if (
            channel.block === undefined ||
            !["0", "oldest", "newest", "config"].includes(block)
        ) {
            reply(404, { error: `no such block number [${block}] in index` });
        } else {
            response.writeHead(200, { "content-type": "application/octet-stream" });
            response.end(channel.block);
        }
    }

    /** Takes what Fabric takes: exactly one part, a file, with the one name. */
    private serveJoin(request: IncomingMessage, body: Buffer, reply: Reply): void {
        if (!/^multipart\/form-data; ?boundary=/.test(request.headers["content-type"] ?? "")) {
            return reply(400, { error: "unsupported Content-Type" });
        }
        const parts = body.toString("latin1").match(/content-disposition: [^\r]*/gi) ?? [];
        if (parts.length !== 1 || !/name="config-block"; filename="[^"]+"/.test(parts[0] ?? "")) {
            return reply(400, { error: "form does not contains part key: config-block" });
        }
        const { channelId } = describeBlock(blockIn(body));
        if (this.channels.has(channelId)) {
            return reply(405, { error: "cannot join: channel already exists" });
        }
        this.join(body);
        const { consensusRelation, status, height } = this.channels.get(channelId) ?? {};
        reply(201, { name: channelId, consensusRelation, status, height });
    }

    private join(body: Buffer): void {
        const block = blockIn(body);
        const { channelId, number } = describeBlock(block);
        this.channels.set(channelId, { ...this.joined, height: number + 1, block });
    }
}

type Reply = (status: number, answer?: object) => void;

/** The content of the one part of a form. */
function blockIn(body: Buffer): Uint8Array {
    const start = body.indexOf("\r\n\r\n") + 4;
    return new Uint8Array(body.subarray(start, body.lastIndexOf("\r\n--")));
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
        chunks.push(chunk as Buffer);
    }
    return Buffer.concat(chunks);
}
