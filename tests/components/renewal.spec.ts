import assert from "node:assert/strict";

import { OrdererService, PeerNode } from "kubefabric";
import { CERTIFICATES_ANNOTATION } from "kubefabric/internal/components/workloads/node";
import type { Recording } from "kubefabric/testing";

import { recordNetwork, testOrg } from "../support/network.ts";

const program = () => {
    const org = testOrg();
    new OrdererService("orderer", { org, nodes: 1 });
    new PeerNode("peer0", { org });
};

const recordWith = (kind: string, certificatePem: string) =>
    recordNetwork(program, { outputs: { [kind]: { certificatePem } } });

/** What restarts a node's Pod when it changes. */
function markOf(recording: Recording, node: string): string {
    const { inputs } = recording.find("StatefulSet", node);
    const { spec } = inputs as {
        spec: { template: { metadata: { annotations: Record<string, string> } } };
    };
    return spec.template.metadata.annotations[CERTIFICATES_ANNOTATION]!;
}

describe("what restarts a node", () => {
    let recording: Recording;
    before(async () => {
        recording = await recordNetwork(program);
    });

    it("is nothing while its certificates stay", async () => {
        const again = await recordNetwork(program);
        for (const node of ["orderer-0", "peer0"]) {
            assert.equal(markOf(again, node), markOf(recording, node));
        }
    });

    it("is a new certificate", async () => {
        const renewed = await recordWith("Certificate", "renewed");
        for (const node of ["orderer-0", "peer0"]) {
            assert.notEqual(markOf(renewed, node), markOf(recording, node));
        }
    });

    it("is a new admin CA for an ordering node, and for no peer", async () => {
        const renewed = await recordWith("CaCertificate", "renewed");
        assert.notEqual(markOf(renewed, "orderer-0"), markOf(recording, "orderer-0"));
        assert.equal(markOf(renewed, "peer0"), markOf(recording, "peer0"));
    });

    it("is known from its Secret alone", () => {
        const waits = recording.dependenciesOf(recording.find("StatefulSet", "peer0"));
        assert.ok(waits.includes("Secret peer0-identity"));
        assert.deepEqual(
            waits.filter((label) => /Certificate|PrivateKey/.test(label)),
            [],
        );
    });
});
