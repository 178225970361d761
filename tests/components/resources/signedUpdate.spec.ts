import assert from "node:assert/strict";

import { common } from "@hyperledger/fabric-protos";
import {
    check,
    create,
    diff,
    update,
} from "kubefabric/internal/components/resources/methods/dispatch";
import type { Properties } from "kubefabric/internal/components/resources/remoteResource";
import { configTree } from "kubefabric/internal/fabric/configTree";
import { computeUpdate } from "kubefabric/internal/fabric/configUpdate";
import type { Signer } from "kubefabric/internal/fabric/signing";
import {
    newUpdateFile,
    readUpdateFile,
    signersIn,
    writeUpdateFile,
} from "kubefabric/internal/fabric/updateFile";
import { channelOf } from "../../fabric/signingOrgs.ts";
import { ChannelNodes } from "../../support/channelNodes.ts";
import { LivingChannel } from "../../support/livingChannel.ts";

const CHANNEL = "raft-channel";
const MODULE = "signedUpdate";

let nodes: ChannelNodes;
let channel: LivingChannel;

before(async () => {
    nodes = await new ChannelNodes().start();
    channel = await LivingChannel.make(nodes);
});
after(() => nodes.stop());
beforeEach(() => {
    nodes.clear();
    channel.start();
});

/** The file of the update that lets the third organization go. */
function pendingFile(): string {
    const smaller = new common.Config();
    smaller.setChannelGroup(
        configTree(channelOf(channel.orgs, ({ application }) => application.pop())),
    );
    const made = computeUpdate(CHANNEL, channel.config, smaller);
    const expires = new Date(Date.now() + 86_400_000);
    return writeUpdateFile(newUpdateFile(made, { baseSequence: 0, expires }));
}

function inputs(file: string, admins: Signer[] = [channel.admins[2]!]): Properties {
    const endpoints = [...nodes.delivers.values()].map(({ port }) => `localhost:${port}`);
    const addresses = [{ mspId: "OrdererMSP", endpoints, tlsCaPem: nodes.facts.tlsCaPem }];
    return { file, channelId: CHANNEL, addresses, admins };
}

async function up(state: { inputs: Properties; outs: Properties } | undefined, news: Properties) {
    const { inputs: settled, failures } = await check(MODULE, state?.inputs ?? {}, news);
    assert.deepEqual(failures, []);
    const outs =
        state === undefined
            ? (await create(MODULE, settled)).outs
            : (await diff(MODULE, state.outs, settled)).changes
              ? (await update(MODULE, CHANNEL, state.outs, settled)).outs
              : state.outs;
    return { inputs: settled, outs };
}

async function refusal(news: Properties): Promise<string> {
    const { failures } = await check(MODULE, {}, news);
    assert.equal(failures.length, 1);
    return `${failures[0]!.property}: ${failures[0]!.reason}`;
}

describe("a config update that another program's administrator signs", () => {
    it("is shown in Fabric's words and with its hash, signed, and given out", async () => {
        const file = pendingFile();
        const state = await up(undefined, inputs(file));
        assert.deepEqual(state.inputs.update, [
            "Org3MSP leaves the organizations with peers",
            `hash ${readUpdateFile(file).hash}`,
        ]);
        const signed = readUpdateFile(String(state.outs.signed));
        assert.deepEqual(
            signersIn(signed).map(({ mspId }) => mspId),
            ["Org2MSP"],
        );
        const asked = nodes.asked();
        const again = await up(state, inputs(file));
        assert.equal(again.outs.signed, state.outs.signed);
        assert.equal(nodes.asked(), asked, "nothing was asked of the network");
        const once = channel.signed(file, channel.admins[1]!);
        const both = await up(state, inputs(once));
        assert.deepEqual(
            signersIn(readUpdateFile(String(both.outs.signed))).map(({ mspId }) => mspId),
            ["Org1MSP", "Org2MSP"],
            "the signature that was there is kept",
        );
    });

    it("stays what it was where an administrator's certificate is another one", async () => {
        const file = pendingFile();
        const state = await up(undefined, inputs(file));
        const renewed = await channel.orgs[2]!.signer("admin", "renewed");
        const next = await up(state, inputs(file, [renewed]));
        assert.equal(next.outs.signed, state.outs.signed);
    });

    it("is nothing where there is no file, and no more where the channel has it", async () => {
        const empty = await up(undefined, inputs(""));
        assert.equal(empty.outs.signed, "");
        assert.equal(nodes.asked(), 0);
        const file = pendingFile();
        channel.make(file);
        const done = await up(undefined, inputs(file));
        assert.match(String(done.inputs.update), /^the channel has this update already/);
        assert.deepEqual(readUpdateFile(String(done.outs.signed)).signatures, []);
    });

    const refused: [what: string, make: (text: string) => string, said: RegExp][] = [
        [
            "that was edited by hand",
            (text) => text.replace(/"hash": "./, '"hash": "x'),
            /^file: .*the file was edited; ask whoever made the file for it again/,
        ],
        ["that is none", () => "hello", /^file: the file of a config update is not JSON/],
        [
            "that has expired",
            (text) => text.replace(/"expires": "\d{4}/, '"expires": "2020'),
            /^file: expires: "2020-.*" has passed; make the update anew/,
        ],
    ];
    for (const [what, make, said] of refused) {
        it(`fails in the preview with a file ${what}`, async () => {
            assert.match(await refusal(inputs(make(pendingFile()))), said);
        });
    }

    it("fails in the preview where the channel has moved on", async () => {
        const file = pendingFile();
        const moved = channel.config.getChannelGroup()!.getGroupsMap().get("Application")!;
        moved.setVersion(5);
        channel.publish();
        assert.match(
            await refusal(inputs(file)),
            /^file: baseSequence: 0 is behind the channel, .* make the update anew/,
        );
    });

    it("fails in the preview for an organization whose signature adds nothing", async () => {
        assert.match(
            await refusal(inputs(pendingFile(), [channel.admins[0]!])),
            /^file: a signature of OrdererMSP adds nothing to the update; needed is 2 more of: Org1MSP admin, /,
        );
    });

    it("fails to sign what could not be read, because nobody answers", async () => {
        nodes.delivers.forEach((node) => node.blocks.clear());
        const { inputs: settled, failures } = await check(MODULE, {}, inputs(pendingFile()));
        assert.deepEqual(failures, []);
        assert.match(String(settled.update), /^what it changes is not known: .*no ordering node/);
        await assert.rejects(create(MODULE, settled), /no ordering node has it, so nothing is sig/);
    });
});
