import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { existsSync, lstatSync, rmSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";

import { applyUpdate } from "kubefabric/internal/fabric/configUpdate";
import { newUpdateFile, signersIn, writeUpdateFile } from "kubefabric/internal/fabric/updateFile";

import { later } from "../fabric/authorities.ts";
import { configBlock } from "../support/configBlock.ts";
import { COMMAND, UpdateFolder } from "../support/updateFolder.ts";

const BLOCK = ["--config-block", "block.pb"];

describe("kubefabric sign", function () {
    this.timeout(60_000);
    let folder: UpdateFolder;
    before(async () => {
        folder = await UpdateFolder.make();
    });
    beforeEach(() => folder.writeUpdate());
    after(() => folder.remove());

    const signers = () => signersIn(folder.read()).map(({ mspId }) => mspId);

    /** Nothing may have come of it, and no key may be in what is said. */
    function assertRefused(
        run: ReturnType<UpdateFolder["run"]>,
        message: RegExp,
        { code = 1, text }: { code?: number; text?: string } = {},
    ) {
        assert.match(run.notes, message);
        assert.equal(run.code, code, run.notes);
        if (text !== undefined) {
            assert.equal(folder.text(), text);
        }
        assert.ok(!existsSync(join(folder.path, "update.json.lock")));
        for (const { privateKeyPem } of folder.admins) {
            const [, secret = ""] = privateKeyPem.split("\n");
            assert.ok(!`${run.output}${run.notes}`.includes(secret), "a key was said");
        }
    }

    it("shows the change, channel, sequence, expiry and who signs, and signs until nobody is needed", () => {
        const { hash, expires } = folder.read();
        const first = folder.sign("Org1MSP", ...BLOCK);
        assert.equal(first.code, 0, first.notes);
        for (const expected of [
            'Config update of channel "raft-channel"',
            "  base sequence  4",
            `  SHA-256        ${hash}`,
            `  expires        ${expires} (in 6 days)`,
            "It changes, told from the channel's config block",
            "  capability of /Channel/Application: V2_5 => V2_0",
            "  by nobody",
            "  /Channel/Application/Admins: 2 more of: Org1MSP admin, Org2MSP admin, Org3MSP admin",
        ]) {
            assert.ok(first.lines.includes(expected), `${expected}\n${first.output}`);
        }
        assert.match(
            first.notes,
            /^signed as Org1MSP "O=Org1MSP, OU=admin, CN=admin of Org1MSP"$/m,
        );
        assert.match(first.notes, /^still needed: 1 more of: Org2MSP admin, Org3MSP admin$/m);
        const second = folder.sign("Org3MSP", ...BLOCK);
        assert.match(
            second.output,
            /Signed so far\n {2}Org1MSP {2}"O=Org1MSP, .*" {2}certificate \w{16}\n/,
        );
        assert.match(second.notes, /it can be submitted/);
        assert.deepEqual(signers(), ["Org1MSP", "Org3MSP"]);
    });

    it("tells from the bytes alone what is set, and what it cannot know, where no block is given", () => {
        const { code, output, notes } = folder.sign("Org2MSP");
        assert.equal(code, 0, notes);
        assert.match(output, /It sets, told from its bytes alone/);
        assert.match(output, /^ {2}capability of \/Channel\/Application afterwards: V2_0$/m);
        assert.match(output, /^ {2}is not known without --config-block$/m);
        assert.match(notes, /who still has to sign is not known without --config-block/);
        assert.deepEqual(signers(), ["Org2MSP"]);
    });

    it("signs with a local MSP, with the one of its keys that is the certificate's", () => {
        const [, admin, other] = folder.admins;
        folder.write("msp/signcerts/cert.pem", admin!.certificatePem);
        folder.write("msp/keystore/a_sk", other!.privateKeyPem);
        folder.write("msp/keystore/b_sk", admin!.privateKeyPem);
        const args = ["sign", "update.json", "--msp-id", "Org1MSP", "--msp", "msp", "--yes"];
        const { code, notes } = folder.run(args);
        assert.equal(code, 0, notes);
        assert.deepEqual(signers(), ["Org1MSP"]);
    });

    for (const [name, kind, options] of [
        ["P-384", "ec", { namedCurve: "P-384" }],
        ["P-521", "ec", { namedCurve: "P-521" }],
        ["Ed25519", "ed25519", {}],
    ] as const) {
        it(`signs with a key on ${name}, several times as Fabric takes it`, async () => {
            const made = generateKeyPairSync(kind as "ec", options as { namedCurve: string });
            const key = {
                privateKeyPem: made.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
                publicKeyPem: made.publicKey.export({ type: "spki", format: "pem" }).toString(),
            };
            const signer = await folder.orgs[1]!.signer("admin", "other", { key });
            folder.writeSigner("other", signer);
            for (let count = 0; count < 4; count++) {
                folder.writeUpdate();
                const run = folder.run([
                    ...["sign", "update.json", "--msp-id", "Org1MSP", "--yes", ...BLOCK],
                    ...["--key", "other.key", "--certificate", "other.pem"],
                ]);
                assert.equal(run.code, 0, run.notes);
                assert.equal(folder.read().signatures.length, 1);
            }
        });
    }

    it("takes keys as openssl writes them, and the first certificate of a chain", () => {
        const [, admin] = folder.admins;
        const parameters =
            "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
        folder.write("Org1MSP.key", `${parameters}${admin!.privateKeyPem}`);
        const { certificatePem } = folder.orgs[1]!.ca;
        folder.write("Org1MSP.pem", `subject=CN\n${admin!.certificatePem}${certificatePem}`);
        try {
            const { code, notes } = folder.sign("Org1MSP", ...BLOCK);
            assert.equal(code, 0, notes);
        } finally {
            folder.writeSigner("Org1MSP", admin!);
        }
    });

    it("keeps the file's mode, and a link that leads to it", () => {
        const { mode } = statSync(join(folder.path, "update.json"));
        symlinkSync("update.json", join(folder.path, "link.json"));
        const key = ["--key", "Org1MSP.key", "--certificate", "Org1MSP.pem"];
        const { code } = folder.run(["sign", "link.json", "--msp-id", "Org1MSP", ...key, "--yes"]);
        assert.equal(code, 0);
        assert.ok(lstatSync(join(folder.path, "link.json")).isSymbolicLink());
        assert.equal(statSync(join(folder.path, "update.json")).mode, mode);
        assert.deepEqual(signers(), ["Org1MSP"]);
    });

    it("loses none of the signatures of three who sign at once", async () => {
        const names = ["Org1MSP", "Org2MSP", "Org3MSP"];
        await Promise.all(
            names.map((mspId) => {
                const key = ["--key", `${mspId}.key`, "--certificate", `${mspId}.pem`];
                const args = [COMMAND, "sign", "update.json", "--msp-id", mspId, ...key, "--yes"];
                const child = spawn(process.execPath, args, { cwd: folder.path, stdio: "ignore" });
                return new Promise((resolve) => child.once("close", resolve));
            }),
        );
        assert.deepEqual(signers().sort(), names);
    });

    it("warns of a certificate that expired, and signs, since Fabric counts it", async () => {
        const [, org] = folder.orgs;
        const signer = await org!.signer("admin", "late", { validityDays: 1e-6 });
        folder.writeSigner("late", signer);
        const late = ["--key", "late.key", "--certificate", "late.pem"];
        const { code, notes } = folder.run([
            ...["sign", "update.json", "--msp-id", "Org1MSP", "--yes", ...late, ...BLOCK],
        ]);
        assert.match(
            notes,
            /Warning: the certificate ".*CN=late" expired 0 minutes ago; Fabric counts/,
        );
        assert.equal(code, 0, notes);
    });

    it("fails on a file that was edited by hand", () => {
        const text = folder.text().replace(/"hash": "./, '"hash": "x');
        folder.write("update.json", text);
        assertRefused(
            folder.sign("Org1MSP"),
            /^update\.json: the file .* not valid\n {2}hash: .*edited/,
            { text },
        );
        folder.write("update.json", "{");
        assertRefused(folder.sign("Org1MSP"), /update\.json: .* is not JSON/);
    });

    it("fails on a file that has expired, with and without a block", () => {
        folder.writeUpdate("update.json", { expires: new Date(Date.now() - 1000) });
        const text = folder.text();
        const message = /expires: ".*" has passed; make the update anew/;
        assertRefused(folder.sign("Org1MSP"), message, { text });
        assertRefused(folder.sign("Org1MSP", ...BLOCK), message, { text });
    });

    it("fails where one signs twice, with and without a block", () => {
        assert.equal(folder.sign("Org1MSP").code, 0);
        const text = folder.text();
        const message = /Org1MSP "O=.*" has signed already, as signatures\[0\]/;
        assertRefused(folder.sign("Org1MSP"), message, { text });
        assertRefused(folder.sign("Org1MSP", ...BLOCK), message, { text });
    });

    it("fails for who is not in the channel, for a wrong MSP ID, and for who is not asked", () => {
        const text = folder.text();
        const of = (mspId: string, name: string) =>
            folder.run([
                ...["sign", "update.json", "--msp-id", mspId, "--yes", ...BLOCK],
                ...["--key", `${name}.key`, "--certificate", `${name}.pem`],
            ]);
        assertRefused(of("Org9MSP", "Org1MSP"), /is of Org9MSP, which is not in the channel/, {
            text,
        });
        assertRefused(of("Org2MSP", "Org1MSP"), /none of the CAs of Org2MSP issued/, { text });
        assertRefused(
            of("OrdererMSP", "OrdererMSP"),
            /adds nothing to the update; needed is 2 more of: Org1MSP admin/,
            { text },
        );
    });

    it("fails on a key that is not the certificate's, of a file and of an MSP", () => {
        const text = folder.text();
        const args = ["sign", "update.json", "--msp-id", "Org1MSP", "--yes"];
        assertRefused(
            folder.run([...args, "--key", "Org2MSP.key", "--certificate", "Org1MSP.pem"]),
            /Org2MSP\.key: is not the key of the certificate "O=.*CN=admin of Org1MSP"/,
            { text },
        );
        folder.write("bare/signcerts/cert.pem", folder.admins[1]!.certificatePem);
        folder.write("bare/keystore/key.pem", folder.admins[2]!.privateKeyPem);
        assertRefused(
            folder.run([...args, "--msp", "bare"]),
            /bare: has no key of its certificate .*; .* use --sign-command/,
            { text },
        );
    });

    it("fails on files that are no key or no certificate, and never repeats them", () => {
        const args = ["sign", "update.json", "--msp-id", "Org1MSP", "--yes"];
        folder.write("broken.key", folder.admins[1]!.privateKeyPem.replace("BEGIN", "BEGINN"));
        const encrypted = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({
            type: "pkcs8",
            format: "pem",
            cipher: "aes-256-cbc",
            passphrase: "canary",
        });
        folder.write("encrypted.key", encrypted.toString());
        const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
        folder.write("rsa.key", rsa.privateKey.export({ type: "pkcs8", format: "pem" }));
        for (const [key, certificate, message, code] of [
            ["broken.key", "Org1MSP.pem", /broken\.key: is no private key in PEM/, 1],
            ["encrypted.key", "Org1MSP.pem", /encrypted\.key: is encrypted; .*--sign-command/, 1],
            ["rsa.key", "Org1MSP.pem", /rsa\.key: is not the key of the certificate/, 1],
            ["Org1MSP.key", "Org1MSP.key", /Org1MSP\.key: is no certificate in PEM/, 1],
            ["absent.key", "Org1MSP.pem", /absent\.key: does not exist/, 2],
        ] as const) {
            const run = folder.run([...args, "--key", key, "--certificate", certificate]);
            assertRefused(run, message, { code });
        }
    });

    it("fails where the channel moved on, or the block is of another channel or none", () => {
        const text = folder.text();
        const made = applyUpdate(
            folder.config,
            folder.updateTo(({ capabilities }) => {
                capabilities.application = "V2_1" as "V2_0";
            }),
        );
        folder.write("moved.pb", configBlock(made));
        assertRefused(
            folder.sign("Org1MSP", "--config-block", "moved.pb"),
            /baseSequence: 4 is behind the channel, which is at 5 and has changed what the update/,
            { text },
        );
        folder.write("damaged.pb", configBlock(made).slice(0, -200));
        assertRefused(folder.sign("Org1MSP", "--config-block", "damaged.pb"), /damaged\.pb: /, {
            text,
        });
        assertRefused(
            folder.sign("Org1MSP", "--config-block", "update.json"),
            /update\.json: .* not a block of Fabric/,
            { text },
        );
        const update = folder.updateTo(({ settings }) => (settings.batchTimeout = "9s"));
        update.setChannelId("other");
        const expires = later(7, new Date());
        const other = writeUpdateFile(newUpdateFile(update, { baseSequence: 4, expires }));
        folder.write("update.json", other);
        assertRefused(
            folder.sign("Org1MSP", ...BLOCK),
            /block\.pb: is a block of channel "raft-channel", and the update is of "other"/,
            { text: other },
        );
    });

    it("fails where nobody can be asked, and says what would answer", () => {
        const text = folder.text();
        const key = ["--key", "Org1MSP.key", "--certificate", "Org1MSP.pem"];
        const run = folder.run(["sign", "update.json", "--msp-id", "Org1MSP", ...key], "yes\n");
        assertRefused(run, /^--yes: is missing, and nobody is at a terminal/, { code: 2, text });
    });

    it("fails on every wrong option at once", () => {
        const args = ["sign", "update.json", "--msp-id", "", "--sign-input", "digest", "--yes"];
        const { code, notes } = folder.run(args);
        assert.equal(code, 2);
        for (const expected of [
            /^--msp-id: /m,
            /^--certificate: /m,
            /^--key: /m,
            /^--sign-input: /m,
        ]) {
            assert.match(notes, expected);
        }
        const both = folder.sign("Org1MSP", "--msp", "msp", "--sign-command", "true");
        assert.equal(both.code, 2);
        assert.equal(both.notes.trim().split("\n").length, 3);
        assert.equal(folder.run(["sign", "-", "--msp-id", "A", "--msp", "msp"]).code, 2);
        assert.equal(folder.run(["sign", "update.json"]).code, 2);
    });

    it("fails where another process has the file, and leaves its lock alone", () => {
        folder.write("update.json.lock", "of another");
        const { code, notes } = folder.sign("Org1MSP");
        assert.equal(code, 1);
        assert.match(notes, /update\.json\.lock: is there, so another process changes the file/);
        assert.equal(folder.text("update.json.lock"), "of another");
        assert.deepEqual(signers(), []);
        rmSync(join(folder.path, "update.json.lock"));
    });
});
