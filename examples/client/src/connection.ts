import { createPrivateKey } from "node:crypto";
import { readFileSync } from "node:fs";

import { Client, credentials } from "@grpc/grpc-js";
import { connect, signers, type Gateway } from "@hyperledger/fabric-gateway";

/** What the program of the network gives out for this application. */
export interface Connection {
    channel: string;
    chaincode: string;
    gateway: { address: string; serverName: string; tlsCaPem: string; mspId: string };
    identity: { certificatePem: string; privateKeyPem: string };
}

export function readConnection(path: string): Connection {
    return JSON.parse(readFileSync(path, "utf8")) as Connection;
}

/**
 * Connects to a peer's gateway. gRPC dials again by itself when the connection breaks; what was under way
 * fails, and is tried again by whoever asked for it.
 *
 * @param address where the peer is dialed, if not where it says: the end of a port-forward.
 */
export function openGateway(
    { gateway, identity }: Connection,
    address = gateway.address,
): { gateway: Gateway; close: () => void } {
    const client = new Client(address, credentials.createSsl(Buffer.from(gateway.tlsCaPem)), {
        "grpc.ssl_target_name_override": gateway.serverName,
        // A connection through a load balancer that forgot it is found dead within a minute.
        "grpc.keepalive_time_ms": 60_000,
        "grpc.max_reconnect_backoff_ms": 5_000,
    });
    const opened = connect({
        client,
        identity: {
            mspId: gateway.mspId,
            credentials: Buffer.from(identity.certificatePem),
        },
        signer: signers.newPrivateKeySigner(createPrivateKey(identity.privateKeyPem)),
        evaluateOptions: () => ({ deadline: Date.now() + 10_000 }),
        endorseOptions: () => ({ deadline: Date.now() + 15_000 }),
        submitOptions: () => ({ deadline: Date.now() + 5_000 }),
        commitStatusOptions: () => ({ deadline: Date.now() + 30_000 }),
    });
    return {
        gateway: opened,
        close: () => {
            opened.close();
            client.close();
        },
    };
}
