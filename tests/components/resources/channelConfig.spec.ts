import assert from "node:assert/strict";

import {
    check,
    create,
    diff,
    read,
    update,
} from "kubefabric/internal/components/resources/methods/dispatch";
import type { Properties } from "kubefabric/internal/components/resources/remoteResource";
import type { ChannelDefinition } from "kubefabric/internal/fabric/channelDefinition";
import { configurationOf } from "kubefabric/internal/fabric/channelConfiguration";
import type { Signer } from "kubefabric/internal/fabric/signing";
import {
    readUpdateFile,
    updateBytesIn,
    writeUpdateFile,
    type UpdateFile,
} from "kubefabric/internal/fabric/updateFile";
import { signUpdate } from "kubefabric/internal/fabric/updateSigning";

import { OpenSsl } from "../../fabric/authorities.ts";
import { revocationList, SigningOrg } from "../../fabric/signingOrgs.ts";
import { ChannelNodes } from "../../support/channelNodes.ts";
import { LivingChannel } from "../../support/livingChannel.ts";

/** How the engine writes what is not known yet. */
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const CHANNEL = "raft-channel";
const MODULE = "channelConfig";

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

const now = () => configurationOf(CHANNEL, channel.config);

/** What the engine keeps of the resource: inputs and outputs. */
interface State {
    inputs: Properties;
    outs: Properties;
}

/** What a preview says of a change. */
async function planned({ inputs }: Partial<State>, news: Properties) {
    return check(MODULE, inputs ?? {}, news);
}

/** An update of the stack, as the engine makes it of the methods. */
async function up(state: State | undefined, news: Properties): Promise<State> {
    const { inputs, failures } = await planned(state ?? {}, news);
    assert.deepEqual(failures, []);
    if (state === undefined) {
        return { inputs, outs: (await create(MODULE, inputs)).outs };
    }
    const { changes } = await diff(MODULE, state.outs, inputs);
    return changes
        ? { inputs, outs: (await update(MODULE, CHANNEL, state.outs, inputs)).outs }
        : { inputs, outs: state.outs };
}

/** Asserts that another update of the stack has nothing to do, and asks nobody. */
async function changesNothing(state: State, news: Properties): Promise<void> {
    const asked = nodes.asked();
    const { inputs, failures } = await planned(state, news);
    assert.deepEqual(failures, []);
    assert.equal(inputs.update, undefined);
    assert.deepEqual(await diff(MODULE, state.outs, inputs), { changes: false });
    assert.equal(nodes.asked(), asked, "nothing was asked of the network");
}

async function refusal(state: State | undefined, news: Properties): Promise<string[]> {
    const { failures } = await planned(state ?? {}, news);
    return failures.map(({ property, reason }) => `${property}: ${reason}`);
}

describe("the configuration of a channel", () => {
    it("is kept in Fabric's words, and nothing is left to do where it is what is wanted", async () => {
        const state = await up(undefined, channel.inputs());
        assert.equal(state.outs.batchTimeout, channel.definition.settings.batchTimeout);
        assert.equal(state.outs.status, "made");
        assert.equal(state.outs.pendingUpdate, undefined);
        assert.equal(channel.updates.length, 0);
        await changesNothing(state, channel.inputs());
        assert.deepEqual((await read(MODULE, CHANNEL, state.outs)).props, state.outs);
    });

    it("changes nothing in the network when a kubeconfig or an administrator is another one", async () => {
        const state = await up(undefined, channel.inputs());
        const before = channel.inputs();
        const asked = nodes.asked();
        for (const more of [
            { services: before.services.map((one) => ({ ...one, kubeconfig: "rotated" })) },
            { admins: before.admins.slice(1) },
        ]) {
            const { inputs } = await planned(state, { ...before, ...more });
            assert.deepEqual(await diff(MODULE, state.outs, inputs), { changes: true });
            const { outs } = await update(MODULE, CHANNEL, state.outs, inputs);
            assert.deepEqual(await diff(MODULE, outs, inputs), { changes: false });
        }
        assert.equal(nodes.asked(), asked, "nothing was asked of the network");
    });

    const settings: [
        what: string,
        edit: (definition: ChannelDefinition) => unknown,
        said: RegExp,
        has: (found: ReturnType<typeof now>) => unknown,
    ][] = [
        [
            "its batch timeout",
            (wanted) => (wanted.settings.batchTimeout = "7s"),
            /^batch timeout: \S+ => 7s$/,
            ({ batchTimeout }) => batchTimeout === "7s",
        ],
        [
            "the size of its blocks",
            (wanted) => (wanted.settings.maxMessageCount = 7),
            /=> 7$/,
            ({ maxMessageCount }) => maxMessageCount === 7,
        ],
        [
            "an option of Raft",
            (wanted) => (wanted.settings.raft!.electionTick = 77),
            /77/,
            ({ raft }) => raft?.electionTick === 77,
        ],
        [
            "who may call a function",
            (wanted) => (wanted.settings.acls = { "qscc/GetChainInfo": "Admins" }),
            /GetChainInfo/,
            ({ acls }) => acls?.["qscc/GetChainInfo"] === "Admins",
        ],
        [
            "its anchor peers",
            (wanted) => (wanted.application[0]!.anchorPeers = [{ host: "new.example", port: 1 }]),
            /new\.example:1/,
            ({ application }) => application[0]?.anchorPeers[0]?.host === "new.example",
        ],
        [
            "addresses of ordering nodes",
            (wanted) => (wanted.ordering[0]!.ordererEndpoints = ["new.example:7050"]),
            /new\.example:7050/,
            ({ ordering }) => ordering[0]?.endpoints[0] === "new.example:7050",
        ],
        [
            "an organization that leaves",
            (wanted) => wanted.application.pop(),
            /^Org3MSP leaves the organizations with peers$/,
            ({ application }) => application.length === 2,
        ],
    ];
    for (const [what, edit, said, has] of settings) {
        it(`is changed by a config update: ${what}`, async () => {
            const before = await up(undefined, channel.inputs());
            const { inputs: preview } = await planned(before, channel.inputs(edit));
            assert.ok(
                (preview.update as string[]).some((line) => said.test(line)),
                String(preview.update),
            );
            assert.equal(preview.waitsFor, undefined);
            assert.equal(channel.updates.length, 0, "a preview changes nothing");
            const state = await up(before, channel.inputs(edit));
            assert.equal(channel.updates.length, 1);
            assert.ok(has(now()), JSON.stringify(now()));
            assert.equal(state.outs.status, "made");
            assert.equal(state.outs.update, undefined);
            await changesNothing(state, channel.inputs(edit));
            assert.deepEqual((await read(MODULE, CHANNEL, state.outs)).props, state.outs);
        });
    }

    it("lets an organization in and takes its certificates back", async function () {
        if (!OpenSsl.isThere()) {
            this.skip();
        }
        const third = (wanted: ChannelDefinition) => wanted.application.at(-1)!;
        const without = (wanted: ChannelDefinition) => wanted.application.pop();
        const before = await up(undefined, channel.inputs(without));
        assert.equal(now().application.length, 3, "nobody leaves whom the program never named");
        const named = await up(before, channel.inputs());
        const away = await up(named, channel.inputs(without));
        assert.equal(now().application.length, 2);
        const again = await up(away, channel.inputs());
        assert.equal(now().application.length, 3);
        const dismissed = await channel.orgs[3]!.signer("admin", "dismissed");
        const list = revocationList(channel.orgs[3]!.ca, dismissed.certificatePem);
        const edit = (wanted: ChannelDefinition) => (third(wanted).revocationListsPem = [list]);
        const revoked = await up(again, channel.inputs(edit));
        assert.equal(now().application.at(-1)?.revocationLists?.length, 1);
        await changesNothing(revoked, channel.inputs(edit));
    });

    it("leaves alone what others have added, also after a refresh", async () => {
        const without = (wanted: ChannelDefinition) => wanted.application.pop();
        const state = await up(undefined, channel.inputs(without));
        assert.equal(channel.updates.length, 0);
        const { props, inputs } = await read(MODULE, CHANNEL, state.outs);
        assert.equal(props.observed, "read");
        assert.equal(props.application.length, 3, "a refresh shows them");
        await changesNothing({ inputs: inputs!, outs: props }, channel.inputs(without));
        const edit = (wanted: ChannelDefinition) => {
            without(wanted);
            wanted.settings.batchTimeout = "7s";
        };
        await up({ inputs: inputs!, outs: props }, channel.inputs(edit));
        assert.deepEqual([now().batchTimeout, now().application.length], ["7s", 3]);
    });

    it("is changed back where a refresh finds that others have changed it", async () => {
        const state = await up(undefined, channel.inputs());
        channel.change((definition) => (definition.settings.batchTimeout = "9s"));
        const { props, inputs } = await read(MODULE, CHANNEL, state.outs);
        assert.equal(props.batchTimeout, "9s");
        const drifted = { inputs: inputs!, outs: props };
        const { inputs: preview } = await planned(drifted, channel.inputs());
        assert.match(String(preview.update), /^batch timeout: 9s => /);
        const mended = await up(drifted, channel.inputs());
        assert.equal(now().batchTimeout, channel.definition.settings.batchTimeout);
        await changesNothing(mended, channel.inputs());
    });

    it("is looked after by others where they publish the definition, until they publish another", async () => {
        const others = { others: ["Org3MSP"] };
        const state = await up(undefined, channel.inputs(undefined, others));
        const anchor = (host: string) => (definition: ChannelDefinition) =>
            (definition.application[2]!.anchorPeers = [{ host, port: 7051 }]);
        channel.change(anchor("theirs.example"));
        const edit = (definition: ChannelDefinition) => (definition.settings.batchTimeout = "7s");
        const changed = await up(state, channel.inputs(edit, others));
        assert.equal(now().application[2]?.anchorPeers[0]?.host, "theirs.example");
        const handed = (definition: ChannelDefinition) => {
            edit(definition);
            anchor("handed.example")(definition);
        };
        await up(changed, channel.inputs(handed, others));
        assert.equal(now().application[2]?.anchorPeers[0]?.host, "handed.example");
    });

    it("is read as not reachable where no ordering node answers, and is compared again", async () => {
        const state = await up(undefined, channel.inputs());
        nodes.kill("orderer-0");
        nodes.kill("orderer-1");
        const { props, inputs } = await read(MODULE, CHANNEL, state.outs);
        assert.match(String(props.observed), /^not reachable: \S/);
        assert.deepEqual({ ...props, observed: "read" }, state.outs);
        const edit = (definition: ChannelDefinition) => (definition.settings.batchTimeout = "7s");
        const preview = await planned({ inputs: inputs! }, channel.inputs(edit));
        assert.deepEqual(preview.failures, []);
        assert.equal(preview.inputs.batchTimeout, "7s");
        assert.match(
            String(preview.inputs.update),
            /^what changes in the channel is not known: not reach/,
        );
        nodes.expose();
        const mended = await up({ inputs: inputs!, outs: props }, channel.inputs());
        assert.deepEqual(mended.outs, state.outs);
    });

    it("is read and changed over the second ordering node where the first does not answer", async () => {
        const state = await up(undefined, channel.inputs());
        nodes.kill("orderer-0");
        assert.deepEqual((await read(MODULE, CHANNEL, state.outs)).props, state.outs);
        const edit = (definition: ChannelDefinition) => (definition.settings.batchTimeout = "7s");
        await up(state, channel.inputs(edit));
        assert.equal(now().batchTimeout, "7s");
    });

    it("says neither yes nor no to what is not known yet", async () => {
        const state = await up(undefined, channel.inputs());
        const asked = nodes.asked();
        const { inputs, failures } = await planned(state, {
            ...channel.inputs(),
            wanted: UNKNOWN,
            outline: {
                consenters: { OrdererMSP: 5 },
                application: ["Org1MSP", "Org3MSP", "Org4MSP"],
            },
        });
        assert.deepEqual(failures, []);
        assert.deepEqual(inputs.update, [
            "Org4MSP joins the organizations with peers",
            "Org2MSP leaves the organizations with peers",
            "consenters of OrdererMSP: 3 => 5",
            "whatever else changes is known once the certificates are made that the channel is told of",
        ]);
        assert.equal(inputs.batchTimeout, state.inputs.batchTimeout);
        assert.deepEqual(await diff(MODULE, state.outs, inputs), { changes: true });
        assert.equal(nodes.asked(), asked);
    });

    const refused: [what: string, edit: (wanted: ChannelDefinition) => unknown, said: RegExp][] = [
        [
            "another name",
            (wanted) => (wanted.channelId = "another"),
            /^channelId: "another" is not the channel's name, which is "raft-channel"/,
        ],
        [
            "a capability taken back",
            (wanted) => (wanted.capabilities.application = "V2_0"),
            /^capabilities.application: "V2_0" is less than "V2_5", which the channel has/,
        ],
        [
            "a wrong setting",
            (wanted) => (wanted.settings.maxMessageCount = 0),
            /^settings.maxMessageCount: 0 is not a whole number/,
        ],
        [
            "its last consenter away",
            (wanted) => (wanted.ordering[0]!.consenters = []),
            /^ordering: has no consenter in any organization/,
        ],
        [
            "a majority of its consenters away",
            (wanted) => wanted.ordering[0]!.consenters.splice(1),
            /^ordering: takes 2 of 3 consenters out of the channel .*, and 1 is the most at once/,
        ],
    ];
    for (const [what, edit, said] of refused) {
        it(`fails in the preview with ${what}, and leaves the channel`, async () => {
            const lines = await refusal(
                await up(undefined, channel.inputs()),
                channel.inputs(edit),
            );
            assert.equal(lines.length, 1, lines.join("\n"));
            assert.match(lines[0]!, said);
            assert.equal(channel.updates.length, 0);
        });
    }

    it("fails where no ordering node has the channel any more", async () => {
        nodes.delivers.forEach((node) => node.blocks.clear());
        await assert.rejects(
            up(undefined, channel.inputs()),
            /channel "raft-channel": no ordering node of it has it any more; run the update again/,
        );
    });
});

describe("a config update that waits for signatures of others", () => {
    type Edit = (definition: ChannelDefinition) => unknown;
    const edit: Edit = (definition) => definition.application.pop();
    /** Two of three have to let an organization go; the program has the keys of one. */
    const ours = () => ({ admins: channel.admins.slice(0, 2) });
    const inputs = (signatures: string[] = [], wanted = edit) =>
        channel.inputs(wanted, { ...ours(), signatures });

    async function pending(): Promise<State> {
        return up(await up(undefined, channel.inputs(undefined, ours())), inputs());
    }

    const textIn = ({ outs }: State) => String(outs.pendingUpdate);
    const fileIn = (state: State) => readUpdateFile(textIn(state));

    it("changes nothing, says who has to sign, and gives out its file with our signature", async () => {
        const before = await up(undefined, channel.inputs(undefined, ours()));
        const { inputs: preview } = await planned(before, inputs());
        assert.deepEqual(preview.waitsFor, [
            "/Channel/Application/Admins: 1 more of: Org2MSP admin, Org3MSP admin",
        ]);
        const state = await up(before, inputs());
        assert.equal(channel.updates.length, 0);
        assert.deepEqual([state.outs.status, state.outs.waitsFor], ["pending", preview.waitsFor]);
        const file = fileIn(state);
        assert.equal(file.signatures.length, 1);
        assert.doesNotMatch(textIn(state), /PRIVATE KEY/);
        const days = (Date.parse(file.expires) - Date.now()) / 86_400_000;
        assert.ok(days > 29 && days <= 30, file.expires);
    });

    it("stays the same file, to the byte, between two updates of the stack", async () => {
        const first = await pending();
        const second = await up(first, inputs());
        assert.equal(second.outs.pendingUpdate, first.outs.pendingUpdate);
        assert.deepEqual(await diff(MODULE, first.outs, second.inputs), { changes: true });
        const { props, inputs: read_ } = await read(MODULE, CHANNEL, second.outs);
        const third = await up({ inputs: read_!, outs: props }, inputs());
        assert.equal(third.outs.pendingUpdate, first.outs.pendingUpdate);
    });

    it("is made once another company has signed, and then nothing is left to do", async () => {
        const state = await pending();
        const text = channel.signed(textIn(state), channel.admins[2]!);
        const made = await up(state, inputs(["", text]));
        assert.deepEqual([made.outs.status, made.outs.pendingUpdate], ["made", undefined]);
        assert.equal(now().application.length, 2);
        await changesNothing(made, inputs(["", text]));
        await changesNothing(made, inputs());
    });

    it("is done where the other company has submitted it itself", async () => {
        const state = await pending();
        channel.change(edit);
        const done = await up(state, inputs());
        assert.deepEqual([done.outs.status, channel.updates.length], ["made", 0]);
    });

    it("is made anew where the channel has moved on, and says which signature is of the old one", async () => {
        const state = await pending();
        const text = channel.signed(textIn(state), channel.admins[2]!);
        channel.change(({ application }) => (application[0]!.anchorPeers = []));
        channel.change(({ application }) => application.push(application[2]!) && application.pop());
        const both = (definition: ChannelDefinition) => {
            edit(definition);
            definition.application[1]!.anchorPeers = [{ host: "late.example", port: 1 }];
        };
        const next = await up(state, inputs([text], both));
        assert.equal(next.outs.status, "pending");
        assert.notEqual(fileIn(next).hash, fileIn(state).hash);
        assert.match(
            String((next.outs.waitsFor as string[]).at(-1)),
            /^signatures\[0\] is of another update \(hash [0-9a-f]{64}\) .*; have the new one signed$/,
        );
    });

    it("is given up where the program wants it no more", async () => {
        const state = await pending();
        const back = await up(state, channel.inputs(undefined, ours()));
        assert.deepEqual([back.outs.status, back.outs.pendingUpdate], ["made", undefined]);
        assert.equal(now().application.length, 3);
        await changesNothing(back, channel.inputs(undefined, ours()));
    });

    const wrong: [what: string, make: (text: string) => string | Promise<string>, said: RegExp][] =
        [
            [
                "a file that was edited by hand",
                (text) => text.replace(/"update": "C/, '"update": "D'),
                /^signatures\[0\]\.hash: .* the file was edited; ask whoever made the file/,
            ],
            ["a file that is none", () => "{", /^signatures\[0\]: is not an object; ask/],
            [
                "a signature of an organization that the channel does not know",
                async (text) => {
                    const stranger = await SigningOrg.make("Org9MSP");
                    return withoutCheck(text, await stranger.signer());
                },
                /^signatures\[0\]\.signatures\[1\]: is of Org9MSP, which is not in the channel .*; take it out$/,
            ],
            [
                "a second signature of one organization",
                async (text) =>
                    withoutCheck(text, await channel.orgs[1]!.signer("admin", "second")),
                /^signatures\[0\]\.signatures\[1\]: is the second of Org1MSP .*, and adds nothing/,
            ],
        ];
    for (const [what, make, said] of wrong) {
        it(`fails in the preview with ${what}, and leaves the channel`, async () => {
            const state = await pending();
            const lines = await refusal(state, inputs([await make(textIn(state))]));
            assert.equal(lines.length, 1, lines.join("\n"));
            assert.match(lines[0]!, said);
            assert.equal(channel.updates.length, 0);
        });
    }

    /** Signs as someone who does not look at what the channel says. */
    function withoutCheck(text: string, signer: Signer): string {
        const file = JSON.parse(text) as UpdateFile;
        const { header, signature } = signUpdate(updateBytesIn(file), signer);
        const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");
        file.signatures.push({ header: base64(header), signature: base64(signature) });
        return writeUpdateFile(file);
    }
});
