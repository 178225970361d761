import assert from "node:assert/strict";

import fc from "fast-check";
import { common, msp } from "@hyperledger/fabric-protos";
import {
    canonicalPolicy,
    endorsementPolicy,
    endorsementPolicyProblems,
    printEndorsementPolicy,
} from "kubefabric/internal/fabric/endorsementPolicy";
import {
    organizationsOf,
    printSignaturePolicy,
    signaturePolicy,
    signaturePolicyProblems,
} from "kubefabric/internal/fabric/signaturePolicy";

import { golden } from "../support/golden.ts";

interface Row {
    policy: string;
    envelope?: string;
    error?: string;
}

const ROWS = JSON.parse(golden("chaincode/policies.json")) as Row[];

/** What Fabric 3 takes by accident of the language that it hands policies to, and we do not. */
const STRICTER = [
    "OR('A.member',)",
    "OutOf(1.5, 'A.member', 'B.member')",
    "(OR('A.member'))",
    "OR('A.member'); ",
];

/** Gates that Fabric 2 knew and whose names are operators in the language of Fabric 3. */
const KEPT = ["and('A.member', 'B.member')", "or('A.member', 'B.member')"];

function hexOf(text: string): string {
    return Buffer.from(signaturePolicy(text).serializeBinary()).toString("hex");
}

describe("a signature policy", () => {
    for (const { policy, envelope, error } of ROWS) {
        const shown = JSON.stringify(policy);
        if (KEPT.includes(policy)) {
            it(`is ${shown}, too, as in Fabric 2`, () => {
                assert.ok(error !== undefined);
                assert.equal(
                    hexOf(policy),
                    hexOf(policy.replace(/^\w+/, (gate) => gate.toUpperCase())),
                );
            });
        } else if (envelope === undefined || STRICTER.includes(policy)) {
            it(`fails for ${shown}${envelope === undefined ? ", as in Fabric" : ""}`, () => {
                assert.equal(signaturePolicyProblems(policy).length, 1);
                assert.throws(() => signaturePolicy(policy), /; /);
            });
        } else {
            it(`has for ${shown} the bytes that Fabric makes of it`, () => {
                assert.deepEqual(signaturePolicyProblems(policy), []);
                assert.equal(hexOf(policy), envelope);
            });
        }
    }

    const role = fc.constantFrom("member", "admin", "client", "peer", "orderer");
    const mspId = fc.stringMatching(/^[A-Za-z][A-Za-z0-9.-]{0,10}[A-Za-z0-9]$/);
    const { policy } = fc.letrec<{ policy: string }>((tie) => ({
        policy: fc
            .record({
                parts: fc.array(
                    fc.oneof(
                        { depthSize: "small", withCrossShrink: true },
                        fc.tuple(mspId, role).map(([id, name]) => `'${id}.${name}'`),
                        tie("policy"),
                    ),
                    { minLength: 1, maxLength: 4 },
                ),
                gate: fc.nat({ max: 6 }),
            })
            .map(({ parts, gate }) => {
                const all = parts.join(", ");
                const count = Math.max(0, Math.min(parts.length + 1, gate - 1));
                return gate === 0
                    ? `AND(${all})`
                    : gate === 1
                      ? `OR(${all})`
                      : `OutOf(${count}, ${all})`;
            }),
    }));

    it("is the same after it was printed, and printed in one way", () => {
        fc.assert(
            fc.property(policy, (text) => {
                const printed = printSignaturePolicy(signaturePolicy(text));
                assert.equal(hexOf(printed), hexOf(text));
                assert.equal(canonicalPolicy(printed), printed);
                assert.doesNotMatch(printed, /encoded/);
            }),
        );
    });

    it("never makes the parser fail in another way than with one sentence", () => {
        const pieces = fc.constantFrom(
            "OR(",
            "AND",
            "OutOf(",
            "'A.peer'",
            ",",
            ")",
            "(",
            "2",
            "'",
            '"',
            " ",
            "x",
            "’",
            "A.peer",
            "-1",
        );
        fc.assert(
            fc.property(
                fc.array(pieces, { maxLength: 12 }).map((all) => all.join("")),
                (text) => {
                    const [problem, ...more] = signaturePolicyProblems(text);
                    assert.deepEqual(more, []);
                    if (problem === undefined) {
                        assert.equal(hexOf(canonicalPolicy(text)), hexOf(text));
                    } else {
                        assert.match(problem, /^".*": .+; .+[^.]$/s);
                    }
                },
            ),
            { numRuns: 2000 },
        );
    });

    it("is printed with the gate that says most", () => {
        const table = [
            ["OutOf(1, 'A.peer', 'B.peer')", "OR('A.peer', 'B.peer')"],
            ["outof(2,\"A.peer\",'B.peer')", "AND('A.peer', 'B.peer')"],
            ["AND('A.peer')", "OR('A.peer')"],
            ["OutOf(2, 'A.peer', 'B.peer', 'C.peer')", "OutOf(2, 'A.peer', 'B.peer', 'C.peer')"],
            ["OutOf(0, 'A.peer')", "OutOf(0, 'A.peer')"],
            ["OutOf(3, 'A.peer', 'B.peer')", "OutOf(3, 'A.peer', 'B.peer')"],
        ] as const;
        for (const [written, printed] of table) {
            assert.equal(canonicalPolicy(written), printed);
        }
    });

    it("names its organizations once each", () => {
        const text = "OR('B.peer', AND('A.peer', 'B.member'))";
        assert.deepEqual(organizationsOf(signaturePolicy(text)), ["A", "B"]);
    });

    it("is marked where another program encoded it in another way", () => {
        const other = signaturePolicy("OR('A.peer', 'A.peer')");
        const [first] = other.getIdentitiesList();
        other.setIdentitiesList([first!]);
        other.getRule()?.getNOutOf()?.getRulesList()[1]?.setSignedBy(0);
        assert.match(
            printSignaturePolicy(other),
            /^OR\('A\.peer', 'A\.peer'\) \[encoded as 12[0-9a-f]+\]$/,
        );
        const lone = new common.SignaturePolicyEnvelope();
        const signer = new common.SignaturePolicy();
        signer.setSignedBy(0);
        lone.setRule(signer);
        lone.setIdentitiesList([first!]);
        assert.match(printSignaturePolicy(lone), /^'A\.peer' \[encoded as /);
        assert.match(
            printSignaturePolicy(new common.SignaturePolicyEnvelope()),
            /^OR\(\) \[encoded as \]$/,
        );
    });

    it("is described where its principals are no roles", () => {
        const envelope = signaturePolicy("OR('A.peer', 'B.peer', 'C.peer')");
        const [unit, identity, other] = envelope.getIdentitiesList();
        const ou = new msp.OrganizationUnit();
        ou.setMspIdentifier("A");
        ou.setOrganizationalUnitIdentifier("finance");
        unit!.setPrincipalClassification(msp.MSPPrincipal.Classification.ORGANIZATION_UNIT);
        unit!.setPrincipal(ou.serializeBinary());
        const someone = new msp.SerializedIdentity();
        someone.setMspid("B");
        identity!.setPrincipalClassification(msp.MSPPrincipal.Classification.IDENTITY);
        identity!.setPrincipal(someone.serializeBinary());
        other!.setPrincipalClassification(msp.MSPPrincipal.Classification.ANONYMITY);
        assert.match(
            printSignaturePolicy(envelope),
            /^OR\(<unit finance of A>, <an identity of B>, <a principal of another kind>\) \[encoded as/,
        );
        assert.deepEqual(organizationsOf(envelope), []);
    });

    const messages: [policy: string, reason: string][] = [
        ["", `"": is empty; write a policy, such as OR('Org1MSP.member', 'Org2MSP.member')`],
        [
            "OR('A.member', Bmember)",
            `"OR('A.member', Bmember)": "Bmember" at character 16 has no quotation marks; write 'Bmember'`,
        ],
        [
            "OR('A.member', 'Bmember')",
            `"OR('A.member', 'Bmember')": 'Bmember' at character 16 does not end in a role (admin, client, member, orderer, peer); write 'Bmember.member'`,
        ],
        [
            "OR('A.Peer')",
            `"OR('A.Peer')": 'A.Peer' at character 4 has its role in capitals; write 'A.peer'`,
        ],
        [
            "OR('A_B.peer')",
            `"OR('A_B.peer')": 'A_B.peer' at character 4 has "_" in its MSP ID; write it with letters, digits, "." and "-"`,
        ],
        ["'A.member'", `"'A.member'": has a principal and no gate around it; write OR('A.member')`],
        [
            "XOR('A.member')",
            `"XOR('A.member')": "XOR" at character 1 is not a gate; write AND(...), OR(...) or OutOf(2, ...)`,
        ],
        ["oR('A.member')", `"oR('A.member')": "oR" at character 1 is not a gate; write OR`],
        [
            "OR('A.member'",
            `"OR('A.member'": the gate OR at character 1 has no end; write ")" at its end`,
        ],
        [
            "OR('A.member' 'B.member')",
            `"OR('A.member' 'B.member')": 'B.member' at character 15 follows without a comma; write "," before it`,
        ],
        [
            "OR('A.member', )",
            `"OR('A.member', )": has ")" at character 16 where a principal belongs; write one, such as 'Org1MSP.member'`,
        ],
        [
            "OR('A.member', 2)",
            `"OR('A.member', 2)": has "2" at character 16 where a principal belongs; only OutOf has a count, as its first`,
        ],
        [
            "OR('A.member', AND)",
            `"OR('A.member', AND)": the gate "AND" at character 16 has no "(" behind it; write AND(...), OR(...) or OutOf(2, ...)`,
        ],
        [
            "OR('A.member', ",
            `"OR('A.member', ": ends where a principal belongs; write it to its end, such as OR('Org1MSP.member', 'Org2MSP.member')`,
        ],
        [
            "OR('A.member'))",
            `"OR('A.member'))": ")" at character 15 comes after the end of the policy; take it out, or put both into one gate: AND(...), OR(...) or OutOf(2, ...)`,
        ],
        [
            "OutOf('A.member')",
            `"OutOf('A.member')": OutOf has 'A.member' where its count belongs at character 7; write a whole number first: OutOf(2, 'Org1MSP.peer', ...)`,
        ],
        [
            "OutOf()",
            `"OutOf()": OutOf has nothing where its count belongs at character 7; write a whole number first: OutOf(2, 'Org1MSP.peer', ...)`,
        ],
        [
            "OutOf(1)",
            `"OutOf(1)": the gate OutOf at character 1 has a count and nothing to count; write OutOf(2, 'Org1MSP.peer', 'Org2MSP.peer', 'Org3MSP.peer')`,
        ],
        [
            "OutOf(3, 'A.peer')",
            `"OutOf(3, 'A.peer')": asks for 3 of 1 at character 7; write a count from 1 to 1 (0 is always satisfied, 2 never)`,
        ],
        [
            "OR(‘A.member’)",
            `"OR(‘A.member’)": ‘ at character 4 is not a quotation mark of the language; write '`,
        ],
        [
            "OR('A.member)",
            `"OR('A.member)": the quotation mark at character 4 has no partner; close it`,
        ],
        [
            "OR('A.member'; 'B.member')",
            `"OR('A.member'; 'B.member')": ";" at character 14 has no meaning; take it out`,
        ],
    ];
    for (const [text, reason] of messages) {
        it(`fails for ${JSON.stringify(text)} with the place and what to write`, () => {
            assert.deepEqual(signaturePolicyProblems(text), [reason]);
        });
    }

    it("fails for gates in each other without end, and not with the stack", () => {
        const deep = `${"OR(".repeat(5000)}'A.peer'${")".repeat(5000)}`;
        assert.match(signaturePolicyProblems(deep)[0] ?? "", /more than 50 gates in each other/);
        const fine = `${"OR(".repeat(50)}'A.peer'${")".repeat(50)}`;
        assert.deepEqual(signaturePolicyProblems(fine), []);
    });

    it("fails for every organization that is not of the channel, once each", () => {
        const text = "OR('A.peer', AND('C.peer', 'C.admin', 'D.peer'))";
        assert.deepEqual(signaturePolicyProblems(text, ["A", "B"]), [
            `'C.peer' at character 18 of "${text}" is of no organization of the channel; write one of A, B`,
            `'D.peer' at character 39 of "${text}" is of no organization of the channel; write one of A, B`,
        ]);
        assert.deepEqual(signaturePolicyProblems(text, ["A", "C", "D"]), []);
    });
});

describe("an endorsement policy", () => {
    it("is a reference to a policy of the channel, or one of signatures", () => {
        const reference = endorsementPolicy("/Channel/Application/Endorsement");
        const path = "/Channel/Application/Endorsement";
        assert.equal(
            Buffer.from(reference.serializeBinary()).toString("latin1"),
            `\x12\x20${path}`,
        );
        assert.equal(printEndorsementPolicy(reference), path);
        const signed = endorsementPolicy("OR('A.peer')");
        assert.equal(signed.getSignaturePolicy()?.getIdentitiesList().length, 1);
        assert.equal(printEndorsementPolicy(signed), "OR('A.peer')");
    });

    it("fails for what is neither, and for the wrong path", () => {
        for (const wrong of ["/Application/Endorsement", "/Channel", "/Channel/", "/Channel/a b"]) {
            assert.deepEqual(endorsementPolicyProblems(wrong), [
                `"${wrong}" is no path of a policy in a channel's configuration; write "/Channel/Application/Endorsement" or the like`,
            ]);
        }
        assert.match(endorsementPolicyProblems(7)[0] ?? "", /^7 is not a policy; write/);
        assert.equal(endorsementPolicyProblems("OR('Z.peer')", ["A"]).length, 1);
        assert.equal(canonicalPolicy("no policy"), "no policy");
    });
});
