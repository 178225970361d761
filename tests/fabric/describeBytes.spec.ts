import assert from "node:assert/strict";
import { generateKeyPairSync, sign, verify } from "node:crypto";

import { p256, p384, p521 } from "@noble/curves/nist.js";

import { elementsSetBy } from "kubefabric/internal/fabric/configElements";
import { computeUpdate } from "kubefabric/internal/fabric/configUpdate";
import { describeBytes } from "kubefabric/internal/fabric/describeBytes";
import { curveOf, lowS } from "kubefabric/internal/fabric/updateSigning";

import { configFrom, updateCases } from "./updateCases.ts";
import { changed, goldenDefinition } from "./goldenChannel.ts";

describe("what an update says by its bytes alone", () => {
    for (const [name, { channelId, original, updated }] of Object.entries(updateCases())) {
        const update = computeUpdate(channelId, original, updated);

        it(`tells everything that it sets: ${name}`, () => {
            const lines = describeBytes(update);
            for (const { kind, path } of elementsSetBy(update).values()) {
                const place = `/${path.join("/")}`;
                const isTold = lines.some((line) =>
                    kind === "value" ? line.includes(" afterwards: ") : line.includes(path.at(-1)!),
                );
                assert.ok(isTold, `${kind} ${place}\n${lines.join("\n")}`);
            }
            const values = [...elementsSetBy(update).values()].filter(
                ({ kind }) => kind === "value",
            );
            assert.ok(lines.length >= values.length);
        });
    }

    it("is one line where one value changes, with nothing of what was there", () => {
        const { channelId, original, updated } = updateCases()["batch timeout"]!;
        assert.deepEqual(describeBytes(computeUpdate(channelId, original, updated)), [
            "batch timeout afterwards: 900ms",
        ]);
    });

    it("lists who is left of a group whose members change, and a mod policy that is another one", () => {
        const definition = goldenDefinition("raft");
        const original = configFrom(definition);
        const gone = definition.application.at(-1)!.mspId;
        const updated = configFrom(changed("raft", (channel) => channel.application.pop()));
        const values = updated.getChannelGroup()!.getGroupsMap().get("Orderer")!.getValuesMap();
        values.get("BatchTimeout")!.setModPolicy("/Channel/Admins");
        const lines = describeBytes(computeUpdate(definition.channelId, original, updated));
        const [members] = lines.filter((line) => line.startsWith("members of"));
        assert.match(
            members!,
            /^members of group \/Channel\/Application afterwards, and no others: /,
        );
        assert.ok(!members!.includes(gone));
        assert.ok(
            lines.includes(
                "mod policy of value /Channel/Orderer/BatchTimeout afterwards: /Channel/Admins",
            ),
            lines.join("\n"),
        );
    });
});

describe("the smaller s of a signature", () => {
    for (const [namedCurve, { Signature }] of [
        ["P-256", p256],
        ["P-384", p384],
        ["P-521", p521],
    ] as const) {
        it(`is found on ${namedCurve} for either of the two, and verifies`, () => {
            const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve });
            const curve = curveOf(publicKey);
            const message = Buffer.from("message");
            let high = 0;
            for (let count = 0; count < 40; count++) {
                const made = sign("sha256", message, privateKey);
                high += Signature.fromBytes(made, "der").hasHighS() ? 1 : 0;
                const low = lowS(made, curve);
                assert.equal(Signature.fromBytes(low, "der").hasHighS(), false);
                assert.ok(verify("sha256", message, publicKey, low));
            }
            assert.ok(high > 0 && high < 40, "both were tried");
        });
    }

    it("fails on what is no DER, and there is no curve for a key that Fabric does not take", () => {
        assert.throws(() => lowS(new Uint8Array(64)));
        const { publicKey } = generateKeyPairSync("ec", { namedCurve: "secp256k1" });
        assert.equal(curveOf(publicKey), undefined);
        assert.equal(curveOf(generateKeyPairSync("ed25519").publicKey), undefined);
    });
});
