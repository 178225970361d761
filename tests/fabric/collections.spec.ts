import assert from "node:assert/strict";

import { peer } from "@hyperledger/fabric-protos";
import { collectionProblems } from "kubefabric/internal/fabric/collectionProblems";
import {
    collectionPackage,
    collectionsOf,
    filledCollection,
    type PrivateDataCollection,
} from "kubefabric/internal/fabric/collections";

import { golden } from "../support/golden.ts";

/** A file of collections as Fabric's command line reads it. */
interface CollectionFile {
    collections: (Omit<PrivateDataCollection, "endorsementPolicy"> & {
        endorsementPolicy?: { signaturePolicy?: string; channelConfigPolicy?: string };
    })[];
    package: string;
}

const FILES = JSON.parse(golden("chaincode/collections.json")) as CollectionFile[];

const SECRETS: PrivateDataCollection = { name: "secrets", policy: "OR('A.member', 'B.member')" };

function ours({ collections }: CollectionFile): PrivateDataCollection[] {
    return collections.map(({ endorsementPolicy: own, ...rest }) =>
        own === undefined
            ? rest
            : { ...rest, endorsementPolicy: own.signaturePolicy ?? own.channelConfigPolicy },
    );
}

describe("private data collections", () => {
    for (const file of FILES) {
        const names = ours(file).map(({ name }) => name);
        it(`have for ${names.join(" and ")} the bytes that Fabric's command line makes`, () => {
            const made = collectionPackage(ours(file))?.serializeBinary() ?? new Uint8Array();
            assert.equal(Buffer.from(made).toString("hex"), file.package);
            assert.deepEqual(collectionProblems(ours(file)), []);
        });

        it(`${names.join(" and ")} come back from those bytes, with every field`, () => {
            const bytes = new Uint8Array(Buffer.from(file.package, "hex"));
            const found = collectionsOf(peer.CollectionConfigPackage.deserializeBinary(bytes));
            assert.deepEqual(found, ours(file).map(filledCollection));
        });
    }

    it("are none where there is none", () => {
        assert.equal(collectionPackage([]), undefined);
        assert.deepEqual(collectionsOf(undefined), []);
        assert.deepEqual(collectionsOf(new peer.CollectionConfigPackage()), []);
    });

    const wrong: [
        what: string,
        change: Partial<PrivateDataCollection>,
        path: string,
        reason: RegExp,
    ][] = [
        [
            "a name that begins with an underscore",
            { name: "_a" },
            "name",
            /is not a name of a collection/,
        ],
        ["a name with a dot", { name: "a.b" }, "name", /is not a name of a collection/],
        ["an empty name", { name: "" }, "name", /is not a name of a collection/],
        ["no members", { policy: "" }, "policy", /is empty; write a policy/],
        ["a gate without members", { policy: "OR()" }, "policy", /where a principal belongs/],
        [
            "members of no organization of the channel",
            { policy: "OR('Z.member')" },
            "policy",
            /is of no organization of the channel; write one of A, B/,
        ],
        [
            "all members at once",
            { policy: "AND('A.member', 'B.member')" },
            "policy",
            /the gate at character 1 asks for 2 at once.*write OR/,
        ],
        [
            "some members at once, further in",
            { policy: "OR('A.member', AND('A.peer', 'B.member'))" },
            "policy",
            /the gate at character 16 asks for 2 at once/,
        ],
        [
            "a policy that is always satisfied",
            { policy: "OutOf(0, 'A.member')" },
            "policy",
            /asks for 0 at once/,
        ],
        [
            "a policy of the channel",
            { policy: "/Channel/Application/Readers" },
            "policy",
            /"\/" at character 1 has no meaning/,
        ],
        [
            "fewer peers than none",
            { requiredPeerCount: -1 },
            "requiredPeerCount",
            /^-1 is not a whole number from 0 to 2147483647/,
        ],
        ["half a peer", { maxPeerCount: 1.5 }, "maxPeerCount", /^1\.5 is not a whole number/],
        [
            "more peers than a number of 32 bits",
            { maxPeerCount: 2 ** 31 },
            "maxPeerCount",
            /2147483647/,
        ],
        [
            "less than the required peers",
            { requiredPeerCount: 2 },
            "maxPeerCount",
            /^1 is less than the required 2; write 2 or more/,
        ],
        ["a negative life", { blockToLive: -1 }, "blockToLive", /^-1 is not a whole number/],
        [
            "a policy of its own that is none",
            { endorsementPolicy: "x" },
            "endorsementPolicy",
            /"x" at character 1 has no quotation marks/,
        ],
        [
            "a policy of its own with a stranger",
            { endorsementPolicy: "OR('Z.peer')" },
            "endorsementPolicy",
            /is of no organization/,
        ],
    ];
    for (const [what, change, path, reason] of wrong) {
        it(`fail for ${what}`, () => {
            const problems = collectionProblems([{ ...SECRETS, ...change }], ["A", "B"]);
            assert.deepEqual(
                problems.map((problem) => problem.path),
                [`collections[0].${path}`],
            );
            assert.match(problems[0]?.reason ?? "", reason);
        });
    }

    it("fail for a name that is there before", () => {
        assert.deepEqual(collectionProblems([SECRETS, { ...SECRETS, name: "b" }, SECRETS]), [
            {
                path: "collections[2].name",
                reason: '"secrets" is the name of collections[0], too; write another one',
            },
        ]);
    });

    it("take gates of one part, whatever their name, as Fabric does", () => {
        for (const policy of [
            "AND('A.member')",
            "OutOf(1, 'A.member', 'B.member')",
            "OR(OR('A.member'), 'B.admin')",
        ]) {
            assert.deepEqual(collectionProblems([{ ...SECRETS, policy }]), []);
        }
    });
});
