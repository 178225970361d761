import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const BINARY = 2;
const CLOSE = 8;
const PING = 9;

/** The server's end of a WebSocket: as much of RFC 6455 as a port-forward needs. */
export class ServerWebSocket {
    private received = Buffer.alloc(0);
    private readonly socket: Socket;
    private closed = false;
    onMessage: (message: Buffer) => void = () => undefined;
    onClose: () => void = () => undefined;

    constructor(socket: Socket) {
        this.socket = socket;
        socket.on("data", (chunk: Buffer) => {
            this.received = Buffer.concat([this.received, chunk]);
            while (this.readFrame()) {
                // Several frames may have come at once.
            }
        });
        socket.on("error", () => undefined);
        socket.on("close", () => this.onClose());
    }

    send(message: Buffer): void {
        this.sendFrame(BINARY, message);
    }

    close(): void {
        if (!this.closed) {
            this.closed = true;
            this.sendFrame(CLOSE, Buffer.of(0x03, 0xe8));
            this.socket.end();
        }
    }

    private sendFrame(opcode: number, payload: Buffer): void {
        const long = payload.length > 125;
        const header = Buffer.alloc(long ? 10 : 2);
        header.writeUInt8(0x80 | opcode, 0);
        header.writeUInt8(long ? 127 : payload.length, 1);
        if (long) {
            header.writeBigUInt64BE(BigInt(payload.length), 2);
        }
        if (this.socket.writable) {
            this.socket.write(Buffer.concat([header, payload]));
        }
    }

    /** Reads one frame of a client, which masks what it sends; false where it is not there yet. */
    private readFrame(): boolean {
        const bytes = this.received;
        if (bytes.length < 2) {
            return false;
        }
        const short = bytes.readUInt8(1) & 0x7f;
        const extended = short === 126 ? 2 : short === 127 ? 8 : 0;
        const start = 2 + extended + 4;
        if (bytes.length < start) {
            return false;
        }
        const length =
            extended === 2
                ? bytes.readUInt16BE(2)
                : extended === 8
                  ? Number(bytes.readBigUInt64BE(2))
                  : short;
        if (bytes.length < start + length) {
            return false;
        }
        const mask = bytes.subarray(start - 4, start);
        const payload = Buffer.from(bytes.subarray(start, start + length));
        payload.forEach((byte, index) => {
            payload[index] = byte ^ (mask[index % 4] ?? 0);
        });
        this.received = bytes.subarray(start + length);
        this.handle(bytes.readUInt8(0) & 0x0f, payload);
        return true;
    }

    private handle(opcode: number, payload: Buffer): void {
        if (opcode === CLOSE) {
            this.close();
        } else if (opcode !== PING) {
            this.onMessage(payload);
        }
    }
}

/** Answers the request to open a WebSocket. */
export function acceptWebSocket(
    request: IncomingMessage,
    socket: Socket,
    protocol: string,
): ServerWebSocket {
    const key = request.headers["sec-websocket-key"] ?? "";
    const accept = createHash("sha1").update(`${key}${GUID}`).digest("base64");
    socket.write(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
            `Sec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: ${protocol}\r\n\r\n`,
    );
    return new ServerWebSocket(socket);
}
