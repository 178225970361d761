import type { IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";

import { acceptWebSocket } from "./webSocketServer.ts";

/** How the API server treats a request to forward a port, where not as it should. */
export type ForwardFault = "hang" | "drop" | { status: number } | { said: string };

const DATA = 0;
const ERROR = 1;

/**
 * Forwards a port as the API server and a Pod's machine do together: `v4.channel.k8s.io`, one stream
 * for data and one for errors, each opened with the number of the port.
 */
export function forwardPort(
    request: IncomingMessage,
    socket: Socket,
    { port, to, fault }: { port: number; to?: number; fault?: ForwardFault },
): void {
    const webSocket = acceptWebSocket(request, socket, "v4.channel.k8s.io");
    const number = Buffer.alloc(2);
    number.writeUInt16LE(port);
    const send = (stream: number, data: Buffer) =>
        webSocket.send(Buffer.concat([Buffer.of(stream), data]));
    send(DATA, number);
    send(ERROR, number);
    const fail = (said: string) => {
        send(ERROR, Buffer.from(said));
        webSocket.close();
    };
    if (typeof fault === "object" && "said" in fault) {
        return fail(fault.said);
    }
    if (to === undefined) {
        return fail(
            `error forwarding port ${port} to pod 1234, uid : failed to connect to localhost:${port} ` +
                `inside namespace "x", IPv4: dial tcp4 127.0.0.1:${port}: connect: connection refused`,
        );
    }
    const upstream = connect(to, "127.0.0.1");
    upstream.on("data", (chunk) => {
        if (fault === "drop") {
            socket.destroy();
            upstream.destroy();
        }
        send(DATA, chunk);
    });
    upstream.on("error", () => fail("connect: connection refused"));
    upstream.on("close", () => webSocket.close());
    webSocket.onMessage = (message) => upstream.write(message.subarray(1));
    webSocket.onClose = () => upstream.destroy();
}
