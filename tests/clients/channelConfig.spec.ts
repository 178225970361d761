import assert from "node:assert/strict";

import { common } from "@hyperledger/fabric-protos";

import {
    answerFault,
    readChannelConfig,
    submitConfigUpdate,
} from "kubefabric/internal/clients/channelConfig";
import type { DeliverAccess } from "kubefabric/internal/clients/ordererDeliver";
import { configTree } from "kubefabric/internal/fabric/configTree";
import { applyUpdate, computeUpdate } from "kubefabric/internal/fabric/configUpdate";
import { nodeAddress } from "kubefabric/internal/fabric/names";
import type { Signer } from "kubefabric/internal/fabric/signing";
import { signUpdate } from "kubefabric/internal/fabric/updateSigning";

import { channelOf, type SigningOrg, signingOrgs } from "../fabric/signingOrgs.ts";
import { configBlock } from "../support/configBlock.ts";
import { DeliverNode } from "../support/deliverNode.ts";
import { makeNodeIdentity, testAuthorities } from "../support/nodeIdentities.ts";

const CHANNEL = "raft-channel";

describe("a channel's configuration over an ordering node", () => {
    let orgs: SigningOrg[];
    let admin: Signer;
    let node: DeliverNode;
    let access: DeliverAccess;
    let config: common.Config;
    let update: common.ConfigUpdate;
    /** Envelopes that the node was sent. */
    let sent: common.Envelope[];

    before(async () => {
        orgs = await signingOrgs();
        admin = await orgs[0]!.signer();
        const { tlsCa } = await testAuthorities();
        node = await new DeliverNode(await makeNodeIdentity(tlsCa, "orderer-0")).start();
        access = {
            target: {
                node: "orderer-0",
                namespace: "ordering",
                kind: "orderer",
                port: 7050,
                address: `127.0.0.1:${node.port}`,
                serverName: nodeAddress("orderer-0", "ordering"),
                tlsCaPem: tlsCa.certificatePem,
            },
            signer: admin,
            patienceMs: 400,
        };
        config = new common.Config();
        config.setSequence(3);
        config.setChannelGroup(configTree(channelOf(orgs)));
        update = updateTo("2s");
    });
    after(() => node.stop());

    beforeEach(() => {
        sent = [];
        node.blocks.set(CHANNEL, configBlock(config));
        node.onBroadcast = (envelope) => {
            sent.push(envelope);
            node.blocks.set(CHANNEL, configBlock(applyUpdate(config, update)));
            return { status: common.Status.SUCCESS };
        };
    });

    function updateTo(batchTimeout: string): common.ConfigUpdate {
        const updated = new common.Config();
        const change = channelOf(orgs, ({ settings }) => (settings.batchTimeout = batchTimeout));
        updated.setChannelGroup(configTree(change));
        return computeUpdate(CHANNEL, config, updated);
    }

    function submit(signers: Signer[] = [admin], withinMs = 1_500) {
        const bytes = update.serializeBinary();
        const signatures = signers.map((signer) => signUpdate(bytes, signer));
        return submitConfigUpdate(access, {
            channelId: CHANNEL,
            update: bytes,
            signatures,
            withinMs,
        });
    }

    it("is read with its block's number, and is nothing where the channel is not", async () => {
        const read = await readChannelConfig(access, CHANNEL);
        assert.deepEqual(read?.config.serializeBinary(), config.serializeBinary());
        assert.equal(read?.block, 0);
        assert.equal(await readChannelConfig(access, "nothere"), undefined);
    });

    it("is updated: sent as it was signed, and read back", async () => {
        const { config: made } = await submit();
        assert.equal(made.getSequence(), 4);
        const [envelope] = sent;
        const payload = common.Payload.deserializeBinary(envelope!.getPayload_asU8());
        const header = common.ChannelHeader.deserializeBinary(
            payload.getHeader()!.getChannelHeader_asU8(),
        );
        assert.equal(header.getType(), common.HeaderType.CONFIG_UPDATE);
        assert.equal(header.getChannelId(), CHANNEL);
        const inner = common.ConfigUpdateEnvelope.deserializeBinary(payload.getData_asU8());
        assert.deepEqual(inner.getConfigUpdate_asU8(), update.serializeBinary());
        assert.equal(inner.getSignaturesList().length, 1);
    });

    it("is waited for where the node takes a moment to order it", async () => {
        node.onBroadcast = () => {
            setTimeout(() => {
                node.blocks.set(CHANNEL, configBlock(applyUpdate(config, update)));
            }, 400);
            return { status: common.Status.SUCCESS };
        };
        assert.equal((await submit()).config.getSequence(), 4);
    });

    it("is not updated twice: what the channel has is made", async () => {
        await submit();
        assert.equal((await submit()).config.getSequence(), 4);
        assert.equal(sent.length, 1);
    });

    it("is tried again while the channel has no leader, and after a stream that broke", async () => {
        const take = node.onBroadcast!;
        const answers = [
            () => ({ status: common.Status.SERVICE_UNAVAILABLE, info: "no Raft leader" }),
            () => undefined,
            take,
        ];
        node.onBroadcast = (envelope) => answers.shift()?.(envelope);
        assert.equal((await submit([admin], 5_000)).config.getSequence(), 4);
        assert.equal(answers.length, 0);
    });

    it("is made where the stream broke after the node took the update", async () => {
        const take = node.onBroadcast!;
        node.onBroadcast = (envelope) => {
            take(envelope);
            return undefined;
        };
        assert.equal((await submit()).config.getSequence(), 4);
        assert.equal(sent.length, 1);
    });

    it("fails without enough signatures before anything is sent, and says whose are missing", async () => {
        const other = await orgs[1]!.signer();
        await assert.rejects(
            submit([other]),
            /^NodeError: ordering node orderer-0: cannot update the configuration of channel "raft-channel": signatures are missing: OrdererMSP admin; have it signed/,
        );
        assert.equal(sent.length, 0);
    });

    it("fails where the channel has moved on, before and after it is sent", async () => {
        const moved = configBlock(applyUpdate(config, updateTo("7s")));
        const words =
            /the channel has moved on since .*BatchTimeout is version 1, .*; read the channel, compute/;
        node.blocks.set(CHANNEL, moved);
        await assert.rejects(submit(), words);
        assert.equal(sent.length, 0);
        node.blocks.set(CHANNEL, configBlock(config));
        node.onBroadcast = () => {
            node.blocks.set(CHANNEL, moved);
            return { status: common.Status.SUCCESS };
        };
        await assert.rejects(submit(), words);
    });

    it("fails where the update does not come into the channel in time", async () => {
        node.onBroadcast = () => ({ status: common.Status.SUCCESS });
        await assert.rejects(
            submit([admin], 300),
            /took the update, which is not in the channel yet; see/,
        );
    });

    it("fails where the node does not have the channel", async () => {
        node.blocks.clear();
        await assert.rejects(
            submit(),
            /it does not have the channel; ask a node that has joined it/,
        );
    });

    /** What an ordering node of Fabric 3.1.5 answers, and what is said of it. */
    const ANSWERS: [keyof common.StatusMap, string, RegExp, boolean][] = [
        [
            "BAD_REQUEST",
            "error applying config update to existing channel 'c': error authorizing update: error validating ReadSet: proposed update requires that key [Value]  /Channel/Orderer/BatchTimeout be at version 0, but it is currently at version 1",
            /has moved on since .*compute the update anew/,
            false,
        ],
        [
            "BAD_REQUEST",
            "error applying config update to existing channel 'c': error authorizing update: error validating DeltaSet: attempt to set key [Value]  /Channel/Orderer/BatchTimeout to version 1, but key is at version 1",
            /has moved on since/,
            false,
        ],
        [
            "BAD_REQUEST",
            "error applying config update to existing channel 'c': error authorizing update: error validating DeltaSet: policy for [Group]  /Channel/Application not satisfied: implicit policy evaluation failed - 1 sub-policies were satisfied, but this policy requires 2 of the 'Admins' sub-policies to be satisfied",
            /signatures are missing: .*requires 2 of the 'Admins'/,
            false,
        ],
        [
            "BAD_REQUEST",
            "update of more than one consenter at a time is not supported, requested changes: add 2 node(s), remove 0 node(s)",
            /change one consenter at a time/,
            false,
        ],
        [
            "BAD_REQUEST",
            "2 out of 3 nodes are alive, configuration will result in quorum loss",
            /bring all consenters up first/,
            false,
        ],
        ["FORBIDDEN", "", /it answers FORBIDDEN.*\/Channel\/Writers/, false],
        ["SERVICE_UNAVAILABLE", "no Raft leader", /wait until the channel has a leader/, true],
        ["NOT_FOUND", "", /joined it/, false],
        ["INTERNAL_SERVER_ERROR", "disk", /disk \(INTERNAL_SERVER_ERROR\).*look at its log/, false],
    ];
    for (const [status, info, words, passing] of ANSWERS) {
        it(`is told apart when refused: ${status} ${info.slice(-60)}`, () => {
            const fault = answerFault({ status, info });
            assert.match(`${fault.cause}; ${fault.advice}`, words);
            assert.equal(fault.passing, passing);
        });
    }
});
