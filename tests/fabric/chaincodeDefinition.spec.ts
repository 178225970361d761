import assert from "node:assert/strict";

import fc from "fast-check";
import { peer } from "@hyperledger/fabric-protos";
import {
    chaincodeDefinition,
    chaincodeNameProblem,
    type ChaincodeSettings,
    definitionProblems,
} from "kubefabric/internal/fabric/chaincodeDefinition";
import {
    approvalArgs,
    commitArgs,
    definitionIn,
} from "kubefabric/internal/fabric/chaincodeMessages";
import {
    definitionDifferences,
    differencesText,
    needsApproval,
    redefinitionProblems,
    sequenceOf,
} from "kubefabric/internal/fabric/definitionChanges";

const SETTINGS: ChaincodeSettings = { name: "basic", version: "1.0" };
const SECRETS = { name: "secrets", policy: "OR('Org1MSP.member')" };

describe("a definition of a chaincode", () => {
    it("has Fabric's defaults, and policies as they are printed", () => {
        assert.deepEqual(chaincodeDefinition(SETTINGS, 3), {
            name: "basic",
            version: "1.0",
            sequence: 3,
            endorsementPolicy: "/Channel/Application/Endorsement",
            initRequired: false,
            collections: [],
            endorsementPlugin: "escc",
            validationPlugin: "vscc",
        });
        const written = { ...SETTINGS, endorsementPolicy: `outof(1,"A.peer")` };
        assert.equal(chaincodeDefinition(written, 1).endorsementPolicy, "OR('A.peer')");
    });

    it("takes the names and versions that Fabric takes, and no others", () => {
        for (const right of ["a", "basic", "a-b_c", "0", "A1"]) {
            assert.equal(chaincodeNameProblem(right), undefined, right);
        }
        for (const broken of ["", "-a", "a-", "a--b", "a_-b", "a.b", "a b", "ä"]) {
            assert.match(
                chaincodeNameProblem(broken) ?? "",
                /is not a name of a chaincode.*; write "/,
                broken,
            );
        }
        assert.match(chaincodeNameProblem("a.b") ?? "", /write "a-b"$/);
        for (const system of ["cscc", "escc", "lscc", "qscc", "vscc"]) {
            assert.match(chaincodeNameProblem(system) ?? "", /is a chaincode of the peer itself/);
        }
        const versions = (version: string) => definitionProblems({ ...SETTINGS, version });
        assert.deepEqual(versions("1.0+a-b_c"), []);
        assert.deepEqual(versions("v 1"), [
            {
                path: "version",
                reason: '"v 1" is not a version (letters, digits, "_", ".", "+" and "-"); write "v-1"',
            },
        ]);
        assert.equal(versions("").length, 1);
    });

    it("fails for everything at once, each with its path", () => {
        const wrong: ChaincodeSettings = {
            name: "a.b",
            version: "",
            endorsementPolicy: "OR('Z.peer')",
            collections: [{ name: "_x", policy: "AND('A.member', 'B.member')" }],
            endorsementPlugin: "",
            validationPlugin: "",
        };
        assert.deepEqual(
            definitionProblems(wrong, ["A", "B"]).map(({ path }) => path),
            [
                "name",
                "version",
                "endorsementPolicy",
                "collections[0].name",
                "collections[0].policy",
                "endorsementPlugin",
                "validationPlugin",
            ],
        );
    });

    it("says in Fabric's words what changed, and nothing of what is only written differently", () => {
        const to: ChaincodeSettings = {
            name: "basic",
            version: "2.0",
            endorsementPolicy: "AND('A.peer', 'B.peer')",
            initRequired: true,
            endorsementPlugin: "mine",
            validationPlugin: "other",
            collections: [SECRETS],
        };
        assert.equal(
            differencesText(definitionDifferences(SETTINGS, to)),
            "version: 1.0 => 2.0, endorsement policy: /Channel/Application/Endorsement => " +
                "AND('A.peer', 'B.peer'), init required: false => true, endorsement plugin: escc => mine, " +
                'validation plugin: vscc => other, collection "secrets": none => added',
        );
        const same = {
            ...SETTINGS,
            endorsementPolicy: "/Channel/Application/Endorsement",
            initRequired: false,
        };
        assert.deepEqual(definitionDifferences(SETTINGS, same), []);
        const or = (endorsementPolicy: string) => ({ ...SETTINGS, endorsementPolicy });
        assert.deepEqual(
            definitionDifferences(or("OR('A.peer','B.peer')"), or("OutOf(1, 'A.peer', 'B.peer')")),
            [],
        );
        assert.equal(
            definitionDifferences(or("OR('A.peer','B.peer')"), or("OR('B.peer','A.peer')")).length,
            1,
        );
    });

    it("says of collections which field changed, who came and went, and their order", () => {
        const withOf = (...collections: ChaincodeSettings["collections"] & object) => ({
            ...SETTINGS,
            collections,
        });
        const text = (from: ChaincodeSettings, to: ChaincodeSettings) =>
            differencesText(definitionDifferences(from, to));
        const other = { ...SECRETS, name: "other" };
        assert.equal(text(withOf(SECRETS), withOf()), 'collection "secrets": there => taken out');
        assert.equal(
            text(
                withOf(SECRETS),
                withOf({ ...SECRETS, maxPeerCount: 2, endorsementPolicy: "OR('A.peer')" }),
            ),
            'collection "secrets" maxPeerCount: 1 => 2, collection "secrets" endorsementPolicy: none => OR(\'A.peer\')',
        );
        assert.equal(
            text(withOf(SECRETS), withOf({ ...SECRETS, requiredPeerCount: 0, maxPeerCount: 1 })),
            "",
        );
        assert.equal(
            text(withOf(SECRETS, other), withOf(other, SECRETS)),
            "order of collections: secrets, other => other, secrets",
        );
    });

    it("takes the next sequence when it changed, and keeps its own when it did not", () => {
        const committed = chaincodeDefinition(SETTINGS, 4);
        assert.equal(sequenceOf(SETTINGS), 1);
        assert.equal(sequenceOf(SETTINGS, committed), 4);
        assert.equal(sequenceOf({ ...SETTINGS, version: "2" }, committed), 5);
    });

    it("fails for a sequence that is not that of the definition, with the one to write", () => {
        const committed = chaincodeDefinition(SETTINGS, 4);
        const reasons = (...args: Parameters<typeof redefinitionProblems>) =>
            redefinitionProblems(...args).map(({ path, reason }) => `${path}: ${reason}`);
        assert.deepEqual(reasons(SETTINGS, committed, 4), []);
        assert.deepEqual(reasons(SETTINGS, committed), []);
        assert.deepEqual(reasons(SETTINGS, undefined, 1), []);
        assert.deepEqual(reasons(SETTINGS, committed, 3), [
            "sequence: 3 is not the sequence of this definition, since sequence 4 is committed with the same definition; write 4, or leave it out",
        ]);
        assert.deepEqual(reasons({ ...SETTINGS, version: "2" }, committed, 4), [
            "sequence: 4 is not the sequence of this definition, since sequence 4 is committed and this differs (version: 1.0 => 2); write 5, or leave it out",
        ]);
        assert.deepEqual(reasons(SETTINGS, undefined, 2), [
            "sequence: 2 is not the sequence of this definition, since nothing is committed yet; write 1, or leave it out",
        ]);
        const held = chaincodeDefinition(
            { ...SETTINGS, collections: [{ ...SECRETS, blockToLive: 7 }] },
            1,
        );
        assert.deepEqual(reasons(SETTINGS, held), [
            'collections: "secrets" is in the committed definition and cannot be taken out; keep it',
        ]);
        assert.deepEqual(reasons({ ...SETTINGS, collections: [SECRETS] }, held), [
            "collections[0].blockToLive: 0 is not the committed 7, which cannot be changed; write 7",
        ]);
    });

    it("is approved again for another package, sequence or setting, and else not", () => {
        const wanted = chaincodeDefinition(SETTINGS, 2);
        const approved = { ...wanted, packageId: "a:1" };
        assert.equal(needsApproval(wanted, "a:1", approved), false);
        assert.equal(needsApproval(wanted, "a:2", approved), true);
        assert.equal(needsApproval(wanted, undefined, approved), true);
        assert.equal(needsApproval(wanted, undefined, wanted), false);
        assert.equal(needsApproval(wanted, "a:1", undefined), true);
        assert.equal(needsApproval(wanted, "a:1", { ...approved, sequence: 1 }), true);
        assert.equal(needsApproval(wanted, "a:1", { ...approved, version: "0" }), true);
    });

    const settings: fc.Arbitrary<ChaincodeSettings> = fc.record(
        {
            name: fc.stringMatching(/^[a-z]{1,8}$/),
            version: fc.stringMatching(/^[0-9.]{1,8}$/),
            endorsementPolicy: fc.constantFrom(
                "OR('A.peer')",
                "/Channel/Application/Admins",
                "OutOf(2, 'A.peer', 'B.peer', 'C.admin')",
            ),
            initRequired: fc.boolean(),
            collections: fc.uniqueArray(
                fc.record(
                    {
                        name: fc.stringMatching(/^[a-z]{1,5}$/),
                        policy: fc.constantFrom("OR('A.member')", "OR('A.member', 'B.member')"),
                        requiredPeerCount: fc.nat({ max: 1 }),
                        maxPeerCount: fc.integer({ min: 1, max: 9 }),
                        blockToLive: fc.nat(),
                        memberOnlyRead: fc.boolean(),
                        memberOnlyWrite: fc.boolean(),
                        endorsementPolicy: fc.constantFrom(
                            "OR('A.peer')",
                            "/Channel/Application/Admins",
                        ),
                    },
                    { requiredKeys: ["name", "policy"] },
                ),
                { maxLength: 3, selector: ({ name }) => name },
            ),
        },
        { requiredKeys: ["name", "version"] },
    );

    it("comes back from Fabric's messages as it went in", () => {
        fc.assert(
            fc.property(settings, fc.integer({ min: 1, max: 2 ** 31 }), (given, sequence) => {
                assert.deepEqual(definitionProblems(given, ["A", "B", "C"]), []);
                const definition = chaincodeDefinition(given, sequence);
                const { CommitChaincodeDefinitionArgs: Args } = peer.lifecycle;
                const args = Args.deserializeBinary(commitArgs(definition));
                // The messages of a query have the same getters as those of a commit.
                const result = args as unknown as peer.lifecycle.QueryChaincodeDefinitionResult;
                assert.deepEqual(definitionIn(given.name, result), definition);
                assert.deepEqual(definitionDifferences(given, definition), []);
            }),
        );
    });

    it("is approved with a package, or as one that the organization does not run", () => {
        const definition = chaincodeDefinition(SETTINGS, 1);
        const { ApproveChaincodeDefinitionForMyOrgArgs: Args } = peer.lifecycle;
        const source = (packageId?: string) =>
            Args.deserializeBinary(approvalArgs(definition, packageId)).getSource();
        assert.equal(source("a:1")?.getLocalPackage()?.getPackageId(), "a:1");
        assert.equal(source()?.hasUnavailable(), true);
        assert.equal(source()?.hasLocalPackage(), false);
    });
});
