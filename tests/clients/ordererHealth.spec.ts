import assert from "node:assert/strict";

import type { NodeTarget } from "kubefabric/internal/clients/connection";
import { channelGauges } from "kubefabric/internal/clients/metrics";
import { ordererHealth } from "kubefabric/internal/clients/ordererHealth";
import { nodeAddress } from "kubefabric/internal/fabric/names";

import { golden } from "../support/golden.ts";
import {
    makeIdentity,
    makeNodeIdentity,
    type TestAuthorities,
    testAuthorities,
} from "../support/nodeIdentities.ts";
import { OrdererNode, type TestChannel } from "../support/ordererNode.ts";

const CONSENTER: TestChannel = { consensusRelation: "consenter", status: "active", height: 1 };

describe("the health of an ordering node", () => {
    let authorities: TestAuthorities;
    let node: OrdererNode;

    before(async () => {
        authorities = await testAuthorities();
        const tls = await makeNodeIdentity(authorities.tlsCa, "orderer-0");
        node = await new OrdererNode(tls, authorities.adminCa.certificatePem).start();
    });
    after(() => node.stop());
    beforeEach(() => {
        node.channels.clear();
        node.channels.set("trade", CONSENTER);
        node.requests.length = 0;
    });

    function health(admin = authorities.admin) {
        const target = (port: number | undefined): NodeTarget => ({
            node: "orderer-0",
            namespace: "ordering",
            kind: "orderer",
            port: 0,
            address: `127.0.0.1:${port}`,
            serverName: nodeAddress("orderer-0", "ordering"),
            tlsCaPem: authorities.tlsCa.certificatePem,
        });
        return ordererHealth({
            admin,
            adminTarget: target(node.adminPort),
            operationsTarget: target(node.operationsPort),
        });
    }

    const consensus = async (metrics: string) => {
        node.metrics = () => metrics;
        const [channel] = await health();
        return channel?.consensus;
    };

    it("is that of a real Raft leader", async () => {
        assert.deepEqual(await consensus(golden("nodes/metrics-raft-leader.txt")), {
            type: "etcdraft",
            leads: true,
            consenters: 3,
            active: 3,
        });
    });

    it("is that of a real Raft follower, and of a channel without a leader so far", async () => {
        node.channels.set("recorded", CONSENTER);
        node.metrics = () => golden("nodes/metrics-raft-follower.txt");
        const raft = { type: "etcdraft", leads: false, consenters: 3 };
        assert.deepEqual(
            (await health()).map(({ name, consensus }) => [name, consensus]),
            [
                ["recorded", { ...raft, active: 0 }],
                ["trade", { ...raft, active: 3 }],
            ],
        );
    });

    it("is that of a real SmartBFT leader, and of a node that follows it", async () => {
        const bft = { type: "BFT", consenters: 4, view: 1 };
        assert.deepEqual(await consensus(golden("nodes/metrics-bft-leader.txt")), {
            ...bft,
            leads: true,
        });
        assert.deepEqual(await consensus(golden("nodes/metrics-bft-follower.txt")), {
            ...bft,
            leads: false,
        });
    });

    it("does not take a SmartBFT node for the leader that led the last block and lost its view", async () => {
        const leader = golden("nodes/metrics-bft-leader.txt").replace(
            /view_leader_id\{channel="trade"\} 2/,
            'view_leader_id{channel="trade"} 3',
        );
        assert.equal((await consensus(leader))?.leads, false);
    });

    it("asks for no metrics where the node is consenter of no channel", async () => {
        node.channels.set("trade", { ...CONSENTER, consensusRelation: "follower" });
        node.metrics = () => assert.fail("was asked");
        const [channel] = await health();
        assert.deepEqual([channel?.consensusRelation, channel?.consensus], ["follower", undefined]);
        assert.ok(!node.requests.includes("GET /metrics"));
    });

    it("does not take a removed channel, whose metrics stay, for one of the node", async () => {
        node.channels.clear();
        node.metrics = () => golden("nodes/metrics-raft-leader.txt");
        assert.deepEqual(await health(), []);
    });

    it("fails where the node has no metrics", async () => {
        node.metrics = () => undefined;
        await assert.rejects(
            health(),
            /orderer-0: cannot read its metrics: it has none \(HTTP 404\); set ORDERER_METRICS_PROVIDER/,
        );
    });

    it("fails where the metrics say nothing of a channel of the node", async () => {
        node.metrics = () => 'up{channel="other"} 1\n';
        await assert.rejects(health(), /they say nothing of channel "trade"; set ORDERER_METRICS/);
    });

    it("fails with a certificate of another CA", async () => {
        const other = await makeIdentity({ ca: authorities.tlsCa, commonName: "other" });
        await assert.rejects(health(other), /ordering node orderer-0: cannot list its channels/);
    });

    it("reads gauges of one label, of any channel's name, and nothing else", () => {
        const gauges = channelGauges(
            [
                "# HELP a about a",
                'a{channel="x.y-z"} 1',
                'a{channel="b"} 2.5e+06',
                'a{channel="b",le="1"} 3',
                "a 4",
                'b{host="c"} 5',
                "",
            ].join("\n"),
        );
        assert.deepEqual(
            [...gauges].map(([name, values]) => [name, [...values]]),
            [
                [
                    "a",
                    [
                        ["x.y-z", 1],
                        ["b", 2_500_000],
                    ],
                ],
            ],
        );
    });
});
