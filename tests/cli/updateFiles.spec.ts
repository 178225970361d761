import assert from "node:assert/strict";
import { PassThrough } from "node:stream";

import { askYes } from "kubefabric/internal/cli/updates/question";
import { applyUpdate } from "kubefabric/internal/fabric/configUpdate";
import { signersIn } from "kubefabric/internal/fabric/updateFile";

import { configBlock } from "../support/configBlock.ts";
import { UpdateFolder } from "../support/updateFolder.ts";

const BLOCK = ["--config-block", "block.pb"];

describe("kubefabric show and kubefabric merge", function () {
    this.timeout(60_000);
    let folder: UpdateFolder;
    before(async () => {
        folder = await UpdateFolder.make();
    });
    beforeEach(() => folder.writeUpdate());
    after(() => folder.remove());

    it("shows the same as JSON, with each policy and the certificates of who signed", () => {
        folder.sign("Org2MSP");
        const { code, output } = folder.run(["show", "update.json", "--format", "json", ...BLOCK]);
        assert.equal(code, 0);
        const shown = JSON.parse(output);
        const { signed, ...rest } = shown;
        const { hash, expires } = folder.read();
        assert.deepEqual(rest, {
            channel: "raft-channel",
            baseSequence: 4,
            hash,
            expires,
            changes: ["capability of /Channel/Application: V2_5 => V2_0"],
            compared: true,
            policies: [
                {
                    policy: "/Channel/Application/Admins",
                    needed: "1 more of: Org1MSP admin, Org3MSP admin",
                },
            ],
            needed: "1 more of: Org1MSP admin, Org3MSP admin",
            problems: [],
        });
        assert.equal(signed.length, 1);
        assert.equal(signed[0].mspId, "Org2MSP");
        assert.match(String(signed[0].certificate), /^[0-9a-f]{64}$/);
    });

    it("reads from standard input, and changes nothing", () => {
        const text = folder.text();
        const { code, output } = folder.run(["show", "-", ...BLOCK], text);
        assert.equal(code, 0);
        assert.match(output, /^Config update of channel "raft-channel"$/m);
        assert.equal(folder.text(), text);
    });

    it("shows from the bytes alone who joins, what is set, and which members are left", () => {
        const [, , , third] = folder.orgs;
        folder.writeUpdate("update.json", {
            change: (channel) => {
                channel.application = channel.application.filter(
                    ({ mspId }) => mspId !== third!.mspId,
                );
                channel.settings.batchTimeout = "350ms";
            },
        });
        const { output } = folder.run(["show", "update.json"]);
        assert.match(
            output,
            /^ {2}members of group \/Channel\/Application afterwards, and no others: groups Org1MSP, Org2MSP; value.*; policies .*$/m,
        );
        assert.match(output, /^ {2}batch timeout afterwards: 350ms$/m);
        const compared = folder.run(["show", "update.json", ...BLOCK]).output;
        assert.match(compared, /^ {2}Org3MSP leaves the organizations with peers$/m);
    });

    it("ends with 1 for what nobody should sign, and still shows it", () => {
        folder.writeUpdate("update.json", { expires: new Date(Date.now() - 2 * 3_600_000 - 5000) });
        const expired = folder.run(["show", "update.json"]);
        assert.equal(expired.code, 1);
        assert.match(expired.output, /\(2 hours ago\)/);
        assert.match(expired.notes, /expires: ".*" has passed/);

        const { hash } = folder.writeUpdate();
        const update = folder.updateTo(({ capabilities }) => (capabilities.application = "V2_0"));
        folder.write("made.pb", configBlock(applyUpdate(folder.config, update)));
        const made = folder.run(["show", "update.json", "--config-block", "made.pb"]);
        assert.equal(made.code, 1);
        assert.match(made.output, new RegExp(hash));
        assert.match(made.notes, /has this update already; the file is done with/);
    });

    it("fails with 2 on what cannot be read, and with 1 on a damaged file", () => {
        assert.equal(folder.run(["show", "absent.json"]).code, 2);
        assert.equal(folder.run(["show", "-", "--config-block", "-"]).code, 2);
        assert.equal(folder.run(["show"]).code, 2);
        folder.write("damaged.json", folder.text().replace("update", "updat"));
        const { code, notes } = folder.run(["show", "damaged.json"]);
        assert.equal(code, 1);
        assert.match(notes, /damaged\.json: .*not valid\n {2}update: /);
    });

    it("takes the signatures of files that were signed apart into one, each once", () => {
        const unsigned = folder.text();
        const files = ["Org1MSP", "Org2MSP", "Org3MSP"].map((mspId) => {
            folder.write("update.json", unsigned);
            assert.equal(folder.sign(mspId).code, 0);
            folder.write(`${mspId}.json`, folder.text());
            return `${mspId}.json`;
        });
        const [first, ...others] = files;
        const before = folder.text("Org2MSP.json");
        const { code, notes } = folder.run(["merge", first!, ...others, "update.json"]);
        assert.equal(code, 0, notes);
        assert.match(notes, /^2 signatures added; Org1MSP\.json is now signed by\n {2}Org1MSP "/);
        assert.deepEqual(
            signersIn(folder.read("Org1MSP.json")).map(({ mspId }) => mspId),
            ["Org1MSP", "Org2MSP", "Org3MSP"],
        );
        assert.equal(folder.text("Org2MSP.json"), before);
        assert.match(folder.run(["merge", first!, "update.json"]).notes, /^0 signatures added/);
    });

    it("fails to merge files of different updates, damaged ones and ones that are not there", () => {
        const text = folder.text();
        folder.writeUpdate("other.json", {
            change: ({ settings }) => (settings.batchTimeout = "9s"),
        });
        const other = folder.run(["merge", "update.json", "other.json"]);
        assert.equal(other.code, 1);
        assert.match(other.notes, /^other\.json: the files are of different updates/);
        folder.write("edited.json", text.replace('"baseSequence": 4', '"baseSequence": 5'));
        const edited = folder.run(["merge", "update.json", "edited.json"]);
        assert.match(edited.notes, /^edited\.json: .* different base sequences, 4 and 5/);
        assert.equal(folder.run(["merge", "update.json", "absent.json"]).code, 2);
        assert.equal(folder.run(["merge", "absent.json", "update.json"]).code, 2);
        assert.equal(folder.run(["merge", "-", "update.json"]).code, 2);
        assert.equal(folder.run(["merge", "update.json"]).code, 2);
        assert.equal(folder.text(), text);
    });
});

describe("the question before a signature", () => {
    function terminal(answers: string, isTTY = true) {
        const input = Object.assign(new PassThrough(), { isTTY });
        const output = new PassThrough();
        input.write(answers);
        return { input, output };
    }

    it("takes yes and no in full, and asks again on anything else", async () => {
        assert.equal(await askYes("Sign?", terminal("yes\n")), true);
        assert.equal(await askYes("Sign?", terminal("NO\n")), false);
        const asked = terminal("y\n");
        const answer = askYes("Sign?", asked);
        setTimeout(() => asked.input.write("\n"), 20);
        setTimeout(() => asked.input.write("no\n"), 40);
        assert.equal(await answer, false);
        assert.equal(String(asked.output.read()).split("Sign? (yes/no)").length, 4);
    });

    it("fails where the terminal goes away, and where there is none", async () => {
        const gone = terminal("");
        const answer = askYes("Sign?", gone);
        gone.input.end();
        await assert.rejects(answer, { name: "Interrupted" });
        await assert.rejects(askYes("Sign?", terminal("yes\n", false)), /--yes: is missing/);
    });
});
