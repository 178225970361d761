import assert from "node:assert/strict";

import { common } from "@hyperledger/fabric-protos";
import { buildGenesisBlock } from "kubefabric/internal/fabric/genesisBlock";
import { configOf } from "kubefabric/internal/fabric/block";
import { lifecyclePolicyOf } from "kubefabric/internal/fabric/lifecyclePolicy";
import { implicitMeta } from "kubefabric/internal/fabric/policies";
import { signaturePolicy } from "kubefabric/internal/fabric/signaturePolicy";

import { goldenDefinition } from "./goldenChannel.ts";

/** The configuration of a channel of Org1MSP and Org2MSP, with another policy for its lifecycle. */
function configWith(policy?: common.Policy): common.Config {
    const { config } = configOf(buildGenesisBlock(goldenDefinition("raft")));
    const application = config.getChannelGroup()?.getGroupsMap().get("Application");
    const policies = application?.getPoliciesMap();
    policies?.del("LifecycleEndorsement");
    if (policy !== undefined) {
        const held = new common.ConfigPolicy();
        held.setPolicy(policy);
        policies?.set("LifecycleEndorsement", held);
    }
    return config;
}

function ofSignatures(text: string): common.Policy {
    const policy = new common.Policy();
    policy.setType(common.Policy.PolicyType.SIGNATURE);
    policy.setValue(signaturePolicy(text).serializeBinary());
    return policy;
}

describe("the policy for a channel's lifecycle", () => {
    const rules: [rule: "ANY" | "ALL" | "MAJORITY", text: string, needed: number][] = [
        ["ANY", "any organization (1 of 2)", 1],
        ["ALL", "all organizations (2 of 2)", 2],
        ["MAJORITY", "a majority of the organizations (2 of 2)", 2],
    ];
    for (const [rule, text, needed] of rules) {
        it(`wants ${text} where the channel has ${rule}`, () => {
            const policy = lifecyclePolicyOf(configWith(implicitMeta(rule, "Endorsement")));
            assert.deepEqual(policy.mspIds, ["Org1MSP", "Org2MSP"]);
            assert.equal(policy.text, text);
            assert.equal(policy.isMetBy([]), false);
            assert.equal(policy.isMetBy(["Org1MSP", "Org1MSP", "Org9MSP"]), needed === 1);
            assert.equal(policy.isMetBy(["Org2MSP", "Org1MSP"]), true);
        });
    }

    it("is a majority where the channel has none, and that of this package's channels", () => {
        assert.match(lifecyclePolicyOf(configWith()).text, /^a majority .*\(2 of 2\)$/);
        const { config } = configOf(buildGenesisBlock(goldenDefinition("raft")));
        assert.match(lifecyclePolicyOf(config).text, /^a majority .*\(2 of 2\)$/);
    });

    const signed: [policy: string, met: string[][], unmet: string[][]][] = [
        ["OR('Org1MSP.peer', 'Org2MSP.peer')", [["Org1MSP"], ["Org2MSP"]], [[], ["Org3MSP"]]],
        [
            "AND('Org1MSP.peer', 'Org2MSP.member')",
            [["Org1MSP", "Org2MSP"]],
            [["Org1MSP"], ["Org2MSP"]],
        ],
        ["OutOf(2, 'A.peer', 'B.peer', 'C.peer')", [["A", "C"]], [["A"], ["A", "D"]]],
        ["AND('A.peer', 'A.peer')", [], [["A"], ["A", "A"]]],
        ["OR('A.admin', 'A.client')", [], [["A"]]],
        ["OR(AND('A.peer', 'B.peer'), 'C.peer')", [["A", "B"], ["C"]], [["A"], ["B"]]],
        // A gate uses up every signature that satisfies a part of it, as it does in Fabric.
        ["AND(OR('A.peer', 'B.peer'), 'B.peer')", [], [["B"], ["A", "B"]]],
    ];
    for (const [text, met, unmet] of signed) {
        it(`can be one of signatures: ${text}`, () => {
            const policy = lifecyclePolicyOf(configWith(ofSignatures(text)));
            assert.equal(policy.text, text);
            met.forEach((mspIds) => assert.ok(policy.isMetBy(mspIds), String(mspIds)));
            unmet.forEach((mspIds) => assert.ok(!policy.isMetBy(mspIds), String(mspIds)));
        });
    }

    it("fails where the channel has no organizations with peers", () => {
        assert.throws(() => lifecyclePolicyOf(new common.Config()), /no organizations with peers/);
    });
});
