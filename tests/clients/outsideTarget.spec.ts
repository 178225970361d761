import assert from "node:assert/strict";
import { createServer, type Server, type TLSSocket } from "node:tls";
import type { AddressInfo } from "node:net";

import { nodeTarget, withConnection } from "kubefabric/internal/clients/connection";
import { listChannels } from "kubefabric/internal/clients/ordererAdmin";
import { deliverBlock } from "kubefabric/internal/clients/ordererDeliver";
import { probe } from "kubefabric/internal/clients/transportFault";
import { nodeAddress } from "kubefabric/internal/fabric/names";

import { DeliverNode } from "../support/deliverNode.ts";
import { makeAuthority, makeIdentity, type Identity } from "../support/nodeIdentities.ts";
import { OrdererNode } from "../support/ordererNode.ts";

/** A name outside that leads to this machine, and that no certificate here carries. */
const HOST = "localhost";

describe("a node at a name outside its cluster", () => {
    let tls: Identity;
    let admin: Identity;
    let tlsCaPem: string;
    let adminCaPem: string;

    before(async () => {
        const [ca, adminCa] = await Promise.all([makeAuthority("tls"), makeAuthority("admin")]);
        tlsCaPem = ca.certificatePem;
        adminCaPem = adminCa.certificatePem;
        // As a node has it that was there before it had a name outside.
        const hosts = [nodeAddress("orderer-0", "ordering")];
        tls = await makeIdentity({ ca, commonName: "orderer-0", role: "orderer", hosts });
        admin = await makeIdentity({ ca: adminCa, commonName: "admin" });
    });

    const reached = (ports: Record<string, number>, node = "orderer-0") => ({
        node,
        namespace: "ordering",
        tlsCaPem,
        outside: { host: HOST, ports },
    });

    it("is asked by that name in the handshake, by which a gateway finds it", async () => {
        const told: unknown[] = [];
        const server: Server = createServer(
            { cert: tls.certificatePem, key: tls.privateKeyPem },
            (socket: TLSSocket & { servername?: unknown }) => {
                told.push(socket.servername);
                socket.on("error", () => undefined);
            },
        );
        await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
        const { port } = server.address() as AddressInfo;
        const target = nodeTarget(reached({ admin: port }), "orderer", "admin");
        assert.equal(await withConnection(undefined, target, (at) => probe(at)), undefined);
        assert.deepEqual(told, [HOST]);
        server.close();
    });

    it("is known by the name inside, which every certificate of it has had from the start", async () => {
        const node = await new OrdererNode(tls, adminCaPem).start();
        const target = nodeTarget(reached({ admin: node.adminPort! }), "orderer", "admin");
        assert.deepEqual(await listChannels({ target, admin }), []);
        await node.stop();
    });

    it("is known by it where blocks are asked for, too", async () => {
        const node = await new DeliverNode(tls).start();
        const target = nodeTarget(reached({ grpc: node.port }), "orderer", "grpc");
        const signer = { mspId: "Org1MSP", ...admin };
        assert.equal(await deliverBlock({ target, signer }, "nothere", 0), undefined);
        node.stop();
    });

    it("fails where another node answers there", async () => {
        const node = await new OrdererNode(tls, adminCaPem).start();
        const target = nodeTarget(
            reached({ admin: node.adminPort! }, "orderer-1"),
            "orderer",
            "admin",
        );
        await assert.rejects(
            listChannels({ target, admin, patienceMs: 0 }),
            /its TLS certificate does not carry the name orderer-1\.ordering\.svc/,
        );
        await node.stop();
    });

    it("is reached by a port-forward at ports that are not outside", () => {
        const target = nodeTarget(reached({ grpc: 443 }), "orderer", "admin");
        assert.deepEqual([target.address, target.sni, target.port], [undefined, undefined, 9443]);
    });
});
