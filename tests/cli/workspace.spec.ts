import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import {
    chooseBackend,
    fingerprint,
    passphraseVariables,
    refuseFullDisk,
    type Backend,
} from "kubefabric/internal/cli/workspace";

const OWN: Backend = { kind: "own" };
const BUCKET: Backend = { kind: "elsewhere", url: "s3://bucket", because: "" };
const SERVICE: Backend = { kind: "elsewhere", url: "https://api.pulumi.com", because: "" };

describe("the passphrase", () => {
    let folder: string;
    let file: string;
    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "kubefabric-cli-"));
        file = join(folder, "passphrase");
    });
    afterEach(() => rmSync(folder, { recursive: true }));

    it("is made for a new state, readable by its owner only, and kept", () => {
        const ask = { env: {}, backend: OWN, file };
        assert.deepEqual(passphraseVariables({ ...ask, stateExists: false }), {
            PULUMI_CONFIG_PASSPHRASE_FILE: file,
        });
        assert.equal(statSync(file).mode & 0o777, 0o600);
        const made = readFileSync(file, "utf8");
        assert.ok(made.trim().length >= 43, made);
        passphraseVariables({ ...ask, stateExists: true });
        assert.equal(readFileSync(file, "utf8"), made);
    });

    it("fails where it is missing and there is a state, and is never made anew", () => {
        for (const backend of [OWN, BUCKET]) {
            assert.throws(
                () => passphraseVariables({ env: {}, backend, file, stateExists: true }),
                /passphrase file .* is missing, but there is a state; .*Restore the file/,
            );
            assert.throws(() => statSync(file), { code: "ENOENT" });
        }
    });

    it("fails where its file is empty", () => {
        writeFileSync(file, "\n");
        assert.throws(
            () => passphraseVariables({ env: {}, backend: OWN, file, stateExists: true }),
            /is empty/,
        );
    });

    it("is the user's own where they set one, or where their service needs none", () => {
        for (const env of [
            { PULUMI_CONFIG_PASSPHRASE: "" },
            { PULUMI_CONFIG_PASSPHRASE_FILE: "/p" },
        ]) {
            assert.deepEqual(
                passphraseVariables({ env, backend: OWN, file, stateExists: true }),
                {},
            );
        }
        const ask = { env: {}, backend: SERVICE, file, stateExists: true };
        assert.deepEqual(passphraseVariables(ask), {});
    });
});

describe("the backend", () => {
    const nowhere = async () => undefined;
    const never = async () => assert.fail("asked where the user is logged in");

    it("is a folder of the checkout where the user is logged in nowhere", async () => {
        const chosen = await chooseBackend({ env: {}, remembered: undefined, loggedInAt: nowhere });
        assert.deepEqual(chosen, OWN);
    });

    it("is the user's own where a variable or a login says so, and that is told", async () => {
        const reasons = await Promise.all(
            [
                { env: { PULUMI_BACKEND_URL: "s3://b" }, loggedInAt: never },
                { env: { PULUMI_ACCESS_TOKEN: "t" }, loggedInAt: never },
                { env: {}, loggedInAt: async () => "postgres://me:s3cret@host/db?sslpassword=x" },
            ].map((ask) => chooseBackend({ ...ask, remembered: undefined })),
        );
        assert.deepEqual(
            reasons.map((backend) => (backend.kind === "elsewhere" ? backend.because : "")),
            [
                "PULUMI_BACKEND_URL is set",
                "PULUMI_ACCESS_TOKEN is set",
                "you are logged in at postgres://host/db",
            ],
        );
    });

    it("stays in the checkout for a network that is there, whoever logs in later", async () => {
        const ask = { env: { PULUMI_ACCESS_TOKEN: "t" }, loggedInAt: never };
        assert.deepEqual(await chooseBackend({ ...ask, remembered: "own" }), OWN);
    });

    it("fails where a variable names another one than the network's", async () => {
        const env = { PULUMI_BACKEND_URL: "s3://b" };
        await assert.rejects(
            chooseBackend({ env, remembered: "own", loggedInAt: never }),
            /the state of this network is in \.kubefabric\/state; unset it/,
        );
        await assert.rejects(
            chooseBackend({
                env,
                remembered: { elsewhere: fingerprint("s3://a") },
                loggedInAt: never,
            }),
            /in another Pulumi backend/,
        );
        await assert.rejects(
            chooseBackend({
                env: {},
                remembered: { elsewhere: fingerprint("s3://a") },
                loggedInAt: nowhere,
            }),
            /in another Pulumi backend/,
        );
    });
});

describe("a disk that is almost full", () => {
    let folder: string;
    beforeEach(() => {
        folder = join(mkdtempSync(join(tmpdir(), "kubefabric-cli-")), "state");
    });
    afterEach(() => rmSync(dirname(folder), { recursive: true }));

    it("is refused before a state is written that could be cut off, with what to free", () => {
        const more = 2 ** 40 * 2 ** 20;
        assert.throws(() => refuseFullDisk({ folder }, more), {
            name: "Refusal",
            message: new RegExp(
                `^only \\d+ MB are free on the disk of ${folder}; free at least ${2 ** 40} MB and run ` +
                    "the same command again$",
            ),
        });
    });

    it("is enough with a little more than a state needs", () => {
        refuseFullDisk({ folder }, 1);
    });
});
