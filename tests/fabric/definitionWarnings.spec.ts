import assert from "node:assert/strict";

import { addressWarnings, definitionWarnings } from "kubefabric/internal/fabric/definitionWarnings";
import type { OrgDefinition } from "kubefabric/internal/fabric/msp";

import { goldenDefinition } from "./goldenChannel.ts";

describe("what is rarely meant in a definition", () => {
    const { ordering, application } = goldenDefinition("raft");
    const [orderers] = ordering as [OrgDefinition];
    const [org1] = application as [OrgDefinition];
    const outside = { host: "peer0.org1.example.com", port: 7051 };
    const clean: OrgDefinition = { ...org1, anchorPeers: [outside] };

    it("is nothing where nodes have outside addresses and each use a CA of its own", () => {
        for (const host of ["peer0.org1.example.com", "203.0.113.7", "2001:db8::1"]) {
            const org = { ...clean, anchorPeers: [{ host, port: 7051 }] };
            assert.deepEqual(definitionWarnings(org, "application"), []);
        }
        const ordererEndpoints = [
            "orderer0.example.com:7050",
            "203.0.113.7:7050",
            "[2001:db8::1]:1",
        ];
        assert.deepEqual(definitionWarnings({ ...clean, ordererEndpoints }, "ordering"), []);
    });

    it("is a member without anchor peers, who may be one that only orders", () => {
        const silent = { ...clean, anchorPeers: [] };
        const [warning, ...more] = definitionWarnings(silent, "application");
        assert.equal(warning?.path, "anchorPeers");
        assert.match(
            warning?.reason ?? "",
            /peers of other organizations do not find those of Org1MSP/,
        );
        assert.doesNotMatch(warning?.reason ?? "", /only orders/);
        assert.deepEqual(more, []);
        const [other] = definitionWarnings({ ...orderers, anchorPeers: [] }, "application");
        assert.match(other?.reason ?? "", /if it only orders, take it out of the members$/);
        assert.deepEqual(definitionWarnings(silent, "ordering"), []);
    });

    it("is an address inside a cluster, each at its place", () => {
        const hosts = [
            "peer0.org1.svc",
            "peer0.example.com",
            "peer0.org1.svc.cluster.local",
            "peer0",
        ];
        const anchorPeers = hosts.map((host) => ({ host, port: 7051 }));
        assert.deepEqual(
            addressWarnings({ ...clean, anchorPeers }, "application").map(({ path }) => path),
            ["anchorPeers[0]", "anchorPeers[2]", "anchorPeers[3]"],
        );
        assert.deepEqual(
            addressWarnings(orderers, "ordering").map(({ path }) => path),
            ["ordererEndpoints", "consenters"].flatMap((list) =>
                [0, 1, 2].map((index) => `${list}[${index}]`),
            ),
        );
    });

    it("is an address that is the machine itself, whoever dials it", () => {
        const hosts = ["localhost", "127.0.0.1", "::1", "127.example.com", "peer.localhost"];
        const anchorPeers = hosts.map((host) => ({ host, port: 7051 }));
        const warnings = addressWarnings({ ...clean, anchorPeers }, "application");
        assert.deepEqual(
            warnings.map(({ path }) => path),
            [0, 1, 2, 4].map((index) => `anchorPeers[${index}]`),
        );
        assert.match(warnings[1]!.reason, /^"127\.0\.0\.1" is the machine itself that dials it; /);
        const ordererEndpoints = ["[::1]:7050", "localhost:7050"];
        assert.equal(
            addressWarnings({ ...orderers, consenters: [], ordererEndpoints }, "ordering").length,
            2,
        );
    });

    it("says for endpoints and for consenters which argument mends it", () => {
        const warnings = addressWarnings(orderers, "ordering");
        const told = (list: string) => warnings.find(({ path }) => path.startsWith(list))?.reason;
        assert.match(
            told("ordererEndpoints")!,
            /outside of its FabricOrg and advertise: "external"$/,
        );
        assert.match(told("consenters")!, /FabricOrg and consenterAddresses: "external"$/);
    });

    it("is one key for identities and for TLS", () => {
        const shared = { ...clean, tlsCaPem: clean.signingCaPem };
        for (const role of ["ordering", "application"] as const) {
            const [warning, ...more] = definitionWarnings(shared, role);
            assert.equal(warning?.path, "tlsCaPem");
            assert.match(warning?.reason ?? "", /a TLS key of a node speaks for Org1MSP/);
            assert.deepEqual(more, []);
        }
    });
});
