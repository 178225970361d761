import assert from "node:assert/strict";

import { common } from "@hyperledger/fabric-protos";
import fc from "fast-check";

import { elementsSetBy } from "kubefabric/internal/fabric/configElements";
import {
    applyUpdate,
    computeUpdate,
    differs,
    hasUpdate,
    StaleUpdateError,
} from "kubefabric/internal/fabric/configUpdate";
import { subgroup } from "kubefabric/internal/fabric/configValues";

import { golden } from "../support/golden.ts";
import { changed, goldenDefinition } from "./goldenChannel.ts";
import { configFrom, updateCases } from "./updateCases.ts";

/** What `configtxlator compute_update` computed, in base64. */
const GOLDEN = JSON.parse(golden("updates.json")) as Record<string, string>;
const CASES = updateCases();

describe("computeUpdate", () => {
    it("has a golden update for every case, and no other", () => {
        assert.deepEqual(Object.keys(GOLDEN), Object.keys(CASES));
    });

    for (const [name, { channelId, original, updated }] of Object.entries(CASES)) {
        it(`computes what configtxlator computes: ${name}`, () => {
            const theirs = Buffer.from(GOLDEN[name]!, "base64");
            const ours = Buffer.from(computeUpdate(channelId, original, updated).serializeBinary());
            // Go writes the entries of a map in a random order; sorted they are the same bytes.
            const sorted = Buffer.from(
                common.ConfigUpdate.deserializeBinary(theirs).serializeBinary(),
            );
            assert.equal(ours.length, theirs.length);
            assert.deepEqual(ours, sorted);
        });

        it(`leads to what was wanted: ${name}`, () => {
            const result = applyUpdate(original, computeUpdate(channelId, original, updated));
            assert.deepEqual(withoutVersions(result), withoutVersions(updated));
            assert.equal(result.getSequence(), original.getSequence() + 1);
            assert.equal(differs(result, updated), false);
        });
    }

    it("fails where nothing differs, whatever the versions say", () => {
        const { channelId, original } = CASES["batch size after the timeout"]!;
        const same = original.cloneMessage();
        same.setSequence(99);
        same.getChannelGroup()!.setVersion(7);
        assert.throws(() => computeUpdate(channelId, original, same), /do not differ/);
        assert.equal(differs(original, same), false);
    });

    it("fails on a configuration without a channel group", () => {
        const { channelId, original } = CASES["batch timeout"]!;
        const empty = new common.Config();
        assert.throws(() => computeUpdate(channelId, original, empty), /no channel group/);
        assert.throws(() => computeUpdate(channelId, empty, original), /no channel group/);
    });

    it("leads from any configuration to any other", () => {
        fc.assert(
            fc.property(configs, configs, (original, updated) => {
                fc.pre(differs(original, updated));
                const before = original.serializeBinary();
                const update = computeUpdate("trade", original, updated);
                const result = applyUpdate(original, update);
                assert.deepEqual(withoutVersions(result), withoutVersions(updated));
                assert.ok(hasUpdate(result, update));
                assert.ok(!hasUpdate(original, update));
                assert.deepEqual(original.serializeBinary(), before, "nothing passed in changes");
            }),
            { numRuns: 400 },
        );
    });

    it("touches no element that stays", () => {
        fc.assert(
            fc.property(configs, configs, (original, updated) => {
                fc.pre(differs(original, updated));
                const update = computeUpdate("trade", original, updated);
                const again = applyUpdate(original, update);
                for (const { kind, path } of elementsSetBy(update).values()) {
                    const versions = [original, again].map((one) => find(one, kind, path));
                    assert.ok(versions[0] === undefined || versions[1] === versions[0] + 1);
                }
            }),
            { numRuns: 200 },
        );
    });

    it("takes no longer than 100 ms for a channel of 100 organizations", () => {
        const many = (count: number) =>
            configFrom(
                changed("raft", ({ application }) => {
                    const [org] = application;
                    application.splice(
                        0,
                        2,
                        ...[...Array(count).keys()].map((n) => ({ ...org!, mspId: `Org${n}MSP` })),
                    );
                }),
            );
        const [original, updated] = [many(100), many(101)];
        computeUpdate("raft-channel", original, updated);
        const begin = performance.now();
        computeUpdate("raft-channel", original, updated);
        const took = performance.now() - begin;
        assert.ok(took < 100, `${took} ms`);
    });
});

describe("applyUpdate", () => {
    const { channelId, original, updated } = CASES["batch size and timeout"]!;
    const update = () => computeUpdate(channelId, original, updated);

    it("fails where the channel moved on: the same update a second time", () => {
        const result = applyUpdate(original, update());
        assert.throws(
            () => applyUpdate(result, update()),
            (error) =>
                error instanceof StaleUpdateError &&
                /\/Channel\/Orderer\/Batch\w+ is version 1, .* wants it to be version 0; compute/.test(
                    error.message,
                ),
        );
    });

    it("goes on where the channel moved on elsewhere", () => {
        const other = CASES["anchor peers changed"]!;
        const moved = applyUpdate(original, computeUpdate(channelId, original, other.updated));
        const result = applyUpdate(moved, update());
        assert.equal(result.getSequence(), 2);
    });

    it("fails where a group that it reads has changed", () => {
        const added = computeUpdate(channelId, original, CASES["organization added"]!.updated);
        const removed = computeUpdate(channelId, original, CASES["organization removed"]!.updated);
        assert.throws(
            () => applyUpdate(applyUpdate(original, removed), added),
            /\/Channel\/Application is version 1/,
        );
    });

    it("fails where an element to be added is there already", () => {
        const once = applyUpdate(
            original,
            computeUpdate(channelId, original, CASES["organization added"]!.updated),
        );
        const again = computeUpdate(channelId, original, CASES["organization added"]!.updated);
        const base = subgroup(once.getChannelGroup()!, "Application");
        base.setVersion(0);
        assert.throws(() => applyUpdate(once, again), /Org3MSP.* is version 0, .* be absent/);
    });

    it("fails on an update that changes nothing", () => {
        const nothing = update();
        nothing.setWriteSet(nothing.getReadSet());
        assert.throws(() => applyUpdate(original, nothing), /the update changes nothing/);
    });

    it("fails on a mod policy that is no name", () => {
        for (const modPolicy of ["", "/", "a//b", "a b", "..", "x".repeat(250)]) {
            const wrong = update();
            const orderer = subgroup(wrong.getWriteSet()!, "Orderer");
            orderer.getValuesMap().get("BatchSize")!.setModPolicy(modPolicy);
            assert.throws(() => applyUpdate(original, wrong), /mod policy ".*", which names no/);
        }
        const right = update();
        const orderer = subgroup(right.getWriteSet()!, "Orderer");
        orderer.getValuesMap().get("BatchSize")!.setModPolicy("/Channel/Admins");
        assert.ok(applyUpdate(original, right));
    });

    it("fails on a name that Fabric does not take", () => {
        const wrong = update();
        wrong.getWriteSet()!.getGroupsMap().set("no name", new common.ConfigGroup());
        assert.throws(() => applyUpdate(original, wrong), /"no name" in \/Channel is not a name/);
    });

    it("drops an element that is written but no part of its group, as Fabric does", () => {
        const odd = update();
        const value = new common.ConfigValue();
        value.setModPolicy("Admins");
        subgroup(odd.getWriteSet()!, "Orderer").getValuesMap().set("New", value);
        const result = subgroup(applyUpdate(original, odd).getChannelGroup()!, "Orderer");
        assert.equal(result.getValuesMap().has("New"), false);
    });

    it("fails on an element that is read but not there", () => {
        const wrong = update();
        const value = new common.ConfigValue();
        subgroup(wrong.getReadSet()!, "Orderer").getValuesMap().set("New", value);
        assert.throws(() => applyUpdate(original, wrong), /Orderer\/New is absent/);
    });

    it("fails on a group that lists what is not there", () => {
        const wrong = update();
        const written = subgroup(wrong.getWriteSet()!, "Orderer");
        written.setVersion(1);
        written.setModPolicy("Admins");
        for (const set of [wrong.getReadSet()!, wrong.getWriteSet()!]) {
            subgroup(set, "Orderer").getValuesMap().set("New", new common.ConfigValue());
        }
        assert.throws(() => applyUpdate(original, wrong), /Orderer\/New is absent/);
    });

    it("gives the mod policy of old channels a name, as Fabric does", () => {
        const old = configFrom(goldenDefinition("raft"));
        old.getChannelGroup()!.getValuesMap().get("HashingAlgorithm")!.setModPolicy("");
        old.getChannelGroup()!.getPoliciesMap().get("Readers")!.setModPolicy("");
        old.getChannelGroup()!.setModPolicy("");
        const wanted = updated.cloneMessage();
        const group = wanted.getChannelGroup()!;
        group.getValuesMap().get("HashingAlgorithm")!.setModPolicy("");
        group.getPoliciesMap().get("Readers")!.setModPolicy("");
        group.setModPolicy("");
        const result = applyUpdate(old, computeUpdate(channelId, old, wanted)).getChannelGroup()!;
        assert.equal(result.getModPolicy(), "Admins");
        assert.equal(result.getValuesMap().get("HashingAlgorithm")!.getModPolicy(), "Admins");
        assert.equal(result.getPoliciesMap().get("Readers")!.getModPolicy(), "Admins");
    });
});

const names = fc.constantFrom("A", "B", "C", "Org1MSP", "x.y-z");
const modPolicies = fc.constantFrom("Admins", "Writers", "/Channel/Admins");
const versions = fc.nat(5);

const values = fc.record({
    version: versions,
    modPolicy: modPolicies,
    bytes: fc.uint8Array({ maxLength: 3 }),
});

interface Tree {
    version: number;
    modPolicy: string;
    values: Record<string, { version: number; modPolicy: string; bytes: Uint8Array }>;
    policies: Record<string, { version: number; modPolicy: string; bytes: Uint8Array }>;
    groups: Record<string, Tree>;
}

const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
    tree: fc.record({
        version: versions,
        modPolicy: modPolicies,
        values: fc.dictionary(names, values, { maxKeys: 3 }),
        policies: fc.dictionary(names, values, { maxKeys: 3 }),
        groups: fc.oneof(
            { maxDepth: 3 },
            fc.constant({}),
            fc.dictionary(names, tie("tree"), { maxKeys: 3 }),
        ),
    }),
}));

const configs = tree.map((root) => {
    const config = new common.Config();
    config.setSequence(root.version);
    config.setChannelGroup(groupOf(root));
    return config;
});

function groupOf({ version, modPolicy, ...members }: Tree): common.ConfigGroup {
    const group = new common.ConfigGroup();
    group.setVersion(version);
    group.setModPolicy(modPolicy);
    for (const [name, one] of Object.entries(members.values)) {
        const value = new common.ConfigValue();
        value.setVersion(one.version);
        value.setModPolicy(one.modPolicy);
        value.setValue(one.bytes);
        group.getValuesMap().set(name, value);
    }
    for (const [name, one] of Object.entries(members.policies)) {
        const policy = new common.ConfigPolicy();
        policy.setVersion(one.version);
        policy.setModPolicy(one.modPolicy);
        if (one.bytes.length > 0) {
            const inner = new common.Policy();
            inner.setType(one.bytes[0]!);
            inner.setValue(one.bytes);
            policy.setPolicy(inner);
        }
        group.getPoliciesMap().set(name, policy);
    }
    for (const [name, child] of Object.entries(members.groups)) {
        group.getGroupsMap().set(name, groupOf(child));
    }
    return group;
}

/** What a configuration says but for its versions, as bytes. */
function withoutVersions(config: common.Config): Uint8Array {
    const copy = config.cloneMessage();
    const clear = (group: common.ConfigGroup) => {
        group.setVersion(0);
        group.getValuesMap().forEach((value) => value.setVersion(0));
        group.getPoliciesMap().forEach((policy) => policy.setVersion(0));
        group.getGroupsMap().forEach(clear);
    };
    clear(copy.getChannelGroup()!);
    return copy.getChannelGroup()!.serializeBinary();
}

function find(config: common.Config, kind: string, path: readonly string[]): number | undefined {
    const [name = "", parents] = [path.at(-1), path.slice(1, -1)];
    let group: common.ConfigGroup | undefined = config.getChannelGroup();
    if (path.length === 1) {
        return group?.getVersion();
    }
    for (const parent of parents) {
        group = group?.getGroupsMap().get(parent);
    }
    const map =
        kind === "group"
            ? group?.getGroupsMap()
            : kind === "value"
              ? group?.getValuesMap()
              : group?.getPoliciesMap();
    return map?.get(name)?.getVersion();
}
