import assert from "node:assert/strict";

import { joinParts, partProblems } from "kubefabric/internal/fabric/definitionParts";
import type { OrgDefinition } from "kubefabric";

/** A definition as far as parts of it are told apart. */
function part(mspId: string, node: string, change: Partial<OrgDefinition> = {}): OrgDefinition {
    return {
        version: 1,
        mspId,
        signingCaPem: `signing of ${mspId}\n`,
        tlsCaPem: `tls of ${mspId}\n`,
        nodeOUs: true,
        ordererEndpoints: [`${node}:7050`],
        anchorPeers: [{ host: `peer.${node}`, port: 7051 }],
        consenters: [{ host: node, port: 7050, tlsCertificatePem: node }],
        ...change,
    };
}

describe("parts of one organization", () => {
    const [east, other, west] = [part("A", "east"), part("B", "other"), part("A", "west")];

    it("are one definition with all their nodes, where the organization first appears", () => {
        const [joined, unchanged, ...more] = joinParts([east, other, west]);
        assert.deepEqual(more, []);
        assert.equal(unchanged, other);
        assert.deepEqual(joined, {
            ...east,
            ordererEndpoints: ["east:7050", "west:7050"],
            anchorPeers: [
                { host: "peer.east", port: 7051 },
                { host: "peer.west", port: 7051 },
            ],
            consenters: [...east.consenters, ...west.consenters],
        });
    });

    it("are nothing else than the definition where there is one, and nothing where there is none", () => {
        assert.deepEqual(joinParts([east]), [east]);
        assert.equal(joinParts([east])[0], east);
        assert.deepEqual(joinParts([]), []);
    });

    it("have the same CAs, however their lines end", () => {
        const windows = west.tlsCaPem.replaceAll("\n", "\r\n");
        assert.deepEqual(partProblems([east, other, { ...west, tlsCaPem: windows }]), []);
    });

    for (const [field, value] of [
        ["signingCaPem", "another"],
        ["tlsCaPem", "another"],
        ["signingIntermediatesPem", ["another"]],
        ["tlsIntermediatesPem", ["another"]],
        ["formerSigningCasPem", ["another"]],
        ["formerTlsCasPem", ["another"]],
        ["revocationListsPem", ["another"]],
    ] as const) {
        it(`fails to be one with another ${field}`, () => {
            const problems = partProblems([other, east, { ...west, [field]: value }]);
            assert.deepEqual(
                problems.map(({ path }) => path),
                ["2"],
            );
            assert.match(problems[0]!.reason, new RegExp(`"A" is there already, .* ${field}; `));
        });
    }
});
