import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { JSONSerializer, type Context } from "fabric-contract-api";

import "../support/decorators.ts";
import type { AssetTransfer as Contract } from "../../examples/chaincode/src/assetTransfer.ts";

const { AssetTransfer } = (await import("../../examples/chaincode/src/assetTransfer.ts")) as {
    AssetTransfer: new () => Contract;
};

/** A ledger in memory; each call is a transaction whose writes count at once. */
class Ledger {
    readonly state = new Map<string, Uint8Array>();
    readonly prices = new Map<string, Uint8Array>();
    readonly events: { name: string; payload: unknown }[] = [];

    /** A call by a member of an organization, with what no ledger keeps. */
    by(mspId: string, transient: Record<string, string> = {}): Context {
        const { state, prices, events } = this;
        const collection = (name: string) => {
            assert.equal(name, "prices");
            return prices;
        };
        async function* range(from: string, to: string) {
            assert.deepEqual([from, to], ["", ""]);
            for (const key of [...state.keys()].sort()) {
                yield { key, value: state.get(key) };
            }
        }
        const stub = {
            getState: async (key: string) => state.get(key) ?? new Uint8Array(),
            putState: async (key: string, value: Uint8Array) => void state.set(key, value),
            getStateByRange: range,
            setEvent: (name: string, payload: Uint8Array) =>
                events.push({ name, payload: JSON.parse(Buffer.from(payload).toString()) }),
            getTransient: () =>
                new Map(Object.entries(transient).map(([key, text]) => [key, Buffer.from(text)])),
            getPrivateData: async (name: string, key: string) =>
                collection(name).get(key) ?? new Uint8Array(),
            putPrivateData: async (name: string, key: string, value: Uint8Array) =>
                void collection(name).set(key, value),
        };
        return { stub, clientIdentity: { getMSPID: () => mspId } } as unknown as Context;
    }

    text(key: string): string {
        return Buffer.from(this.state.get(key) ?? "").toString();
    }
}

describe("the chaincode of the examples", () => {
    const contract = new AssetTransfer();
    let ledger: Ledger;
    beforeEach(() => {
        ledger = new Ledger();
    });
    const create = (id: string, owner = "Org1MSP") =>
        contract.createAsset(ledger.by(owner), id, "a bike");

    it("makes an asset of the caller's organization, and tells of it", async () => {
        const asset = { id: "a", description: "a bike", owner: "Org1MSP" };
        assert.deepEqual(await create("a"), asset);
        assert.deepEqual(await contract.readAsset(ledger.by("Org2MSP"), "a"), asset);
        assert.deepEqual(ledger.events, [{ name: "AssetCreated", payload: asset }]);
    });

    it("knows which assets there are", async () => {
        await create("b");
        await create("a", "Org2MSP");
        const ctx = ledger.by("Org1MSP");
        assert.deepEqual(
            (await contract.listAssets(ctx)).map(({ id, owner }) => [id, owner]),
            [
                ["a", "Org2MSP"],
                ["b", "Org1MSP"],
            ],
        );
        assert.equal(await contract.assetExists(ctx, "a"), true);
        assert.equal(await contract.assetExists(ctx, "c"), false);
    });

    it("transfers an asset for its owner, and tells of it", async () => {
        await create("a");
        const asset = await contract.transferAsset(ledger.by("Org1MSP"), "a", "Org2MSP");
        assert.equal(asset.owner, "Org2MSP");
        assert.deepEqual(ledger.events.at(-1), { name: "AssetTransferred", payload: asset });
        await contract.transferAsset(ledger.by("Org2MSP"), "a", "Org1MSP");
    });

    it("writes the same bytes whatever the order of an asset's fields was", async () => {
        const text = '{"id":"a","description":"a bike","owner":"Org1MSP"}';
        await create("a");
        assert.equal(ledger.text("a"), text);
        ledger.state.set("a", Buffer.from('{"owner":"Org1MSP","description":"a bike","id":"a"}'));
        await contract.transferAsset(ledger.by("Org1MSP"), "a", "Org1MSP");
        assert.equal(ledger.text("a"), text);
    });

    it("keeps a price in the collection, and nothing of it elsewhere", async () => {
        await create("a");
        const before = ledger.text("a");
        await contract.setPrice(ledger.by("Org1MSP", { price: "4711" }), "a");
        assert.equal(await contract.readPrice(ledger.by("Org1MSP"), "a"), "4711");
        assert.equal(ledger.text("a"), before);
        assert.doesNotMatch(JSON.stringify([...ledger.state, ledger.events]), /4711/);
    });

    const failing: [string, RegExp, () => Promise<unknown>][] = [
        ["to make an asset without an ID", /needs an ID/, () => create("")],
        ["to make one twice", /asset a exists already/, () => create("a", "Org2MSP")],
        [
            "to read what does not exist",
            /asset b does not exist/,
            () => contract.readAsset(ledger.by("Org1MSP"), "b"),
        ],
        [
            "to transfer what another organization owns",
            /asset a belongs to Org1MSP, and Org2MSP is not its owner/,
            () => contract.transferAsset(ledger.by("Org2MSP"), "a", "Org2MSP"),
        ],
        [
            "to name the price of what another organization owns",
            /belongs to Org1MSP/,
            () => contract.setPrice(ledger.by("Org2MSP", { price: "1" }), "a"),
        ],
        [
            "to name a price that is none",
            /transient field price is missing, or no whole number/,
            () => contract.setPrice(ledger.by("Org1MSP", { price: "much" }), "a"),
        ],
        [
            "to name no price",
            /transient field price is missing/,
            () => contract.setPrice(ledger.by("Org1MSP"), "a"),
        ],
        [
            "to read a price that nobody named",
            /asset a has no price/,
            () => contract.readPrice(ledger.by("Org1MSP"), "a"),
        ],
    ];
    for (const [what, message, attempt] of failing) {
        it(`fails ${what}, and writes nothing`, async () => {
            await create("a");
            const before = [ledger.text("a"), ledger.state.size, ledger.prices.size];
            await assert.rejects(attempt, message);
            assert.deepEqual([ledger.text("a"), ledger.state.size, ledger.prices.size], before);
            assert.equal(ledger.events.length, 1);
        });
    }

    it("answers with objects, which versions of its library's dependency cannot write", () => {
        const asset = { id: "a", description: "", owner: "Org1MSP" };
        const bytes = new JSONSerializer().toBuffer(asset, {});
        assert.deepEqual(JSON.parse(bytes.toString()), asset);
        const pinned = (file: string) =>
            (
                JSON.parse(readFileSync(new URL(file, import.meta.url), "utf8")) as {
                    overrides: object;
                }
            ).overrides;
        assert.deepEqual(
            pinned("../../examples/chaincode/package.json"),
            pinned("../../package.json"),
        );
    });

    it("is started where its image and its Pod say", () => {
        const folder = new URL("../../examples/chaincode/", import.meta.url);
        const read = (file: string) => readFileSync(new URL(file, folder), "utf8");
        const { scripts } = JSON.parse(read("package.json")) as { scripts: { start: string } };
        const command = scripts.start.replace("fabric-chaincode-node", "");
        for (const variable of ["CHAINCODE_SERVER_ADDRESS", "CHAINCODE_ID"]) {
            assert.match(command, new RegExp(`"\\$${variable}"`));
        }
        assert.ok(read("Dockerfile").includes(JSON.stringify(command).slice(1, -1)));
    });
});
