import { X509Certificate } from "node:crypto";
import {
    checkServerIdentity,
    connect,
    type ConnectionOptions,
    type PeerCertificate,
} from "node:tls";

import type { Endpoint } from "./connection";
import type { Fault } from "./nodeError";

/** A certificate and its key, PEM. */
export interface ClientIdentity {
    certificatePem: string;
    privateKeyPem: string;
}

/** How long a node may take to complete a TLS handshake. */
const HANDSHAKE_WITHIN_MS = 5_000;

/**
 * How long after its handshake a node may take to refuse our certificate: in TLS 1.3 it does so when
 * we believe to be connected already.
 */
const REFUSAL_WITHIN_MS = 500;

/** Options of a TLS connection to a node: its CA, its names, and our certificate if any. */
export function tlsOptions({ target }: Endpoint, client?: ClientIdentity) {
    return {
        ca: target.tlsCaPem,
        servername: target.sni ?? target.serverName,
        checkServerIdentity: serverCheck(target),
        ...(client === undefined ? {} : { cert: client.certificatePem, key: client.privateKeyPem }),
    };
}

/** Holds a certificate against the name that the node has, whichever was told in the handshake. */
export function serverCheck({ serverName }: Endpoint["target"]) {
    return (_told: string, certificate: PeerCertificate) =>
        checkServerIdentity(serverName, certificate);
}

/**
 * Why a node could not be reached, asked of the node itself with a TLS handshake and nothing more;
 * nothing where the handshake succeeds. A request that fails often hides the reason: the refusal of a
 * certificate is lost when the node closes the connection behind it.
 */
export async function probe(
    at: Endpoint,
    client?: ClientIdentity,
    more: ConnectionOptions = {},
): Promise<Fault | undefined> {
    const error = await handshakeError(at, { ...tlsOptions(at, client), ...more });
    return error === undefined ? undefined : transportFault(error, at, client);
}

/** Puts a failed connection in words. */
export function transportFault(error: unknown, at: Endpoint, client?: ClientIdentity): Fault {
    const fault = at.forwardFault();
    if (fault !== undefined) {
        return fault;
    }
    const { target, host, port } = at;
    const code = codeOf(error);
    const where = target.address === undefined ? "through the cluster" : `at ${host}:${port}`;
    if (SERVER_CERTIFICATE[code] !== undefined) {
        return {
            cause: `its TLS certificate ${SERVER_CERTIFICATE[code](target.serverName)}`,
            advice: `check that ${target.address ?? "the Pod"} is this node, and with which CA its certificate was made`,
            passing: false,
            ...(code === "CERT_HAS_EXPIRED" ? { certificateEnded: true } : {}),
        };
    }
    if (/ALERT/.test(code) || (CLOSED.includes(code) && hasEnded(client))) {
        return clientCertificateFault(code, client);
    }
    const [words, passing] = NETWORK[code] ?? [`the connection failed (${code})`, true];
    return {
        cause: `${words} ${where}`,
        advice: "check that the node is running and, where it has one, its outside address",
        passing,
    };
}

function handshakeError(at: Endpoint, options: ConnectionOptions): Promise<unknown> {
    return new Promise((resolve) => {
        const socket = connect({ ...options, host: at.host, port: at.port });
        const end = (error?: unknown) => {
            clearTimeout(timer);
            socket.destroy();
            resolve(error);
        };
        const late = () => end(Object.assign(new Error(), { code: "ETIMEDOUT" }));
        let timer = setTimeout(late, HANDSHAKE_WITHIN_MS);
        socket.once("error", end);
        socket.once("close", () => end(Object.assign(new Error(), { code: "ECONNRESET" })));
        socket.once("secureConnect", () => {
            clearTimeout(timer);
            timer = setTimeout(() => end(), REFUSAL_WITHIN_MS);
        });
    });
}

/** What the code of a refused server certificate says of the certificate. */
const SERVER_CERTIFICATE: Record<string, (serverName: string) => string> = {
    ERR_TLS_CERT_ALTNAME_INVALID: (name) => `does not carry the name ${name}`,
    CERT_HAS_EXPIRED: () => "has ended",
    CERT_NOT_YET_VALID: () => "is not valid yet: the clocks differ",
    DEPTH_ZERO_SELF_SIGNED_CERT: () => "is not of the TLS CA of its organization",
    SELF_SIGNED_CERT_IN_CHAIN: () => "is not of the TLS CA of its organization",
    UNABLE_TO_GET_ISSUER_CERT: () => "is not of the TLS CA of its organization",
    UNABLE_TO_GET_ISSUER_CERT_LOCALLY: () => "is not of the TLS CA of its organization",
    UNABLE_TO_VERIFY_LEAF_SIGNATURE: () => "is not of the TLS CA of its organization",
    CERT_SIGNATURE_FAILURE: () => "is not of the TLS CA of its organization",
};

/** What the codes of failed connections mean, and whether trying again may help. */
const NETWORK: Record<string, [words: string, passing: boolean]> = {
    ECONNREFUSED: ["the connection is refused", true],
    ECONNRESET: ["the connection was closed by the node", true],
    EPIPE: ["the connection was closed by the node", true],
    UND_ERR_SOCKET: ["the connection was closed by the node", true],
    ETIMEDOUT: ["there is no answer in time", true],
    UND_ERR_CONNECT_TIMEOUT: ["there is no answer in time", true],
    UND_ERR_HEADERS_TIMEOUT: ["there is no answer in time", true],
    UND_ERR_BODY_TIMEOUT: ["the answer does not end in time", true],
    UND_ERR_ABORTED: ["there is no answer in time", true],
    TimeoutError: ["there is no answer in time", true],
    EHOSTUNREACH: ["there is no way to the node", true],
    ENETUNREACH: ["there is no way to the node", true],
    EAI_AGAIN: ["the host name cannot be resolved now", true],
    ENOTFOUND: ["the host name is not known", false],
    ERR_SSL_WRONG_VERSION_NUMBER: ["something answers without TLS", false],
    ERR_SSL_PACKET_LENGTH_TOO_LONG: ["something answers without TLS", false],
};

function clientCertificateFault(code: string, client: ClientIdentity | undefined): Fault {
    const refused = "it refuses our TLS certificate";
    if (client === undefined) {
        return {
            cause: `${refused} because it wants one and none is given (${code})`,
            advice: "give a client certificate that the node accepts",
            passing: false,
        };
    }
    const { subject, issuer, validToDate } = new X509Certificate(client.certificatePem);
    const name = subject.replaceAll("\n", ", ");
    if (hasEnded(client)) {
        return {
            cause: `${refused} ("${name}"), which ended on ${validToDate.toISOString()}`,
            advice: "renew the certificate",
            passing: false,
        };
    }
    return {
        cause: `${refused} ("${name}" of "${issuer.replaceAll("\n", ", ")}"; ${code})`,
        advice: "use a certificate of the CA that this port accepts, which is not the node's own TLS CA",
        passing: false,
    };
}

/** Whether the node closed a connection without a reason that we could read. */
export function closedWithoutReason(error: unknown): boolean {
    return CLOSED.includes(codeOf(error));
}

const CLOSED: readonly string[] = ["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"];

function hasEnded(client: ClientIdentity | undefined): boolean {
    return (
        client !== undefined && new X509Certificate(client.certificatePem).validToDate < new Date()
    );
}

/** The code of an error, wherever a library put it. */
function codeOf(error: unknown): string {
    const { code, name, cause } = (error ?? {}) as NodeJS.ErrnoException;
    if (name === "TimeoutError") {
        return name;
    }
    if (typeof code === "string" && code !== "UND_ERR_SOCKET") {
        return code;
    }
    return cause instanceof Error ? codeOf(cause) : (code ?? String(error));
}
