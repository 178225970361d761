import assert from "node:assert/strict";

import { replaceOutdatedPods, type RolloutPatience } from "kubefabric/internal/clients/podRollout";
import type { RolloutNode } from "kubefabric/internal/clients/rolloutGate";
import { nodeAddress } from "kubefabric/internal/fabric/names";

import { makeEnded, testAuthorities } from "../support/nodeIdentities.ts";
import { OrderingCluster, type SimulatedChannel } from "../support/orderingCluster.ts";

const NODES = ["o0", "o1", "o2"];
const PATIENCE: RolloutPatience = {
    readyWithinMs: 3_000,
    wellWithinMs: 3_000,
    withoutOthersAfterMs: 300,
    everyMs: 20,
};
const TRADE: SimulatedChannel = { name: "trade", members: NODES, leader: "o0" };

describe("a rollout of ordering nodes", () => {
    let cluster: OrderingCluster;

    afterEach(() => cluster.stop());

    const start = async (channels: SimulatedChannel[], names = NODES) => {
        cluster = await new OrderingCluster(
            names,
            channels.map((channel) => ({ ...channel })),
        ).start();
    };

    const roll = async (
        patience: Partial<RolloutPatience> = {},
        nodes: RolloutNode[] = cluster.nodes,
    ) => {
        const { tlsCa, admin } = await testAuthorities();
        return replaceOutdatedPods(cluster.api.credentials, {
            namespace: "ordering",
            nodes,
            tlsCaPem: tlsCa.certificatePem,
            admin,
            patience: { ...PATIENCE, ...patience },
        });
    };

    const refused = async (words: RegExp, patience: Partial<RolloutPatience> = {}) => {
        await assert.rejects(roll({ wellWithinMs: 200, ...patience }), words);
        assert.deepEqual(cluster.harmed, []);
    };

    it("takes one node at a time, the leader last, each when all consenters are active again", async () => {
        await start([TRADE]);
        assert.deepEqual(await roll(), ["o1", "o2", "o0"]);
        assert.deepEqual(cluster.replaced, ["o1", "o2", "o0"]);
        assert.deepEqual(cluster.harmed, []);
        const revisions = [...cluster.api.pods.values()].map(({ revision }) => revision);
        assert.deepEqual(revisions, ["new", "new", "new"]);
    });

    it("goes through the cluster where nodes have no address", async () => {
        await start([{ ...TRADE, members: ["o0"] }], ["o0"]);
        assert.deepEqual(await roll({}, [{ name: "o0" }]), ["o0"]);
        assert.ok(cluster.api.requests.some((line) => line.startsWith("UPGRADE")));
    });

    it("takes nodes that lead any channel after those that lead none", async () => {
        await start([
            { ...TRADE, leader: "o0" },
            { ...TRADE, name: "audit", leader: "o1" },
        ]);
        // The first leader that is taken hands its channel to another node.
        assert.equal((await roll())[0], "o2");
        assert.deepEqual(cluster.harmed, []);
    });

    it("asks nothing and waits for nothing where all is current", async () => {
        await start([TRADE]);
        cluster.api.pods.forEach((pod) => (pod.revision = "new"));
        assert.deepEqual(await roll(), []);
        const asked = [...cluster.simulated.values()].flatMap(({ server }) => server.requests);
        assert.deepEqual(asked, []);
    });

    it("waits only until nodes without channels are ready", async () => {
        await start([]);
        assert.deepEqual(await roll(), ["o0", "o1", "o2"]);
    });

    it("takes only outdated nodes", async () => {
        await start([TRADE]);
        Object.assign(cluster.api.pods.get("o1-0") ?? {}, { revision: "new" });
        assert.deepEqual(await roll(), ["o2", "o0"]);
    });

    it("brings an outdated node back first that is down, though the channel has no quorum", async () => {
        await start([TRADE]);
        await cluster.crash("o1");
        await cluster.crash("o2");
        const replaced = await roll();
        assert.deepEqual(replaced.slice(0, 2).sort(), ["o1", "o2"]);
        assert.deepEqual(replaced[2], "o0");
        assert.deepEqual(cluster.harmed, []);
    });

    it("finishes an interrupted rollout: waits for the node that is on its way", async () => {
        await start([TRADE]);
        await cluster.crash("o1");
        cluster.api.pods.delete("o1-0");
        setTimeout(() => void cluster.boot("o1", "new"), 200);
        cluster.mute.add("o1");
        setTimeout(() => cluster.simulated.get("o1")?.inTouch.add("trade"), 500);
        assert.deepEqual(await roll(), ["o2", "o0"]);
        assert.deepEqual(cluster.harmed, []);
    });

    it("does not take the next node while one that is on its way out still answers", async () => {
        await start([TRADE]);
        const leaving = cluster.api.pods.get("o1-0");
        Object.assign(leaving ?? {}, { leaving: true });
        setTimeout(() => {
            assert.deepEqual(cluster.replaced, []);
            Object.assign(leaving ?? {}, { leaving: false, revision: "new" });
        }, 300);
        assert.deepEqual(await roll(), ["o2", "o0"]);
        assert.deepEqual(cluster.harmed, []);
    });

    it("does not take a node for down that is not ready and yet takes part", async () => {
        await start([TRADE]);
        Object.assign(cluster.api.pods.get("o0-0") ?? {}, { ready: false });
        await cluster.crash("o2");
        Object.assign(cluster.api.pods.get("o2-0") ?? {}, { revision: "new" });
        setTimeout(() => {
            void cluster.boot("o2", "new");
            cluster.simulated.get("o2")?.inTouch.add("trade");
        }, 300);
        await roll();
        assert.deepEqual(cluster.harmed, [], "o0 and o1 were the quorum");
    });

    it("waits for the controller to see the change before it calls a node current", async () => {
        await start([TRADE]);
        cluster.api.sets.forEach((set) => Object.assign(set, { revision: "old", unseen: 1 }));
        setTimeout(() => {
            cluster.api.sets.forEach((set) => Object.assign(set, { revision: "new", unseen: 0 }));
        }, 150);
        assert.equal((await roll()).length, 3);
    });

    it("fails, and takes no other node, when a node does not come back", async () => {
        await start([TRADE]);
        cluster.stuck.add("o1");
        await refused(
            /^Error: ordering node o1 is not ready after 0\.3 s; look at "kubectl -n ordering/,
            {
                readyWithinMs: 300,
            },
        );
        assert.deepEqual(cluster.replaced, ["o1"]);
    });

    it("fails, and takes no other node, when a node comes back and does not take part", async () => {
        await start([TRADE]);
        cluster.mute.add("o1");
        await refused(
            /channel "trade" has no leader that all of these nodes know, so o2, o0 of an older version are not replaced: that could stop channel "trade"/,
        );
        assert.deepEqual(cluster.replaced, ["o1"]);
    });

    it("fails after the last node too when it does not take part", async () => {
        await start([TRADE]);
        cluster.mute.add("o0");
        await refused(/^Error: o1, o2, o0 run the new version, but channel "trade" has no leader/, {
            wellWithinMs: 600,
        });
    });

    it("fails before it takes a node when another node of the service is to be mended", async () => {
        await start([TRADE]);
        await cluster.crash("o2");
        Object.assign(cluster.api.pods.get("o2-0") ?? {}, { revision: "new" });
        await refused(/ordering node o2 is not ready after 0\.2 s.*mend the node/, {
            readyWithinMs: 200,
        });
        assert.deepEqual(cluster.replaced, []);
    });

    it("fails before it takes a node when another one lacks blocks, and names it", async () => {
        await start([{ ...TRADE, height: 9 }]);
        const held = cluster.simulated.get("o2")?.server.channels.get("trade");
        Object.assign(held ?? {}, { height: 4 });
        await refused(
            /^Error: ordering node o2 is at height 4 of 9 in channel "trade", so .* are not replaced.*; mend o2, then/,
        );
        assert.deepEqual(cluster.replaced, []);
    });

    it("fails where consenters of others are missing and there is no quorum without the node", async () => {
        await start([{ ...TRADE, others: 2, othersUp: 0 }]);
        await refused(
            /^Error: channel "trade" has 3 of 5 consenters active, so .* start the consenters that are missing, or let them join/,
        );
        assert.deepEqual(cluster.replaced, []);
    });

    it("goes on after a while where consenters of others are missing and there is a quorum", async () => {
        await start([{ ...TRADE, others: 2, othersUp: 1 }]);
        assert.equal((await roll()).length, 3);
    });

    it("takes a node that has not joined, and leaves those alone that the channel needs", async () => {
        await start([{ ...TRADE, members: ["o0", "o1"], others: 1, othersUp: 0 }]);
        await refused(/channel "trade" has 2 of 3 consenters active, so o1, o0 of an older/);
        assert.deepEqual(cluster.replaced, ["o2"]);
    });

    it("goes on after a while with a channel that was never used, because nodes have yet to join", async () => {
        await start([
            { ...TRADE, members: ["o0"], others: 2, othersUp: 0, leader: undefined, height: 1 },
        ]);
        assert.deepEqual(await roll(), ["o0", "o1", "o2"]);
    });

    it("fails where nodes cannot be asked because port-forwards are forbidden, and takes none", async () => {
        await start([TRADE]);
        cluster.api.denied.add("create pods/portforward");
        const nodes = NODES.map((name) => ({ name }));
        await assert.rejects(
            roll({}, nodes),
            /may not "create" pods\/portforward in namespace "ordering"; grant/,
        );
        assert.deepEqual(cluster.replaced, []);
    });

    it("takes a Pod out of its Service before it deletes it, so that nobody dials it any more", async () => {
        await start([TRADE]);
        await roll();
        const changes = cluster.api.requests.filter((line) => /^(PATCH|DELETE)/.test(line));
        const pods = "/api/v1/namespaces/ordering/pods";
        assert.deepEqual(
            changes,
            ["o1", "o2", "o0"].flatMap((node) =>
                ["PATCH", "DELETE"].map((verb) => `${verb} ${pods}/${node}-0`),
            ),
        );
    });

    it("replaces a Pod that a rollout took out of its Service before it was interrupted", async () => {
        await start([TRADE]);
        cluster.api.pods.forEach((pod) => (pod.revision = "new"));
        Object.assign(cluster.api.pods.get("o2-0") ?? {}, { outOfService: true });
        assert.deepEqual(await roll(), ["o2"]);
        assert.deepEqual(cluster.harmed, []);
    });

    it("fails where Pods may not be changed, and leaves them in their Service", async () => {
        await start([TRADE]);
        cluster.api.denied.add("patch pods");
        await refused(
            /ordering node o1: cannot take its Pod out of its Service: .*is forbidden.*\(HTTP 403\); grant/,
        );
        assert.deepEqual(cluster.replaced, []);
    });

    it("fails where Pods may not be deleted, with the cluster's words", async () => {
        await start([TRADE]);
        cluster.api.denied.add("delete pods");
        await refused(
            /ordering node o1: cannot replace its Pod: .*is forbidden.*\(HTTP 403\); grant/,
        );
    });

    it("replaces nodes whose certificates have ended, since no one can reach them", async () => {
        const { tlsCa } = await testAuthorities();
        const ended = (name: string) =>
            makeEnded({
                ca: tlsCa,
                commonName: name,
                role: "orderer",
                hosts: [nodeAddress(name, "ordering")],
            });
        cluster = await new OrderingCluster(["o0"], [{ ...TRADE, members: ["o0"] }]).start(ended);
        Object.assign(cluster.api.pods.get("o0-0") ?? {}, { ready: false });
        // It comes back with the certificate it had, so the rest cannot succeed here.
        await assert.rejects(roll({ wellWithinMs: 100 }), /its TLS certificate has ended/);
        assert.deepEqual(cluster.replaced, ["o0"]);
    });

    describe("with SmartBFT", () => {
        const FOUR = ["o0", "o1", "o2", "o3"];
        const BFT: SimulatedChannel = { name: "trade", type: "BFT", members: FOUR, leader: "o0" };

        it("takes one node at a time, the leader last, each when all know the newest leader", async () => {
            await start([BFT], FOUR);
            assert.deepEqual(await roll(), ["o1", "o2", "o3", "o0"]);
            assert.deepEqual(cluster.harmed, []);
        });

        it("fails when a node comes back and does not catch up with its leader", async () => {
            await start([BFT], FOUR);
            cluster.mute.add("o1");
            await refused(
                /ordering node o1 does not know the newest leader in channel "trade", so o2/,
            );
            assert.deepEqual(cluster.replaced, ["o1"]);
        });
    });
});
