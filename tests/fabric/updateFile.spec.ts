import assert from "node:assert/strict";
import { createSign } from "node:crypto";

import { common } from "@hyperledger/fabric-protos";
import { p256 } from "@noble/curves/nist.js";
import fc from "fast-check";

import { configTree } from "kubefabric/internal/fabric/configTree";
import { applyUpdate, computeUpdate } from "kubefabric/internal/fabric/configUpdate";
import { needInWords } from "kubefabric/internal/fabric/policyEvaluation";
import type { Signer } from "kubefabric/internal/fabric/signing";
import {
    mergeUpdateFiles,
    newUpdateFile,
    openNeed,
    readUpdateFile,
    signaturesIn,
    signersIn,
    type UpdateFile,
    updateBytesIn,
    updateIn,
    withSignature,
    writeUpdateFile,
} from "kubefabric/internal/fabric/updateFile";
import {
    lowS,
    signatureHeader,
    signedBytes,
    signUpdate,
    updateEnvelope,
} from "kubefabric/internal/fabric/updateSigning";

import { later, NOW } from "./authorities.ts";
import { channelOf, type SigningOrg, signingOrgs } from "./signingOrgs.ts";

const CHANNEL = "raft-channel";

describe("the file of a config update", () => {
    let orgs: SigningOrg[];
    let config: common.Config;
    let update: common.ConfigUpdate;
    let file: UpdateFile;
    /** Administrators of the organizations; the last one is a second of Org1MSP. */
    let admins: Signer[];

    before(async () => {
        orgs = await signingOrgs();
        admins = await Promise.all([...orgs, orgs[1]!].map((org) => org.signer()));
        config = configOf(() => {});
        config.setSequence(4);
        // Needs a majority of the three organizations with peers.
        update = updateTo((channel) => (channel.capabilities.application = "V2_0"));
        file = newUpdateFile(update, { baseSequence: 4, expires: later(7) });
    });

    function configOf(change: Parameters<typeof channelOf>[1]): common.Config {
        const made = new common.Config();
        made.setChannelGroup(configTree(channelOf(orgs, change)));
        return made;
    }

    function updateTo(change: Parameters<typeof channelOf>[1]): common.ConfigUpdate {
        return computeUpdate(CHANNEL, config, configOf(change));
    }

    const context = (more: object = {}) => ({ channelId: CHANNEL, config, now: NOW, ...more });

    function signedBy(...numbers: number[]): UpdateFile {
        return numbers.reduce(
            (signed, number) =>
                withSignature(
                    signed,
                    signUpdate(updateBytesIn(signed), admins[number]!),
                    context(),
                ),
            file,
        );
    }

    /** What reading finds wrong with a file that was changed. */
    function fault(
        change: (changed: UpdateFile & Record<string, unknown>) => unknown,
        of = file,
    ): string {
        const changed = structuredClone(of) as UpdateFile & Record<string, unknown>;
        change(changed);
        try {
            readUpdateFile(JSON.stringify(changed), context());
            return "";
        } catch (error) {
            return (error as Error).message;
        }
    }

    it("is read as it was written", () => {
        const signed = signedBy(1);
        assert.deepEqual(readUpdateFile(writeUpdateFile(signed)), signed);
        assert.deepEqual(readUpdateFile(writeUpdateFile(signed), context()), signed);
        assert.deepEqual(updateIn(signed).serializeBinary(), update.serializeBinary());
        assert.deepEqual(
            signersIn(signed).map(({ mspId }) => mspId),
            ["Org1MSP"],
        );
    });

    it("says who still has to sign, until it can be submitted", () => {
        const words = (signed: UpdateFile) => {
            const need = openNeed(signed, config);
            return need && needInWords(need);
        };
        assert.equal(words(file), "2 more of: Org1MSP admin, Org2MSP admin, Org3MSP admin");
        assert.equal(words(signedBy(3)), "1 more of: Org1MSP admin, Org2MSP admin");
        assert.equal(words(signedBy(3, 1)), undefined);
    });

    it("is what ordering nodes take: the update to the byte, with every signature", () => {
        const signed = signedBy(1, 2);
        const envelope = updateEnvelope(updateBytesIn(signed), signaturesIn(signed));
        assert.deepEqual(envelope.getConfigUpdate_asU8(), update.serializeBinary());
        assert.equal(envelope.getSignaturesList().length, 2);
        const [first] = envelope.getSignaturesList();
        const header = common.SignatureHeader.deserializeBinary(first!.getSignatureHeader_asU8());
        assert.equal(header.getNonce_asU8().length, 24);
    });

    it("takes a signature from a key that is kept elsewhere, whichever of the two it gives", () => {
        const [, signer] = admins;
        const header = signatureHeader(signer!);
        const bytes = signedBytes(header, updateBytesIn(file));
        const signature = createSign("sha256").update(bytes).sign(signer!.privateKeyPem);
        const read = p256.Signature.fromBytes(signature, "der");
        const other = new p256.Signature(read.r, p256.Point.Fn.neg(read.s)).toBytes("der");
        for (const made of [new Uint8Array(signature), other]) {
            const signed = withSignature(file, { header, signature: lowS(made) }, context());
            assert.equal(signed.signatures.length, 1);
        }
        const high = read.hasHighS() ? new Uint8Array(signature) : other;
        assert.throws(
            () => withSignature(file, { header, signature: high }, context()),
            /signatures\[0\]: of Org1MSP ".*" is the one of two \(high s\) that Fabric refuses/,
        );
    });

    it("fails on what is no file", () => {
        assert.throws(() => readUpdateFile("{"), /not JSON/);
        assert.throws(() => readUpdateFile("[]"), /\(whole\): is not an object/);
        assert.match(
            fault((one) => (one.version = 2 as 1)),
            /version: 2 is not a version known here/,
        );
        const all = fault((one) => {
            one.channelId = "No";
            one.baseSequence = -1;
            one.update = "%";
            one.hash = 7 as unknown as string;
            one.expires = "tomorrow";
            one.signatures = {} as UpdateFile["signatures"];
        });
        for (const path of [
            "channelId",
            "baseSequence",
            "update",
            "hash",
            "expires",
            "signatures",
        ]) {
            assert.match(all, new RegExp(`\\n {2}${path}: `));
        }
        assert.match(
            fault((one) => one.signatures.push({} as never)),
            /signatures\[0\]: is no signature/,
        );
    });

    it("fails where the update was edited by hand", () => {
        const other = updateTo((channel) => (channel.settings.maxMessageCount = 1));
        const bytes = Buffer.from(other.serializeBinary()).toString("base64");
        assert.match(
            fault((one) => (one.update = bytes)),
            /hash: .* the file was edited/,
        );
        assert.match(
            fault((one) => (one.hash = "0".repeat(64))),
            /hash: .* the file was edited/,
        );
        assert.match(
            fault((one) => (one.channelId = "other")),
            /channelId: "other" is not the channel of/,
        );
        const renewed = newUpdateFile(other, { baseSequence: 4, expires: later(7) });
        const { signatures } = signedBy(1);
        assert.match(
            fault((one) => Object.assign(one, renewed, { signatures })),
            /signatures\[0\]: of Org1MSP ".*" does not fit the update and the certificate/,
        );
    });

    it("fails on bytes that are no update, though their hash is right", () => {
        const bytes = new Uint8Array([0xff, 0xff, 0xff]);
        const wrong = { getChannelId: () => CHANNEL, serializeBinary: () => bytes };
        const made = newUpdateFile(wrong as unknown as common.ConfigUpdate, {
            baseSequence: 4,
            expires: later(7),
        });
        assert.match(
            fault(() => {}, made),
            /update: is no config update of Fabric/,
        );
    });

    it("fails on every change of a single character of a signed file that says something", () => {
        const text = writeUpdateFile(signedBy(1));
        const meaning = (read: UpdateFile) => {
            const { baseSequence: _base, expires: _expires, ...rest } = read;
            return JSON.stringify(rest);
        };
        const wanted = meaning(readUpdateFile(text, context()));
        fc.assert(
            fc.property(
                fc.nat(text.length - 1),
                fc.constantFrom("A", "b", "0", "+", '"'),
                (at, letter) => {
                    const edited = text.slice(0, at) + letter + text.slice(at + 1);
                    let read: UpdateFile;
                    try {
                        read = readUpdateFile(edited, context());
                    } catch (error) {
                        assert.match(
                            (error as Error).message,
                            /the file of a config update is not/,
                        );
                        return;
                    }
                    assert.equal(meaning(read), wanted);
                },
            ),
            { numRuns: 300 },
        );
    });

    it("fails on a signer who is not in the channel, or of another CA", async () => {
        const stranger = { ...admins[1]!, mspId: "Org9MSP" };
        const sign = (signer: Signer) => () =>
            withSignature(file, signUpdate(updateBytesIn(file), signer), context());
        assert.throws(
            sign(stranger),
            /signatures\[0\]: is of Org9MSP, which is not in the channel/,
        );
        assert.throws(
            sign({ ...admins[1]!, mspId: "Org2MSP" }),
            /none of the CAs of Org2MSP issued; take/,
        );
    });

    it("fails on a signature with another's name, or with none", () => {
        const bytes = updateBytesIn(file);
        const { signature } = signUpdate(bytes, admins[1]!);
        const header = signatureHeader(admins[2]!);
        assert.throws(() => withSignature(file, { header, signature }, context()), /does not fit/);
        assert.throws(
            () => withSignature(file, { header: new Uint8Array(3), signature }, context()),
            /signatures\[0\]: its header names no identity/,
        );
    });

    it("fails where one signs twice, also another of the organization who adds nothing", () => {
        const signed = signedBy(1);
        const again = (number: number) => () =>
            withSignature(signed, signUpdate(updateBytesIn(file), admins[number]!), context());
        assert.throws(
            again(1),
            /signatures\[1\]: is of Org1MSP ".*", as signatures\[0\] is, and counts once/,
        );
        assert.throws(
            again(4),
            /signatures\[1\]: is the second of Org1MSP after signatures\[0\], and adds/,
        );
        const doubled = { ...signed, signatures: [...signed.signatures, ...signed.signatures] };
        assert.match(
            fault(() => {}, doubled),
            /signatures\[1\]: .*counts once; take one out/,
        );
    });

    it("fails where nobody asked for the signature", async () => {
        const sign = (signer: Signer, of: UpdateFile) => () =>
            withSignature(of, signUpdate(updateBytesIn(of), signer), context());
        assert.throws(
            sign(admins[0]!, file),
            /a signature of this identity of OrdererMSP adds nothing .*needed is 2 more of: Org1MSP admin/,
        );
        assert.throws(
            sign(await orgs[1]!.signer("client"), file),
            /identity of Org1MSP adds nothing/,
        );
        assert.throws(sign(admins[3]!, signedBy(1, 2)), /adds nothing .*it can be submitted/);
    });

    it("fails when it has expired", () => {
        const read = (now: Date) => () => readUpdateFile(writeUpdateFile(file), context({ now }));
        assert.throws(read(later(7)), /expires: ".*" has passed; make the update anew/);
        assert.doesNotThrow(read(new Date(later(7).getTime() - 1)));
    });

    it("fails where the channel changed what the update is about, and says when it is done with", () => {
        const read = (now: common.Config) => () =>
            readUpdateFile(writeUpdateFile(file), context({ config: now }));
        const made = applyUpdate(config, update);
        assert.throws(
            read(made),
            /baseSequence: 4 is behind the channel, which is at 5 and has this update already/,
        );
        const other = applyUpdate(
            config,
            updateTo(({ capabilities }) => {
                capabilities.application = "V2_1" as "V2_0";
            }),
        );
        assert.throws(
            read(other),
            /baseSequence: 4 is behind .* at 5 and has changed what the update is about; make/,
        );
        const young = config.cloneMessage();
        young.setSequence(3);
        assert.throws(read(young), /baseSequence: 4 is ahead of the channel, which is at 3/);
        assert.throws(
            () => readUpdateFile(writeUpdateFile(file), context({ channelId: "trade" })),
            /channelId: "raft-channel" is not "trade"/,
        );
    });

    it("is still good where the channel moved on elsewhere, as Fabric takes it", () => {
        const moved = applyUpdate(
            config,
            updateTo(({ settings }) => (settings.batchTimeout = "9s")),
        );
        const signed = signedBy(1, 2);
        assert.equal(moved.getSequence(), 5);
        assert.deepEqual(
            readUpdateFile(writeUpdateFile(signed), context({ config: moved })),
            signed,
        );
    });

    it("is one again after two signed it apart", () => {
        const merged = mergeUpdateFiles(signedBy(1), {
            ...signedBy(2),
            expires: later(3).toISOString(),
        });
        assert.deepEqual(readUpdateFile(writeUpdateFile(merged), context()), merged);
        assert.deepEqual(
            signersIn(merged).map(({ mspId }) => mspId),
            ["Org1MSP", "Org2MSP"],
        );
        assert.equal(openNeed(merged, config), undefined);
        assert.equal(merged.expires, later(3).toISOString());
        const again = mergeUpdateFiles(merged, signedBy(2));
        assert.deepEqual(again, merged, "who signed in both counts once, and the sooner end stays");
    });

    it("fails to be one with the file of another update", () => {
        const other = newUpdateFile(
            updateTo((channel) => (channel.settings.maxMessageCount = 1)),
            {
                baseSequence: 4,
                expires: later(7),
            },
        );
        assert.throws(() => mergeUpdateFiles(file, other), /are of different updates/);
        assert.throws(
            () => mergeUpdateFiles(file, { ...file, channelId: "x" }),
            /different updates/,
        );
    });
});
