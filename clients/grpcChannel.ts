import { credentials, type ChannelCredentials, type ClientOptions } from "@grpc/grpc-js";

import type { Endpoint } from "./connection";
import { serverCheck, type ClientIdentity } from "./transportFault";

/** Largest message that a node sends and takes, as Fabric sets it. */
const LARGEST_MESSAGE_BYTES = 100 * 1024 * 1024;

/** What the constructor of a gRPC client is given to reach a node's port. */
export function grpcChannel(
    { host, port, target }: Endpoint,
    client?: ClientIdentity,
): [address: string, credentials: ChannelCredentials, options: ClientOptions] {
    return [
        `${host.includes(":") ? `[${host}]` : host}:${port}`,
        credentials.createSsl(
            Buffer.from(target.tlsCaPem),
            client === undefined ? null : Buffer.from(client.privateKeyPem),
            client === undefined ? null : Buffer.from(client.certificatePem),
            { checkServerIdentity: serverCheck(target) },
        ),
        {
            "grpc.ssl_target_name_override": target.sni ?? target.serverName,
            "grpc.default_authority": target.serverName,
            "grpc.max_receive_message_length": LARGEST_MESSAGE_BYTES,
            "grpc.max_send_message_length": LARGEST_MESSAGE_BYTES,
            // A proxy of this machine knows no way into a forward.
            "grpc.enable_http_proxy": target.address === undefined ? 0 : 1,
            "grpc.enable_retries": 0,
            "grpc.initial_reconnect_backoff_ms": 100,
            "grpc.max_reconnect_backoff_ms": 1_000,
            "grpc.use_local_subchannel_pool": 1,
        },
    ];
}
