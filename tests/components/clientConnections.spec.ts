import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";
import { Channel, FabricOrg, OrdererService, PeerNode } from "kubefabric";
import type { ClientPlace, FabricOrgArgs, OutsideArgs, PeerNodeArgs } from "kubefabric";

import { issuing, recordNetwork, testCluster, testOrg, valueOf } from "../support/network.ts";

/** What a program gives out, with real certificates. */
async function given<T>(program: () => pulumi.Output<T>): Promise<T> {
    const recording = await recordNetwork(program, issuing);
    const output = recording.returned as pulumi.Output<T>;
    assert.equal(await pulumi.isSecret(output), false);
    return valueOf(output);
}

function peerOf(
    { outside, ...peer }: { outside?: OutsideArgs } & Partial<PeerNodeArgs> = {},
    org: Partial<FabricOrgArgs> = {},
): PeerNode {
    return new PeerNode("peer0", { org: testOrg({ outside, ...org }), ...peer });
}

const DOMAIN: OutsideArgs = { domain: "org1.example.com" };
const GATEWAY: OutsideArgs = { ...DOMAIN, exposedBy: "Gateway", gateway: { className: "envoy" } };

describe("the parameters of a peer's gateway", function () {
    this.timeout(60_000);
    const addresses: [string, Parameters<typeof peerOf>[0], ClientPlace, string][] = [
        ["inside its cluster, where nothing leads to it", {}, {}, "peer0.org1.svc:7051"],
        [
            "inside, where that is asked",
            { outside: DOMAIN },
            { from: "internal" },
            "peer0.org1.svc:7051",
        ],
        ["outside, where that is told", { outside: DOMAIN }, {}, "peer0.org1.example.com:7051"],
        ["at the port of a gateway", { outside: GATEWAY }, {}, "peer0.org1.example.com:443"],
        [
            "inside, where it advertises that",
            { outside: DOMAIN, advertise: "internal" },
            {},
            "peer0.org1.svc:7051",
        ],
        [
            "outside, where that is asked and not told",
            { externalHosts: ["peer.example.com"], externalPort: 17051 },
            { from: "external" },
            "peer.example.com:17051",
        ],
        [
            "at an IPv6 address",
            { externalHosts: ["2001:db8::1"] },
            { from: "external" },
            "[2001:db8::1]:7051",
        ],
    ];
    for (const [where, args, place, address] of addresses) {
        it(`say where it is reached ${where}`, async () => {
            const found = await given(() => peerOf(args).gatewayParameters(place));
            assert.equal(found.address, address);
            assert.equal(found.serverName, address.replace(/:\d+$/, "").replace(/^\[|\]$/g, ""));
            assert.equal(found.mspId, "Org1MSP");
        });
    }

    it("have the root of the TLS CA, and no key", async () => {
        const { tlsCaPem, root } = await given(() => {
            const peer = peerOf();
            return pulumi
                .all([peer.gatewayParameters(), peer.org.definition])
                .apply(([parameters, { tlsCaPem: pem }]) => ({
                    tlsCaPem: parameters.tlsCaPem,
                    root: pem,
                }));
        });
        assert.equal(tlsCaPem, root);
        assert.match(tlsCaPem, /^-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\s*$/);
    });

    const failing: [string, ClientPlace, RegExp][] = [
        [
            "an address outside that it does not have",
            { from: "external" },
            /from: "peer0" has no external address; write outside of its organization, or "internal"/,
        ],
        [
            "a word that is none",
            { from: "outside" as "external" },
            /from: "outside" is not an address of a peer; write "internal" or "external"/,
        ],
    ];
    for (const [what, place, message] of failing) {
        it(`fail for ${what}`, async () => {
            await recordNetwork(() => {
                const peer = peerOf();
                assert.throws(() => peer.gatewayParameters(place), message);
            });
        });
    }
});

describe("the connection profile of an organization", function () {
    this.timeout(60_000);
    function network() {
        const cluster = testCluster();
        const orderers = new OrdererService("orderer", {
            org: new FabricOrg("orderer-org", { cluster, mspId: "OrdererMSP" }),
        });
        const org = testOrg({ cluster });
        const peers = ["peer0", "peer1"].map((name) => new PeerNode(name, { org }));
        const channel = new Channel("trade", { orderers: [orderers], peers: [peers[0]!] });
        const other = testOrg({ cluster, mspId: "Org2MSP" }, "org2");
        return { org, peers, channel, other };
    }

    it("is what SDKs before the Gateway read", async () => {
        const profile = await given(() => {
            const { org, peers, channel } = network();
            return org.connectionProfile({ peers: peers.slice(0, 1), channels: [channel] });
        });
        const { pem } = profile.peers.peer0!.tlsCACerts;
        assert.match(pem, /BEGIN CERTIFICATE/);
        assert.deepEqual(profile, {
            name: "Org1MSP",
            version: "1.0.0",
            client: { organization: "Org1MSP" },
            organizations: { Org1MSP: { mspid: "Org1MSP", peers: ["peer0"] } },
            peers: {
                peer0: {
                    url: "grpcs://peer0.org1.svc:7051",
                    tlsCACerts: { pem },
                    grpcOptions: {
                        "ssl-target-name-override": "peer0.org1.svc",
                        hostnameOverride: "peer0.org1.svc",
                    },
                },
            },
            channels: { trade: { peers: { peer0: {} } } },
        });
    });

    it("names no channels where none are given, and every peer", async () => {
        const profile = await given(() => {
            const { org, peers } = network();
            return org.connectionProfile({ peers });
        });
        assert.equal("channels" in profile, false);
        assert.deepEqual(Object.keys(profile.peers), ["peer0", "peer1"]);
        assert.deepEqual(profile.organizations.Org1MSP?.peers, ["peer0", "peer1"]);
    });

    it("fails with everything that is wrong", async () => {
        await recordNetwork(() => {
            const { org, peers, channel, other } = network();
            assert.throws(
                () =>
                    other.connectionProfile({
                        peers: [peers[1]!],
                        channels: [channel],
                        from: "external",
                    }),
                (error: Error) =>
                    [
                        /peers\[0\]: "peer1" is of Org1MSP; write it into that organization's profile/,
                        /peers\[0\]: "peer1" has no external address/,
                        /channels\[0\]: "peer1" has not joined "trade"; take one of them away/,
                    ].every((message) => message.test(error.message)),
            );
            assert.throws(
                () => org.connectionProfile({ peers: [] }),
                /peers: is empty, and a client dials a peer; write one/,
            );
        });
    });
});
