import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { PassThrough } from "node:stream";

import { PortForward, type KubeConfig } from "@kubernetes/client-node";

import type { Fault } from "./nodeError";
import { forwardedFault, upgradeFault } from "./portForwardFault";

/** How long the API server may take to open a forward. */
const OPEN_WITHIN_MS = 10_000;

/** A port of a Pod. */
export interface PodPort {
    namespace: string;
    pod: string;
    port: number;
}

/** A port of the loopback address that leads to a port of a Pod. */
export interface LocalForward {
    port: number;

    /** Why the last connection failed, if it did. */
    fault(): Fault | undefined;

    /** Closes it and every connection through it. */
    close(): Promise<void>;
}

/** The part of a WebSocket that is used here; the client's own types leave it open. */
interface WebSocket {
    onclose: () => void;
    onerror: () => void;
    terminate(): void;
}

/** Listens on the loopback address and forwards each connection to a Pod, one forward each. */
export async function openPortForward(config: KubeConfig, to: PodPort): Promise<LocalForward> {
    const closing = new AbortController();
    endWithSignal(config, closing.signal);
    const sockets = new Set<Socket>();
    let fault: Fault | undefined;
    const server = createServer({ noDelay: true }, (socket) => {
        // What an earlier connection met explains nothing about this one.
        fault = undefined;
        sockets.add(socket);
        socket.on("close", () => sockets.delete(socket));
        // The one who dialed hears of it; without a listener an error would end the process.
        socket.on("error", () => undefined);
        void carry(config, to, socket).then((failed) => {
            fault = failed ?? fault;
            socket.destroySoon();
        });
    });
    const port = await listen(server);
    return {
        port,
        fault: () => fault,
        close: async () => {
            closing.abort();
            sockets.forEach((socket) => socket.destroy());
            await new Promise((closed) => server.close(closed));
        },
    };
}

/** Carries one connection until it ends; gives the reason where the cluster could not carry it. */
async function carry(config: KubeConfig, to: PodPort, socket: Socket): Promise<Fault | undefined> {
    const errors = new PassThrough();
    const said = new Promise<string>((resolve) => {
        errors.on("data", (chunk: Buffer) => resolve(chunk.toString("utf8")));
    });
    const forwarder = new PortForward(config);
    try {
        const { namespace, pod, port } = to;
        const webSocket = (await forwarder.portForward(
            namespace,
            pod,
            [port],
            socket,
            errors,
            socket,
        )) as WebSocket;
        if (socket.destroyed) {
            webSocket.terminate();
            return undefined;
        }
        const closed = new Promise<undefined>((resolve) => {
            webSocket.onclose = () => resolve(undefined);
            webSocket.onerror = () => resolve(undefined);
            socket.on("close", () => {
                webSocket.terminate();
                resolve(undefined);
            });
        });
        const failure = await Promise.race([said, closed]);
        return failure === undefined ? undefined : await forwardedFault(config, to, failure);
    } catch (error) {
        return upgradeFault(config, to, error);
    }
}

/** Gives every WebSocket of this configuration a deadline for its opening, and an end. */
function endWithSignal(config: KubeConfig, signal: AbortSignal): void {
    const apply = config.applyToHTTPSOptions.bind(config);
    config.applyToHTTPSOptions = async (options) => {
        await apply(options);
        Object.assign(options, { handshakeTimeout: OPEN_WITHIN_MS, signal });
    };
}

async function listen(server: Server): Promise<number> {
    await new Promise<void>((listening, failed) => {
        server.once("error", failed);
        server.listen(0, "127.0.0.1", listening);
    });
    return (server.address() as AddressInfo).port;
}
