import assert from "node:assert/strict";

import { signersIn } from "kubefabric/internal/fabric/updateFile";

import { OpenSsl } from "../fabric/authorities.ts";
import { UpdateFolder } from "../support/updateFolder.ts";

const BLOCK = ["--config-block", "block.pb"];

describe("kubefabric sign with a command that signs", function () {
    this.timeout(60_000);
    let folder: UpdateFolder;
    before(async function () {
        if (!OpenSsl.isThere()) {
            console.log("      openssl is not on the PATH: the commands that sign are not run");
            this.skip();
        }
        folder = await UpdateFolder.make();
    });
    beforeEach(() => folder.writeUpdate());
    after(() => folder?.remove());

    const sign = (command: string, ...more: string[]) =>
        folder.run([
            ...["sign", "update.json", "--msp-id", "Org1MSP", "--certificate", "Org1MSP.pem"],
            ...["--yes", "--sign-command", command, ...more],
        ]);

    function assertRefused(run: ReturnType<typeof sign>, message: RegExp) {
        assert.match(run.notes, message);
        assert.equal(run.code, 1);
        assert.deepEqual(folder.read().signatures, []);
    }

    const DGST = "openssl dgst -sha256 -sign Org1MSP.key";
    const PKEYUTL = "openssl pkeyutl -sign -inkey Org1MSP.key";

    for (const [name, command, input] of [
        ["the bytes, which it hashes", DGST, "bytes"],
        ["their digest", PKEYUTL, "digest"],
    ] as const) {
        it(`takes what openssl makes of ${name}, whichever of the two signatures it is`, () => {
            // One in two has the larger s, which the channel's check of the file refuses.
            for (let count = 0; count < 5; count++) {
                folder.writeUpdate();
                const { code, notes } = sign(command, "--sign-input", input, ...BLOCK);
                assert.equal(code, 0, notes);
                assert.deepEqual(
                    signersIn(folder.read()).map(({ mspId }) => mspId),
                    ["Org1MSP"],
                );
            }
        });
    }

    it("takes the certificate from an MSP without a key, and bytes where nothing is said", () => {
        folder.write("msp/signcerts/cert.pem", folder.admins[1]!.certificatePem);
        const { code, notes } = folder.run([
            ...["sign", "update.json", "--msp-id", "Org1MSP", "--msp", "msp"],
            ...["--yes", "--sign-command", DGST],
        ]);
        assert.equal(code, 0, notes);
        assert.equal(folder.read().signatures.length, 1);
    });

    it("fails on a signature of another key, before anything is written", () => {
        assertRefused(
            sign(DGST.replace("Org1", "Org2")),
            /--sign-command: .* does not fit the bytes and the certificate; see that the command uses/,
        );
    });

    for (const [what, command, input, message] of [
        [
            "hashes the digest again",
            DGST,
            "digest",
            /hashed the digest once more; write --sign-input/,
        ],
        ["gives r and s", `${DGST} | node raw.cjs`, "bytes", /r and s one after the other; .* DER/],
        ["gives base64", `${DGST} | openssl base64`, "bytes", /it is text; have the command write/],
        ["gives nothing", "true", "bytes", /it is empty; the signature is read from standard/],
        ["gives too much", "head -c 100000 /dev/zero", "bytes", /gave more than 4096 bytes/],
        ["fails", "exit 7", "bytes", /^--sign-command: ended with 7; nothing was written/m],
        ["is not there", "kubefabric-absent", "bytes", /--sign-command: ended with 127/],
    ] as const) {
        it(`fails on a command that ${what}, and says what to do`, () => {
            folder.write(
                "raw.cjs",
                `const der = require("node:fs").readFileSync(0);
                 const r = der.subarray(4, 4 + der[3]);
                 const s = der.subarray(6 + der[3]);
                 const pad = (n) => Buffer.concat([Buffer.alloc(32), n]).subarray(-32);
                 process.stdout.write(Buffer.concat([pad(r), pad(s)]));`,
            );
            assertRefused(sign(command, "--sign-input", input), message);
        });
    }

    it("fails without a word of the command line, which may have a PIN in it", () => {
        const run = sign(`exit 7 # pin-canary-4711`);
        assertRefused(run, /ended with 7/);
        assert.doesNotMatch(`${run.output}${run.notes}`, /pin-canary/);
    });

    it("fails on an RSA certificate before the command is run", () => {
        const openssl = new OpenSsl();
        try {
            const rsa = openssl.selfSigned(["rsa:2048"], "/CN=rsa");
            folder.write("rsa.pem", rsa.certificatePem);
            const run = folder.run([
                ...["sign", "update.json", "--msp-id", "Org1MSP", "--certificate", "rsa.pem"],
                ...["--yes", "--sign-command", "echo was-run >&2"],
            ]);
            assertRefused(run, /has a key of type rsa, of which Fabric takes no signature/);
            assert.doesNotMatch(run.notes, /was-run/);
        } finally {
            openssl.remove();
        }
    });
});
