import { shown } from "./problem";

/**
 * Ports of an ordering node.
 *
 * `grpc` serves clients, peers and the other consenters, `operations` serves health and metrics,
 * `admin` serves channel participation (joining and leaving channels).
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/sampleconfig/orderer.yaml#L19
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/sampleconfig/orderer.yaml#L224
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/sampleconfig/orderer.yaml#L280
 */
export const ORDERER_PORTS = { grpc: 7050, operations: 8443, admin: 9443 } as const;

/**
 * Ports of a peer.
 *
 * `grpc` serves clients, gossip and administration, `chaincode` is dialed by chaincode that the peer
 * started itself, `operations` serves health and metrics.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/sampleconfig/core.yaml#L22
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/sampleconfig/core.yaml#L27
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/sampleconfig/core.yaml#L771
 */
export const PEER_PORTS = { grpc: 7051, chaincode: 7052, operations: 9443 } as const;

/**
 * Port of the CouchDB next to a peer.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/sampleconfig/core.yaml#L695
 */
export const COUCHDB_PORT = 5984;

/**
 * Port at which chaincode that runs as a service is dialed; Fabric knows none, and this is the one of its
 * documentation.
 *
 * @see https://hyperledger-fabric.readthedocs.io/en/release-2.5/cc_service.html
 */
export const CHAINCODE_PORT = 9999;

/**
 * Port at which a Docker daemon serves its API over TLS.
 *
 * @see https://docs.docker.com/engine/security/protect-access/
 */
export const DOCKER_PORT = 2376;

/** What is wrong with a TCP port, or nothing. */
export function portProblem(port: number): string | undefined {
    return Number.isInteger(port) && port >= 1 && port <= 65_535
        ? undefined
        : `${shown(port)} is not a TCP port; write a number from 1 to 65535`;
}
