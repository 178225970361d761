import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import type { Output } from "@pulumi/pulumi";
import type { Recording } from "kubefabric/testing";

import { PROGRAM, PROJECT, recordLocalExample } from "../support/localExample.ts";
import { valueOf } from "../support/network.ts";
import { assertSnapshot } from "../support/snapshot.ts";

/** How many resources of each kind, without those of the cluster that all share. */
function counts({ resources }: Recording): Record<string, number> {
    const counted: Record<string, number> = {};
    for (const { type } of resources) {
        const kind = type.split(":").at(-1)!;
        counted[kind] = (counted[kind] ?? 0) + 1;
    }
    return counted;
}

/** The part of a URN that stays when project and stack have other names. */
const suffixOf = (urn: string) => urn.split("::").slice(2).join("::");

describe("the local example", function () {
    this.timeout(60_000);
    let recording: Recording;
    before(async () => {
        recording = await recordLocalExample();
    });

    it("registers 123 resources: eleven components, and so many of each kind", () => {
        assert.equal(recording.resources.length, 123);
        assert.deepEqual(counts(recording), {
            ExistingCluster: 1,
            FabricOrg: 3,
            OrdererService: 1,
            OrdererNode: 3,
            PeerNode: 2,
            ClusterAccess: 1,
            kubernetes: 1,
            NamespaceGuard: 3,
            Namespace: 3,
            NetworkPolicy: 12,
            ServiceAccount: 3,
            CaCertificate: 7,
            PrivateKey: 21,
            Certificate: 14,
            Secret: 12,
            LedgerGuard: 5,
            PersistentVolumeClaim: 5,
            Service: 10,
            StatefulSet: 5,
            OrdererRollout: 1,
            PodDisruptionBudget: 1,
            Channel: 1,
            GenesisBlock: 1,
            OrdererChannelMembership: 3,
            ConsenterSet: 1,
            PeerChannelMembership: 2,
            ChannelConfig: 1,
        });
    });

    it("keeps the names of its resources: a renamed one would be deleted and made anew", () => {
        const urns = recording.resources.map(({ urn }) => suffixOf(urn));
        assert.equal(new Set(urns).size, urns.length);
        assertSnapshot("local.urns", urns);
    });

    it("tells where each node is reached", async () => {
        const { endpoints } = recording.returned as { endpoints: { endpoint: Output<string> }[] };
        const told = await Promise.all(
            endpoints.map(async ({ endpoint, ...rest }) => ({
                ...rest,
                endpoint: await valueOf(endpoint),
            })),
        );
        assert.equal(told.length, 5);
        assert.deepEqual(told.at(-1), {
            organization: "Org2MSP",
            node: "org2-peer0",
            endpoint: "org2-peer0.org2.svc:7051",
        });
    });

    it("registers what its stack configuration asks for", async () => {
        const { StatefulSet, PeerNode, Password, PersistentVolumeClaim } = counts(
            await recordLocalExample({
                ordererNodes: "1",
                peerOrganizations: "1",
                peersPerOrganization: "2",
                stateDatabase: "CouchDB",
            }),
        );
        assert.deepEqual(
            { StatefulSet, PeerNode, Password, PersistentVolumeClaim },
            { StatefulSet: 3, PeerNode: 2, Password: 2, PersistentVolumeClaim: 5 },
        );
    });

    it("protects nothing once its ledgers may be deleted", async () => {
        const { resources } = await recordLocalExample({ deleteLedgers: "true" });
        assert.ok(recording.resources.some(({ protect }) => protect));
        assert.deepEqual(
            resources.filter(({ protect, retainOnDelete }) => protect || retainOnDelete),
            [],
        );
    });

    it("reads the settings that Pulumi.yaml describes, and no others", () => {
        const source = readFileSync(PROGRAM, "utf8");
        const read = [...source.matchAll(/config\.\w+(?:<\w+>)?\("(\w+)"\)/g)].map(
            ([, key]) => key,
        );
        assert.deepEqual([...new Set(read)].sort(), Object.keys(PROJECT.config).sort());
        for (const [key, { description }] of Object.entries(PROJECT.config)) {
            assert.ok(description, key);
        }
    });
});
