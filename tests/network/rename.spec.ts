import assert from "node:assert/strict";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "node:tls";

import { readChannelConfig, submitConfigUpdate } from "kubefabric/internal/clients/channelConfig";
import type { DeliverAccess } from "kubefabric/internal/clients/ordererDeliver";
import { chainInfo } from "kubefabric/internal/clients/peerAdmin";
import { configurationOf } from "kubefabric/internal/fabric/channelConfiguration";
import type { ChannelDefinition } from "kubefabric/internal/fabric/channelDefinition";
import { desiredConfig } from "kubefabric/internal/fabric/configChanges";
import { computeUpdate } from "kubefabric/internal/fabric/configUpdate";
import type { OrgDefinition } from "kubefabric/internal/fabric/msp";
import { signUpdate } from "kubefabric/internal/fabric/updateSigning";

import { underLoad } from "../support/channelLoad.ts";
import { changes, engineStack, type EngineStack, outputValues } from "../support/engine.ts";
import { givingAddresses, needsOutsideNames, OUTSIDE_DOMAIN } from "../support/outsideWays.ts";
import {
    needsRealCluster,
    RealNetwork,
    realApis,
    realCredentials,
    type RealOutputs,
    type RealShape,
} from "../support/realNetwork.ts";

const NODES = ["orderer-0", "orderer-1", "orderer-2"];
const NEW_DOMAIN = `moved.${OUTSIDE_DOMAIN}`;
const WITH_OLD: RealShape = { protection: "none", outside: { domain: OUTSIDE_DOMAIN } };
const WITH_BOTH: RealShape = {
    protection: "none",
    outside: { domain: NEW_DOMAIN, formerDomains: [OUTSIDE_DOMAIN!] },
};
const WITH_NEW: RealShape = { protection: "none", outside: { domain: NEW_DOMAIN } };

describe("a planned rename of the addresses of a network", function () {
    needsRealCluster(this);
    needsOutsideNames(this);
    this.timeout(300_000);
    const network = new RealNetwork();
    const { channelId } = network;
    let engine: EngineStack;
    let outputs: RealOutputs;
    /** The ordering organization as the channel had it at first. */
    let formerOrdering: OrgDefinition;

    before(async () => {
        engine = await engineStack("kubefabric-rename");
    });
    after(async () => {
        await network.deleteNamespaces();
        engine.forget();
    });

    async function up(shape: RealShape): Promise<Record<string, number>> {
        const begin = performance.now();
        const { outputs: given, summary } = await givingAddresses(network.namespaces, () =>
            engine.run(network.program(shape)),
        );
        outputs = outputValues(given) as unknown as RealOutputs;
        console.log(`      · updated: ${((performance.now() - begin) / 1000).toFixed(1)} s`);
        return changes(summary);
    }

    async function refusal(of: Promise<unknown>): Promise<string> {
        const error = await of.then(
            () => assert.fail("it was not refused"),
            (reason: Error) => reason,
        );
        return error.message.replace(/\s+/g, " ");
    }

    function access(node = "orderer-0"): DeliverAccess {
        const target = network.ordererTarget(node, "grpc", outputs.ordererTlsCaPem);
        return { credentials: realCredentials(), target, signer: outputs.orgAdmin };
    }

    const addressesAt = (domain: string) => NODES.map((node) => `${node}.${domain}:7050`);

    /** Addresses of the ordering nodes, as the channel tells them. */
    async function endpoints(): Promise<string[]> {
        const { config } = (await readChannelConfig(access(), channelId))!;
        const [ordering] = configurationOf(channelId, config).ordering;
        return [...ordering!.endpoints].sort();
    }

    /** Changes the ordering organization in the channel past the program. */
    async function changeByHand(ordering: OrgDefinition): Promise<void> {
        const { config } = (await readChannelConfig(access(), channelId))!;
        const definition: ChannelDefinition = {
            channelId,
            consensus: "etcdraft",
            ordering: [ordering],
            application: outputs.application,
            capabilities: { channel: "V2_0", orderer: "V2_0", application: "V2_5" },
            settings: outputs.settings,
        };
        const leftToOthers = ["Org1MSP", "Org2MSP"];
        const desired = desiredConfig(config, { definition, leftToOthers });
        const update = computeUpdate(channelId, config, desired).serializeBinary();
        const [submitter] = outputs.admins;
        await submitConfigUpdate(
            { ...access(), signer: submitter! },
            { channelId, update, signatures: [signUpdate(update, submitter!)] },
        );
    }

    /** Which Pods the ordering nodes have. */
    async function podsOf(): Promise<string[]> {
        const { items } = await realApis().core.listNamespacedPod({
            namespace: network.ordererNamespace,
        });
        return items.map(({ metadata }) => metadata!.uid!).sort();
    }

    /** Sends envelopes to nodes at names of a domain; gives how many were ordered. */
    async function orderedAt(domain: string): Promise<number> {
        const targets = NODES.map((node) => ({
            ...network.ordererTarget(node, "grpc", outputs.ordererTlsCaPem),
            address: `${node}.${domain}:7050`,
            // As a peer or an application checks it: the name that it dials.
            serverName: `${node}.${domain}`,
        }));
        const { ordered } = await underLoad(
            { credentials: realCredentials(), targets, channelId, signer: outputs.orgAdmin },
            () => sleep(2_000),
        );
        return ordered;
    }

    /** Why a client that checks the name cannot connect to an ordering node there; nothing where it can. */
    async function faultAt(host: string): Promise<string | undefined> {
        const ca = outputs.ordererTlsCaPem;
        const options = { host, port: 7050, servername: host, ca, ALPNProtocols: ["h2"] };
        const socket = connect(options);
        try {
            await once(socket, "secureConnect");
            return undefined;
        } catch (error) {
            return (error as NodeJS.ErrnoException).code;
        } finally {
            socket.destroy();
        }
    }

    async function height(): Promise<number> {
        const info = await chainInfo(network.peerAccess("peer0", outputs), channelId);
        return info?.height ?? 0;
    }

    async function untilHigherThan(before: number): Promise<void> {
        for (let tries = 0; (await height()) <= before; tries++) {
            assert.ok(tries < 60, `the peer stays at ${before} blocks`);
            await sleep(500);
        }
    }

    it("begins with a channel that has the old names", async () => {
        assert.deepEqual(Object.keys(await up(WITH_OLD)), ["create"]);
        assert.ok((await orderedAt(OUTSIDE_DOMAIN!)) > 0);
    });

    it("fails in the preview in one step, which would cut everyone off, and restarts nothing", async () => {
        const before = await podsOf();
        const said = await refusal(
            engine.stack.preview({ program: network.program(WITH_NEW), color: "never" }),
        );
        // The engine stops at the first one, whichever that is.
        const [, node, name] = /(\S+) would not answer to "(\S+)" any more/.exec(said) ?? [];
        assert.ok([...NODES, "peer0", "other0"].includes(node!), said.slice(-3000));
        assert.equal(name, `${node}.${OUTSIDE_DOMAIN}`);
        assert.match(said, /formerDomains in outside of the FabricOrg/);
        assert.deepEqual(await podsOf(), before);
    });

    it("goes on with both names in all certificates, the nodes one after the other, and tells the channel the new ones", async () => {
        formerOrdering = outputs.ordering;
        const before = await height();
        assert.ok((await up(WITH_BOTH)).update! > 0);
        assert.deepEqual(await endpoints(), addressesAt(NEW_DOMAIN));
        assert.ok((await orderedAt(OUTSIDE_DOMAIN!)) > 0);
        assert.ok((await orderedAt(NEW_DOMAIN)) > 0);
        await untilHigherThan(before);
        assert.deepEqual(await up(WITH_BOTH), {});
    });

    it("fails to take the old names away while the channel has them, and restarts nothing", async () => {
        const newOrdering = outputs.ordering;
        await changeByHand(formerOrdering);
        assert.deepEqual(await endpoints(), addressesAt(OUTSIDE_DOMAIN!));
        const before = await podsOf();
        const said = await refusal(up(WITH_NEW));
        assert.match(
            said,
            new RegExp(
                `channel "${channelId}" still has orderer-0\\.${OUTSIDE_DOMAIN}:7050, .*no node was restarted`,
            ),
        );
        const ordering = new Set(await podsOf());
        assert.ok(before.filter((pod) => !ordering.has(pod)).length === 0, "no Pod is another one");
        await changeByHand(newOrdering);
    });

    it("ends without the old names, and the peers go on having blocks", async () => {
        assert.ok((await up(WITH_NEW)).update! > 0);
        const before = await height();
        assert.ok((await orderedAt(NEW_DOMAIN)) > 0);
        await untilHigherThan(before);
        for (const node of NODES) {
            assert.equal(await faultAt(`${node}.${NEW_DOMAIN}`), undefined);
            const fault = await faultAt(`${node}.${OUTSIDE_DOMAIN}`);
            assert.equal(fault, "ERR_TLS_CERT_ALTNAME_INVALID");
        }
        assert.deepEqual(await up(WITH_NEW), {});
    });
});
