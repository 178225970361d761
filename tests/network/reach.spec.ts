import assert from "node:assert/strict";

import { chainInfo } from "kubefabric/internal/clients/peerAdmin";
import { requireReached } from "kubefabric/internal/clients/reachFromInside";
import { nodeAddress } from "kubefabric/internal/fabric/names";

import { changes, engineStack, type EngineStack, outputValues } from "../support/engine.ts";
import {
    needsRealCluster,
    RealNetwork,
    realApis,
    realCredentials,
    type RealOutputs,
    type RealShape,
} from "../support/realNetwork.ts";

/** A domain that no DNS ever has (RFC 6761). */
const NOWHERE: RealShape = {
    protection: "none",
    outside: { domain: "nowhere.invalid", exposedBy: "none" },
    advertise: "external",
};

describe("a channel whose ordering nodes tell addresses that lead nowhere", function () {
    needsRealCluster(this);
    this.timeout(300_000);
    const network = new RealNetwork();
    const [namespace] = network.orgNamespaces;
    let engine: EngineStack;
    let outputs: RealOutputs;

    before(async () => {
        engine = await engineStack("kubefabric-reach");
    });
    after(async () => {
        await network.deleteNamespaces();
        engine.forget();
    });

    /** Names of Pods of a peer's namespace that are not the peer's. */
    async function strangers(): Promise<string[]> {
        const { items } = await realApis().core.listNamespacedPod({ namespace });
        return items
            .filter(({ metadata }) => metadata?.deletionTimestamp === undefined)
            .map(({ metadata }) => metadata!.name!)
            .filter((name) => name !== "peer0-0");
    }

    it("fails when a peer is to join it, and names each address and why", async () => {
        const begin = performance.now();
        const error = await engine.run(network.program(NOWHERE)).then(
            () => assert.fail("it was not refused"),
            (reason: Error) => reason.message.replace(/\s+/g, " "),
        );
        console.log(
            `      · from nothing to the error: ${((performance.now() - begin) / 1000).toFixed(1)} s`,
        );
        // Which of the two peers comes first, and stops the update, is open.
        const [said, peer, where] =
            /peer (\w+): cannot join channel "[\w-]+": from inside its cluster, as a Pod of namespace (\S+), .*/.exec(
                error,
            ) ?? [];
        assert.ok(said !== undefined, error.slice(-3000));
        const index = ["peer0", "other0"].indexOf(peer!);
        assert.equal(where, network.orgNamespaces[index]);
        for (const node of ["orderer-0", "orderer-1", "orderer-2"]) {
            assert.match(
                said,
                new RegExp(
                    `${node}\\.nowhere\\.invalid:7050 \\([^)]*(no such host|server misbehaving|deadline exceeded)\\)`,
                ),
            );
        }
        assert.match(error, /let these names lead to the ordering nodes in the DNS that the Pods/);
        assert.deepEqual(await strangers(), []);
    });

    it("is joined where the peers take their blocks inside, and a second update changes nothing", async () => {
        const shape = { ...NOWHERE, besideOrderers: true };
        const first = await engine.run(network.program(shape));
        assert.ok(changes(first.summary).create! > 0);
        outputs = outputValues(first.outputs) as unknown as RealOutputs;
        const info = await chainInfo(network.peerAccess("peer0", outputs), network.channelId);
        assert.equal(info?.height, 1);
        assert.deepEqual(changes((await engine.run(network.program(shape))).summary), {});
    });

    /** What is said of some addresses, dialed by a Pod like the second organization's peer. */
    async function dialing(...dialed: { address: string; tlsCaPem: string }[]): Promise<string> {
        const begin = performance.now();
        const said = await requireReached({
            credentials: realCredentials(),
            node: "other0",
            namespace: network.orgNamespaces[1],
            channelId: network.channelId,
            dialed,
        }).then(
            () => "reached",
            (error: Error) => error.message,
        );
        console.log(
            `      · ${dialed.length} dialed: ${((performance.now() - begin) / 1000).toFixed(1)} s`,
        );
        return said;
    }

    it("says of an address what a Pod beside the peer finds there", async () => {
        const { ordererNamespace } = network;
        const { ordererTlsCaPem: tlsCaPem, otherTlsCaPem } = outputs;
        const address = `${nodeAddress("orderer-0", ordererNamespace)}:7050`;
        const good = { address, tlsCaPem };
        // In the Pod itself, where nothing listens.
        const closed = { address: "127.0.0.1:7055", tlsCaPem };
        assert.equal(await dialing(good), "reached");
        // Down for the moment, which others make up for.
        assert.equal(await dialing(good, closed), "reached");
        assert.match(await dialing(closed), /127\.0\.0\.1:7055 \(.*connection refused\)/);
        assert.match(
            await dialing(good, { address, tlsCaPem: otherTlsCaPem }),
            /does not reach orderer-0\.\S+:7050 \(tls: .*certificate signed by unknown authority/,
        );
        const peer = `${nodeAddress("peer0", namespace)}:7051`;
        assert.match(
            await dialing(good, { address: peer, tlsCaPem: outputs.orgTlsCaPem }),
            /peer0\.\S+:7051 \(what answers there is no ordering node\)/,
        );
    });
});
